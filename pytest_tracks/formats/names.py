"""Names in a plan: which ids and paths can be used, and which keys were probably meant.

An id becomes part of node ids, marks, file names and shell commands, on every system a team uses.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection

from pytest_tracks.core.tree import Node, Reader, Scalar

__all__ = [
    "fold",
    "holds_control",
    "is_id",
    "near_miss",
    "note_path",
    "probably_meant",
    "read_id",
    "shown",
]

MAX_ID_BYTES = 100
_RESERVED_BY_WINDOWS = frozenset(
    ["CON", "PRN", "AUX", "NUL"]
    + [f"{device}{number}" for device in ("COM", "LPT") for number in range(1, 10)]
)
_WORD_START = 5
_SIGNS = frozenset("_-.:+@# ")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_]+(?:[-+@#]+[A-Za-z0-9_]+)*")


def fold(name: str) -> str:
    """Make names equal that differ by case or Unicode form only."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def shown(name: str) -> str:
    """Quote a name for a message, the middle left out where it is very long."""
    return repr(name if len(name) <= 120 else f"{name[:80]}…{name[-20:]}")


def read_id(reader: Reader, node: Node, what: str) -> str | None:
    """Read an id; None where a problem was noted."""
    name = reader.text(node, what)
    if name is None:
        return None
    fault = _id_fault(name)
    if fault is None:
        return name
    reader.problems.error(
        node.location,
        "bad-id",
        f"{what} {shown(name)} {fault}",
        "use letters, digits and - _ . like TASK-004",
    )
    return None


def is_id(name: str) -> bool:
    """Tell whether a name can be an id."""
    return bool(name.strip()) and _id_fault(name) is None


def _id_fault(name: str) -> str | None:
    """Say why a name cannot be an id; None where it can."""
    if len(name.encode("utf-8", "replace")) > MAX_ID_BYTES:
        return f"is longer than {MAX_ID_BYTES} bytes"
    if name.partition(".")[0].rstrip().upper() in _RESERVED_BY_WINDOWS:
        return "is a device on Windows"
    if _PLAIN_ID.fullmatch(name):
        return None
    if name != name.strip():
        return "begins or ends with a blank"
    for sign in name:
        if sign not in _SIGNS and unicodedata.category(sign)[0] not in "LNM":
            return f"holds {sign!r}"
    if "::" in name or ".." in name:
        return "holds '::' or '..'"
    if name[0] != "_" and unicodedata.category(name[0])[0] not in "LN":
        return f"begins with {name[0]!r}"
    if name[-1] in ".:":
        return f"ends with {name[-1]!r}"
    return None


def holds_control(text: str) -> bool:
    """Tell whether a text has a control character, a line break or what cannot be encoded."""
    return _CONTROL.search(text) is not None


def note_path(reader: Reader, node: Scalar, what: str) -> bool:
    """Note a path or pattern that is not relative to the root folder; True where it is."""
    path = node.text
    absolute = path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:[\\/]", path)
    if absolute or ".." in re.split(r"[\\/]", path):
        reader.problems.error(
            node.location,
            "outside-root",
            f"{what} {shown(path)} leads out of the root folder",
            "write it relative to the root folder",
        )
        return False
    if holds_control(path) or path != path.strip():
        reader.problems.error(
            node.location,
            "bad-path",
            f"{what} {shown(path)} holds a control character or a blank at an end",
            "write the path as it is on disk",
        )
        return False
    return True


def near_miss(key: str, known: Collection[str], *, limit: int = 2) -> str | None:
    """Find the known key that is at most ``limit`` edits away; case and ``-`` for ``_`` are none.

    A key of two letters would be two edits from everything short, so one edit is its limit.
    """
    written = key.strip().lower().replace("-", "_").replace(" ", "_")
    distances = [(_edits(written, name, limit), name) for name in sorted(known)]
    distance, name = min(distances)
    return name if distance <= min(limit, len(name) - 1) else None


def _edits(left: str, right: str, limit: int) -> int:
    """Count insertions, deletions and replacements; ``limit + 1`` stands for more (Levenshtein)."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    previous = list(range(len(right) + 1))
    for row, sign in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            replaced = previous[column - 1] + (sign != other)
            current.append(min(previous[column] + 1, current[-1] + 1, replaced))
        if min(current) > limit:
            return limit + 1
        previous = current
    return previous[-1]


def probably_meant(key: str, known: frozenset[str]) -> str | None:
    """Find a known key with a word that begins like one of ``key``: ``criteria``, ``depends``."""
    starts = _starts(known)
    words = key.lower().replace("-", "_").split("_")
    found = (starts.get(word[:_WORD_START]) for word in words if len(word) >= _WORD_START)
    return next((name for name in found if name), None)


@functools.cache
def _starts(known: frozenset[str]) -> dict[str, str]:
    return {
        word[:_WORD_START]: name
        for name in sorted(known, reverse=True)
        for word in name.split("_")
        if len(word) >= _WORD_START
    }
