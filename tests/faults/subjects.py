"""What the harnesses break: the real store, behind the few verbs that a naive one has too.

A verdict is told apart by its word and a number of its own (``FAIL#17``), so that an older FAIL
of the same task is not taken for a newer one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pytest_tracks.core.model import Check, Criterion, Location, Plan, Task
from pytest_tracks.core.record import Digest, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.facts import AttemptStarted, TaskSettled
from pytest_tracks.state.merge import Contents, merge
from pytest_tracks.state.repair import plan_repair
from pytest_tracks.state.store import Store

__all__ = [
    "FOLDER",
    "INTERRUPTED",
    "Compacting",
    "Reading",
    "Subject",
    "Tracks",
    "compact_tracks",
    "merge_tracks",
    "repair_tracks",
]

FOLDER = "docs/planning"
INTERRUPTED = "INTERRUPTED"
_NUMBER = "number"


@dataclass(frozen=True)
class Reading:
    """What a later process finds: the verdict of each task, and what a person is told."""

    verdicts: dict[str, str]
    warnings: tuple[str, ...] = ()


class Subject(Protocol):
    """An implementation of a state that outlives its process."""

    def begin(self) -> None:
        """Open a run."""

    def settle(self, task: str, verdict: str) -> None:
        """Remember a verdict; on return it must not be lost any more."""

    def save(self) -> None:
        """Write the state file."""

    def end(self) -> None:
        """Close the run."""

    @staticmethod
    def state_file(root: Path) -> Path:
        """Name the state file."""

    @staticmethod
    def read(root: Path) -> Reading:
        """Read, as another process, what is remembered; raises where it cannot be read."""


class Tracks:
    """The store of this project."""

    def __init__(self, root: Path) -> None:
        self._store = Store.open(root, _plan())
        self._count = itertools.count()

    def begin(self) -> None:
        self._store.start_run()

    def settle(self, task: str, verdict: str) -> None:
        word, _, number = verdict.partition("#")
        store = self._store
        attempt = f"{store.run_id}/{task}/{next(self._count)}"
        store.append(AttemptStarted(store.run_id, task, attempt, digest=_DIGEST), sync=False)
        results = {"AC-001": CriterionResult("AC-001", CriterionVerdict(word))}
        store.append(
            TaskSettled(
                store.run_id,
                task,
                TaskVerdict(word),
                attempt,
                digest=_DIGEST,
                criteria=results,
                meta={_NUMBER: number},
            )
        )

    def save(self) -> None:
        self._store.snapshot(force=True)

    def end(self) -> None:
        self._store.finish_run(0)

    @staticmethod
    def state_file(root: Path) -> Path:
        return root / FOLDER / ".project-state.yaml"

    @staticmethod
    def read(root: Path) -> Reading:
        store = Store.open(root, _plan())
        verdicts = {name: _word(task) for name, task in store.record().tasks.items()}
        told = tuple(map(str, store.warnings))
        return Reading({name: word for name, word in verdicts.items() if word}, told)


class Compacting(Tracks):
    """The same, with a compaction at the end of every run."""

    def end(self) -> None:
        super().end()
        self._store.compact()


_DIGEST = Digest("definition", "files", "tests", "shared", "")


def _plan() -> Plan:
    here = Location(f"{FOLDER}/tracks.yaml")
    criterion = Criterion("AC-001", "it works", Check(), here)
    return Plan("Faults", {"T-0": Task("T-0", "A task", here, criteria=(criterion,))}, FOLDER)


_CONTENTS = Contents(
    lambda record: {name: task.digest or Digest() for name, task in record.tasks.items()},
    lambda name, record: True,
)
"""A work tree in which every verdict is about what there is now."""


def merge_tracks(root: Path, shards: Sequence[Path]) -> None:
    """Join the states of shards into the one at ``root``."""
    named = {shard.name: Tracks.state_file(shard) for shard in shards}
    merge(root, _plan(), Tracks.state_file(root), named, _CONTENTS)


def repair_tracks(root: Path) -> None:
    """Write the state file anew from what there is, as a repair does."""
    plan_repair(root, _plan(), Tracks.state_file(root)).carry_out()


def compact_tracks(root: Path) -> None:
    """Move the journal's lines to the archive, unless a run goes on."""
    Store.open(root, _plan()).compact()


def _word(task: TaskRecord) -> str:
    if task.verdict is None:
        return ""
    if task.verdict is TaskVerdict.INTERRUPTED:
        return INTERRUPTED
    return f"{task.verdict.value}#{task.meta.get(_NUMBER, '')}"
