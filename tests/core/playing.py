"""Drives a run to its end in one process, for the tests of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_tracks.core.events import Settled
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.model import Task, TaskKind
from pytest_tracks.core.run import Assignment, Run
from pytest_tracks.core.verdict import Outcome
from tests.core.worlds import make_plan, make_task, participant

A, B, C = make_task("A"), make_task("B", ("A",)), make_task("C", ("B",))
SYNC = make_task("SYNC-01", ("A",), items=0, kind=TaskKind.SYNC_POINT)


def item(task: str, number: int = 1) -> str:
    return f"plan.yaml::{task}::AC-{number:03}"


def make_run(*tasks: Task, lanes: Sequence[Sequence[str]] | None = None, **more: object) -> Run:
    plan = make_plan(*tasks)
    roster = {task.id: participant(task) for task in tasks if task.criteria}
    more.setdefault("pure", [task.id for task in tasks if is_pure_gate(plan, task.id)])
    more.setdefault("priority", {})
    return Run(plan, roster, lanes or [list(roster)], **more)  # type: ignore[arg-type]


def show(run: Run, assignment: Assignment | None, shown: Mapping[str, Outcome]) -> None:
    """Run a task to its end; items that ``shown`` does not name pass."""
    assert assignment is not None
    run.begin(assignment.task)
    for handle in assignment.handles:
        outcome = shown.get(handle, Outcome.PASSED)
        run.observe(assignment.task, handle, Observation(outcome))
    run.end(assignment.task)


def play(run: Run, shown: Mapping[str, Outcome] | None = None) -> dict[str, Settled]:
    """Run everything in one process; returns the end of every task."""
    while run.is_active:
        assignments = [run.take(lane) for lane in range(run.lanes)]
        for assignment in filter(None, assignments):
            show(run, assignment, shown or {})
        assert any(assignments) or not run.is_active, "nothing runs and nothing can be taken"
    return ends(run)


def ends(run: Run) -> dict[str, Settled]:
    settled = [event for event in run.events() if isinstance(event, Settled)]
    assert len({event.task for event in settled}) == len(settled), "a task is settled once"
    return {event.task: event for event in settled}


def verdicts(found: Mapping[str, Settled]) -> dict[str, str]:
    return {task: settled.verdict.value for task, settled in found.items()}
