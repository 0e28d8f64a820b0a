"""From a plan to what the planner schedules: whole numbers and indices in the order of the ids.

The order of the plan's files does not matter: tasks are taken in the order of their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.list_schedule import ANY, Workload, whole_hours
from pytest_tracks.core.model import Plan
from pytest_tracks.errors import UsageError

__all__ = [
    "component_numbers",
    "component_title",
    "id_order",
    "majority_component",
    "workload_of",
]


def id_order(task_id: str) -> tuple[tuple[int, str, str], ...]:
    """Key that sorts ids as people do: TASK-9 before TASK-10."""
    return tuple(map(_part_order, re.findall(r"[0-9]+|[^0-9]+", task_id)))


def _part_order(part: str) -> tuple[int, str, str]:
    if part[0] in "0123456789":
        digits = part.lstrip("0")
        return len(digits) + 1, digits, part
    return 0, part, ""


def workload_of(
    plan: Plan, numbers: Sequence[int], kept: Mapping[str, int]
) -> tuple[Workload, Fraction]:
    """Return the plan in whole numbers, and how many hours one is.

    ``numbers`` are those of the tracks, ``kept`` the track of each task that has one; a task whose
    track is not among the numbers may go to any. Raises UsageError for a task that needs more
    units of a resource than there are.
    """
    ids = sorted(plan.tasks, key=id_order)
    hours = plan.durations()
    whole, unit = whole_hours(hours[task_id] for task_id in ids)
    waits = {task_id: task.predecessors for task_id, task in plan.tasks.items()}
    graph = build_graph(ids, waits, dict(zip(ids, whole, strict=True)))
    index_of = {number: index for index, number in enumerate(numbers)}
    fixed = tuple(index_of.get(kept.get(task_id, 0), ANY) for task_id in ids)
    demands, capacities = _resources(plan, ids)
    return Workload(graph, len(numbers), fixed, demands, capacities), unit


def _resources(
    plan: Plan, ids: Sequence[str]
) -> tuple[tuple[tuple[tuple[int, int], ...], ...], tuple[int, ...]]:
    """Return the demands per task and the capacities; no demands where no task has any."""
    names = sorted({name for task in plan.tasks.values() for name in task.resources})
    if not names:
        return (), ()
    capacities = {name: plan.capacities.get(name, 1) for name in names}
    for task_id in ids:
        for name, units in plan.tasks[task_id].resources.items():
            if units > capacities[name]:
                raise UsageError(
                    f"{task_id} needs {units} units of {name} but there are only"
                    f" {capacities[name]}: raise its capacity in tracks.yaml"
                )
    index_of = {name: index for index, name in enumerate(names)}
    demands = tuple(
        tuple(sorted((index_of[name], units) for name, units in needs.items()))
        for needs in (plan.tasks[task_id].resources for task_id in ids)
    )
    return demands, tuple(capacities.values())


def component_numbers(plan: Plan, ids: Sequence[str]) -> list[int]:
    """Return the number of each task's component; ANY for a task without one."""
    names = sorted({task.component for task in plan.tasks.values() if task.component})
    number_of = {name: number for number, name in enumerate(names)}
    return [number_of.get(plan.tasks[task_id].component or "", ANY) for task_id in ids]


def majority_component(
    plan: Plan, task_ids: Iterable[str], hours: Mapping[str, float]
) -> str | None:
    """Name the component with the most hours among the tasks; None where none has a component."""
    by_component: dict[str, float] = {}
    for task_id in task_ids:
        component = plan.tasks[task_id].component
        if component:
            by_component[component] = by_component.get(component, 0.0) + hours[task_id]
    return min(by_component, key=lambda name: (-by_component[name], name), default=None)


def component_title(plan: Plan, component: str) -> str:
    """Call a component as the document calls the track that is declared for it."""
    names = (track.name for track in plan.tracks if track.component == component and track.name)
    return next(names, component)
