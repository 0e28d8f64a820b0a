"""Which task belongs to which track: the plan, scheduled, with the tracks named.

::

    Plan ──► Workload (whole numbers) ──► Schedule ──► Layout (ids, hours, names)

Tracks that the document or the state gives are kept; all others are made. Tasks are looked at in
the order of their ids, so that the layout does not depend on the order of the plan's files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.list_schedule import (
    ANY,
    Schedule,
    Workload,
    list_schedule,
    lower_bound,
    rank_by_level,
    whole_hours,
)
from pytest_tracks.core.model import Plan
from pytest_tracks.errors import UsageError

__all__ = ["LaidTrack", "Layout", "distribute", "id_order", "lay_on_lanes"]


@dataclass(frozen=True, slots=True)
class LaidTrack:
    """A track with its tasks in the order in which the layout starts them."""

    number: int
    name: str
    component: str | None
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A plan laid onto tracks; times are hours from the start of the plan."""

    tracks: tuple[LaidTrack, ...]
    start: Mapping[str, float]
    end: Mapping[str, float]
    makespan: float
    lower_bound: float
    """No layout with these tracks and pins is shorter."""

    def track_of(self) -> dict[str, int]:
        """Map every task to the number of its track."""
        return {task: track.number for track in self.tracks for task in track.tasks}

    @property
    def gap(self) -> float:
        """How far the makespan is above the lower bound, as a share of it; 0 is proven optimal."""
        return self.makespan / self.lower_bound - 1 if self.lower_bound else 0.0


def id_order(task_id: str) -> tuple[tuple[bool, int, str], ...]:
    """Key that sorts ids as people do: TASK-9 before TASK-10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", task_id)
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


def distribute(
    plan: Plan, tracks: int | None, *, recorded: Mapping[str, int] | None = None
) -> Layout:
    """Lay the plan's tasks onto tracks.

    ``tracks`` None takes the tracks that the document and the state give (one, if they give none);
    a number makes that many. ``recorded`` holds the track numbers of tasks as the state remembers
    them: they are kept where the document pins nothing else and the number still exists.
    Raises UsageError for a pin above ``tracks`` and for a task that needs more units of a resource
    than there are.
    """
    kept = _kept_tracks(plan, recorded or {})
    numbers = _track_numbers(plan, tracks, kept)
    _refuse_unknown_pins(plan, numbers)
    workload, unit = _workload(plan, numbers, kept)
    ranks = rank_by_level(workload.graph, workload.graph.b_levels())
    components = [plan.tasks[task_id].component for task_id in workload.graph.ids]
    affinity = _Affinity(plan, numbers, workload, components)
    schedule = list_schedule(workload, ranks, affinity.choose)
    return _layout(plan, numbers, workload, schedule, unit)


def lay_on_lanes(
    tracks: Mapping[int, Iterable[str]], hours: Mapping[str, float], lanes: int
) -> tuple[tuple[int, ...], ...]:
    """Lay whole tracks (number → tasks) onto ``lanes`` queues: the longest first, to the emptiest.

    With as many lanes as tracks or more each track has its own, in the order of their numbers, and
    what is left over is empty.
    """
    if lanes < 1:
        raise UsageError(f"{lanes} lanes: at least one is needed")
    numbers = sorted(tracks)
    if lanes >= len(numbers):
        own = [(number,) for number in numbers]
        return (*own, *[()] * (lanes - len(own)))
    load = {number: sum(hours[task] for task in tracks[number]) for number in numbers}
    laid: list[list[int]] = [[] for _ in range(lanes)]
    filled = [0.0] * lanes
    for number in sorted(numbers, key=lambda number: (-load[number], number)):
        emptiest = min(range(lanes), key=lambda lane: (filled[lane], len(laid[lane]), lane))
        laid[emptiest].append(number)
        filled[emptiest] += load[number]
    return tuple(tuple(sorted(lane)) for lane in sorted(laid))


def _kept_tracks(plan: Plan, recorded: Mapping[str, int]) -> dict[str, int]:
    """Return the track number of every task that has one already; the document's pin goes first."""
    kept: dict[str, int] = {}
    for task_id, task in plan.tasks.items():
        number = recorded.get(task_id) if task.pin is None else task.pin
        if number is not None:
            kept[task_id] = number
    return kept


