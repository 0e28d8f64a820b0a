"""How long a planned piece of work takes: estimates are hours, measured work may be seconds."""

from __future__ import annotations

from pytest_tracks.reports.wording import duration, hours

__all__ = ["length"]

_MINUTES = 60
_SHORT = 1.5
"""Hours below which a measured time is told in minutes or seconds."""


def length(amount: float, *, short: bool = False) -> str:
    """Write hours as hours where one decimal is enough, else in minutes or seconds."""
    if amount >= _SHORT or abs(amount - round(amount, 1)) < 1e-9:
        return hours(amount, short=short)
    return duration(amount * _MINUTES, short=short)
