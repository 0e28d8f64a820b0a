"""Which task belongs to which track: the plan, scheduled, with the tracks named.

::

    Plan ──► Workload (whole numbers) ──► Schedule ──► Layout (ids, hours, names)

Tracks that the document or the state gives are kept; all others are made. Tasks are looked at in
the order of their ids, so that the layout does not depend on the order of the plan's files.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_tracks.core.bounds import proven_bound
from pytest_tracks.core.gates import tasks_only
from pytest_tracks.core.handovers import settle
from pytest_tracks.core.improve import improve, start_order
from pytest_tracks.core.list_schedule import ANY, Schedule, Workload
from pytest_tracks.core.model import Plan
from pytest_tracks.core.workload import component_numbers, majority_component, workload_of
from pytest_tracks.errors import UsageError

__all__ = ["LaidTrack", "Layout", "distribute", "fewest_tracks", "lay_on_lanes"]


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
    """Of every task, in the order in which they start; predecessors come first."""
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


def distribute(
    plan: Plan, tracks: int | None, *, recorded: Mapping[str, int] | None = None
) -> Layout:
    """Lay the plan's tasks onto tracks: shortest first, then fewest hand-overs, then the fairest.

    ``tracks`` None takes the tracks that the document and the state give (one, if they give none);
    a number makes that many. ``recorded`` holds the track numbers of tasks as the state remembers
    them: they are kept where the document says nothing else and the number still exists. A task
    that stands in a sprint is kept on the sprint's track. Reviews and sync points are on no track.
    Raises UsageError for a pin above ``tracks`` and for a task that needs more units of a resource
    than there are.
    """
    plan = tasks_only(plan)
    kept = _kept_tracks(plan, recorded or {})
    numbers = _track_numbers(plan, tracks, kept)
    _refuse_unknown_pins(plan, numbers)
    workload, unit = workload_of(plan, numbers, kept)
    schedule = settle(workload, improve(workload), component_numbers(plan, workload.graph.ids))
    return _layout(plan, _numbered(plan, numbers, workload, schedule), workload, schedule, unit)


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
    """Return the track number of every task that has one already: pin, sprint, state."""
    kept: dict[str, int] = {}
    in_sprint = {task_id: sprint.track for sprint in plan.sprints for task_id in sprint.tasks}
    for task_id, task in plan.tasks.items():
        known = in_sprint.get(task_id, recorded.get(task_id))
        number = known if task.pin is None else task.pin
        if number is not None:
            kept[task_id] = number
    return kept


def _track_numbers(plan: Plan, tracks: int | None, kept: Mapping[str, int]) -> tuple[int, ...]:
    if tracks is None:
        given = {track.number for track in plan.tracks} | set(kept.values())
        return tuple(sorted(given)) or (1,)
    if tracks < 1:
        raise UsageError(f"{tracks} tracks: at least one is needed")
    # The loader lists numbers that only a pin or a sprint mentions too: those say nothing else.
    declared = sorted(
        track.number for track in plan.tracks if track.name or track.component or track.owner
    )[:tracks]
    unused = (number for number in itertools.count(1) if number not in declared)
    return tuple(sorted([*declared, *itertools.islice(unused, tracks - len(declared))]))


def fewest_tracks(plan: Plan, least: int, most: int) -> int:
    """Find the smallest number of tracks, from ``least`` to ``most``, that has all pinned ones."""
    pins = {task.pin for task in plan.tasks.values() if task.pin is not None}
    enough = (
        tracks for tracks in range(least, most) if pins <= {*_track_numbers(plan, tracks, {})}
    )
    return next(enough, most)


def _refuse_unknown_pins(plan: Plan, numbers: Sequence[int]) -> None:
    known = set(numbers)
    for task_id, task in plan.tasks.items():
        if task.pin is not None and task.pin not in known:
            raise UsageError(
                f"{task_id} is pinned to track {task.pin} ({task.location}), but there are only"
                f" {len(numbers)} tracks: ask for {task.pin} or change the pin"
            )


def _numbered(
    plan: Plan, numbers: Sequence[int], workload: Workload, schedule: Schedule
) -> tuple[int, ...]:
    """Return the number of each track of the schedule.

    One that holds a fixed task has its number already. The others are matched to the declared
    tracks by component, the most hours first; what is left goes in the order of the first ids.
    """
    taken = {track for track in workload.fixed if track != ANY}
    made = [track for track in range(workload.tracks) if track not in taken]
    spare = [numbers[track] for track in made]
    hours = _component_work(plan, workload, schedule)
    declared = {track.number: track.component for track in plan.tracks}
    wishes = sorted(
        (-hours.get((track, declared[number]), 0), number, track)
        for number in spare
        if declared.get(number)
        for track in made
        if (track, declared[number]) in hours
    )
    number_of = {track: numbers[track] for track in taken}
    for _, number, track in wishes:
        if track not in number_of and number in spare:
            number_of[track] = number
            spare.remove(number)
    first_task = {track: task for task, track in reversed(list(enumerate(schedule.tracks)))}
    rest = [track for track in made if track not in number_of]
    rest.sort(key=lambda track: first_task.get(track, len(schedule.tracks)))
    number_of.update(zip(rest, spare, strict=True))
    return tuple(number_of[track] for track in range(workload.tracks))


def _component_work(
    plan: Plan, workload: Workload, schedule: Schedule
) -> dict[tuple[int, str | None], int]:
    work: dict[tuple[int, str | None], int] = {}
    for task_id, track, duration in zip(
        workload.graph.ids, schedule.tracks, workload.graph.durations, strict=True
    ):
        key = (track, plan.tasks[task_id].component)
        work[key] = work.get(key, 0) + duration
    return work


def _layout(
    plan: Plan, number_of: Sequence[int], workload: Workload, schedule: Schedule, unit: Fraction
) -> Layout:
    graph = workload.graph
    on_track: dict[int, list[str]] = {number: [] for number in sorted(number_of)}
    in_order = start_order(graph, schedule.starts)
    for task in in_order:
        on_track[number_of[schedule.tracks[task]]].append(graph.ids[task])

    def in_hours(whole: int) -> float:
        return whole * unit.numerator / unit.denominator

    starts = {graph.ids[task]: schedule.starts[task] for task in in_order}
    lengths = dict(zip(graph.ids, graph.durations, strict=True))
    return Layout(
        _named(plan, on_track),
        {task_id: in_hours(start) for task_id, start in starts.items()},
        {task_id: in_hours(start + lengths[task_id]) for task_id, start in starts.items()},
        in_hours(schedule.makespan),
        in_hours(proven_bound(workload, schedule.makespan)),
    )


def _named(plan: Plan, on_track: Mapping[int, Sequence[str]]) -> tuple[LaidTrack, ...]:
    """Name the tracks: as declared, else by component, with a number where that name is taken."""
    declared = {track.number: track for track in plan.tracks}
    used = {track.name for track in plan.tracks}
    laid = []
    hours = plan.durations()
    for number, task_ids in on_track.items():
        given = declared.get(number)
        component = (given.component if given else None) or majority_component(
            plan, task_ids, hours
        )
        name = (given.name if given else "") or _unused(component or "", used)
        used.add(name)
        laid.append(LaidTrack(number, name, component, tuple(task_ids)))
    return tuple(laid)


def _unused(name: str, used: Collection[str]) -> str:
    if not name or name not in used:
        return name
    return next(other for count in itertools.count(2) if (other := f"{name} {count}") not in used)
