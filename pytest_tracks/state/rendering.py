"""Writing the state file, so that equal states give equal bytes; ``snapshot`` shows its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.state.canonical import dump
from pytest_tracks.state.familiar import Known
from pytest_tracks.state.snapshot import COMMENT, MARKS, VERSION, Snapshot, checksum
from pytest_tracks.state.task_schema import INTEGRITY, render_task
from pytest_tracks.state.totals import (
    execution_section,
    sprint_sections,
    statistics,
    track_sections,
)
from pytest_tracks.state.yamltext import Tree, to_tree

__all__ = ["Renderer", "Text", "body_of"]

_BODY_START = "parallel_tracks"
_HEAD = ("version", "type", "created_at", "updated_at")
_BODY = (_BODY_START, "tasks", "sprints", "current_execution", "statistics")
_KNOWN = frozenset((*_HEAD, *_BODY, *MARKS, INTEGRITY))
_BY_ID = {"sprints", "track_info"}


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered state file."""

    content: bytes
    body: bytes
    """Without times and marks: equal where nothing has changed."""


class Renderer:
    """Writes the state file's text; a task's lines are made anew only when its record changes."""

    def __init__(self, plan: Plan, snapshot: Snapshot) -> None:
        self._plan = plan
        self._lines: dict[str, tuple[TaskRecord, str]] = {}
        self.go_on_from(snapshot)

    def go_on_from(self, snapshot: Snapshot) -> None:
        """Take the unknown keys of another file; records that are the same have the same lines."""
        self._unknown = snapshot.unknown
        self._unknown_of_task = snapshot.unknown_of_task

    def known(self, record: ProjectRecord) -> dict[str, Known]:
        """Render the tasks of a record; returns its tasks by their lines."""
        unknown = self._unknown_of_task
        return {
            self._task(task_id, task): Known(task_id, task, unknown.get(task_id, {}))
            for task_id, task in record.tasks.items()
        }

    def render(self, record: ProjectRecord, seen: Mapping[str, int]) -> Text:
        """Render all: the plan's tasks in its order, then those that it no longer has."""
        head = {
            "version": VERSION,
            "type": "project",
            "created_at": record.created_at,
            "updated_at": record.updated_at,
        }
        marks = {"serial": record.serial, "lineage": record.lineage, "journals": dict(seen)}
        body, end = self._body(record).encode(), _dump(marks).encode()
        content = (COMMENT + _dump(head)).encode() + body + end
        integrity = f"{INTEGRITY}: {checksum(content)}.{checksum(end)}\n"
        return Text(content + integrity.encode(), body)

    def _body(self, record: ProjectRecord) -> str:
        plan = self._plan
        tracks = track_sections(plan, record)
        parallel = {
            "enabled": len(tracks) > 1,
            "total_tracks": len(tracks),
            "max_possible_tracks": record.max_possible_tracks,
            "mode": record.mode,
            "track_info": tracks,
        }
        after = {
            "sprints": sprint_sections(plan, record),
            "statistics": statistics(plan, record),
        }
        before = self._with_unknown("parallel_tracks", parallel)
        tasks = self._tasks(record)
        rest = {key: value for key, value in self._unknown.items() if key not in _KNOWN}
        later = {key: self._with_unknown(key, value) for key, value in after.items()}
        now = to_tree(execution_section(plan, record))
        # The order of the source's file; unknown keys come last.
        end = {"sprints": later["sprints"], "current_execution": now, **later, **rest}
        return dump({"parallel_tracks": before}) + tasks + dump(end)

    def _tasks(self, record: ProjectRecord) -> str:
        order = dict.fromkeys((*self._plan.tasks, *record.tasks))
        lines = "".join([self._task(task_id, record.task(task_id)) for task_id in order])
        return "tasks:\n" + lines if lines else "tasks: {}\n"

    def _task(self, task_id: str, record: TaskRecord) -> str:
        known = self._lines.get(task_id)
        if known is not None and known[0] is record:
            return known[1]
        task = self._plan.tasks.get(task_id)
        total = None if task is None else len(task.criteria)
        lines = render_task(task_id, record, total, self._unknown_of_task.get(task_id, {}))
        self._lines[task_id] = (record, lines)
        return lines

    def _with_unknown(self, section: str, value: Any) -> Tree:
        return _joined(to_tree(value), self._unknown.get(section), by_id=section in _BY_ID)


def _joined(known: Tree, before: Tree | None, *, by_id: bool = False) -> Tree:
    """Add the keys that the file had and this version does not write, at every level.

    Where the keys are ids, an id that is gone is not an unknown key, unless none is left.
    """
    if not isinstance(known, dict) or not isinstance(before, dict):
        return known
    joined: dict[str, Tree] = {
        key: _joined(value, before.get(key), by_id=key in _BY_ID) for key, value in known.items()
    }
    if by_id and known:
        return joined
    return {**joined, **{key: value for key, value in before.items() if key not in known}}


def _dump(values: Mapping[str, Any]) -> str:
    return dump({key: to_tree(value) for key, value in values.items()})


def body_of(content: bytes) -> bytes:
    """Cut the body out of a file that is intact."""
    start = content.index(f"\n{_BODY_START}:".encode()) + 1
    return content[start : content.rindex(f"\n{MARKS[0]}:".encode()) + 1]
