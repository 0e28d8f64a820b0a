"""One task on its way through a run: what its items have shown so far, and what that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.judging import Observation, judge_part
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.roster import Participant
from pytest_tracks.core.verdict import (
    CriterionResult,
    CriterionVerdict,
    Outcome,
    TaskVerdict,
    judge_task,
)

__all__ = ["Attempt", "judge_attempt", "uniform_results"]


@dataclass(slots=True)
class Attempt:
    """A task that was taken; ``informational`` says that it can change no verdict."""

    participant: Participant
    informational: bool
    seen: dict[str, Observation] = field(default_factory=dict)
    _handles: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._handles = frozenset(self.participant.handles)

    def observe(self, handle: str, observation: Observation) -> None:
        """Take what an item showed, ValueError if it is none of these; a failure stays one."""
        if handle not in self._handles:
            raise ValueError(f"{handle} is no item of {self.participant.task.id}")
        before = self.seen.get(handle)
        if before is None or before.outcome is not Outcome.FAILED:
            self.seen[handle] = observation

    def results(self) -> dict[str, CriterionResult]:
        """Judge each criterion by what its items have shown."""
        return {part.criterion.id: judge_part(part, self.seen) for part in self.participant.parts}

    @property
    def coverage(self) -> CoverageResult | None:
        """What the task's coverage gate has measured, if it has one that did."""
        return next((one.coverage for one in self.seen.values() if one.coverage), None)


def judge_attempt(results: Mapping[str, CriterionResult], *, interrupted: bool) -> TaskVerdict:
    """Judge the task; what a person interrupted is not merely incomplete."""
    verdict = judge_task(result.verdict for result in results.values())
    if interrupted and verdict is TaskVerdict.INCOMPLETE:
        return TaskVerdict.INTERRUPTED
    return verdict


def uniform_results(
    participant: Participant, verdict: CriterionVerdict, gap: str = ""
) -> dict[str, CriterionResult]:
    """Give all criteria of a task that was not run here the same result."""
    return {
        part.criterion.id: CriterionResult(part.criterion.id, verdict, gap)
        for part in participant.parts
    }
