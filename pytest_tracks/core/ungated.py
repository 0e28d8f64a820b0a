"""Blocked tasks whose criteria run all the same, for information: they stay BLOCKED."""

from __future__ import annotations

from collections.abc import Callable

from pytest_tracks.core.gate import Blocked

__all__ = ["Ungated"]


class Ungated:
    """A queue for each lane, taken from when nothing else is left to it."""

    def __init__(self, lanes: int) -> None:
        self._queues: list[list[Blocked]] = [[] for _ in range(lanes)]
        self._taken: dict[str, Blocked] = {}

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return len(self._queues)

    @property
    def is_waiting(self) -> bool:
        """Whether any lane has something to take."""
        return any(self._queues)

    def waits(self, lane: int) -> bool:
        """Whether this lane has something to take."""
        return bool(self._queues[lane])

    def add(self, lane: int, blocked: Blocked) -> None:
        """Put a task at the end of its lane's queue."""
        self._queues[lane].append(blocked)

    def take(self, lane: int, fits: Callable[[str], bool]) -> str | None:
        """Take the first task of a lane for which ``fits`` gets its resources."""
        queue = self._queues[lane]
        position = next((n for n, one in enumerate(queue) if fits(one.task)), None)
        if position is None:
            return None
        blocked = queue.pop(position)
        self._taken[blocked.task] = blocked
        return blocked.task

    def has(self, task: str) -> bool:
        """Whether a task was taken from here, and is still at it."""
        return task in self._taken

    def give_back(self, lane: int, task: str) -> None:
        """Put a task that was taken back to the front."""
        self._queues[lane].insert(0, self._taken.pop(task))

    def end(self, task: str) -> Blocked:
        """Let a task go that was taken; returns what blocks it."""
        return self._taken.pop(task)

    def clear(self) -> list[Blocked]:
        """Empty the queues; returns what was in them, lane by lane."""
        left = [blocked for queue in self._queues for blocked in queue]
        for queue in self._queues:
            queue.clear()
        return left
