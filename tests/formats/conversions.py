"""Plans compared as what they say: without places, and with the ids of another format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_tracks.core.model import Location, Plan, Task

NOWHERE = Location("")


def what_it_says(plan: Plan, ids: Mapping[str, str] | None = None) -> Plan:
    """Leave out places, files, warnings and what a document claims of itself."""
    names = ids or {}
    tasks = [_task(task, names) for task in plan.tasks.values()]
    return replace(
        plan,
        tasks={task.id: task for task in sorted(tasks, key=lambda task: task.id)},
        folder="",
        files=(),
        ignored=(),
        warnings=(),
        digest="",
        format="",
        statements=(),
        requirements=tuple(replace(one, location=NOWHERE) for one in plan.requirements),
        sprints=tuple(replace(one, location=NOWHERE) for one in plan.sprints),
        contracts=tuple(
            replace(one, owner=names.get(one.owner, one.owner), location=NOWHERE)
            for one in plan.contracts
        ),
    )


def _task(task: Task, names: Mapping[str, str]) -> Task:
    return replace(
        task,
        id=names.get(task.id, task.id),
        location=NOWHERE,
        criteria=tuple(replace(one, location=NOWHERE) for one in task.criteria),
        predecessors=tuple(sorted(names.get(one, one) for one in task.predecessors)),
    )


def as_document_says(plan: Plan, ids: Mapping[str, str] | None = None) -> Plan:
    """Leave out, too, what no document says: requirements, sprints, the project's name."""
    bare = what_it_says(plan, ids)
    tasks = {name: replace(task, requirements=()) for name, task in bare.tasks.items()}
    return replace(bare, tasks=tasks, requirements=(), sprints=(), project="")
