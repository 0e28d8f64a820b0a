"""What is doubtful about a plan's layout: warnings as values, none of them an error.

Each is a ``Problem`` with a code: ``sprint-too-long``, ``sprint-too-short``, ``tracks-apart``,
``task-too-long``, ``task-too-short``, ``pins-lengthen``, ``files-overlap``,
``files-not-compared``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pytest_tracks.core.distribute import Layout, distribute
from pytest_tracks.core.graph import Graph, build_graph
from pytest_tracks.core.model import Plan, Task, TaskKind
from pytest_tracks.core.overlap import patterns_overlap
from pytest_tracks.core.sprints import SPRINT_HOURS, CutSprint
from pytest_tracks.errors import Problem

__all__ = ["advise"]

_LONG_TASK = 16.0
_SHORT_TASK = 0.5
_TRACKS_APART = 0.2
"""Share of the longest track's hours."""

_MOST_OVERLAPS = 50
"""Pairs of tasks that are named; more than these say nothing new."""

_MOST_OWNERS = 1_500
"""Tasks with files whose pairs are compared (a million pairs); above that it is said instead."""


def advise(
    plan: Plan,
    layout: Layout,
    sprints: Sequence[CutSprint] = (),
    sprint_hours: float = SPRINT_HOURS,
) -> tuple[Problem, ...]:
    """Collect what a person should look at, in the order sprints, tracks, tasks, files."""
    return (
        *_long_sprints(plan, sprints, sprint_hours),
        *_short_sprints(plan, sprints),
        *_tracks_apart(plan, layout),
        *_odd_tasks(plan),
        *_lengthening_pins(plan, layout),
        *_overlapping_files(plan),
    )


def _of_plan(plan: Plan, code: str, message: str, hint: str) -> Problem:
    return Problem(plan.folder, 0, 0, code, message, hint)


def _of_task(task: Task, code: str, message: str, hint: str) -> Problem:
    place = task.location
    return Problem(place.path, place.line, place.col, code, message, hint)


def _long_sprints(
    plan: Plan, sprints: Iterable[CutSprint], sprint_hours: float
) -> Iterator[Problem]:
    for sprint in sprints:
        if sprint.hours > sprint_hours:
            message = f"{sprint.id} takes {sprint.hours:g} h, more than {sprint_hours:g} h"
            yield _of_plan(plan, "sprint-too-long", message, "split its longest task")


def _short_sprints(plan: Plan, sprints: Sequence[CutSprint]) -> Iterator[Problem]:
    for sprint in sprints:
        beside = [
            other.hours
            for other in sprints
            if other.number == sprint.number and other.track != sprint.track
        ]
        mean = sum(beside) / len(beside) if beside else 0.0
        if sprint.hours < mean / 2:
            message = (
                f"{sprint.id} takes {sprint.hours:g} h, under half of the {mean:g} h"
                " that the sprints beside it take on average"
            )
            yield _of_plan(plan, "sprint-too-short", message, "its track will wait for the others")


def _tracks_apart(plan: Plan, layout: Layout) -> Iterator[Problem]:
    hours = plan.durations()
    work = {track.number: sum(hours[task] for task in track.tasks) for track in layout.tracks}
    if len(work) < 2:
        return
    longest = max(work, key=lambda number: work[number])
    shortest = min(work, key=lambda number: work[number])
    if work[longest] - work[shortest] > _TRACKS_APART * work[longest]:
        share = round(100 * (1 - work[shortest] / work[longest]))
        message = (
            f"track {shortest} has {work[shortest]:g} h and track {longest} {work[longest]:g} h,"
            f" {share} % apart"
        )
        yield _of_plan(plan, "tracks-apart", message, "use fewer tracks or split long chains")


def _odd_tasks(plan: Plan) -> Iterator[Problem]:
    for task in plan.tasks.values():
        if task.kind is not TaskKind.TASK or task.hours is None:
            continue
        if task.hours > _LONG_TASK:
            message = f"{task.id} takes {task.hours:g} h, more than {_LONG_TASK:g} h"
            yield _of_task(task, "task-too-long", message, "split it")
        elif task.hours < _SHORT_TASK:
            message = f"{task.id} takes {task.hours:g} h, less than {_SHORT_TASK:g} h"
            yield _of_task(task, "task-too-short", message, "not worth a track of its own")


def _lengthening_pins(plan: Plan, layout: Layout) -> Iterator[Problem]:
    pinned = sum(task.pin is not None for task in plan.tasks.values())
    if not pinned:
        return
    free = {task_id: replace(task, pin=None) for task_id, task in plan.tasks.items()}
    unpinned = distribute(replace(plan, tasks=free), len(layout.tracks))
    longer = layout.makespan - unpinned.makespan
    if longer > 0:
        message = f"{pinned} pinned tasks lengthen the plan by {longer:g} h"
        hint = f"{layout.makespan:g} h with the pins, {unpinned.makespan:g} h without"
        yield _of_plan(plan, "pins-lengthen", message, hint)


def _overlapping_files(plan: Plan) -> Iterator[Problem]:
    """Name pairs of tasks that may run at the same time and own the same files."""
    owners = [task for task in plan.tasks.values() if task.files]
    if len(owners) > _MOST_OWNERS:
        message = f"{len(owners)} tasks own files, more than the {_MOST_OWNERS} that are compared"
        yield _of_plan(plan, "files-not-compared", message, "overlaps may exist")
        return
    graph = _without_hours(plan)
    after = _descendants(graph)
    index_of = {task_id: index for index, task_id in enumerate(graph.ids)}
    named = 0
    for place, task in enumerate(owners):
        index = index_of[task.id]
        for other in owners[place + 1 :]:
            beside = index_of[other.id]
            if after[index] >> beside & 1 or after[beside] >> index & 1:
                continue
            shared = _shared(task, other)
            if shared is None:
                continue
            message = f"{task.id} and {other.id} may run at the same time and both own {shared}"
            yield _of_task(task, "files-overlap", message, "let one depend on the other")
            named += 1
            if named == _MOST_OVERLAPS:
                return


def _without_hours(plan: Plan) -> Graph[int]:
    waits = {task_id: task.predecessors for task_id, task in plan.tasks.items()}
    return build_graph(plan.tasks, waits, dict.fromkeys(plan.tasks, 1))


def _descendants(graph: Graph[int]) -> list[int]:
    """Per task a bit for every task that waits for it, directly or not."""
    after = [0] * len(graph)
    for index in reversed(graph.order):
        for other in graph.successors[index]:
            after[index] |= after[other] | 1 << other
    return after


def _shared(task: Task, other: Task) -> str | None:
    for pattern in task.files:
        for beside in other.files:
            if patterns_overlap(pattern, beside):
                return pattern if pattern == beside else f"{pattern} and {beside}"
    return None
