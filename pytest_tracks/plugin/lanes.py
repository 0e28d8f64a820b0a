"""Which track each task is on, and how many lanes run them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.distribute import Layout, distribute

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.project.settings import Settings

__all__ = ["count_lanes", "lay_out"]


def lay_out(plan: Plan, settings: Settings, record: ProjectRecord) -> Layout:
    """Lay the tasks on tracks: as written, as remembered, else as many as lanes are asked for."""
    recorded = {task: known.track for task, known in record.tasks.items() if known.track}
    written = bool(plan.tracks) or any(task.pin for task in plan.tasks.values())
    sticky = record.mode not in (None, "run")
    if written or sticky or settings.lanes is None:
        return distribute(plan, None, recorded=recorded)
    lanes = settings.lanes or min(analyse(plan).max_tracks, _processors())
    same = len(record.tracks) == lanes
    return distribute(plan, lanes, recorded=recorded if same else None)


def count_lanes(settings: Settings, layout: Layout, *, one_process: bool) -> int:
    """Count the lanes: a worker each; in one process a track each, taken in turn."""
    if settings.lanes and not one_process:
        return settings.lanes
    return len(layout.tracks)


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
