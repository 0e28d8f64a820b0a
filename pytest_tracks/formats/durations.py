"""Durations as people write them in documents: ``3 hours``, ``5m``, ``1.5 weeks``, ``18-24 h``."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["HOURS_PER_DAY", "HOURS_PER_WEEK", "Span", "read_duration", "read_percent"]

HOURS_PER_DAY = 8.0
HOURS_PER_WEEK = 40.0
"""A working week: a setting (``hours_per_week``) may say otherwise."""

_NUMBER = r"\d{1,6}(?:\.\d{1,6})?"
_UNITS = {"m": 1 / 60, "h": 1.0, "d": HOURS_PER_DAY, "w": HOURS_PER_WEEK}
_DURATION = re.compile(
    rf"({_NUMBER})(?:\s*(?:-|–|—|to)\s*({_NUMBER}))?\s*"
    r"(minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)\b",
    re.I,
)
_PERCENT = re.compile(rf"({_NUMBER})(?:\s*(?:-|–|—|to)\s*({_NUMBER}))?\s*%")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``low`` to ``high``; both are the same where one number was written."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """What to plan with."""
        return (self.low + self.high) / 2


def read_duration(
    text: str, *, week: float = HOURS_PER_WEEK, day: float = HOURS_PER_DAY
) -> Span | None:
    """Read the first duration of a text, in hours; ``1-2 weeks`` is a span."""
    found = _DURATION.search(text)
    if found is None:
        return None
    unit = {**_UNITS, "d": day, "w": week}[found[3][0].lower()]
    low = float(found[1]) * unit
    return Span(low, max(low, float(found[2] or 0) * unit))


def read_percent(text: str) -> Span | None:
    """Read the first percentage of a text."""
    found = _PERCENT.search(text)
    if found is None:
        return None
    low = float(found[1])
    return Span(low, max(low, float(found[2] or 0)))
