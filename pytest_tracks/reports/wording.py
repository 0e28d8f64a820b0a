"""Numbers in words: "1 iteration", "45 min", "2.5 hours", "TASK-002, TASK-003, … 4 more"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_tracks.reports.text import ELLIPSIS

__all__ = ["duration", "enumeration", "hours", "percent", "plural"]

_LONGEST_IN_SECONDS = 90
_LONGEST_IN_MINUTES = 90
_TENTHS_BELOW = 10


def plural(count: int, one: str, many: str | None = None) -> str:
    """Count things: ``1 task``, ``2 tasks``; ``many`` where an s is not enough."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def hours(amount: float, *, short: bool = False) -> str:
    """Write hours with at most one decimal: ``42 hours``, ``1 hour``; short: ``10,159.5 h``."""
    number = f"{amount:,.1f}".removesuffix(".0")
    if short:
        return f"{number} h"
    return f"{number} {'hour' if number == '1' else 'hours'}"


def duration(minutes: float, *, short: bool = False) -> str:
    """Write a time as a person would: ``0.4 s``, ``38 s``, ``45 min``, ``2.5 hours``.

    A clock that was set back gives 0.
    """
    minutes = max(0.0, minutes)
    seconds = minutes * 60
    if round(seconds, 1) < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    if round(seconds) < _LONGEST_IN_SECONDS:
        return f"{seconds:.0f} s"
    if round(minutes, 1) < _TENTHS_BELOW:
        return f"{minutes:.1f}".removesuffix(".0") + " min"
    if round(minutes) < _LONGEST_IN_MINUTES:
        return f"{minutes:.0f} min"
    return hours(minutes / 60, short=short)


def percent(value: float) -> str:
    """Write a percentage with two decimals, rounded down: only what is 100 looks like it."""
    return f"{math.floor(round(value * 100, 6)) / 100:.2f} %"


def enumeration(names: Sequence[str], *, most: int = 3) -> str:
    """Join names; of more than ``most`` the rest is counted."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])}, {ELLIPSIS} {len(names) - most} more"
