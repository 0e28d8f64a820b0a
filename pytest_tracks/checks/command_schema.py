"""How a plan writes a command: a text for bash, or a list that is the argument vector itself.

A text goes to ``bash -eo pipefail -c``, so that neither a failed line nor the failed left side of
a pipe is lost. Nothing of the plan is ever put into it.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Sequence

from pytest_tracks.core.tree import Items, Node, Reader, Scalar

__all__ = [
    "DEFAULT_TIMEOUT",
    "argument_vector",
    "find_bash",
    "read_command",
    "read_timeout",
    "shown",
]

_BASH = ("bash", "-eo", "pipefail", "-c")

DEFAULT_TIMEOUT = 600.0
"""Seconds: longer than any linter or build step should take, short enough for a hung one to be
noticed within the hour that a CI job has."""

LONGEST_TIMEOUT = 7 * 86_400.0
"""Seconds: a week; a larger number is a mistake of unit."""


def find_bash() -> str | None:
    """Look bash up on PATH."""
    return shutil.which("bash")


def argument_vector(command: str | tuple[str, ...]) -> tuple[str, ...]:
    """Put a command of a plan into the form that is started."""
    return (*_BASH, command) if isinstance(command, str) else command


def shown(argv: Sequence[str]) -> str:
    """Write an argument vector as a person would: the way back from ``argument_vector``."""
    return argv[-1] if tuple(argv[:-1]) == _BASH else shlex.join(argv)


def read_timeout(node: Node, reader: Reader) -> float | None:
    """Read a time in seconds."""
    return reader.number(node, "'timeout'", low=0, high=LONGEST_TIMEOUT, exclusive=True)


def read_command(
    node: Node,
    what: str,
    reader: Reader,
    find_bash: Callable[[], str | None] = find_bash,
) -> str | tuple[str, ...] | None:
    """Read a command: a text for bash, or a list that is the argument vector."""
    if isinstance(node, Items):
        return _read_vector(node, what, reader)
    text = reader.text(node, what)
    if text is None or not _is_passable(text, node, what, reader):
        return None
    if find_bash() is None:
        hint = f"write the command as a list: {_as_list(text)}"
        message = f"{what} is a text, and bash, which runs texts, is not on PATH"
        reader.problems.error(node.location, "no-bash", message, hint)
        return None
    return text


def _read_vector(items: Items, what: str, reader: Reader) -> tuple[str, ...] | None:
    if not items.nodes:
        reader.problems.error(items.location, "empty-list", f"{what} is an empty list")
        return None
    words = [_read_word(node, what, reader) for node in items.nodes]
    kept = tuple(word for word in words if word is not None)
    if len(kept) < len(words):
        return None
    if not kept[0].strip():
        reader.problems.error(items.nodes[0].location, "wrong-type", f"{what} names no program")
        return None
    return kept


def _read_word(node: Node, what: str, reader: Reader) -> str | None:
    if isinstance(node, Scalar) and not node.plain and not node.text.strip():
        return node.text  # a quoted empty argument is one
    text = reader.text(node, what)
    return text if text is not None and _is_passable(text, node, what, reader) else None


def _is_passable(text: str, node: Node, what: str, reader: Reader) -> bool:
    """Whether the operating system can take the text as an argument."""
    try:
        passable = b"\0" not in text.encode()
    except UnicodeEncodeError:
        passable = False
    if not passable:
        message = f"{what} holds a character that no command can be given"
        reader.problems.error(node.location, "bad-command", message)
    return passable


def _as_list(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return f"[{', '.join(words)}]"
