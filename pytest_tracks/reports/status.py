"""What ``pytest-tracks status`` shows: the closing table, and the same facts as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Plan, Task
from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import Status, TaskVerdict
from pytest_tracks.reports.awaiting import Standings, awaiting_lines
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.reasons import criterion_text
from pytest_tracks.reports.sections import Group, Section, sections
from pytest_tracks.reports.table import table_lines
from pytest_tracks.reports.tally import criterion_ids, met
from pytest_tracks.reports.text import clean, wrap

__all__ = [
    "CriterionDocument",
    "RunDocument",
    "SprintDocument",
    "StatusDocument",
    "TaskDocument",
    "TrackDocument",
    "status_json",
    "status_lines",
]


class CriterionDocument(TypedDict):
    """A criterion; ``verdict`` is null where it was never tried."""

    id: str
    text: str
    verdict: str | None
    gap: str


class CoverageDocument(TypedDict):
    """What the coverage gate measured, in percent; ``statements`` counts those in its scope."""

    percent: float
    required: float
    statements: int


class TaskDocument(TypedDict):
    """A task; what is not known is null, times are ISO 8601 in UTC."""

    title: str
    kind: str
    track: int | None
    sprint: str | None
    verdict: str | None
    status: str
    claim: str | None
    criteria: list[CriterionDocument]
    acceptance_criteria_met: int
    acceptance_criteria_total: int
    iterations: int
    attempts: int
    started_at: str | None
    completed_at: str | None
    duration_minutes: float | None
    run_seconds: float | None
    tier_used: str | None
    coverage: CoverageDocument | None
    blocked_by: list[str]
    assumes: list[str]


class TrackDocument(TypedDict):
    """A track; ``number`` is null for the tasks that are on none."""

    number: int | None
    name: str
    status: str
    tasks: list[str]
    completed: int
    estimated_hours: float
    completed_hours: float


class SprintDocument(TypedDict):
    """A sprint."""

    id: str
    title: str
    track: int
    status: str
    tasks: list[str]
    completed: int


class RunDocument(TypedDict):
    """A run that is going on, or that died."""

    run_id: str
    pid: int
    host: str
    started_at: str
    track: int | None
    sprint: str | None
    task: str | None


class StatusDocument(TypedDict):
    """The whole status."""

    project: str
    plan: str
    updated_at: str | None
    tracks: list[TrackDocument]
    sprints: list[SprintDocument]
    tasks: dict[str, TaskDocument]
    current_execution: list[RunDocument]
    statistics: dict[str, int | None]


def status_lines(
    plan: Plan, record: ProjectRecord, standings: Standings | None = None, *, width: int = 80
) -> list[Line]:
    """Write the table of all tasks as recorded, under the project's name.

    What awaits a signature follows, then open runs.
    """
    head = [Line.of(clean(plan.project), Style.HEADING).cut(width), BLANK] if plan.project else []
    runs = [
        Line.of(text, Style.DOUBT)
        for run in record.live.values()
        for text in wrap(_run_text(run), width, hang=2)
    ]
    signatures = awaiting_lines(plan, record, standings or {}, width=width)
    return [*head, *table_lines(plan, record, width=width), *signatures, *runs]


def _run_text(run: LiveRun) -> str:
    at = ", ".join(
        part
        for part in (f"track {run.track}" if run.track is not None else "", run.task or "")
        if part
    )
    where = f"process {run.pid} on {run.host}" + (f": {at}" if at else "")
    return clean(f"open run {run.run_id} since {run.started_at}, {where}")


def status_json(plan: Plan, record: ProjectRecord) -> StatusDocument:
    """Give the status as values that ``json.dump`` takes."""
    arranged = sections(plan, record)
    places = {
        name: (section, group)
        for section in arranged
        for group in section.groups
        for name in group.members
    }
    sprints = [_sprint(record, group) for section in arranged for group in section.sprints]
    return {
        "project": clean(plan.project),
        "plan": plan.folder,
        "updated_at": record.updated_at,
        "tracks": [_track(plan, record, section) for section in arranged],
        "sprints": sprints,
        "tasks": {name: _task(task, record, *places[name]) for name, task in plan.tasks.items()},
        "current_execution": [_run(run) for run in record.live.values()],
        "statistics": _statistics(plan, record, sprints),
    }


def _task(task: Task, record: ProjectRecord, section: Section, group: Group) -> TaskDocument:
    known = record.task(task.id)
    return {
        "title": clean(task.title),
        "kind": task.kind.value,
        "track": section.track.number if section.track else None,
        "sprint": group.sprint.id if group.sprint else None,
        "verdict": known.verdict.value if known.verdict else None,
        "status": known.status.value,
        "claim": known.claim or task.claim or None,
        "criteria": [_criterion(task, record, name) for name in criterion_ids(task)],
        "acceptance_criteria_met": met(task, known),
        "acceptance_criteria_total": len(criterion_ids(task)),
        "iterations": known.iterations,
        "attempts": known.attempts,
        "started_at": known.started_at,
        "completed_at": known.completed_at,
        "duration_minutes": known.duration_minutes,
        "run_seconds": known.run_seconds,
        "tier_used": known.tier_used,
        "coverage": _coverage(known),
        "blocked_by": list(known.blocked_by),
        "assumes": list(known.assumes),
    }


def _coverage(known: TaskRecord) -> CoverageDocument | None:
    found = known.coverage
    if found is None:
        return None
    return {
        "percent": round(found.percent, 2),
        "required": found.required,
        "statements": found.statements,
    }


def _criterion(task: Task, record: ProjectRecord, criterion_id: str) -> CriterionDocument:
    result = record.task(task.id).criteria.get(criterion_id)
    return {
        "id": criterion_id,
        "text": criterion_text(task, criterion_id),
        "verdict": result.verdict.value if result else None,
        "gap": clean(result.gap) if result else "",
    }


def _track(plan: Plan, record: ProjectRecord, section: Section) -> TrackDocument:
    members = section.members
    passed = _passed(record, members)
    durations = plan.durations()
    return {
        "number": section.track.number if section.track else None,
        "name": clean(section.track.name) if section.track else "",
        "status": _status(record, members),
        "tasks": list(members),
        "completed": len(passed),
        "estimated_hours": sum(durations[name] for name in members),
        "completed_hours": sum(durations[name] for name in passed),
    }


def _sprint(record: ProjectRecord, group: Group) -> SprintDocument:
    sprint = group.sprint
    if sprint is None:
        raise ValueError("not a sprint")
    return {
        "id": sprint.id,
        "title": clean(sprint.title),
        "track": sprint.track,
        "status": _status(record, group.members),
        "tasks": list(group.tasks),
        "completed": len(_passed(record, group.tasks)),
    }


def _passed(record: ProjectRecord, task_ids: Iterable[str]) -> list[str]:
    return [name for name in task_ids if record.task(name).verdict is TaskVerdict.PASS]


def _status(record: ProjectRecord, task_ids: Iterable[str]) -> str:
    found = {record.task(name).status for name in task_ids}
    if found == {Status.COMPLETED}:
        return str(Status.COMPLETED.value)
    return str(Status.PENDING.value if found == {Status.PENDING} else Status.IN_PROGRESS.value)


def _run(run: LiveRun) -> RunDocument:
    return {
        "run_id": run.run_id,
        "pid": run.pid,
        "host": run.host,
        "started_at": run.started_at,
        "track": run.track,
        "sprint": run.sprint,
        "task": run.task,
    }


def _statistics(
    plan: Plan, record: ProjectRecord, sprints: list[SprintDocument]
) -> dict[str, int | None]:
    tasks = [name for name, task in plan.tasks.items() if not is_gate(task)]
    statuses = [record.task(name).status for name in tasks]
    tiers = [tier for name in tasks if (tier := record.task(name).tier_used) is not None]
    return {
        "total_tasks": len(tasks),
        **{f"{status.value}_tasks": statuses.count(status) for status in Status},
        "total_sprints": len(sprints),
        "completed_sprints": sum(each["status"] == Status.COMPLETED.value for each in sprints),
        "t1_tasks": tiers.count("T1") if tiers else None,
        "t2_tasks": tiers.count("T2") if tiers else None,
    }
