"""What a state file says of the project as a whole read back; tasks are ``task_schema``'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.state.codec import decode
from pytest_tracks.state.yamltext import Tree, to_python

__all__ = ["read_project"]


def read_project(root: Mapping[str, Tree], tasks: Mapping[str, TaskRecord]) -> ProjectRecord:
    """Read all but the tasks; what does not fit the schema is a stranger's, and passed over."""
    parallel = _mapping(to_python(root.get("parallel_tracks", {})))
    most = parallel.get("max_possible_tracks")
    return ProjectRecord(
        tasks=tasks,
        tracks=_tracks(_mapping(parallel.get("track_info")), tasks),
        mode=_text(parallel.get("mode")),
        max_possible_tracks=most if isinstance(most, int) else None,
        live=_live(_mapping(to_python(root.get("current_execution", {})))),
        created_at=_text(to_python(root.get("created_at", ""))),
        updated_at=_text(to_python(root.get("updated_at", ""))),
        serial=_whole(to_python(root.get("serial", ""))),
        lineage=_text(root.get("lineage")) or "",
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _tracks(info: Mapping[str, Any], tasks: Mapping[str, TaskRecord]) -> dict[int, TrackRecord]:
    tracks = {}
    for key, value in info.items():
        if key.isdecimal() and isinstance(value, dict):
            number = int(key)
            named = value.get("tasks")
            if not isinstance(named, list):
                named = [task_id for task_id, task in tasks.items() if task.track == number]
            name = str(value.get("name") or "")
            tracks[number] = TrackRecord(number, name, tuple(str(task_id) for task_id in named))
    return tracks


def _live(runs: Mapping[str, Any]) -> dict[str, LiveRun]:
    found = {}
    for run_id, run in runs.items():
        try:
            found[run_id] = decode(LiveRun, {**run, "run_id": run_id})
        except (ValueError, TypeError):
            continue  # a stranger's file may hold anything here, and nothing depends on it
    return found
