"""A planning in the state: which task is on which track, until the next planning."""

from __future__ import annotations

from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.core.planning import PLANNED_MODE, Planning
from pytest_tracks.core.record import ProjectRecord, TrackRecord
from pytest_tracks.project.validity import head_commit
from pytest_tracks.state.facts import TracksLaidOut
from pytest_tracks.state.store import Store

__all__ = ["record_planning"]


def record_planning(root: Path, plan: Plan, path: Path, planning: Planning) -> bool:
    """Write the layout into the state file, unless it says the same already.

    ``plan`` is the plan with the sprints as they are written now. Returns whether anything was
    written. Raises StateError.
    """
    store = Store.open(root, plan, path)
    if _says_the_same(store.record(), planning):
        return store.snapshot()
    hours = planning.plan.durations()
    tracks = planning.layout.tracks
    store.start_run(commit=head_commit(root), options={"command": "plan"})
    store.append(
        TracksLaidOut(
            store.run_id,
            PLANNED_MODE,
            tuple(TrackRecord(track.number, track.name, track.tasks) for track in tracks),
            planning.analysis.max_tracks,
            {track.number: sum(hours[task] for task in track.tasks) for track in tracks},
        )
    )
    store.finish_run(0)
    return True


def _says_the_same(record: ProjectRecord, planning: Planning) -> bool:
    """Compare; the order of a track's tasks is the sprints' business."""
    before = {track.number: (track.name, {*track.tasks}) for track in record.tracks.values()}
    now = {track.number: (track.name, {*track.tasks}) for track in planning.layout.tracks}
    most = planning.analysis.max_tracks
    return (before, record.mode, record.max_possible_tracks) == (now, PLANNED_MODE, most)
