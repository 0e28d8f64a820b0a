"""A state file as the join sees it: its records, what it has seen, and verdicts beside others.

A file in which git has left conflict markers has two sides; any other has one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.codec import decode, encode
from pytest_tracks.state.facts import Entry, LostFact
from pytest_tracks.state.fold import Fold
from pytest_tracks.state.join import Knowledge, Records
from pytest_tracks.state.journal import FOLDER, Journal
from pytest_tracks.state.recovery import Opened, open_state
from pytest_tracks.state.snapshot import Snapshot, parse
from pytest_tracks.state.yamltext import Tree, to_python, to_tree

__all__ = ["SIBLINGS", "Side", "read_sides", "render_siblings"]

SIBLINGS = "shards"
"""Key of a task in the state file: all verdicts of shards that did not know of each other."""

_CONFLICT = "conflict-markers"
_CUT_OFF = "cut off"
_OURS, _BASE, _BETWEEN, _THEIRS = "<<<<<<< ", "||||||| ", "=======", ">>>>>>> "

Alive = Callable[[LiveRun], bool]


@dataclass(frozen=True, slots=True)
class Side:
    """One state that was read."""

    knowledge: Knowledge
    record: ProjectRecord
    """With the attempts that go on."""
    snapshot: Snapshot
    is_recovered: bool
    """Whether the file itself was of no use."""
    warnings: tuple[Problem, ...] = ()

    @property
    def lineage(self) -> str:
        """Which project's state it is; empty where it has not begun, or by another tool."""
        return self.knowledge.project.lineage


def read_sides(path: Path, name: str, is_alive: Alive) -> list[Side]:
    """Read a state file with the journal beside it; ``name`` stands in messages.

    Raises StateError where it cannot be read or recovered.
    """
    try:
        return [_side(open_state(path, name), name, is_alive)]
    except StateError as error:
        if error.problems[0].code != _CONFLICT:
            raise
    snapshots = [parse(text, name) for text in _conflicting(path)]
    return [_side(_opened(snapshot, path), name, is_alive) for snapshot in snapshots]


def _opened(snapshot: Snapshot, path: Path) -> Opened:
    journal = Journal(path.parent / FOLDER, snapshot.seen)
    return Opened(snapshot, journal, journal.read(), False, snapshot.warnings)


def _side(opened: Opened, name: str, is_alive: Alive) -> Side:
    record, seen = _folded(opened, is_alive)
    warnings = opened.warnings
    if opened.journal.loss == _CUT_OFF:
        message = "its journal is cut off: what has passed there is a claim"
        warnings += (Problem(name, 0, 0, "journal-loss", message),)
    lineage = record.lineage or opened.journal.lineage
    tasks = {
        task: _siblings(known, opened.snapshot.unknown_of_task.get(task, {}))
        for task, known in record.tasks.items()
        if known != TaskRecord()
    }
    project = replace(record, tasks={}, live={}, lineage=lineage)
    knowledge = Knowledge(project, tasks, seen)
    return Side(knowledge, record, opened.snapshot, opened.is_recovered, warnings)


def _folded(opened: Opened, is_alive: Alive) -> tuple[ProjectRecord, dict[str, int]]:
    folding, seen = Fold(opened.snapshot.record), dict(opened.snapshot.seen)
    known = dict(seen)
    for entry in opened.entries:
        journal = folding.journal = entry.journal
        if entry.serial > known.get(journal, 0) and folding.apply(entry):
            seen[journal] = entry.serial
    if opened.journal.loss == _CUT_OFF:
        _distrust_all(folding, max(opened.journal.serial, opened.snapshot.record.serial))
    return folding.record([run.run_id for run in folding.live.values() if not is_alive(run)]), seen


def _distrust_all(folding: Fold, serial: int) -> None:
    """Take no PASS for evidence where a FAIL of the same task may be among what was lost."""
    record = folding.record()
    for name, known in record.tasks.items():
        if known.verdict is TaskVerdict.PASS:
            folding.apply(Entry(serial, record.updated_at or "", "", LostFact(name)))


def _siblings(record: TaskRecord, unknown: Mapping[str, Tree]) -> Records:
    """Return the verdicts of shards where the task's is still the one that was made of them."""
    record = replace(record, open={})
    siblings = _read_siblings(unknown.get(SIBLINGS))
    places = {(one.journal, one.serial, one.attempt) for one in siblings}
    is_theirs = (record.journal, record.serial, record.attempt) in places
    return siblings if is_theirs else (record,)


def _read_siblings(tree: Tree | None) -> Records:
    found = to_python(tree) if isinstance(tree, list) else []
    try:
        return tuple(decode(TaskRecord, one) for one in found)
    except ValueError:
        return ()  # it was edited, and so its task is a claim already


def render_siblings(records: Records) -> Tree:
    """Write the verdicts down; ``read_sides`` reads them back."""
    return to_tree([encode(record) for record in records])


def _conflicting(path: Path) -> Sequence[bytes]:
    """Return both sides as git still has them, else as they stand in the file."""
    stages = [_git_stage(path, number) for number in (2, 3)]
    if all(stages):
        return [stage for stage in stages if stage]
    text = path.read_text(encoding="utf-8")
    return [_without(text, _THEIRS).encode(), _without(text, _OURS).encode()]


def _git_stage(path: Path, number: int) -> bytes | None:
    command = ["git", "show", f":{number}:./{path.name}"]
    try:
        done = subprocess.run(
            command,
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _without(text: str, dropped: str) -> str:
    """Leave out one side, and the common ancestor where it is shown."""
    kept, part = [], ""
    for line in text.splitlines(keepends=True):
        if line.startswith((_OURS, _BASE)):
            part = line[: len(_OURS)]
        elif part and line.rstrip("\r\n") == _BETWEEN:
            part = _THEIRS
        elif part == _THEIRS and line.startswith(_THEIRS):
            part = ""
        elif part not in (dropped, _BASE):
            kept.append(line)
    return "".join(kept)
