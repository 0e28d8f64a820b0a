"""A worker's place in the run: its lanes, what it was sent, and how much it gets at a time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

__all__ = ["LARGEST_BATCH", "Seat", "Sent"]

FAST_BATCH = 0.050
"""Seconds: a lane is sent more at a time only while its batches stay under this, so that ``-x``
and new releases are never far away."""

LARGEST_BATCH = 8
"""Tasks in a batch at most: enough that trivial tasks do not wait for the controller."""

LARGEST_LOOSE_BATCH = 64
"""Items without a task in a batch at most."""


@dataclass(slots=True)
class Sent:
    """One entry of a worker's queue; no handle means park, no task a loose item."""

    index: int
    handle: str | None = None
    task: str | None = None
    ends_task: bool = False


@dataclass(slots=True)
class Seat:
    """A worker and what it has been sent."""

    lanes: list[int]
    """Its own; more where it stands in for workers that are gone."""
    index_of: dict[str, int] = field(default_factory=dict)
    park: int = -1
    queue: deque[Sent] = field(default_factory=deque)
    batch: int = 0
    loose_batch: int = 0
    batch_seconds: float = 0.0
    """Of the items that have ended since the batch was last adapted."""
    batch_items: int = 0
    """How many these are."""
    batch_tasks: int = 0
    """How many tasks have ended since."""
    waiting_tasks: int = 0
    """Sent and not ended, also the one that runs."""
    closed: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether everything sent has run, but for the park item in its hand."""
        return not self.closed and all(sent.handle is None for sent in self.queue)

    def adapt(self) -> None:
        """Grow the batch while a lane is through with it in no time; waiting says nothing."""
        if self.batch and not self.batch_items:
            return
        quick = self.batch_seconds < FAST_BATCH * max(self.batch_tasks, 1) / max(self.batch, 1)
        self.batch = min(self.batch * 2 or 1, LARGEST_BATCH) if quick else 1
        self.loose_batch = min(self.loose_batch * 2 or 1, LARGEST_LOOSE_BATCH) if quick else 1
        self.batch_seconds, self.batch_items, self.batch_tasks = 0.0, 0, 0

    def note_end(self, sent: Sent, seconds: float) -> None:
        """Take the end of an item into account."""
        if sent.handle is not None:
            self.batch_seconds += seconds
            self.batch_items += 1
        if sent.ends_task:
            self.batch_tasks += 1
            self.waiting_tasks -= 1
