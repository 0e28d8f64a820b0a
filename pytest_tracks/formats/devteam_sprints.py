"""Sprints of planning agents: cuts of a track, with quality gates and an order of their own.

::

    SPRINT-001-01.yaml              a sprint of track 1, as ours
    SPRINT-001.json                 of a plan without tracks: no pin
    FEATURE-001-SPRINT-001-02.yaml  of a feature: its tasks are pinned to track 2
    quality_gates: [...]            a sync point behind the sprint
    dependencies: {sprints: [...]}  the sync point of the sprint before stands before this one
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.tree import Keys, Node, Problems, Scalar
from pytest_tracks.formats.fields import is_left_empty
from pytest_tracks.formats.loose_keys import LooseKeys, as_text, listed
from pytest_tracks.formats.node_building import items, keys, text

__all__ = ["SprintFile", "translate_sprints"]

_OWN_ID = re.compile(r"SPRINT-\d{3}-\d{2}", re.ASCII)
_TRACK = re.compile(r"SPRINT-\d+-(\d{1,2})$", re.ASCII)


@dataclass(frozen=True, slots=True)
class SprintFile:
    """A file of one sprint."""

    name: str
    node: Keys


@dataclass(frozen=True, slots=True)
class _Sprint:
    id: str
    keys: Keys
    title: Scalar | None
    track: Scalar | None
    tasks: tuple[Scalar, ...]
    gates: tuple[Node, ...]
    after: tuple[Scalar, ...]


def translate_sprints(
    files: Sequence[SprintFile], problems: Problems
) -> tuple[tuple[Keys, ...], list[Keys], dict[str, Scalar]]:
    """Translate sprints: those that are ours, their sync points, and tracks of tasks by id."""
    sprints = [_read(one, problems) for one in files]
    known = {one.id: one for one in sprints}
    ours = tuple(_as_ours(one) for one in sprints if _OWN_ID.fullmatch(one.id))
    pins = {
        task.text: one.track
        for one in sprints
        if one.track is not None and not _OWN_ID.fullmatch(one.id)
        for task in one.tasks
    }
    return ours, list(_sync_points(sprints, known, problems)), pins


def _read(file: SprintFile, problems: Problems) -> _Sprint:
    sprint = LooseKeys(file.node, problems)
    name = sprint.text("id", "sprint_id")
    sprint_id = name.text if name is not None else file.name.rpartition(".")[0]
    stated = sprint.text("track", "track_number")
    suffix = _TRACK.search(sprint_id)
    track = text(suffix[1], file.node.location) if suffix else None
    return _Sprint(
        sprint_id,
        file.node,
        sprint.text("name", "title") or sprint.text("goal"),
        stated or track,
        tuple(_tasks(sprint)),
        sprint.list("quality_gates", "exit_criteria"),
        tuple(_sprints_before(sprint)),
    )


def _tasks(sprint: LooseKeys) -> Iterator[Scalar]:
    for node in sprint.list("tasks", "task_ids"):
        named = node.get("id") or node.get("task_id") if isinstance(node, Keys) else node
        if isinstance(named, Scalar) and not is_left_empty(named):
            yield text(named.text.strip(), named.location)


def _sprints_before(sprint: LooseKeys) -> Iterator[Scalar]:
    node = sprint.take("dependencies", "depends_on")
    if isinstance(node, Keys):
        node = node.get("sprints")
    for one in listed(node):
        if isinstance(one, Scalar) and one.text.strip().lower() not in ("", "none"):
            yield text(one.text.strip(), one.location)


def _as_ours(sprint: _Sprint) -> Keys:
    tasks: Node = items(sprint.keys.location, sprint.tasks)
    name = text(sprint.id, sprint.keys.location)
    pairs = [("id", name), ("title", sprint.title), ("tasks", tasks)]
    return Keys(
        tuple((Scalar(key, node.location), node) for key, node in pairs if node is not None),
        sprint.keys.location,
    )


def _sync_points(
    sprints: Sequence[_Sprint], known: dict[str, _Sprint], problems: Problems
) -> Iterator[Keys]:
    """Make a sync point behind each sprint that has gates of quality, or that another waits for."""
    waiting: dict[str, list[_Sprint]] = {}
    for sprint in sprints:
        for name in sprint.after:
            if name.text in known:
                waiting.setdefault(name.text, []).append(sprint)
            else:
                problems.warn(
                    name.location,
                    "unknown-sprint",
                    f"no file read is sprint {name.text!r}, which {sprint.id} waits for",
                    "name the folder that holds it; nothing waits for it",
                )
    for sprint in sprints:
        if sprint.tasks and (sprint.gates or sprint.id in waiting):
            yield _sync_point(sprint, waiting.get(sprint.id, []))


def _sync_point(sprint: _Sprint, waiting: Sequence[_Sprint]) -> Keys:
    title = sprint.title.text if sprint.title is not None else sprint.id
    return keys(
        sprint.keys.location,
        {
            "id": f"SYNC-{sprint.id}",
            "title": f"{sprint.id} is done: {title}",
            "after": list(sprint.tasks),
            "before": [task for one in waiting for task in one.tasks],
            "criteria": [as_text(gate) or gate for gate in sprint.gates],
        },
    )
