"""One durable write for all that is settled by events which wait already.

Where workers have more to tell by now, what the last event settled can wait for that: a write
takes as long as a hundred trivial items. Nothing waits for what is still to happen: a verdict is
written as soon as the controller has nothing else to do, when a lane waits for it (``scheduler``),
or ``LONGEST_GROUPING`` later.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["LONGEST_GROUPING", "Grouping"]

LONGEST_GROUPING = 0.050
"""Seconds: longer than a busy controller needs for the events of a batch, too short to be seen."""


class _Events(Protocol):
    def empty(self) -> bool: ...


class Grouping:
    """Says of each group of facts whether it may still grow.

    ``events`` is the queue of xdist's session, or None where there are no workers.
    """

    def __init__(self, events: _Events | None) -> None:
        self._events = events
        self._began: float | None = None

    def may_grow(self) -> bool:
        """Whether more events wait already, and the oldest fact has not waited for too long."""
        if self._events is None or self._events.empty():
            return False
        now = time.monotonic()
        if self._began is None:
            self._began = now
        return now - self._began < LONGEST_GROUPING

    def close(self) -> None:
        """Begin the next group with the next fact."""
        self._began = None
