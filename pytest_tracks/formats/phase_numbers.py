"""How phase plans write numbers of phases, alone and in lists."""

from __future__ import annotations

import re

__all__ = ["PHASE", "phase_id", "read_numbers"]

PHASE = r"\d{1,4}(?:\.\d{1,4})?[A-Za-z]?"
"""``2``, ``2.1``, ``2a``."""

_ITEM = re.compile(
    rf"(?:phases?[\s_-]*)?({PHASE})(?:\s*(?:-|–|—|to)\s*(?:phase\s*)?({PHASE}))?\s*(?:\(.*\))?",
    re.I,
)
_SEPARATOR = re.compile(r"\s*(?:,\s*(?:and\b)?|;|&|\+|\band\b)\s*", re.I)
_NOTHING = frozenset({"", "none", "n/a", "-", "—", "none."})
_MOST = 500


def phase_id(number: str) -> str:
    """Make the id of a phase: ``PHASE-2`` of ``2`` and of ``02``."""
    return f"PHASE-{number.lstrip('0') or '0'}".upper()


def read_numbers(written: str) -> list[str] | None:
    """Read ``1, 2``, ``Phases 1 and 2`` or ``1-3``; None where it is anything else."""
    if written.strip().lower() in _NOTHING:
        return []
    numbers: dict[str, None] = {}
    for part in _SEPARATOR.split(written.strip().rstrip(".")):
        found = _ITEM.fullmatch(part.strip().strip("\"'"))
        if found is None:
            return None
        numbers.update(dict.fromkeys(_range(found[1], found[2])))
    return list(numbers)


def _range(first: str, last: str | None) -> list[str]:
    if last is None:
        return [first]
    if not (first.isdigit() and last.isdigit() and int(first) <= int(last) < int(first) + _MOST):
        return [first, last]
    return [str(number) for number in range(int(first), int(last) + 1)]
