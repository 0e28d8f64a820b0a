"""The commands that a plan lists in a fence: which of them can be criteria, each on its own.

People write a script; a criterion is one command of it. So that it means the same on its own,

* what only prepares (``cd app``, ``X=1``, ``export``, ``source``) is put before each command that
  follows it, and
* a test of ``$?`` stays together with the command whose status it looks at.

What does not say which command is meant, or could never fail, is no criterion that may run: it
comes back with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pytest_tracks.formats.shell_statements import Statement, statements

__all__ = ["ShellCommand", "read_commands"]

_PREPARES = re.compile(
    r"(?:cd|export|source|\.|set|shopt|umask|pushd|popd|alias|unset|trap|mkdir|touch|declare|local)"
    r"(?=\s|$)|[A-Za-z_]\w*\+?=(?:\"[^\"]*\"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|[^\s;&|])*$"
    r"|[A-Za-z_]\w*\(\)\s*\{",
    re.DOTALL,
)
_SAYS = re.compile(r"(?:echo|printf)(?=\s|$)|:$|true$|exit(?:\s+0)?$|wait$")
_WRITES = re.compile(r"(?<![0-9&])>")
_PIPES = re.compile(r"\||&&|;")
_NEVER_FAILS = re.compile(r"\|\|\s*(?:true|:|echo\b[^|&;]*|printf\b[^|&;]*|exit\s+0)\s*;?$")
_STATUS = re.compile(r"\$\?")
_ALTERNATIVE = re.compile(r"(?:or|alternatively|alternative|otherwise)\b\s*:?\s+(.+)", re.I | re.S)
_COMMAND_WORD = re.compile(r"[A-Za-z./][\w./@:+-]*(?:\s|$)")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .:/|-]*>|\.\.\.(?:\s|$)|\[(?:name|path|file|command)\]")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|\$\((?:[^()]|\([^()]*\))*\)")
_EXPECTS_FAILURE = re.compile(
    r"(?:expect\w*|should)\b.*\b(?:exit (?:code|status)\s*[:=]?\s*[1-9]|(?:to )?fail\b)", re.I
)
_FILLER = re.compile(r"\s+")
_LONGEST_TEXT = 160


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command of a script."""

    line: int
    """Its line in the script, from 1."""
    code: str
    """The command, without what prepares it."""
    text: str
    """What it shows, for people: its comment, or the command."""
    doubt: str = ""
    """Why it must not be run as it stands; empty where it can be."""
    alternatives: tuple[str, ...] = ()
    """Commands of which one is meant."""
    preparation: tuple[str, ...] = ()
    """What has to come before it, in the same shell."""

    @property
    def script(self) -> str:
        """What bash is given."""
        return "\n".join((*self.preparation, self.code))


@dataclass(slots=True)
class _Script:
    """What has been read so far."""

    commands: list[ShellCommand] = field(default_factory=list)
    preparation: list[str] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    """Commands under the same comment, as positions."""
    comment: str = ""


def read_commands(script: str) -> tuple[ShellCommand, ...]:
    """Find the commands of a script, in order; what cannot fail is left out or doubted."""
    read = _Script()
    for statement in statements(script):
        if statement.is_blank:
            _close_group(read)
        elif not statement.code:
            _take_comment(read, statement.comment)
        else:
            _take_code(read, statement)
    _close_group(read)
    return tuple(read.commands)


def _take_comment(read: _Script, comment: str) -> None:
    alternative = _ALTERNATIVE.fullmatch(comment)
    if alternative and read.group:
        _doubt_last(read, alternative[1])
    elif read.group and _EXPECTS_FAILURE.search(comment):
        last = read.commands[-1]
        read.commands[-1] = replace(last, doubt=f"is to fail, says its comment: {comment}")
    else:
        _close_group(read)
        read.comment = comment


def _close_group(read: _Script) -> None:
    """Say what the commands under one comment show."""
    for position in read.group if read.comment else ():
        command = read.commands[position]
        single = len(read.group) == 1
        text = read.comment if single else f"{read.comment}: {command.text}"
        read.commands[position] = replace(command, text=_short(text))
    read.group, read.comment = [], ""


def _take_code(read: _Script, statement: Statement) -> None:
    code = statement.code
    if not statement.complete:
        _add(read, statement, "has no end: a quote or block is still open")
    elif _STATUS.search(code.split("\n")[0].split("||")[0]) and not code.startswith("echo"):
        _join_status(read, statement)
    elif _PREPARES.match(code) and not _PIPES.search(_bare(code)):
        read.preparation.append(code)
    elif _SAYS.match(code) and not _PIPES.search(_bare(code)):
        if _WRITES.search(_bare(code)):
            read.preparation.append(code)
    else:
        _add(read, statement, _doubt_of(code))


def _join_status(read: _Script, statement: Statement) -> None:
    if not read.commands:
        return  # the status of nothing
    last = read.commands[-1]
    # Without -e, so that the command may fail and its status is seen.
    read.commands[-1] = replace(last, code=f"set +e\n{last.code}\n{statement.code}")


def _add(read: _Script, statement: Statement, doubt: str) -> None:
    code = statement.code
    alternatives = _alternatives_in(code)
    other = _ALTERNATIVE.fullmatch(statement.comment)
    if other:
        alternatives = (*(alternatives or (code,)), other[1].strip())
    if alternatives:
        doubt = _offers(alternatives)
    elif not doubt and _EXPECTS_FAILURE.search(statement.comment):
        doubt = f"is to fail, says its comment: {statement.comment}"
    text = _short(f"`{_FILLER.sub(' ', code)}`")
    read.group.append(len(read.commands))
    read.commands.append(
        ShellCommand(statement.line, code, text, doubt, alternatives, tuple(read.preparation))
    )


def _doubt_last(read: _Script, other: str) -> None:
    last = read.commands[-1]
    first = last.alternatives or (last.code,)
    alternatives = (*first, other.strip())
    read.commands[-1] = replace(last, doubt=_offers(alternatives), alternatives=alternatives)


def _offers(alternatives: tuple[str, ...]) -> str:
    return "offers " + " or ".join(f"`{one}`" for one in alternatives)


def _doubt_of(code: str) -> str:
    bare = _bare(code)
    if _NEVER_FAILS.search(bare):
        return "cannot fail, as it ends in an alternative that always succeeds"
    if _PLACEHOLDER.search(bare):
        return "has a placeholder"
    return ""


def _alternatives_in(code: str) -> tuple[str, ...]:
    """Read ``npm list / pip list / cargo check``: commands, not paths, between the slashes."""
    if "\n" in code or (" / " not in code and " OR " not in code):
        return ()
    parts = [part.strip() for part in re.split(r"\s/\s|\sOR\s", code)]
    is_list = all(_COMMAND_WORD.match(part) for part in parts)
    return tuple(parts) if is_list and len(parts) > 1 and " / " not in _quotes(code) else ()


def _quotes(code: str) -> str:
    return "".join(_QUOTED.findall(code))


def _bare(code: str) -> str:
    """Blank what is quoted: it is no syntax."""
    return _QUOTED.sub("''", code)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
