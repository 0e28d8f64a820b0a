"""Shell code of a document as commands: one for each line that can run by itself.

::

    # unit tests                     the comment above is what the command shows
    pytest tests -q
    ruff check .                     # or the one behind it
    pyright
    # Must show: 0 errors            or the one below, where no command follows it

Lines that change what the next ones mean (``cd``, ``export``, loops) keep all of the code together.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["SHELLS", "ShellCommand", "shell_commands"]

SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "shell-session", "shellsession"})
"""Languages of fences that are commands."""

_TOGETHER = re.compile(
    r"\s*(?:(?:cd|pushd|export|source|set|unset|alias|trap|if|for|while|until|case|function)\b"
    r"|\.\s|[A-Za-z_]\w*=\S*\s*$|[A-Za-z_]\w*\s*\(\)|\{\s*$|\(\s*$)"
)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_PROMPT = re.compile(r"\s*\$ (?=\S)")


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command, the line of the document that it begins on, and what a comment says of it."""

    command: str
    line: int
    comment: str = ""


def shell_commands(content: str, first_line: int) -> tuple[ShellCommand, ...]:
    """Read the content of a fence whose first line is ``first_line`` of the document."""
    entries = list(_logical_lines(_without_prompts(content), first_line))
    commands = [entry for entry in entries if _is_command(entry[1])]
    if len(commands) > 1 and any(_TOGETHER.match(text) for _, text in commands):
        lines = [text for _, text in commands]
        return (ShellCommand("\n".join(lines), commands[0][0], _comment_of(entries)),)
    return tuple(_with_comments(entries))


def _without_prompts(content: str) -> list[str]:
    """Take prompts away; where there are some, lines without one are output, kept as empty."""
    lines = content.rstrip("\n").split("\n")
    if not any(_PROMPT.match(line) for line in lines):
        return lines
    return [_PROMPT.sub("", line) if _PROMPT.match(line) else "" for line in lines]


def _logical_lines(lines: list[str], first_line: int) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; what a quote, a backslash or <<END continues is one."""
    position = 0
    while position < len(lines):
        end = position + 1
        while end < len(lines) and _is_open("\n".join(lines[position:end])):
            end += 1
        yield first_line + position, "\n".join(lines[position:end]).strip()
        position = end


def _is_open(text: str) -> bool:
    if text.lstrip().startswith("#"):
        return False
    heredoc = _HEREDOC.search(text)
    if heredoc is not None:
        return all(line.strip() != heredoc[2] for line in text.split("\n")[1:])
    if text.endswith("\\"):
        return True
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def _is_command(text: str) -> bool:
    return bool(text) and not text.startswith("#")


def _with_comments(entries: list[tuple[int, str]]) -> Iterator[ShellCommand]:
    """Give each command the comment above it, behind it, or below it if nothing follows that."""
    above: list[str] = []
    for index, (line, text) in enumerate(entries):
        if _is_command(text):
            comment = " ".join(above) or _behind(text) or _below(entries, index)
            yield ShellCommand(text, line, comment)
            above = []
        elif text and not _belongs_above(entries, index):
            above.append(_words(text))
        elif not text:
            above = []


def _belongs_above(entries: list[tuple[int, str]], index: int) -> bool:
    """Tell whether a comment ends its paragraph, with a command somewhere above it there."""
    following = entries[index + 1][1] if index + 1 < len(entries) else ""
    if following.startswith("#"):
        return _belongs_above(entries, index + 1)
    return not following


def _below(entries: list[tuple[int, str]], index: int) -> str:
    found = []
    for position in range(index + 1, len(entries)):
        text = entries[position][1]
        if not text.startswith("#"):
            break
        if not _belongs_above(entries, position):
            return ""
        found.append(_words(text))
    return " ".join(found)


def _behind(text: str) -> str:
    """Find the comment at the end of a command, outside quotes."""
    for found in re.finditer(r"\s#\s*(\S.*)$", text):
        try:
            shlex.split(text[: found.start()])
        except ValueError:
            continue
        return found[1].strip()
    return ""


def _comment_of(entries: list[tuple[int, str]]) -> str:
    return next((_words(text) for _, text in entries if text.startswith("#")), "")


def _words(comment: str) -> str:
    return comment.lstrip("# ").strip()
