"""The state file read back, and what has happened to it meanwhile.

::

    # comment, version … updated_at       head
    parallel_tracks … statistics          body: what two runs that change nothing have in common
    serial, lineage, journals             marks: which facts are in it
    integrity: <of all>.<of the marks>    last line

``journals`` says up to which serial the facts of each journal are folded in, so that folding a
journal onto any older or newer copy of the file counts nothing twice and leaves nothing out.
``rendering`` is the way there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.canonical import dump, load_own
from pytest_tracks.state.familiar import NOTHING, Known, Recognised, recognise
from pytest_tracks.state.project_schema import read_project
from pytest_tracks.state.task_schema import (
    INTEGRITY,
    KEYS,
    claimed_record,
    is_intact,
    read_task,
)
from pytest_tracks.state.unusable import unusable
from pytest_tracks.state.yamltext import Tree, YamlTextError, load, to_python

__all__ = [
    "COMMENT",
    "MARKS",
    "VERSION",
    "DamagedSnapshotError",
    "Snapshot",
    "checksum",
    "parse",
    "read",
]

VERSION = "1.0"
COMMENT = (
    "# What is known of the plan's tasks, written by pytest-tracks.\n"
    "# A verdict that is changed by hand becomes a claim and is validated again.\n"
)
MARKS = ("serial", "lineage", "journals")
SIZE_LIMIT = 2**30
_MARKERS = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_VERSION = re.compile(r"^version:\s*[\"']?(\d{1,6})(?:\.(\d{1,6}))?", re.MULTILINE)


class DamagedSnapshotError(StateError):
    """The file is not what any run has written: cut off, or overwritten."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a state file holds."""

    record: ProjectRecord = field(default_factory=ProjectRecord)
    seen: Mapping[str, int] = field(default_factory=dict)
    """Journal id → serial up to which its facts are in the record."""
    unknown: Mapping[str, Tree] = field(default_factory=dict)
    """The file without its tasks: where keys stand that this version does not know."""
    unknown_of_task: Mapping[str, Mapping[str, Tree]] = field(default_factory=dict)
    content: bytes | None = None
    """The file as it was read; None where there is none."""
    is_intact: bool = True
    """Whether it is, byte for byte, what a run has written."""
    is_legacy: bool = False
    """Whether another tool wrote it, so that a copy is worth keeping."""
    warnings: tuple[Problem, ...] = ()


def read(path: Path, name: str, known: Mapping[str, Known] = NOTHING) -> Snapshot:
    """Read a state file; an empty snapshot where there is none. ``name`` stands in messages.

    Tasks whose lines are ``known`` are not read again. Raises DamagedSnapshotError; StateError for
    conflict markers, a newer schema, no access.
    """
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise StateError(Problem(name, 0, 0, "too-large", "over the size limit of 1 GiB"))
        return parse(path.read_bytes(), name, known)
    except FileNotFoundError:
        return Snapshot()
    except OSError as error:
        raise unusable(name, "cannot-read", error) from error


def parse(content: bytes, name: str, known: Mapping[str, Known] = NOTHING) -> Snapshot:
    """Read the content of a state file; raises as ``read`` does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _damaged(name, 0, f"not UTF-8 at byte {error.start}") from error
    is_whole = _is_whole(text)
    if not is_whole:
        _refuse_conflict(text, name)
    _refuse_newer(text, name)
    is_written = is_whole and text.endswith("\n")
    familiar = recognise(text, known if is_written else NOTHING)
    root = _load(familiar.text, name, is_written=is_written)
    if not isinstance(root, dict) or not isinstance(root.get("tasks", {}), dict):
        raise _damaged(name, 1, "expected a mapping with tasks")
    if INTEGRITY not in root:
        return _legacy(root, text, content, name)
    if not _marks_are_intact(root):
        raise _damaged(name, 0, "its last lines are not whole")
    return _own(root, text, content, name, familiar, is_whole=is_whole)


def _is_whole(text: str) -> bool:
    """Whether all lines are as they were written."""
    written, _, integrity = text.rpartition(f"\n{INTEGRITY}: ")
    return integrity[:32] == checksum((written + "\n").encode())


def _load(text: str, name: str, *, is_written: bool) -> Tree:
    if is_written:
        with suppress(ValueError):  # whoever forges a checksum may write YAML as he likes
            return load_own(text)
    try:
        return load(text)
    except YamlTextError as error:
        raise _damaged(name, error.line, error.message) from error


def _damaged(name: str, line: int, message: str) -> DamagedSnapshotError:
    hint = "restore it from version control, or delete it to start afresh"
    return DamagedSnapshotError(Problem(name, line, 0, "damaged", message, hint))


def _refuse_conflict(text: str, name: str) -> None:
    found = _MARKERS.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        message = f"merge conflict markers at line {line}"
        hint = f"join both sides with: pytest-tracks state merge {name}"
        raise StateError(Problem(name, line, 0, "conflict-markers", message, hint))


def _refuse_newer(text: str, name: str) -> None:
    found = _VERSION.search(text)
    if found and (int(found[1]), int(found[2] or 0)) > (1, 0):
        line = text.count("\n", 0, found.start()) + 1
        message = f"version {found[1]}.{found[2] or 0} is newer than {VERSION}"
        raise StateError(Problem(name, line, 0, "newer-schema", message, "upgrade pytest-tracks"))


def checksum(content: bytes) -> str:
    """Name a content by what is in it; a guard against accidents and careless edits, no seal."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _marks_text(root: Mapping[str, Tree]) -> str:
    return dump({key: root[key] for key in MARKS if key in root})