def _track_numbers(plan: Plan, tracks: int | None, kept: Mapping[str, int]) -> tuple[int, ...]:
    if tracks is None:
        given = {track.number for track in plan.tracks} | set(kept.values())
        return tuple(sorted(given)) or (1,)
    if tracks < 1:
        raise UsageError(f"{tracks} tracks: at least one is needed")
    return tuple(range(1, tracks + 1))


def _refuse_unknown_pins(plan: Plan, numbers: Sequence[int]) -> None:
    known = set(numbers)
    for task_id, task in plan.tasks.items():
        if task.pin is not None and task.pin not in known:
            raise UsageError(
                f"{task_id} is pinned to track {task.pin} ({task.location}), but there are only"
                f" {len(numbers)} tracks: ask for {task.pin} or change the pin"
            )


def _workload(
    plan: Plan, numbers: Sequence[int], kept: Mapping[str, int]
) -> tuple[Workload, Fraction]:
    """Return the plan in whole numbers, and how many hours one is."""
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


class _Affinity:
    """Chooses between free tracks: where a predecessor ran, then where the component is."""

    def __init__(
        self,
        plan: Plan,
        numbers: Sequence[int],
        workload: Workload,
        components: Sequence[str | None],
    ) -> None:
        declared = {track.number: track.component for track in plan.tracks}
        self.workload = workload
        self.components = components
        self.seen: list[Counter[str]] = [Counter() for _ in numbers]
        self.declared = [declared.get(number) for number in numbers]

    def choose(self, task: int, free: Sequence[int], placed: Sequence[int]) -> int:
        component = self.components[task]
        before = Counter(placed[other] for other in self.workload.graph.predecessors[task])

        def worth(track: int) -> tuple[int, bool, int, bool, int]:
            same = self.seen[track][component] if component is not None else 0
            declared = component is not None and self.declared[track] == component
            return before[track], declared, same, not self.seen[track], -track

        chosen = max(free, key=worth)
        self.seen[chosen][component or ""] += 1
        return chosen


def _layout(
    plan: Plan, numbers: Sequence[int], workload: Workload, schedule: Schedule, unit: Fraction
) -> Layout:
    graph = workload.graph
    position = {index: place for place, index in enumerate(graph.order)}
    on_track: list[list[int]] = [[] for _ in numbers]
    for index in sorted(range(len(graph)), key=lambda i: (schedule.starts[i], position[i])):
        on_track[schedule.tracks[index]].append(index)
    declared = {track.number: track for track in plan.tracks}
    laid = []
    for number, tasks in zip(numbers, on_track, strict=True):
        ids = tuple(graph.ids[index] for index in tasks)
        made = majority_component(plan, ids)
        given = declared.get(number)
        component = (given.component if given else None) or made
        laid.append(LaidTrack(number, given.name if given else made or "", component, ids))

    def in_hours(whole: int) -> float:
        return whole * unit.numerator / unit.denominator

    ends = [
        start + duration for start, duration in zip(schedule.starts, graph.durations, strict=True)
    ]
    return Layout(
        tuple(laid),
        dict(zip(graph.ids, map(in_hours, schedule.starts), strict=True)),
        dict(zip(graph.ids, map(in_hours, ends), strict=True)),
        in_hours(schedule.makespan),
        in_hours(lower_bound(workload)),
    )


def majority_component(plan: Plan, task_ids: Iterable[str]) -> str | None:
    """Name the component with the most hours among the tasks; None where none has a component."""
    hours = plan.durations()
    by_component: dict[str, float] = {}
    for task_id in task_ids:
        component = plan.tasks[task_id].component
        if component:
            by_component[component] = by_component.get(component, 0.0) + hours[task_id]
    return min(by_component, key=lambda name: (-by_component[name], name), default=None)
