"""Where one statement of a shell script ends and the next one begins.

A statement may go over several lines: quotes, a backslash at the end of a line, here-documents,
``for … done``, ``if … fi``, ``{ … }``, ``( … )``, an operator at the end of a line. This follows
the shell's grammar as far as it takes to tell where a statement is complete (POSIX 2.3, 2.9), and
no further: what it cannot follow ends as one incomplete statement, which nobody runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Statement", "statements"]

_OPENERS = {"if": "fi", "for": "done", "while": "done", "until": "done", "select": "done",
            "case": "esac", "{": "}"}  # fmt: skip
_TRANSPARENT = frozenset({"then", "do", "else", "elif", "!", "time"})
"""Words behind which a command begins."""
_HEREDOC = re.compile(r"<<(-?)\s*(?:'([^']*)'|\"([^\"]*)\"|\\?([A-Za-z_][\w-]*))")
_OPERATORS = "&|;"
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or a comment or blank line between statements (``code`` is empty then)."""

    line: int
    """Number of its first line, from 1."""
    code: str
    comment: str = ""
    """Of a comment line: its text; of a statement: what stands behind it on its last line."""
    complete: bool = True

    @property
    def is_blank(self) -> bool:
        """Whether it is an empty line."""
        return not self.code and not self.comment


def statements(script: str) -> Iterator[Statement]:
    """Cut a script into its statements, comments and blank lines, in order."""
    lines = script.split("\n")
    position = 0
    while position < len(lines):
        stripped = lines[position].strip()
        if not stripped or stripped.startswith("#"):
            yield Statement(position + 1, "", stripped.lstrip("#").strip())
            position += 1
            continue
        start, scanner = position, _Scanner()
        while position < len(lines):
            scanner.feed(lines[position])
            position += 1
            if scanner.is_complete:
                break
        code = "\n".join(lines[start:position]).strip()
        comment = scanner.comment
        if comment and scanner.is_complete:
            code = code[: len(code) - len(comment)].rstrip()
        yield Statement(start + 1, code, comment.lstrip("#").strip(), scanner.is_complete)


@dataclass(slots=True)
class _Scanner:
    """Reads line by line; ``is_complete`` once no construct is open."""

    comment: str = ""
    """The comment of the last line, with its ``#``."""
    _quote: str = ""
    _stack: list[str] = field(default_factory=list)
    _heredocs: list[tuple[str, bool]] = field(default_factory=list)
    _continues: bool = False
    _word: str = ""
    _at_command: bool = True

    @property
    def is_complete(self) -> bool:
        return not (self._quote or self._stack or self._heredocs or self._continues)

    def feed(self, line: str) -> None:
        self.comment = ""
        if self._heredocs and not self._quote:
            delimiter, tabs = self._heredocs[0]
            if (line.lstrip("\t") if tabs else line).rstrip() == delimiter:
                self._heredocs.pop(0)
            return
        self._continues = False
        position = 0
        while position < len(line):
            position = self._step(line, position)
        if not self._quote and not self._continues:
            self._end_word()
            self._at_command = True
            before = line[: len(line) - len(self.comment)].rstrip()
            self._continues = before.endswith(("|", "&&")) and not before.endswith("\\|")

    def _step(self, line: str, at: int) -> int:
        sign = line[at]
        if self._quote:
            return self._in_quotes(line, at)
        if sign == "\\":
            self._continues = at == len(line) - 1
            self._word += "\\"
            return at + 2
        if sign in "'\"`":
            self._quote = sign
            self._word += sign
            return at + 1
        if sign == "#" and not self._word:
            self.comment = line[at:]
            return len(line)
        if line.startswith("<<<", at):
            return at + 3
        if line.startswith("<<", at):
            return self._here_document(line, at)
        return self._plain(line, at)

    def _in_quotes(self, line: str, at: int) -> int:
        if line[at] == "\\" and self._quote != "'":
            return at + 2
        if line[at] == self._quote:
            self._quote = ""
        return at + 1

    def _here_document(self, line: str, at: int) -> int:
        found = _HEREDOC.match(line, at)
        if found is None:
            return at + 2
        self._heredocs.append((found[2] or found[3] or found[4] or "", bool(found[1])))
        return found.end()

    def _plain(self, line: str, at: int) -> int:
        sign = line[at]
        if sign == "(":
            self._stack.append(")")
            self._word, self._at_command = "", True
        elif sign == ")":
            self._end_word()
            if self._stack and self._stack[-1] == ")":
                self._stack.pop()
        elif sign in _OPERATORS:
            self._end_word()
            self._at_command = True
        elif sign in _BLANKS:
            self._end_word()
        elif line.startswith("${", at):
            end = line.find("}", at)
            self._word += "$"
            return end + 1 if end > 0 else at + 2
        else:
            self._word += sign
        return at + 1

    def _end_word(self) -> None:
        word, self._word = self._word, ""
        if not word or not self._at_command:
            return
        if word in _OPENERS:
            self._stack.append(_OPENERS[word])
            self._at_command = word not in ("for", "case", "select")
        elif self._stack and word == self._stack[-1]:
            self._stack.pop()
            self._at_command = False
        else:
            self._at_command = word in _TRANSPARENT
