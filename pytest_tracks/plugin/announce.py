"""Which reports the controller makes for a settled task, so that pytest's counts tell it all.

Items that ran have their own reports. What is left: items that were not run on purpose (blocked,
done before), and criteria whose verdict no report of a test shows (no match, skipped, xfailed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tracks.core.model import Location
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.plugin.emission import emit_failed, emit_skipped

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.events import Settled
    from pytest_tracks.core.model import Task
    from pytest_tracks.core.roster import Part, Participant
    from pytest_tracks.core.verdict import CriterionResult

__all__ = ["announce", "blocked_reason"]

_CATEGORY = {
    CriterionVerdict.UNVERIFIED: "unverified",
    CriterionVerdict.PENDING: "pending",
    CriterionVerdict.NOT_RUN: "not run",
}


def announce(config: pytest.Config, participant: Participant, settled: Settled) -> None:
    """Make the reports of a settled task that nothing else makes."""
    if settled.how == "blocked" and not settled.informational:
        _skip_all(config, participant, f"BLOCKED {blocked_reason(settled)}", "blocked")
    elif settled.how == "elsewhere":
        category = "done" if settled.verdict is TaskVerdict.PASS else "not run"
        reason = f"another run has settled {settled.task}: {settled.verdict.value}"
        _skip_all(config, participant, reason, category)
    elif settled.how == "done":
        reason = f"Found completed task: {settled.task} (skipping)"
        _skip_all(config, participant, reason, "done")
    elif settled.how in ("run", "kept"):
        _complete(config, participant, settled)


def blocked_reason(settled: Settled) -> str:
    """Say what blocks: direct predecessors, and where the fault lies if that is further away."""
    blocked = settled.blocked
    if blocked is None:
        return ""
    behind = [root for root in blocked.roots if root not in blocked.by]
    return f"by {', '.join(blocked.by)}" + (f" (behind {', '.join(behind)})" if behind else "")


def _skip_all(config: pytest.Config, participant: Participant, reason: str, category: str) -> None:
    places: dict[str, Location] = {}
    for part in participant.parts:
        for handle in part.handles or (part.node_id,):
            places.setdefault(handle, part.criterion.location)
    for handle in participant.handles or places or (_task_node(participant),):
        place = places.get(handle, participant.task.location)
        emit_skipped(config, handle, place, reason, category)


def _task_node(participant: Participant) -> str:
    task = participant.task
    return f"{task.location.path}{SEPARATOR}{task.id}"


def _complete(config: pytest.Config, participant: Participant, settled: Settled) -> None:
    task = participant.task
    for part in participant.parts:
        result = settled.results[part.criterion.id]
        if part.handles == (part.node_id,) and result.evidence:
            continue  # its own item has reported
        if result.verdict is CriterionVerdict.FAIL and not result.shown:
            emit_failed(config, part.node_id, part.criterion.location, _text(task, part, result))
        elif not part.handles and result.verdict in _CATEGORY:
            category = _CATEGORY[result.verdict]
            reason = f"{category.upper()}: {result.gap}"
            emit_skipped(config, part.node_id, part.criterion.location, reason, category)
    if not participant.parts:
        reason = "UNVERIFIED: the task has no acceptance criteria"
        emit_skipped(config, _task_node(participant), task.location, reason, "unverified")


def _text(task: Task, part: Part, result: CriterionResult) -> str:
    from pytest_tracks.reports.validation_result import recommended_fix  # not in every run

    place = part.criterion.location
    fix = recommended_fix(task, TaskRecord(), result)
    return f"{place}: {part.criterion.id} {part.criterion.text}\n{result.gap}\nfix: {fix}"
