"""Opening a state: the state file, the journal, and what can be made of them when one is damaged.

::

    state file intact         fold(state file, journal)
    damaged or gone           fold(its last good copy or nothing, journal), if the two meet
    otherwise                 an error: no state is better than a wrong one

Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.facts import Entry
from pytest_tracks.state.familiar import NOTHING, Known
from pytest_tracks.state.journal import FOLDER, Journal
from pytest_tracks.state.snapshot import DamagedSnapshotError, Snapshot, read

__all__ = ["LAST_GOOD", "Opened", "open_state"]

LAST_GOOD = "last-good.yaml"
"""A copy of the state file as the last run found it, beside the journal."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found."""

    snapshot: Snapshot
    journal: Journal
    entries: list[Entry]
    """Of the journal, at least those that the snapshot does not hold."""
    is_recovered: bool
    """Whether the state file itself was of no use."""
    warnings: tuple[Problem, ...] = ()


def open_state(path: Path, name: str, known: Mapping[str, Known] = NOTHING) -> Opened:
    """Read a state file and the journal beside it; ``name`` stands in messages.

    Tasks whose lines in the file are ``known`` are not read again. Raises StateError where the
    state cannot be read or recovered.
    """
    folder = path.parent / FOLDER
    damage: StateError | None = None
    try:
        snapshot = read(path, name, known)
    except DamagedSnapshotError as error:
        damage, snapshot = error, Snapshot()
    is_recovered = snapshot.content is None
    if is_recovered:
        snapshot = _last_good(folder)
    journal = Journal(folder, snapshot.seen)
    entries = journal.read()
    _refuse_foreign(journal, snapshot, name)
    warnings = snapshot.warnings
    if is_recovered and (damage or entries or snapshot.content):
        warnings += _recovery_warnings(journal, snapshot, damage, name)
    return Opened(snapshot, journal, entries, is_recovered, warnings)


def _last_good(folder: Path) -> Snapshot:
    try:
        return read(folder / LAST_GOOD, LAST_GOOD)
    except DamagedSnapshotError:
        return Snapshot()


def _recovery_warnings(
    journal: Journal, base: Snapshot, damage: StateError | None, name: str
) -> tuple[Problem, ...]:
    reaches_back = bool(journal.id) and (journal.base_serial == 0 or base.content is not None)
    if not reaches_back and damage is not None:
        raise damage
    if reaches_back and damage is None and base.content is None:
        return ()  # the first run died before it wrote a state file
    what = "is missing" if damage is None else "is damaged"
    how = "recovered from the journal" if reaches_back else "the journal holds only a part of it"
    return (Problem(name, 0, 0, "recovered", f"the state file {what}: {how}"),)


def _refuse_foreign(journal: Journal, snapshot: Snapshot, name: str) -> None:
    ours, theirs = snapshot.record.lineage, journal.lineage
    if ours and theirs and ours != theirs:
        message = f"the journal belongs to another state (lineage {theirs}, here {ours})"
        hint = f"move {journal.folder.name} away"
        raise StateError(Problem(name, 0, 0, "foreign-journal", message, hint))
