"""From what the items of a criterion showed to its verdict, with the gap in a line.

::

    known beforehand (could not be loaded, …) ──┐
    shown by its items ─────────────────────────┴──► judge_criterion ──► verdict, gap
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pytest_tracks.core.measure import Measured
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.roster import Part
from pytest_tracks.core.verdict import (
    CriterionResult,
    CriterionVerdict,
    Outcome,
    judge_criterion,
)

__all__ = ["Observation", "judge_part"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What an item showed; ``gap`` says in a line why it did not pass."""

    outcome: Outcome
    gap: str = ""
    measured: Measured | None = None
    fix: str = ""
    """What to do about it, in a line."""
    coverage: CoverageResult | None = None
    """Of the item that measures the task's coverage."""


_NEVER_REACHED = Observation(Outcome.NOT_RUN, "it was not run")


def judge_part(part: Part, seen: Mapping[str, Observation]) -> CriterionResult:
    """Judge a criterion; ``seen`` holds what the items of its task have shown, by handle."""
    # What is known beforehand comes first: a file that could not be loaded says more than the
    # "collected 0" that follows from it.
    observations = [Observation(outcome, reason) for outcome, reason in part.given]
    observations += [seen.get(handle, _NEVER_REACHED) for handle in part.handles]
    criterion = part.criterion
    verdict = judge_criterion([one.outcome for one in observations], criterion.allow)
    gap = "" if verdict is CriterionVerdict.PASS else _gap(verdict, observations, criterion.allow)
    fix = "" if not gap else next((one.fix for one in observations if one.fix), "")
    ran = tuple(handle for handle in part.handles if handle in seen)
    shown = any(seen[handle].outcome is Outcome.FAILED for handle in ran)
    measured = next((one.measured for one in observations if one.measured), None)
    return CriterionResult(criterion.id, verdict, gap, ran, shown, measured, fix)


_GUILTY = {
    CriterionVerdict.FAIL: (Outcome.FAILED, Outcome.XFAILED, Outcome.XPASSED, Outcome.SKIPPED),
    CriterionVerdict.FLAKY: (Outcome.FLAKY,),
    CriterionVerdict.NOT_RUN: (Outcome.SKIPPED, Outcome.NOT_RUN),
    CriterionVerdict.UNVERIFIED: (Outcome.UNVERIFIED,),
    CriterionVerdict.PENDING: (Outcome.PENDING,),
}


def _gap(
    verdict: CriterionVerdict, observations: Sequence[Observation], allow: Collection[str]
) -> str:
    for outcome in _GUILTY.get(verdict, ()):
        for observation in observations:
            if observation.outcome is outcome:
                return observation.gap or f"a test was {outcome.value}"
    return "collected 0: no test serves it"
