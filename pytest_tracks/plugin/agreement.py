"""Workers have to collect the same: what the first one has counts, and the others must agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_tracks.core.roster import Collected
from pytest_tracks.plugin.worker import is_same_file, read_table

__all__ = ["Agreement"]


class Agreement:
    """What has been collected for this run, by its workers or in this process."""

    def __init__(self, folder: Path) -> None:
        self.unknown: tuple[str, ...] = ()
        """Criteria that marks name and the plan does not have."""
        self._folder = str(folder)
        self._collected: Collected | None = None
        self._ids: frozenset[str] = frozenset()
        self._worker = ""

    @property
    def collected(self) -> Collected:
        """What was collected, without what failed to load."""
        return self._collected or Collected()

    def keep(self, collected: Collected) -> None:
        """Take what this process has collected."""
        self._collected = collected

    def read_once(self, worker: str, ids: Sequence[str]) -> None:
        """Take what this worker has collected, if it is the first."""
        if self._collected is None:
            self._worker, self._ids = worker, frozenset(ids)
            self._collected, self.unknown = read_table(self._folder, worker)

    def holds(self, worker: str, ids: Sequence[str]) -> bool:
        """Whether a worker has collected what the first one has."""
        if self._collected is None:
            self.read_once(worker, ids)
            return True
        return self._ids == frozenset(ids) and self._has_the_same_table(worker)

    def _has_the_same_table(self, worker: str) -> bool:
        """Compare with the first worker's, without reading again what is equal byte for byte."""
        if is_same_file(self._folder, self._worker, worker):
            return True
        collected, _ = read_table(self._folder, worker)
        return _same(self.collected, collected)


def _same(one: Collected, other: Collected) -> bool:
    return dict(one.own) == dict(other.own) and _table(one) == _table(other)


def _table(collected: Collected) -> dict[str, object]:
    return {item.handle: (item.selected, item.bindings) for item in collected.items}
