"""A plan as the files of the native format: one a task, the tracks, the requirements, sprints."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.tree import Items, Keys, Node, Scalar
from pytest_tracks.formats.document import PlanTree
from pytest_tracks.formats.folder import PRD_FILE, TASKS_FOLDER, TRACKS_FILE
from pytest_tracks.formats.native_text import yaml_text

__all__ = ["TO_FILL_IN", "native_files", "open_criteria"]

TO_FILL_IN = "TODO no check yet: add test:, mark:, run:, file: or manual: true"
"""Stands below every criterion without a check."""

_TEXT_KEYS = frozenset({"id", "text", "allow", "section"})
_METADATA = "source"
_CRITERIA = ("acceptance_criteria", "criteria", "final_review", "sprint_review", "track_review")


def native_files(tree: PlanTree, folder: str, sprints: str) -> Mapping[str, str]:
    """Write a plan; paths are relative to the root, as ``folder`` and ``sprints`` are."""
    files = dict(_task_files(tree.tasks, posixpath.join(folder, TASKS_FOLDER)))
    if tree.tracks is not None and tree.tracks.pairs:
        files[posixpath.join(folder, TRACKS_FILE)] = _text(tree.tracks)
    if tree.requirements is not None and tree.requirements.pairs:
        files[posixpath.join(folder, PRD_FILE)] = _text(tree.requirements)
    for sprint in tree.sprints:
        name = sprint.get("id")
        if isinstance(name, Scalar):
            files[posixpath.join(sprints, f"{name.text}.yaml")] = _text(sprint)
    return files


def open_criteria(tree: PlanTree) -> int:
    """Count the criteria that nothing checks yet, those of gates included."""
    roots = [*tree.tasks, *([tree.tracks] if tree.tracks is not None else [])]
    return sum(_text(root).count(f"# {TO_FILL_IN}\n") for root in roots)


def _task_files(tasks: Sequence[Keys], folder: str) -> Iterator[tuple[str, str]]:
    """Name files by id; by place too, where the order of names is not that of the plan."""
    names = [_file_name(task) for task in tasks]
    is_ordered = names == sorted(names) and len(set(names)) == len(names)
    width = len(str(len(names)))
    for position, (name, task) in enumerate(zip(names, tasks, strict=True), 1):
        numbered = name if is_ordered else f"{position:0{width}d}-{name}"
        yield posixpath.join(folder, f"{numbered}.yaml"), _text(task)


def _file_name(task: Keys) -> str:
    node = task.get("id")
    return re.sub(r"[^\w.@#+-]", "-", node.text) if isinstance(node, Scalar) else "task"


def _text(root: Keys) -> str:
    return yaml_text(_with_mappings(root), _remark)


def _remark(name: str, entry: Node) -> str:
    is_open = isinstance(entry, Keys) and {key.text for key, _ in entry} <= _TEXT_KEYS
    return TO_FILL_IN if name in _CRITERIA and is_open else ""


def _with_mappings(root: Keys) -> Keys:
    """Write prose criteria as mappings, so that a check is one more line."""
    return Keys(
        tuple(
            (key, value if key.text == _METADATA else _changed(value, key.text in _CRITERIA))
            for key, value in root
        ),
        root.location,
    )


def _changed(node: Node, is_list: bool) -> Node:
    if isinstance(node, Keys):
        return _with_mappings(node)
    if isinstance(node, Items):
        changed = (_changed(one, False) for one in node.nodes)
        return Items(tuple(_as_mapping(one) if is_list else one for one in changed), node.location)
    return node


def _as_mapping(node: Node) -> Node:
    if isinstance(node, Scalar):
        return Keys(((Scalar("text", node.location), node),), node.location)
    return node
