"""From pytest's reports to what an item showed.

An item has up to three reports (setup, call, teardown), more where a plugin runs it again. It has
passed only when its call has, and nothing else of it has failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tracks.core.judging import Observation
from pytest_tracks.core.measure import Measured
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.redact import mask, strip_controls
from pytest_tracks.core.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

__all__ = ["ItemReports", "last_line", "storable", "storable_gap"]

_LONGEST_GAP = 2_000
"""Characters; a report's outputs have more."""
_NO_CALL = Observation(Outcome.NOT_RUN, "it was set up, but not called")
_WORST_FIRST = (
    Outcome.FAILED,
    Outcome.XPASSED,
    Outcome.XFAILED,
    Outcome.SKIPPED,
    Outcome.UNVERIFIED,
    Outcome.PENDING,
    Outcome.PASSED,
)


class ItemReports:
    """Gathers the reports of one item, in one attempt."""

    def __init__(self) -> None:
        self._seen: dict[Outcome, str] = {}
        self._measured: Measured | None = None
        self._fix = ""
        self._reran = False
        self._coverage: CoverageResult | None = None

    def add(self, report: pytest.TestReport) -> None:
        """Take a report in."""
        if str(report.outcome) == "rerun":  # pytest-rerunfailures adds this one
            self._reran = True
            self._seen.clear()
            return
        number = getattr(report, "tracks_measured", None)
        if number is not None:
            self._measured = Measured(*number)
        self._fix = self._fix or getattr(report, "tracks_fix", "")
        measured = getattr(report, "tracks_coverage", None)
        if measured is not None:
            self._coverage = CoverageResult(*measured)
        observation = _translate(report)
        if observation is not None:
            self._seen.setdefault(observation.outcome, observation.gap)

    def observation(self) -> Observation:
        """Say what the item showed, all in all."""
        for outcome in _WORST_FIRST:
            if outcome in self._seen:
                if outcome is Outcome.PASSED and self._reran:
                    return Observation(Outcome.FLAKY, "it passed only when it was run again")
                return Observation(
                    outcome, self._seen[outcome], self._measured, self._fix, self._coverage
                )
        return _NO_CALL


def _translate(report: pytest.TestReport) -> Observation | None:
    gap = getattr(report, "tracks_gap", "")
    own = getattr(report, "tracks_outcome", None)
    if own is not None:
        return Observation(Outcome(own), gap)
    if report.failed:
        prefix = "" if report.when == "call" else f"{report.when} failed: "
        return Observation(Outcome.FAILED, prefix + (gap or last_line(report.longrepr)))
    if hasattr(report, "wasxfail"):
        reason = report.wasxfail or "no reason given"
        if report.skipped:
            return Observation(Outcome.XFAILED, f"expected to fail: {reason}")
        if report.when == "call":
            return Observation(Outcome.XPASSED, f"passed, but expected to fail: {reason}")
        return None
    if report.skipped:
        return Observation(Outcome.SKIPPED, f"skipped: {_skip_reason(report.longrepr)}")
    return Observation(Outcome.PASSED) if report.when == "call" else None


def _skip_reason(longrepr: object) -> str:
    reason = longrepr[2] if isinstance(longrepr, (tuple, list)) and len(longrepr) == 3 else longrepr
    return str(reason).removeprefix("Skipped: ") or "no reason given"


def last_line(longrepr: object) -> str:
    """Put a failure's representation into one line: the error, not where it happened."""
    crash = getattr(longrepr, "reprcrash", None)
    message = str(getattr(crash, "message", "") or "")
    if not message:
        lines = [line for line in str(longrepr or "").splitlines() if line.strip()]
        errors = [line[1:].strip() for line in lines if line.startswith("E ")]
        message = (errors or lines or ["failed"])[-1 if not errors else 0]
    return message.splitlines()[0].strip()


def storable(text: str, secrets: Iterable[str]) -> str:
    """Make a text of a test's report fit for state and journal, which outlive the terminal."""
    return mask(strip_controls(text), secrets)


def storable_gap(text: str, secrets: Iterable[str]) -> str:
    """Make a gap fit to be kept, in the state and in every report.

    A message of megabytes (an ``assert`` with a page in it) would be committed with the plan.
    """
    kept = storable(text, secrets)
    rest = len(kept) - _LONGEST_GAP
    return kept if rest <= 0 else f"{kept[:_LONGEST_GAP]}… ({rest:,} characters more)"
