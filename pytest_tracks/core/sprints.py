"""Cutting tracks into sprints that run side by side.

::

    track 1  ├── SPRINT-001-01 ──┤├── SPRINT-002-01 ──┤
    track 2  ├── SPRINT-001-02 ─┤├─── SPRINT-002-02 ──┤

Every track has the same number of sprints, cut at task boundaries near equal shares of the track's
hours. A task is never in an earlier sprint than one that it waits for, so that the sprints with
one number can run when those with smaller numbers are done. Sprints that the plan gives are left
as they are: the cut goes around them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pytest_tracks.core.distribute import LaidTrack, Layout
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.workload import component_title, majority_component

__all__ = ["SPRINT_HOURS", "CutSprint", "cut_sprints", "sprint_id"]

SPRINT_HOURS = 40.0
"""A working week."""

_ROUNDING = 1e-9
"""Hours are sums of decimals: a difference below this is none."""

Members = dict[tuple[int, int], list[str]]
"""(sprint number, track) → tasks."""


@dataclass(frozen=True, slots=True)
class CutSprint:
    """A share of one track; ``number`` counts along the track from 1."""

    id: str
    number: int
    track: int
    title: str
    tasks: tuple[str, ...]
    hours: float
    depends_on: tuple[str, ...]
    """Ids of earlier sprints that hold predecessors of its tasks."""


def sprint_id(number: int, track: int) -> str:
    """Make the id of a track's sprint: ``SPRINT-002-01`` is the second one of track 1."""
    return f"SPRINT-{number:03d}-{track:02d}"


def cut_sprints(
    plan: Plan, layout: Layout, sprint_hours: float = SPRINT_HOURS
) -> tuple[CutSprint, ...]:
    """Cut the layout's tracks into ⌈makespan / ``sprint_hours``⌉ sprints each, by sprint number.

    Gates and reviews are in no sprint. A sprint without tasks is kept, so that all tracks have
    equally many. The plan's own sprints keep their tasks and titles as far as the layout has these
    tasks on that track; all other titles are made of components.
    """
    if sprint_hours <= 0:
        raise ValueError(f"a sprint of {sprint_hours:g} hours")
    hours = plan.durations()
    count = max(1, math.ceil(layout.makespan / sprint_hours - _ROUNDING))
    members = _Cut(plan, layout, count).members()
    names = _Names(plan, layout, max(number for number, _ in members))
    waits = _waits(plan, members)
    return tuple(
        CutSprint(
            id=sprint_id(number, track),
            number=number,
            track=track,
            title=names.title(number, track, tasks, hours),
            tasks=tuple(tasks),
            hours=math.fsum(hours[task] for task in tasks),
            depends_on=waits[number, track],
        )
        for (number, track), tasks in members.items()
    )


class _Cut:
    """Assigns tasks to sprints; ``given`` ones, those of the plan that have tasks, are closed."""

    def __init__(self, plan: Plan, layout: Layout, count: int) -> None:
        self.plan, self.layout = plan, layout
        self.given = _given(plan, layout)
        self.number_of = {
            task: number for (number, _), tasks in self.given.items() for task in tasks
        }
        self.count = max([count, *self.number_of.values()])
        self.open = {track.number: self._open_tasks(track) for track in layout.tracks}

    def members(self) -> Members:
        """Return the tasks of every sprint; there may be more sprints than asked for."""
        self._share_out()
        self._move_after_predecessors()
        count = max([self.count, *self.number_of.values()])
        found: Members = {
            (number, track): self.given.get((number, track), [])
            for number in range(1, count + 1)
            for track in self.open
        }
        for track, tasks in self.open.items():
            for task in tasks:
                found[self.number_of[task], track].append(task)
        return found

    def _open_tasks(self, track: LaidTrack) -> list[str]:
        tasks = self.plan.tasks
        return [
            task
            for task in track.tasks
            if tasks[task].kind is TaskKind.TASK and task not in self.number_of
        ]

    def _share_out(self) -> None:
        hours = self.plan.durations()
        for track, tasks in self.open.items():
            numbers = [
                number for number in range(1, self.count + 1) if (number, track) not in self.given
            ] or [self.count + 1]
            parts = _equal_shares(tasks, hours, len(numbers))
            self.number_of.update({task: numbers[part - 1] for task, part in parts.items()})

    def _move_after_predecessors(self) -> None:
        """Move tasks to later sprints until none is before a predecessor or its track's order.

        Gates are numbered like tasks, although they are in no sprint: what follows them stays
        behind what they wait for.
        """
        track_of = self.layout.track_of()
        closed = {task for tasks in self.given.values() for task in tasks}
        on_track = {
            task: before for tasks in self.open.values() for before, task in pairwise(tasks)
        }
        for task in self.layout.start:
            if task in closed:
                continue
            waits = [task, on_track.get(task, ""), *self.plan.tasks[task].predecessors]
            number = max(self.number_of.get(other, 1) for other in waits)
            while (number, track_of[task]) in self.given:
                number += 1
            self.number_of[task] = number


def _given(plan: Plan, layout: Layout) -> Members:
    track_of = layout.track_of()
    given = {
        _place(sprint.id): [task for task in sprint.tasks if track_of.get(task) == sprint.track]
        for sprint in plan.sprints
    }
    return {place: tasks for place, tasks in given.items() if tasks}


def _place(sprint: str) -> tuple[int, int]:
    """Read number and track out of a sprint's id."""
    _, number, track = sprint.split("-")
    return int(number), int(track)


def _equal_shares(tasks: Sequence[str], hours: Mapping[str, float], count: int) -> dict[str, int]:
    """Return the sprint number of each task: cuts stand where the sum is nearest to a share."""
    sums = [0.0]
    for task in tasks:
        sums.append(sums[-1] + hours[task])
    shares = [sums[-1] * number / count for number in range(1, count)]
    cuts = [
        # Rounded, since sums of decimals differ in the last bit; an empty sprint comes last.
        min(
            range(len(sums)),
            key=lambda place: (round(abs(sums[place] - share), 6), not place, place),
        )
        for share in shares
    ]
    return {task: 1 + sum(cut <= place for cut in cuts) for place, task in enumerate(tasks)}


def _waits(plan: Plan, members: Members) -> dict[tuple[int, int], tuple[str, ...]]:
    """Derive which earlier sprints each sprint waits for; those with its number run beside it."""
    sprint_of = {task: sprint for sprint, tasks in members.items() for task in tasks}
    waits = {}
    for sprint, tasks in members.items():
        before = {
            sprint_of[other]
            for task in tasks
            for other in plan.tasks[task].predecessors
            if other in sprint_of and sprint_of[other][0] < sprint[0]
        }
        waits[sprint] = tuple(sprint_id(*earlier) for earlier in sorted(before))
    return waits


class _Names:
    """Titles of sprints: given ones, else the component, with a part number where it repeats."""

    def __init__(self, plan: Plan, layout: Layout, count: int) -> None:
        self.plan, self.count = plan, count
        self.given = {sprint.id: sprint.title for sprint in plan.sprints}
        self.tracks = {track.number: track for track in layout.tracks}

    def title(
        self, number: int, track: int, tasks: Iterable[str], hours: Mapping[str, float]
    ) -> str:
        given = self.given.get(sprint_id(number, track))
        if given:
            return given
        component = majority_component(self.plan, tasks, hours)
        named = component_title(self.plan, component) if component else self.tracks[track].name
        made = named or "Sprint"
        return f"{made}, part {number} of {self.count}" if self.count > 1 else made
