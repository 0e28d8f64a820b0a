"""How short a schedule can be at best: what proves that the planner may stop.

::

    0        head                      tail        makespan
    ├─────────┤  all of these tasks   ├─────────────┤
              └── work / tracks ──────┘

The tasks that cannot start before ``head`` and are followed by at least ``tail`` share the tracks
in between (the idea of Fernandez and Bussell, 1973, over heads and tails).
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tracks.core.graph import Graph
from pytest_tracks.core.list_schedule import ANY, Workload

__all__ = ["lower_bound", "proven_bound", "window_bound"]

WINDOW_BOUND_UP_TO = 2_000
"""Tasks; above that the finer bound costs more than the passes that it may save."""

_MOST_HEADS = 60
"""Heads that are tried: the bound is looked for in about as long as a few schedules take."""


def lower_bound(workload: Workload) -> int:
    """No schedule is shorter: critical path, work per track, fixed work, work per resource."""
    graph = workload.graph
    fixed_work = [0] * workload.tracks
    for track, duration in zip(workload.fixed, graph.durations, strict=True):
        if track != ANY:
            fixed_work[track] += duration
    by_resource = _resource_bounds(workload)
    shared = -(-graph.total // workload.tracks)
    return max(graph.critical_length(), shared, *fixed_work, *by_resource)


def proven_bound(workload: Workload, makespan: int) -> int:
    """Return the best bound known for a schedule of this length, at the least cost."""
    bound = lower_bound(workload)
    if bound < makespan and len(workload.graph) <= WINDOW_BOUND_UP_TO:
        bound = max(bound, window_bound(workload.graph, workload.tracks))
    return bound


def _resource_bounds(workload: Workload) -> list[int]:
    """How long each resource is needed if all its units are busy all the time."""
    held = [0] * len(workload.capacities)
    for task, needs in enumerate(workload.demands):
        for resource, units in needs:
            held[resource] += units * workload.graph.durations[task]
    return [-(-work // units) for work, units in zip(held, workload.capacities, strict=True)]


def window_bound(graph: Graph[int], tracks: int) -> int:
    """Best bound over pairs of head and tail; costlier than ``lower_bound``, for small plans."""
    heads = graph.t_levels()
    tails = [
        level - duration for level, duration in zip(graph.b_levels(), graph.durations, strict=True)
    ]
    by_tail = sorted(range(len(graph)), key=lambda task: -tails[task])
    return max(
        (
            _from_head(head, heads, tails, by_tail, graph.durations, tracks)
            for head in _spread(sorted(set(heads)))
        ),
        default=0,
    )


def _from_head(
    head: int,
    heads: Sequence[int],
    tails: Sequence[int],
    by_tail: Sequence[int],
    durations: Sequence[int],
    tracks: int,
) -> int:
    work = best = 0
    for task in by_tail:
        if heads[task] >= head:
            work += durations[task]
            best = max(best, tails[task] - (-work // tracks))
    return head + best


def _spread(values: Sequence[int]) -> Sequence[int]:
    step = -(-len(values) // _MOST_HEADS)
    return values[:: max(1, step)]
