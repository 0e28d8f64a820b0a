"""What the state file counts: statistics, sprints and tracks, derived from plan and record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pytest_tracks.core.model import Plan, Sprint, TaskKind
from pytest_tracks.core.record import LiveRun, ProjectRecord, TrackRecord
from pytest_tracks.core.verdict import Status

__all__ = ["execution_section", "sprint_sections", "statistics", "track_sections"]

REVIEW_PREFIX = "REVIEW-"


def statistics(plan: Plan, record: ProjectRecord) -> dict[str, Any]:
    """Count tasks (those of kind ``task``) and sprints; the five counts of tasks sum to the total.

    ``t1_tasks`` and ``t2_tasks`` are None where no attempt said its tier.
    """
    tasks = [task_id for task_id, task in plan.tasks.items() if task.kind is TaskKind.TASK]
    counts = Counter(record.task(task_id).status for task_id in tasks)
    tiers = Counter(record.task(task_id).tier_used for task_id in tasks)
    known = any(tier is not None for tier in tiers)
    return {
        "total_tasks": len(tasks),
        "completed_tasks": counts[Status.COMPLETED],
        "in_progress_tasks": counts[Status.IN_PROGRESS],
        "pending_tasks": counts[Status.PENDING],
        "failed_tasks": counts[Status.FAILED],
        "blocked_tasks": counts[Status.BLOCKED],
        "total_sprints": len(plan.sprints),
        "completed_sprints": sum(_sprint_is_done(plan, sprint, record) for sprint in plan.sprints),
        "t1_tasks": tiers["T1"] if known else None,
        "t2_tasks": tiers["T2"] if known else None,
    }


def sprint_sections(plan: Plan, record: ProjectRecord) -> dict[str, dict[str, Any]]:
    """Describe every sprint; it is completed when its tasks and its review have passed."""
    return {sprint.id: _sprint_section(plan, sprint, record) for sprint in plan.sprints}


def _sprint_section(plan: Plan, sprint: Sprint, record: ProjectRecord) -> dict[str, Any]:
    done = _sprint_is_done(plan, sprint, record)
    members = _members(plan, sprint)
    return {
        "status": "completed" if done else _progress(members, record),
        "track": sprint.track,
        "completed_at": _last_completion(members, record) if done else None,
        "tasks_completed": sum(_is_done(task_id, record) for task_id in sprint.tasks),
        "tasks_total": len(sprint.tasks),
        "quality_gates_passed": done,
    }


def _members(plan: Plan, sprint: Sprint) -> tuple[str, ...]:
    review = REVIEW_PREFIX + sprint.id
    return (*sprint.tasks, review) if review in plan.tasks else sprint.tasks


def _sprint_is_done(plan: Plan, sprint: Sprint, record: ProjectRecord) -> bool:
    return _are_done(_members(plan, sprint), record)


def _are_done(task_ids: Iterable[str], record: ProjectRecord) -> bool:
    found = [_is_done(task_id, record) for task_id in task_ids]
    return bool(found) and all(found)


def _is_done(task_id: str, record: ProjectRecord) -> bool:
    return record.task(task_id).status is Status.COMPLETED


def _progress(task_ids: Iterable[str], record: ProjectRecord) -> str:
    untouched = all(record.task(task_id).status is Status.PENDING for task_id in task_ids)
    return "pending" if untouched else "in_progress"


def _last_completion(task_ids: Iterable[str], record: ProjectRecord) -> str | None:
    times = [record.task(task_id).completed_at for task_id in task_ids]
    return max((time for time in times if time is not None), default=None)


def track_sections(plan: Plan, record: ProjectRecord) -> dict[int, dict[str, Any]]:
    """Describe every track that was laid out, in the order of their numbers."""
    hours = plan.durations()
    return {
        number: _track_section(track, hours, record)
        for number, track in sorted(record.tracks.items())
    }


def _track_section(
    track: TrackRecord, hours: dict[str, float], record: ProjectRecord
) -> dict[str, Any]:
    completed = [task_id for task_id in track.tasks if _is_done(task_id, record)]
    done = _are_done(track.tasks, record)
    return {
        "name": track.name,
        "estimated_hours": sum(hours.get(task_id, 0.0) for task_id in track.tasks),
        "completed_hours": sum(hours.get(task_id, 0.0) for task_id in completed),
        "status": "completed" if done else _progress(track.tasks, record),
        "tasks": track.tasks,
    }


def execution_section(plan: Plan, record: ProjectRecord) -> dict[str, Any] | None:
    """Describe the live runs; None where there is none."""
    sprint_of = {task_id: sprint.id for sprint in plan.sprints for task_id in sprint.tasks}
    return {
        run_id: _run_section(run, sprint_of.get(run.task or ""))
        for run_id, run in sorted(record.live.items())
    } or None


def _run_section(run: LiveRun, sprint: str | None) -> dict[str, Any]:
    return {
        "track": run.track,
        "sprint": sprint,
        "task": run.task,
        "started_at": run.started_at,
        "pid": run.pid,
        "host": run.host,
        "pending": list(run.pending),
        "process_started": run.process_started,
    }