def _marks_are_intact(root: Mapping[str, Tree]) -> bool:
    integrity = root[INTEGRITY]
    if not isinstance(integrity, str):
        return False
    whole, _, marks = integrity.partition(".")
    return len(whole) == len(marks) == 32 and marks == checksum(_marks_text(root).encode())


def _legacy(root: dict[str, Tree], text: str, content: bytes, name: str) -> Snapshot:
    if (
        text.startswith(COMMENT[:40])
        or "lineage" in root
        or "serial" in root
        or "tasks" not in root
    ):
        raise _damaged(name, 0, "its end is missing")
    tasks = _task_trees(root)
    records = {task_id: claimed_record(tree) for task_id, tree in tasks.items()}
    claims = [task_id for task_id, record in records.items() if record.claim]
    warnings = []
    if claims:
        message = f"{len(claims)} tasks are done by claim only (first: {claims[0]})"
        hint = "nothing in the file supports them: they are validated in the next run"
        warnings.append(Problem(name, 0, 0, "claims", message, hint))
    record = read_project(root, records)
    return _snapshot(root, record, {}, content, warnings, is_legacy=True)


def _own(
    root: dict[str, Tree],
    text: str,
    content: bytes,
    name: str,
    familiar: Recognised,
    *,
    is_whole: bool,
) -> Snapshot:
    trees = _task_trees(root)
    edited = [] if is_whole else [x for x, tree in trees.items() if not is_intact(x, tree)]
    records = {
        task_id: claimed_record(tree) if task_id in edited else _read_own(task_id, tree, name)
        for task_id, tree in trees.items()
    }
    warnings = [_edited(task_id, records[task_id], name) for task_id in edited]
    if not text.endswith("\n"):
        warnings.append(Problem(name, 0, 0, "cut-off", "the end of its last line is missing"))
    seen = to_python(root.get("journals", {}))
    try:
        records = familiar.with_known(records)
    except ValueError as error:
        raise _damaged(name, 0, str(error)) from error
    read = _snapshot(root, read_project(root, records), seen, content, warnings)
    return replace(
        read,
        unknown_of_task={**read.unknown_of_task, **familiar.strange},
        is_intact=is_whole and text.endswith("\n"),
    )


def _edited(task_id: str, record: TaskRecord, name: str) -> Problem:
    message = f"{task_id} was changed by hand"
    if record.claim:
        message += f": its {record.claim!r} is a claim"
    return Problem(name, 0, 0, "edited", message, "it is validated again in the next run")


def _read_own(task_id: str, tree: Mapping[str, Tree], name: str) -> TaskRecord:
    try:
        return read_task(tree)
    except ValueError as error:
        raise _damaged(name, 0, f"{task_id}: {error}") from error


def _task_trees(root: Mapping[str, Tree]) -> dict[str, dict[str, Tree]]:
    tasks = root.get("tasks")
    found = tasks if isinstance(tasks, dict) else {}
    return {name: tree for name, tree in found.items() if isinstance(tree, dict)}


def _snapshot(
    root: dict[str, Tree],
    record: ProjectRecord,
    seen: Mapping[str, int],
    content: bytes,
    warnings: list[Problem],
    *,
    is_legacy: bool = False,
) -> Snapshot:
    strange = {
        task_id: {key: value for key, value in tree.items() if key not in KEYS}
        for task_id, tree in _task_trees(root).items()
        if not tree.keys() <= KEYS
    }
    rest = {key: value for key, value in root.items() if key != "tasks"}
    return Snapshot(record, seen, rest, strange, content, False, is_legacy, tuple(warnings))
