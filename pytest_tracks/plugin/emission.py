"""Reports that the controller makes itself, for items that no worker runs.

A criterion is reported as an item of pytest is: start, reports, finish. Terminal counts, ``-v``,
junit and progress come out right that way, also when the lane's worker is dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from pytest_tracks.core.model import Location

__all__ = ["emit_failed", "emit_skipped", "skipped_report"]


def emit_skipped(
    config: pytest.Config, node_id: str, place: Location, reason: str, category: str
) -> None:
    """Report an item as skipped with a reason; ``category`` is the word that is counted."""
    skipped = skipped_report(node_id, place, reason, category)
    _emit(config, node_id, place, skipped, _report(node_id, place, "passed", "teardown"))


def skipped_report(node_id: str, place: Location, reason: str, category: str) -> pytest.TestReport:
    """Make the report of an item that is skipped with a reason."""
    skipped = _report(node_id, place, "skipped", "setup")
    skipped.longrepr = (place.path, place.line, reason)
    skipped.tracks_category = category  # type: ignore[attr-defined]
    return skipped


def emit_failed(config: pytest.Config, node_id: str, place: Location, text: str) -> None:
    """Report a criterion as failed where the reports of its tests show no failure."""
    failed = _report(node_id, place, "failed", "call")
    failed.longrepr = text
    _emit(config, node_id, place, failed, _report(node_id, place, "passed", "teardown"))


def _report(
    node_id: str,
    place: Location,
    outcome: Literal["passed", "failed", "skipped"],
    when: Literal["setup", "call", "teardown"],
) -> pytest.TestReport:
    location = (place.path, place.line - 1, node_id.rpartition("::")[2])
    report = pytest.TestReport(
        nodeid=node_id, location=location, keywords={}, outcome=outcome, longrepr=None, when=when
    )
    report.tracks_emitted = True  # type: ignore[attr-defined]
    return report


def _emit(
    config: pytest.Config, node_id: str, place: Location, *reports: pytest.TestReport
) -> None:
    location = (place.path, place.line - 1, node_id.rpartition("::")[2])
    config.hook.pytest_runtest_logstart(nodeid=node_id, location=location)
    for report in reports:
        config.hook.pytest_runtest_logreport(report=report)
    config.hook.pytest_runtest_logfinish(nodeid=node_id, location=location)
