"""The table of progress that tracks documents keep by hand, made from the recorded state.

::

    | Track | Status | Completion % | Blockers |
    |-------|--------|--------------|----------|
    | C | Blocked | 0% | A, B.1 |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.model import Plan, Task, TaskKind, Track
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.sections import sections
from pytest_tracks.reports.text import clean

__all__ = ["progress_table"]

_HEAD = (
    "| Track | Status | Completion % | Blockers |",
    "|-------|--------|--------------|----------|",
)


def progress_table(plan: Plan, record: ProjectRecord) -> Iterator[str]:
    """Give the lines of the table: a row for each track that has tasks, as laid out."""
    tasks = {name: task for name, task in plan.tasks.items() if task.kind is TaskKind.TASK}
    passed = {name for name in tasks if record.task(name).verdict is TaskVerdict.PASS}
    begun = {name for name in tasks if record.task(name).attempts} | passed
    members = {
        section.track: [tasks[name] for name in section.members if name in tasks]
        for section in sections(plan, record)
    }
    yield from _HEAD
    for track, own in members.items():
        if own:
            cells = _cells(own, tasks, members, passed, begun)
            yield f"| {' | '.join((_short(track), *cells))} |"


def _cells(
    own: Sequence[Task],
    tasks: Mapping[str, Task],
    members: Mapping[Track | None, Sequence[Task]],
    passed: set[str],
    begun: set[str],
) -> tuple[str, str, str]:
    open_ones = [task for task in own if task.id not in passed]
    percent = f"{100 * (len(own) - len(open_ones)) // len(own)}%"
    inside = {task.id for task in own}
    waiting = {
        task.id: [
            one
            for one in task.predecessors
            if one in tasks and one not in passed and one not in inside
        ]
        for task in open_ones
    }
    blockers = {one for some in waiting.values() for one in some}
    if not open_ones:
        status = "Completed"
    elif all(waiting.values()):
        status = "Blocked"
    else:
        status = "In Progress" if begun & inside else "Not Started"
    return status, percent, ", ".join(_blockers(blockers, members)) or "None"


def _blockers(blockers: set[str], members: Mapping[Track | None, Sequence[Task]]) -> Iterator[str]:
    """Name tracks where all that is left of them is waited for, else single tasks."""
    for track, own in members.items():
        waited = [task.id for task in own if task.id in blockers]
        if track is not None and waited and len(waited) == len(own):
            yield _short(track)
        else:
            yield from map(clean, waited)


def _short(track: Track | None) -> str:
    """Call a track as its document does: ``A``, where its name is ``A: Infrastructure``."""
    if track is None:
        return "No track"
    name, colon, _ = track.name.partition(":")
    return clean(name) if colon else f"{track.number:02} {clean(track.name)}".strip()
