"""What a run is told of earlier ones: numbers to compare with, signatures, failures seen."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_tracks.core.kinds import Remembered
from pytest_tracks.core.measure import baseline_of
from pytest_tracks.core.model import Criterion, Plan, Task
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey, format_node_id
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict
from pytest_tracks.project.sign_offs import Standings
from pytest_tracks.state.digest import criterion_digest

__all__ = ["never_red", "red_digests", "remembered_of"]

_JOINED_KINDS = {"prose", "test", "mark"}
"""Their own items run nothing: they fail where no test was found."""


def remembered_of(plan: Plan, record: ProjectRecord, standings: Standings) -> dict[str, Remembered]:
    """Collect what checks ask for, by the key of their criterion."""
    found = {str(key): Remembered(standing=standing) for key, standing in standings.items()}
    for task in plan.tasks.values():
        measures = record.task(task.id).measures
        for criterion in task.criteria if measures else ():
            baseline = baseline_of(measures.get(criterion.id, ()), criterion_digest(criterion))
            if baseline is not None:
                found[str(CriterionKey(task.id, criterion.id))] = Remembered(baseline)
    return found


def red_digests(task: Task, results: Mapping[str, CriterionResult]) -> dict[str, str]:
    """Digest the criteria that were seen to fail: something of them ran, and failed."""
    return {
        criterion.id: criterion_digest(criterion)
        for criterion in task.criteria
        if criterion.id in results and _was_seen(task, criterion, results[criterion.id])
    }


def _was_seen(task: Task, criterion: Criterion, result: CriterionResult) -> bool:
    if result.verdict is not CriterionVerdict.FAIL or not result.shown:
        return False
    if criterion.check.kind not in _JOINED_KINDS:
        return True
    own = format_node_id(task.location.path, CriterionKey(task.id, criterion.id))
    return any(SEPARATOR in ran and ran != own for ran in result.evidence)


def never_red(plan: Plan, record: ProjectRecord, task: Task) -> frozenset[str]:
    """Name the criteria of a task that have to be seen to fail once, and never were."""
    reds = record.task(task.id).reds
    return frozenset(
        criterion.id
        for criterion in task.criteria
        if plan.requires_red(criterion) and reds.get(criterion.id) != criterion_digest(criterion)
    )
