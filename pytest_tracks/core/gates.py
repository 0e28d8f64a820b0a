"""Reviews and sync points among the tasks: what the planner leaves aside.

::

    TASK-1 ─► SYNC-01 ─► TASK-2   ─► REVIEW-FINAL        the plan
    TASK-1 ───────────► TASK-2                          what is laid onto tracks

A gate takes no hours and belongs to nobody's track, but what waits behind it waits for all that it
waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pytest_tracks.core.model import Plan, Task, TaskKind

__all__ = [
    "SHARED_KINDS",
    "is_gate",
    "is_pure_gate",
    "late_gates",
    "tasks_only",
    "tracks_of_gates",
    "wanted_gates",
    "work_before",
]

SHARED_KINDS = frozenset({TaskKind.SYNC_POINT, TaskKind.FINAL_REVIEW})
"""Gates that are of no track: whichever run comes last there carries them out."""


def is_gate(task: Task) -> bool:
    """Whether this is a review or a sync point."""
    return task.kind is not TaskKind.TASK


def is_pure_gate(plan: Plan, task: str) -> bool:
    """Whether a task has no item of its own and passes when its predecessors have."""
    return is_gate(plan.tasks[task]) and not plan.tasks[task].criteria


def tasks_only(plan: Plan) -> Plan:
    """Leave the gates of a plan out: what waited for a gate waits for the tasks before it."""
    if not any(map(is_gate, plan.tasks.values())):
        return plan
    before = work_before(plan)
    tasks = {
        name: replace(task, predecessors=before[name])
        for name, task in plan.tasks.items()
        if not is_gate(task)
    }
    return replace(plan, tasks=tasks)


def work_before(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Map every task and gate to the tasks that it waits for directly, seen through all gates."""
    seen_through: dict[str, tuple[str, ...]] = {}
    return {name: _tasks_of(plan, name, seen_through) for name in plan.tasks}


def _tasks_of(plan: Plan, name: str, seen_through: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Look through gates without recursion: a chain of them may be as long as the plan."""
    waiting = [name]
    while waiting:
        gates = [
            one
            for one in plan.tasks[waiting[-1]].predecessors
            if is_gate(plan.tasks[one]) and one not in seen_through
        ]
        if gates:
            waiting.extend(gates)
            continue
        current = waiting.pop()
        found = (
            seen_through[one] if is_gate(plan.tasks[one]) else (one,)
            for one in plan.tasks[current].predecessors
        )
        seen_through[current] = tuple(dict.fromkeys(one for some in found for one in some))
    return seen_through[name]


def wanted_gates(plan: Plan, tasks: Collection[str]) -> tuple[str, ...]:
    """Name the gates that stand directly before some tasks, or before such a gate."""
    wanted: dict[str, None] = {}
    waiting = list(tasks)
    while waiting:
        before = plan.tasks[waiting.pop()].predecessors
        fresh = [one for one in before if is_gate(plan.tasks[one]) and one not in wanted]
        wanted.update(dict.fromkeys(fresh))
        waiting.extend(fresh)
    return tuple(name for name in plan.tasks if name in wanted)


def late_gates(plan: Plan, tasks: Collection[str]) -> tuple[str, ...]:
    """Name the shared gates that some tasks stand before, and that none of them waits for.

    A run of these tasks alone is not kept waiting for them: at its end it carries out those of
    which everything before has passed by then, if no other run has.
    """
    wanted = {*tasks, *wanted_gates(plan, tasks)}
    behind = _all_behind(plan, wanted)
    return tuple(
        name
        for name, task in plan.tasks.items()
        if task.kind in SHARED_KINDS and name in behind and name not in wanted
    )


def _all_behind(plan: Plan, tasks: Collection[str]) -> set[str]:
    successors: dict[str, list[str]] = {}
    for name, task in plan.tasks.items():
        for one in task.predecessors:
            successors.setdefault(one, []).append(name)
    behind: set[str] = set()
    waiting = list(tasks)
    while waiting:
        fresh = [one for one in successors.get(waiting.pop(), ()) if one not in behind]
        behind.update(fresh)
        waiting.extend(fresh)
    return behind


def tracks_of_gates(plan: Plan, track_of: Mapping[str, int]) -> dict[str, int]:
    """Choose for every gate the track beside which it is shown and run.

    A review of a sprint or track has its own; what is shared goes with what it waits for last.
    """
    before = work_before(plan)
    found: dict[str, int] = {}
    for name, task in plan.tasks.items():
        if is_gate(task):
            tracks = [track_of[one] for one in reversed(before[name]) if one in track_of]
            known = task.pin if task.pin in track_of.values() else None
            found[name] = known or next(iter(tracks), min(track_of.values(), default=1))
    return found
