"""Cutting tracks into sprints that run side by side.

::

    track 1  ├── SPRINT-001-01 ──┤├── SPRINT-002-01 ──┤
    track 2  ├── SPRINT-001-02 ─┤├─── SPRINT-002-02 ──┤

Every track has the same number of sprints, cut at task boundaries near equal shares of the track's
hours. A task is never in an earlier sprint than one that it waits for, so that the sprints with
one number can run when those with smaller numbers are done.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pytest_tracks.core.distribute import LaidTrack, Layout
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.workload import majority_component

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
    equally many. Titles are those that the plan gives to the same ids, else made of components.
    """
    if sprint_hours <= 0:
        raise ValueError(f"a sprint of {sprint_hours:g} hours")
    hours = plan.durations()
    count = max(1, math.ceil(layout.makespan / sprint_hours - _ROUNDING))
    work = {track.number: _work_on(plan, track) for track in layout.tracks}
    shares: dict[str, int] = {}
    for tasks in work.values():
        shares.update(_equal_shares(tasks, hours, count))
    number_of = _after_predecessors(plan, layout, work, shares)
    members: Members = {(number, track): [] for number in range(1, count + 1) for track in work}
    for track, tasks in work.items():
        for task in tasks:
            members[number_of[task], track].append(task)
    names = _Names(plan, layout, count)
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


def _work_on(plan: Plan, track: LaidTrack) -> list[str]:
    return [task for task in track.tasks if plan.tasks[task].kind is TaskKind.TASK]


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


def _after_predecessors(
    plan: Plan, layout: Layout, work: Mapping[int, Sequence[str]], shares: Mapping[str, int]
) -> dict[str, int]:
    """Move tasks to later sprints until none is before a predecessor or its track's order.

    Gates are numbered like tasks, although they are in no sprint: what follows them stays behind
    what they wait for.
    """
    before_on_track = {task: before for tasks in work.values() for before, task in pairwise(tasks)}
    number_of: dict[str, int] = {}
    for task in layout.start:
        waits = [*plan.tasks[task].predecessors, before_on_track.get(task, "")]
        number_of[task] = max([shares.get(task, 1), *(number_of.get(other, 1) for other in waits)])
    return number_of


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
        made = majority_component(self.plan, tasks, hours) or self.tracks[track].name or "Sprint"
        return f"{made}, part {number} of {self.count}" if self.count > 1 else made
