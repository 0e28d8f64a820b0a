"""What ``pytest-tracks plan --json`` prints: one object, whose keys are a promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_tracks.core.distribute import LaidTrack
from pytest_tracks.core.model import Criterion
from pytest_tracks.core.planning import Planning
from pytest_tracks.errors import Problem

__all__ = [
    "CriterionDocument",
    "PlacedTask",
    "PlanDocument",
    "SprintDocument",
    "TaskDocument",
    "TrackDocument",
    "WarningDocument",
    "plan_json",
]


class PlacedTask(TypedDict):
    """When a task runs, in hours from the start of the plan."""

    id: str
    start: float
    end: float


class TrackDocument(TypedDict):
    """A track; ``id`` is its number, tasks are in the order in which they start."""

    id: int
    name: str
    tasks: list[PlacedTask]
    hours: float


class CriterionDocument(TypedDict):
    """A criterion; ``check`` has its kind and the kind's parameters."""

    id: str
    text: str
    check: dict[str, Any]


class TaskDocument(TypedDict):
    """A task, review or sync point; ``track`` is null where it belongs to none."""

    id: str
    title: str
    kind: str
    hours: float
    track: int | None
    predecessors: list[str]
    criteria: list[CriterionDocument]


class SprintDocument(TypedDict):
    """A sprint; ``depends_on`` names earlier ones that hold predecessors of its tasks."""

    id: str
    title: str
    track: int
    tasks: list[str]
    hours: float
    depends_on: list[str]


class WarningDocument(TypedDict):
    """A warning; ``line`` is null where a whole file or folder is meant."""

    code: str
    message: str
    path: str
    line: int | None


class PlanDocument(TypedDict):
    """The whole planning; times are hours."""

    project: str
    total_hours: float
    makespan: float
    lower_bound: float
    max_tracks: int
    width: int
    critical_path: list[str]
    critical_path_hours: float
    tracks: list[TrackDocument]
    tasks: list[TaskDocument]
    sprints: list[SprintDocument]
    waves: list[list[str]]
    warnings: list[WarningDocument]


def plan_json(planning: Planning) -> PlanDocument:
    """Describe a planning."""
    plan, analysis, layout = planning.plan, planning.analysis, planning.layout
    notes = [Problem(plan.folder, 0, 0, "note", note) for note in planning.notes]
    return {
        "project": plan.project,
        "total_hours": analysis.total_hours,
        "makespan": layout.makespan,
        "lower_bound": layout.lower_bound,
        "max_tracks": analysis.max_tracks,
        "width": analysis.width.tasks,
        "critical_path": list(analysis.critical_path),
        "critical_path_hours": analysis.critical_path_hours,
        "tracks": [_track(planning, track) for track in layout.tracks],
        "tasks": _tasks(planning),
        "sprints": [
            {
                "id": sprint.id,
                "title": sprint.title,
                "track": sprint.track,
                "tasks": list(sprint.tasks),
                "hours": sprint.hours,
                "depends_on": list(sprint.depends_on),
            }
            for sprint in planning.sprints
        ],
        "waves": [list(wave) for wave in analysis.waves],
        "warnings": [_warning(problem) for problem in (*notes, *planning.warnings)],
    }


def _track(planning: Planning, track: LaidTrack) -> TrackDocument:
    layout, length = planning.layout, planning.plan.durations()
    return {
        "id": track.number,
        "name": track.name,
        "tasks": [
            {"id": task, "start": layout.start[task], "end": layout.end[task]}
            for task in track.tasks
        ],
        "hours": sum(length[task] for task in track.tasks),
    }


def _tasks(planning: Planning) -> list[TaskDocument]:
    length, track_of = planning.plan.durations(), planning.layout.track_of()
    # Reviews and sync points take no hours and are laid on no track.
    return [
        {
            "id": task.id,
            "title": task.title,
            "kind": task.kind.value,
            "hours": length.get(task.id, 0.0),
            "track": track_of.get(task.id, task.pin),
            "predecessors": list(task.predecessors),
            "criteria": [_criterion(criterion) for criterion in task.criteria],
        }
        for task in planning.document.tasks.values()
    ]


def _criterion(criterion: Criterion) -> CriterionDocument:
    check = {"kind": criterion.check.kind, **_plain(criterion.check.params)}
    return {"id": criterion.id, "text": criterion.text, "check": check}


def _plain(value: Any) -> Any:
    """Make what JSON knows of a parameter: another plug-in's kinds may hold anything."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _warning(problem: Problem) -> WarningDocument:
    hint = f" ({problem.hint})" if problem.hint else ""
    return {
        "code": problem.code,
        "message": problem.message + hint,
        "path": problem.path,
        "line": problem.line or None,
    }
