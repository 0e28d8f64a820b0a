"""What could not be loaded: the tests of such a file are not simply absent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.plugin.outcomes import last_line, storable_gap

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.roster import Collected

__all__ = ["Unloaded"]


class Unloaded:
    """Node ids of collectors that failed or were skipped, with the reason in a line."""

    def __init__(self, root: Path, secrets: Collection[str]) -> None:
        self.failures: dict[str, str] = {}
        self._root = root
        self._secrets = secrets
        self._skips: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.failures or self._skips)

    def add(self, report: pytest.CollectReport) -> None:
        """Take a report in; of those that passed there is nothing to remember."""
        if report.failed:
            self.failures[report.nodeid] = self._reason(report)
        elif report.skipped:
            self._skips[report.nodeid] = self._reason(report)

    def _reason(self, report: pytest.CollectReport) -> str:
        return storable_gap(last_line(report.longrepr), self._secrets)

    def complete(self, collected: Collected) -> Collected:
        """Add it to what was collected."""
        sources = {place: self._source(place) for place in (*self.failures, *self._skips)}
        return replace(collected, failures=self.failures, skips=self._skips, sources=sources)

    def _source(self, place: str) -> str:
        path = self._root / place.partition(SEPARATOR)[0]
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
