"""The store: what the controller and the command line read the state from and write it to.

::

    append ──► journal (durable) ──► fold ──► record()
                                      └─ now and then ──► snapshot

Opening and reading write nothing. Only a controller writes: ``start_run``, ``append``,
``snapshot``, ``finish_run``. An append costs the same whether the plan has ten tasks or a hundred
thousand; a snapshot does not, and is therefore taken at most every ``20 ×`` its own cost.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.clock import Surroundings, SystemSurroundings
from pytest_tracks.state.durable import check_writable, replace_file, sweep_temporaries
from pytest_tracks.state.facts import Entry, Fact, RunFinished, RunStarted
from pytest_tracks.state.fold import Fold
from pytest_tracks.state.journal import FOLDER, Journal
from pytest_tracks.state.rendering import Renderer, Text, body_of
from pytest_tracks.state.snapshot import DamagedSnapshotError, Snapshot, read

__all__ = ["SNAPSHOT_NAME", "Store"]

SNAPSHOT_NAME = ".project-state.yaml"
BACKUP_NAME = "last-good.yaml"
LEAST_INTERVAL = 1.0
"""Seconds between two snapshots of a run, at least."""
COST_FACTOR = 20
"""A snapshot is followed by this many times its own cost without one: at most 5 % of a run."""


class Store:
    """The state of one plan. Open it with ``Store.open``."""

    def __init__(
        self, root: Path, plan: Plan, path: Path, surroundings: Surroundings, journal: Journal
    ) -> None:
        self.path = path
        self.run_id = ""
        """The run that ``start_run`` began; empty before."""
        self._root = root
        self._plan = plan
        self._surroundings = surroundings
        self._journal = journal
        self._opened = surroundings.monotonic()
        self._writer = _new_id(surroundings)
        self._sequence = 0
        self._is_recovered = False
        self._snapshot = Snapshot()
        self._seen: dict[str, int] = {}
        self._warnings: list[Problem] = []
        self._load()
        self._renderer = Renderer(plan, self._snapshot)
        self._body = b"" if self._is_recovered else _body(self._snapshot)
        self._changed = False
        self._snapshot_at = self._opened
        self._snapshot_cost = 0.0
        self._record: ProjectRecord | None = None

    @classmethod
    def open(
        cls,
        root: Path,
        plan: Plan,
        path: Path | None = None,
        *,
        surroundings: Surroundings | None = None,
    ) -> Store:
        """Read what is known of a plan; writes nothing.

        ``path`` is the state file: ``.project-state.yaml`` in the plan's folder if not given.
        Raises StateError where there is a state that cannot be read or recovered.
        """
        path = path or root / plan.folder / SNAPSHOT_NAME
        journal = Journal(path.parent / FOLDER)
        return cls(root, plan, path, surroundings or SystemSurroundings(), journal)

    # Reading

    @property
    def name(self) -> str:
        """The state file's path as messages show it: relative to the root where it is below."""
        below = self.path.is_relative_to(self._root)
        return (self.path.relative_to(self._root) if below else self.path).as_posix()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a person should know about the state that was read."""
        return (*self._warnings, *self._journal_warnings())

    def record(self) -> ProjectRecord:
        """Return what is known now, as of the last ``refresh`` or ``append``.

        Copies the table of tasks where something has changed since the last call: for one task
        use ``task``.
        """
        if self._record is None:
            self._record = self._fold.record(self._dead())
        return self._record

    def task(self, task_id: str) -> TaskRecord:
        """Return what is known of one task, in constant time."""
        return self._fold.task(task_id)

    def refresh(self) -> tuple[Entry, ...]:
        """Fold what other processes have written meanwhile and return it; takes no lock."""
        return self._take(self._journal.read())

    def _dead(self) -> set[str]:
        live = self._fold.live.values()
        return {
            run.run_id
            for run in live
            if run.run_id != self.run_id and not self._surroundings.is_alive(run)
        }

    def _load(self) -> None:
        entries = self._journal.read()
        try:
            self._snapshot = read(self.path, self.name)
        except DamagedSnapshotError as error:
            self._snapshot = self._recovered(error)
        else:
            if self._snapshot.content is None and entries:
                self._snapshot = self._recovered(None)
        self._warnings.extend(self._snapshot.warnings)
        self._refuse_foreign_journal()
        self._seen = dict(self._snapshot.seen)
        self._fold = Fold(self._snapshot.record)
        self._take(entries)

    def _recovered(self, damage: StateError | None) -> Snapshot:
        """Find what the journal goes on from, where the state file is damaged or gone."""
        self._is_recovered = True
        backup = self._backup()
        suffices = self._journal.id and (self._journal.base_serial == 0 or backup.content)
        if damage is not None and not suffices:
            raise damage
        what = "is missing" if damage is None else "is damaged"
        how = "recovered from the journal"
        if not suffices:
            how = "the journal does not go back to the beginning: counts are too low"
        if damage is not None or backup.content or not suffices:
            message = f"the state file {what}: {how}"
            self._warnings.append(Problem(self.name, 0, 0, "recovered", message))
        return backup

    def _backup(self) -> Snapshot:
        try:
            return read(self._journal.folder / BACKUP_NAME, BACKUP_NAME)
        except DamagedSnapshotError:
            return Snapshot()

    def _refuse_foreign_journal(self) -> None:
        ours, theirs = self._snapshot.record.lineage, self._journal.lineage
        if ours and theirs and ours != theirs:
            message = f"the journal belongs to another state (lineage {theirs}, here {ours})"
            hint = f"move {self._journal.folder.name} away"
            raise StateError(Problem(self.name, 0, 0, "foreign-journal", message, hint))

    def _journal_warnings(self) -> list[Problem]:
        name = f"{FOLDER}/{self._journal.path.name}"
        return [
            Problem(name, line, 0, "damaged-line", "a line of the journal cannot be read")
            for line in self._journal.damaged_lines
        ]

    def _take(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        journal = self._journal.id
        known = self._seen.get(journal, 0)
        fresh = tuple(entry for entry in entries if entry.serial > known)
        news = [entry.serial for entry in fresh if self._fold.apply(entry)]
        if news:
            self._seen[journal] = max(news)
            self._changed = True
        if fresh:
            self._record = None
        return fresh

    # Writing

    def check_writable(self) -> None:
        """Raise StateError where the state could not be written; leaves nothing behind."""
        check_writable(self.path)
        check_writable(self._journal.path)

    def start_run(self, *, commit: str = "", options: Mapping[str, object] | None = None) -> str:
        """Open a run record and return its id; runs that died before are closed.

        Raises StateError where the state cannot be written: call it before any command runs.
        """
        self.check_writable()
        around = self._surroundings
        with self._journal.lock():
            self._secure()
            self._take(self._journal.read())
            dead = sorted(self._dead())
            started = RunStarted(
                self._writer, around.pid, around.host, commit, self._plan.digest, options or {}
            )
            closing: list[Fact] = [RunFinished(run_id, interrupted=True) for run_id in dead]
            self._write([*closing, started], sync=True)
        self.run_id = self._writer
        return self.run_id

    def append(self, *facts: Fact, sync: bool = True) -> tuple[Entry, ...]:
        """Write facts as one group: durable on return, and in ``record()``.

        With ``sync=False`` they survive the death of the process but not of the machine, which
        is enough for what the next durable fact stands for (criteria of a task that goes on).
        """
        if not facts:
            return ()
        with self._journal.lock():
            self._journal.create(self._lineage(), self._snapshot.record.serial)
            self._take(self._journal.read())
            return self._write(facts, sync=sync)

    def finish_run(self, exit_status: int | None, *, interrupted: bool = False) -> None:
        """Close the run record and write the state file if anything has changed."""
        self.append(RunFinished(self.run_id, exit_status, interrupted))
        self.snapshot()
        self.run_id = ""

    def _write(self, facts: Sequence[Fact], *, sync: bool) -> tuple[Entry, ...]:
        last = max(self._journal.serial, self._snapshot.record.serial)
        entries = [self._entry(serial, fact) for serial, fact in enumerate(facts, last + 1)]
        self._journal.write(entries, sync=sync)
        return self._take(entries)

    def _entry(self, serial: int, fact: Fact) -> Entry:
        self._sequence += 1
        around = self._surroundings
        return Entry(
            serial=serial,
            at=around.now(),
            id=f"{self._writer}-{self._sequence}",
            fact=fact,
            elapsed=round(around.monotonic() - self._opened, 3),
        )

    def _lineage(self) -> str:
        """Return the lineage; that of a new state is the project's, the same on all machines."""
        known = self._snapshot.record.lineage or self._journal.lineage
        origin = f"{self._plan.project}\n{self._plan.folder}"
        return known or blake2b(origin.encode(), digest_size=8).hexdigest()

    def _secure(self) -> None:
        """Under the lock: keep what would be lost, remove what a killed run has left."""
        sweep_temporaries(self.path)
        self._journal.create(self._lineage(), self._snapshot.record.serial)
        folder, content = self._journal.folder, self._snapshot.content
        stamp = self._surroundings.now().replace(":", "").replace("-", "")
        if self._is_recovered and self.path.exists():
            shutil.copyfile(self.path, self.path.with_name(f"{self.path.name}.corrupt-{stamp}"))
        elif content is not None and self._snapshot.is_legacy:
            replace_file(folder / f"before-{stamp}.yaml", content)
        elif content is not None and self._snapshot.is_intact:
            backup = folder / BACKUP_NAME
            if not backup.exists() or backup.read_bytes() != content:
                replace_file(backup, content)

    # The state file

    def _render(self) -> Text:
        record = replace(self.record(), lineage=self._lineage())
        return self._renderer.render(record, self._seen)

    def snapshot_due_in(self) -> float | None:
        """Return the seconds until the state file may be written again; None: nothing to write."""
        if not self._changed:
            return None
        interval = max(LEAST_INTERVAL, COST_FACTOR * self._snapshot_cost)
        return max(0.0, self._snapshot_at + interval - self._surroundings.monotonic())

    def maybe_snapshot(self) -> bool:
        """Write the state file if something has changed and the last time is long enough ago."""
        return self.snapshot_due_in() == 0.0 and self.snapshot()

    def snapshot(self, *, force: bool = False) -> bool:
        """Write the state file unless it says the same already (then only if forced).

        Returns whether it was written. Raises StateError where that fails; the old one stands.
        """
        before = self._surroundings.monotonic()
        with self._journal.lock():
            self._take(self._journal.read())
            text = self._render()
            written = force or text.body != self._body
            if written:
                replace_file(self.path, text.content)
        self._body = text.body
        self._changed = False
        self._snapshot_at = self._surroundings.monotonic()
        self._snapshot_cost = self._snapshot_at - before
        return written


def _body(snapshot: Snapshot) -> bytes:
    is_written = snapshot.is_intact and snapshot.content is not None
    return body_of(snapshot.content) if is_written and snapshot.content else b""


def _new_id(surroundings: Surroundings) -> str:
    stamp = surroundings.now()[:19].replace(":", "").replace("-", "")
    return f"{stamp}Z-{surroundings.pid}-{secrets.token_hex(3)}"
