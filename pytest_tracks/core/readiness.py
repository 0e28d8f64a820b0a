"""What can be worked on now: tasks behind an open gate that have not passed, most urgent first.

::

    PASS ──► ready ──► waiting ──► waiting
                       └ of these, ``roots`` names the ready ones they wait for in the end

A task's remaining path is the longest one from its start to the end of the plan, in hours of what
has not passed yet: whoever takes the longest first keeps the end of the plan nearest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Plan, Task, TaskKind

__all__ = ["Readiness", "assess"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Every task of the plan is in exactly one of ``ready``, ``waiting`` and ``open``."""

    ready: tuple[str, ...]
    """Longest remaining path first, document order among equals."""
    waiting: Mapping[str, tuple[str, ...]]
    """Task → the predecessors whose gates are closed, in document order."""
    open: frozenset[str]
    """Tasks whose gate is open: there is nothing to do for them."""
    remaining_hours: Mapping[str, float]
    """Of every task: the longest path of work from its start to the end of the plan."""

    def roots(self, tasks: Collection[str]) -> tuple[str, ...]:
        """Name the ready tasks that these wait for in the end, most urgent first."""
        behind, seen = list(tasks), set(tasks)
        while behind:
            fresh = [one for one in self.waiting.get(behind.pop(), ()) if one not in seen]
            seen.update(fresh)
            behind.extend(fresh)
        return tuple(task for task in self.ready if task in seen and task not in tasks)


def assess(plan: Plan, passed: Collection[str]) -> Readiness:
    """Sort the tasks of a plan by what can be done for them.

    ``passed`` holds the tasks whose recorded verdict opens the gate now. A pure gate (no criteria,
    and no task) opens when all its predecessors have.
    """
    durations = plan.durations()
    predecessors = {name: task.predecessors for name, task in plan.tasks.items()}
    hours = {name: 0.0 if name in passed else durations[name] for name in plan.tasks}
    graph = build_graph(plan.tasks, predecessors, hours)
    is_open: set[str] = set()
    ready: list[str] = []
    waiting: dict[str, tuple[str, ...]] = {}
    for name in (graph.ids[index] for index in graph.order):
        task = plan.tasks[name]
        closed = tuple(one for one in task.predecessors if one not in is_open)
        if name in passed or (not closed and _is_pure_gate(task)):
            is_open.add(name)
        elif closed:
            waiting[name] = closed
        else:
            ready.append(name)
    remaining = dict(zip(graph.ids, graph.b_levels(), strict=True))
    position = {name: place for place, name in enumerate(plan.tasks)}
    ready.sort(key=lambda name: (-remaining[name], position[name]))
    return Readiness(tuple(ready), waiting, frozenset(is_open), remaining)


def _is_pure_gate(task: Task) -> bool:
    return task.kind is not TaskKind.TASK and not task.criteria
