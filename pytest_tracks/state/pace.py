"""How often the state file is written while a run goes on: seldom enough to cost at most 5 %."""

from __future__ import annotations

__all__ = ["COST_FACTOR", "LEAST_INTERVAL", "Pace"]

LEAST_INTERVAL = 1.0
"""Seconds between two snapshots of a run, at least."""

COST_FACTOR = 20
"""A snapshot is followed by this many times its own cost without one: at most 5 % of a run."""


class Pace:
    """Knows when the file was last up to date, and what it cost; all in seconds of one clock."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._cost = 0.0

    def begin(self, now: float) -> None:
        """Note that the file is not behind now."""
        self._at = now

    def wrote(self, before: float, now: float) -> None:
        """Note that writing the file has lasted from ``before`` to ``now``."""
        self._at, self._cost = now, now - before

    def due_in(self, now: float) -> float:
        """Return the seconds until it may be written again."""
        return max(0.0, self._at + max(LEAST_INTERVAL, COST_FACTOR * self._cost) - now)

    def may_write_early(self, now: float) -> bool:
        """Whether writing it without waiting for its turn costs at most 5 % all the same."""
        return now - self._at >= COST_FACTOR * self._cost
