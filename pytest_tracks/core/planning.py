"""All of a planning in one value: analysis, layout, sprints, and what is to be said about them.

::

    Plan, ProjectRecord, Request ──► Planning ──► text, JSON, sprint files, state

A replan moves nothing for nothing: tasks that have passed or are being worked on stay where they
are, and the others are moved only where that makes the plan shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_tracks.core.advice import advise
from pytest_tracks.core.analysis import Analysis, analyse
from pytest_tracks.core.distribute import Layout, distribute, fewest_tracks
from pytest_tracks.core.gates import tasks_only
from pytest_tracks.core.model import Plan
from pytest_tracks.core.owners import by_owner
from pytest_tracks.core.record import RUN_MODE, ProjectRecord
from pytest_tracks.core.sprints import SPRINT_HOURS, CutSprint, cut_sprints
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import Problem

__all__ = ["PLANNED_MODE", "Move", "Planning", "Request", "make_planning"]


PLANNED_MODE = "planned"
"""The state's word for tracks that a planning has made: they stay from run to run."""

_DONE = "completed"
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; ``tracks`` None leaves the number to the document and the analysis."""

    tracks: int | None = None
    by_owner: bool = False
    from_history: bool = False
    sprint_hours: float = SPRINT_HOURS


@dataclass(frozen=True, slots=True)
class Move:
    """A task that a replan puts on another track."""

    task: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Planning:
    """What ``pytest-tracks plan`` has found."""

    document: Plan
    """The plan as it is written, with its reviews and sync points."""
    plan: Plan
    """Its tasks alone, with the hours and tracks that were used."""
    request: Request
    analysis: Analysis
    layout: Layout
    sprints: tuple[CutSprint, ...]
    moves: tuple[Move, ...]
    """Beside the recorded tracks."""
    completed: tuple[str, ...]
    """Tasks that are recorded as completed, on a track."""
    notes: tuple[str, ...]
    """Sentences about what was done otherwise than asked."""
    warnings: tuple[Problem, ...]

    @property
    def used(self) -> int:
        """How many tracks the layout has."""
        return len(self.layout.tracks)


def make_planning(plan: Plan, record: ProjectRecord, request: Request) -> Planning:
    """Plan anew on the ground of what is recorded.

    ``plan.sprints`` are those to be left as they are. Raises UsageError for a pin above the number
    of tracks, a resource that there is too little of, and owners where there are none.
    """
    notes: list[str] = []
    document, plan = plan, tasks_only(plan)
    if request.from_history:
        plan, note = _with_history(plan, record)
        notes.append(note)
    before = {} if request.by_owner else _recorded_tracks(plan, record)
    if request.by_owner:
        notes.append("Tracks are owners here; the written tracks stay as they are.")
        plan = by_owner(plan, distribute(plan, None, recorded=_recorded_tracks(plan, record)))
    analysis = analyse(plan, tracks=request.tracks)
    planned = 0 if request.by_owner or record.mode != PLANNED_MODE else len(record.tracks)
    tracks, cut = _number_of_tracks(plan, request, analysis, planned)
    completed = tuple(task for task in before if _is_completed(record, task))
    under_way = [task for task in before if record.task(task).open]
    begun = {task: before[task] for task in (*completed, *under_way)}
    layout = _lay(plan, tracks, before, begun)
    sprints = cut_sprints(plan, layout, request.sprint_hours)
    return Planning(
        document=document,
        plan=plan,
        request=request,
        analysis=analysis,
        layout=layout,
        sprints=sprints,
        moves=_moves(before, layout),
        completed=completed,
        notes=(*notes, *cut),
        warnings=(*plan.warnings, *_advice(plan, layout, sprints, request)),
    )


def _moves(before: Mapping[str, int], layout: Layout) -> tuple[Move, ...]:
    now = layout.track_of()
    return tuple(Move(task, was, now[task]) for task, was in before.items() if now[task] != was)


def _advice(
    plan: Plan, layout: Layout, sprints: Sequence[CutSprint], request: Request
) -> Iterator[Problem]:
    """Advise; the pins of a layout by owners are not the document's."""
    for problem in advise(plan, layout, sprints, request.sprint_hours):
        if not (request.by_owner and problem.code == "pins-lengthen"):
            yield problem


def _with_history(plan: Plan, record: ProjectRecord) -> tuple[Plan, str]:
    """Take the durations of the work that has passed in place of estimates."""
    minutes = {
        task: known.duration_minutes
        for task, known in record.tasks.items()
        if known.verdict is TaskVerdict.PASS and known.duration_minutes is not None
    }
    hours = {
        task: minutes[task] / _MINUTES if task in minutes else estimate
        for task, estimate in plan.durations().items()
    }
    found = len(minutes.keys() & hours.keys())
    note = f"{found} of {len(hours)} tasks have a recorded duration"
    note += "." if found == len(hours) else "; the others count with their estimates."
    tasks = {task: replace(one, hours=hours[task]) for task, one in plan.tasks.items()}
    return replace(plan, tasks=tasks), note


def _recorded_tracks(plan: Plan, record: ProjectRecord) -> dict[str, int]:
    if record.mode == RUN_MODE:
        return {}
    known = {task: record.task(task).track for task in plan.tasks}
    return {task: track for task, track in known.items() if track is not None}


def _is_completed(record: ProjectRecord, task: str) -> bool:
    known = record.task(task)
    return known.verdict in (TaskVerdict.PASS, TaskVerdict.STALE) or known.claim == _DONE


def _number_of_tracks(
    plan: Plan, request: Request, analysis: Analysis, planned: int
) -> tuple[int | None, list[str]]:
    """Choose how many tracks; None keeps those of the document.

    ``planned`` is the number of an earlier planning, 0 if there was none.
    """
    asked = request.tracks
    if asked is None:
        if planned and planned != len(plan.tracks):
            return fewest_tracks(plan, planned, max(planned, len(plan.tracks))), []
        return (None if plan.tracks else analysis.max_tracks), []
    most = analysis.max_tracks
    used = asked if asked <= most else fewest_tracks(plan, most, asked)
    if used == asked:
        return used, []
    pinned = "" if used == most else ", which the document's pins need"
    return used, [
        f"Requested {asked} tracks, but max possible is {most}."
        f" Using {used} track{'' if used == 1 else 's'}{pinned}."
    ]


def _lay(
    plan: Plan, tracks: int | None, before: Mapping[str, int], begun: Mapping[str, int]
) -> Layout:
    """Lay out afresh, if need be around what has begun; where that gains nothing, as before."""
    for kept in ({}, begun):
        layout = distribute(plan, tracks, recorded=kept)
        track_of = layout.track_of()
        if all(track_of[task] == track for task, track in before.items()):
            return layout
    steady = distribute(plan, tracks, recorded=before)
    if steady.makespan > layout.makespan:
        return layout
    # Its own bound would only say that nothing is shorter where everything stays.
    return replace(steady, lower_bound=min(steady.lower_bound, layout.lower_bound))
