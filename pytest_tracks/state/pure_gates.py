"""What has no criteria follows from its predecessors, also where they passed in other shards."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Plan, Task, TaskKind
from pytest_tracks.core.record import Digest, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict

__all__ = ["settle_pure_gates"]


def settle_pure_gates(
    plan: Plan, tasks: Mapping[str, TaskRecord], digests: Mapping[str, Digest]
) -> dict[str, TaskRecord]:
    """Make the records of all gates without criteria from those of the other tasks alone.

    ``digests`` are those of now: only a PASS that holds opens a gate.
    """
    waits = {name: task.predecessors for name, task in plan.tasks.items()}
    graph = build_graph(plan.tasks, waits, dict.fromkeys(plan.tasks, 1))
    settled = dict(tasks)
    for index in graph.order:
        task = plan.tasks[graph.ids[index]]
        if task.kind is not TaskKind.TASK and not task.criteria and not task.coverage:
            settled[task.id] = _gate(task, settled, digests)
    return settled


def _gate(task: Task, tasks: Mapping[str, TaskRecord], digests: Mapping[str, Digest]) -> TaskRecord:
    track = tasks.get(task.id, TaskRecord()).track
    before = {name: tasks.get(name, TaskRecord()) for name in task.predecessors}
    closed = tuple(
        name
        for name, record in before.items()
        if record.verdict is not TaskVerdict.PASS or record.digest != digests[name]
    )
    if closed or not before:
        is_known = any(record.verdict for record in before.values())
        verdict = TaskVerdict.BLOCKED if is_known else None
        return TaskRecord(verdict, track=track, blocked_by=closed if is_known else ())
    at = max((record.completed_at for record in before.values() if record.completed_at), default="")
    return TaskRecord(
        TaskVerdict.PASS,
        track=track,
        started_at=at or None,
        completed_at=at or None,
        duration_minutes=0.0,
        digest=digests[task.id],
        passed_definition=digests[task.id].definition,
    )
