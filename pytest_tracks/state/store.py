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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.clock import Surroundings, SystemSurroundings
from pytest_tracks.state.durable import check_writable, replace_file
from pytest_tracks.state.facts import Entry, Fact, LostFact, RunFinished, RunStarted
from pytest_tracks.state.familiar import Known
from pytest_tracks.state.fold import Fold
from pytest_tracks.state.journal_warnings import journal_warnings
from pytest_tracks.state.pace import Pace
from pytest_tracks.state.recovery import open_state
from pytest_tracks.state.rendering import Renderer, Text, body_of
from pytest_tracks.state.safekeeping import keep_damaged, keep_original, sweep
from pytest_tracks.state.snapshot import Snapshot

__all__ = ["SNAPSHOT_NAME", "Store", "lineage_of"]

SNAPSHOT_NAME = ".project-state.yaml"
COMPACT_FROM = 2**20
"""Bytes of the journal from which a run's end moves them to the archive."""


class Store:
    """The state of one plan. Open it with ``Store.open``."""

    def __init__(self, root: Path, plan: Plan, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self.run_id = ""
        """The run that ``start_run`` began; empty before."""
        self._root = root
        self._plan = plan
        self._surroundings = surroundings
        self._opened = surroundings.monotonic()
        self._writer = _new_id(surroundings)
        self._sequence = 0
        self._serial = 0
        self._changed = False
        self._pace = Pace(self._opened)
        self._record: tuple[ProjectRecord, set[str]] | None
        self._renderer = Renderer(plan, Snapshot())
        self._load({})

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
        return cls(root, plan, path, surroundings or SystemSurroundings())

    # Reading

    @property
    def name(self) -> str:
        """The state file's path as messages show it: relative to the root where it is below."""
        below = self.path.is_relative_to(self._root)
        return (self.path.relative_to(self._root) if below else self.path).as_posix()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a person should know about the state that was read."""
        found = journal_warnings(self._journal, has_doubted=bool(self._doubted))
        return (*self._warnings, *found)

    def record(self) -> ProjectRecord:
        """Return what is known now, as of the last ``refresh`` or ``append``.

        Copies the table of tasks where something has changed since the last call: for one task
        use ``task``.
        """
        dead = self._dead()
        if self._record is None or self._record[1] != dead:
            self._record = self._fold.record(dead), dead
        return self._record[0]

    @property
    def open_runs(self) -> dict[str, LiveRun]:
        """Runs whose record has no end: those that go on, and those that died."""
        return self._fold.live

    @property
    def has_dead_runs(self) -> bool:
        """Whether a run has died, and no later one has closed its record."""
        return bool(self._dead())

    def task(self, task_id: str) -> TaskRecord:
        """Return what is known of one task, in constant time.

        Of an attempt whose run has died only ``record`` knows, until ``start_run`` closes it.
        """
        return self._fold.task(task_id)

    def refresh(self) -> tuple[Entry, ...]:
        """Fold what other processes have written meanwhile and return it; takes no lock."""
        return self._take(self._journal.read())

    def is_current(self) -> bool:
        """Whether state file and journal still hold what is known here, and nothing else."""
        return not self.refresh() and _signature(self.path) == self._known_file

    def _dead(self) -> set[str]:
        live = self._fold.live.values()
        return {
            run.run_id
            for run in live
            if run.run_id != self.run_id
            and (run.run_id in self._elsewhere or not self._surroundings.is_alive(run))
        }

    def _load(self, known: Mapping[str, Known]) -> None:
        self._known_file = _signature(self.path)  # first this: what is put here now is another
        opened = open_state(self.path, self.name, known)
        self._snapshot, self._journal = opened.snapshot, opened.journal
        self._is_recovered = opened.is_recovered
        self._warnings = opened.warnings
        self._renderer.go_on_from(opened.snapshot)
        self._body = b"" if opened.is_recovered else _body(opened.snapshot)
        self._seen = dict(opened.snapshot.seen)
        self._written = {} if opened.is_recovered else dict(opened.snapshot.seen)
        self._fold = Fold(opened.snapshot.record)
        self._record = None  # of the file that was here before
        self._take(opened.entries)
        self._elsewhere = self._journal.runs_elsewhere(self._fold.live)
        self._distrust_all()

    def _distrust_all(self) -> None:
        """Take no PASS for evidence where a FAIL of the same task may be among what was lost."""
        is_cut_off = self._journal.loss == "cut off"
        known = self._fold.record().tasks.items() if is_cut_off else ()
        self._doubted = [LostFact(name) for name, it in known if it.verdict is TaskVerdict.PASS]
        for fact in self._doubted:
            self._fold.apply(Entry(self._last_serial(), self._surroundings.now(), "", fact))

    def _take(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        if not entries:
            return ()
        known, fresh = dict(self._seen), []
        for entry in entries:
            journal = self._fold.journal = entry.journal or self._journal.id
            if entry.serial <= known.get(journal, 0):
                continue
            fresh.append(entry)
            if self._fold.apply(entry):
                self._seen[journal] = max(self._seen.get(journal, 0), entry.serial)
                self._changed = True
        if fresh:
            self._record = None
        return tuple(fresh)

    # Writing

    def check_writable(self) -> None:
        """Raise StateError where the state could not be written; leaves nothing behind."""
        check_writable(self.path)
        check_writable(self._journal.path)

    def start_run(
        self,
        *,
        commit: str = "",
        options: Mapping[str, object] | None = None,
        tasks: Sequence[str] = (),
    ) -> str:
        """Open a run record and return its id; runs that died before are closed.

        Raises StateError where the state cannot be written: call it before any command runs.
        """
        self.check_writable()
        around = self._surroundings
        self._writer, self._sequence = _new_id(around), 0
        with self._journal.lock():
            self._secure()
            self._take(self._journal.read())
            self._journal.part_from_original()
            dead = sorted(self._dead())
            started = RunStarted(
                self._writer,
                around.pid,
                around.host,
                commit,
                self._plan.digest,
                options or {},
                tuple(tasks),
                around.process_started,
            )
            closing: list[Fact] = [RunFinished(run_id, interrupted=True) for run_id in dead]
            self._write([*self._doubted, *closing, started], sync=True)
            self._doubted = []
        self._pace.begin(around.monotonic())  # the file was not behind before
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
            self._journal.create(self._lineage(), self._last_serial())
            self._take(self._journal.read())
            return self._write(facts, sync=sync)

    def sync(self) -> None:
        """Make durable what was appended without; raises StateError where that fails."""
        self._journal.sync()

    def finish_run(self, exit_status: int | None, *, interrupted: bool = False) -> None:
        """Close the run record and write the state file if anything has changed."""
        self.append(RunFinished(self.run_id, exit_status, interrupted))
        self.snapshot()
        self.run_id = ""
        if self._journal.size >= COMPACT_FROM:
            self.compact()

    def close_run(self, run_id: str) -> None:
        """Close the record of a run that has died where nobody here can see it.

        What it was at is INTERRUPTED. Raises StateError where there is none, or it goes on here.
        """
        with self._journal.lock():
            self._catch_up()
            run = self._fold.live.get(run_id)
            around = self._surroundings
            if run is None:
                raise _no_such_run(self.name, run_id, self.record().live)
            if run.host == around.host and around.is_alive(run):
                raise _goes_on(self.name, run)
            self._write([RunFinished(run_id, interrupted=True)], sync=True)
        self.snapshot()

    def compact(self) -> bool:
        """Move the journal's lines, all of which the state file holds, to the archive beside it.

        Not while a run goes on: returns whether it was done. Raises StateError.
        """
        with self._journal.lock():
            self._catch_up()
            if self.record().live or not self._journal.id:
                return False
            if self._changed or self._written != self._seen:
                self._write_file(force=True)
            return self._journal.compact(self._seen)

    def _write(self, facts: Sequence[Fact], *, sync: bool) -> tuple[Entry, ...]:
        first = self._last_serial() + 1
        entries = [self._entry(serial, fact) for serial, fact in enumerate(facts, first)]
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

    def _last_serial(self) -> int:
        """Return the highest serial ever seen, should the journal that had it be gone."""
        self._serial = max(self._serial, self._journal.serial, self._snapshot.record.serial)
        return self._serial

    def _lineage(self) -> str:
        known = self._snapshot.record.lineage or self._journal.lineage
        return known or lineage_of(self._plan)

    def _secure(self) -> None:
        """Under the lock: keep what would be lost, remove what a killed run has left."""
        sweep(self.path, self._journal.folder)
        self._journal.create(self._lineage(), self._last_serial())
        if self._is_recovered:
            keep_damaged(self.path, self._stamp())
        else:
            keep_original(self._snapshot, self._journal.folder, self._stamp())

    def _stamp(self) -> str:
        return self._surroundings.now().replace(":", "").replace("-", "")

    # The state file

    def _render(self) -> Text:
        record = replace(self.record(), lineage=self._lineage())
        return self._renderer.render(record, self._seen)

    def snapshot_due_in(self) -> float | None:
        """Return the seconds until the state file may be written again; None: nothing to write."""
        if not self._changed:
            return None
        return self._pace.due_in(self._surroundings.monotonic())

    def maybe_snapshot(self) -> bool:
        """Write the state file if something has changed and the last time is long enough ago."""
        return self.snapshot_due_in() == 0.0 and self.snapshot()

    def checkpoint(self) -> bool:
        """Write the state file without waiting for its turn, as long as it costs at most 5 %."""
        return self._pace.may_write_early(self._surroundings.monotonic()) and self.snapshot()

    def snapshot(self, *, force: bool = False) -> bool:
        """Write the state file unless it says the same already (then only if forced).

        Returns whether it was written. Raises StateError where that fails; the old one stands.
        """
        before = self._surroundings.monotonic()
        with self._journal.lock():
            self._catch_up()
            written = self._write_file(force=force)
        self._pace.wrote(before, self._surroundings.monotonic())
        return written

    def _write_file(self, *, force: bool) -> bool:
        text = self._render()
        written = force or text.body != self._body
        if written:
            replace_file(self.path, text.content)
            self._known_file = _signature(self.path)
            self._written = dict(self._seen)
        self._body = text.body
        self._changed = False
        return written

    def _catch_up(self) -> None:
        """Under the lock: take what others have written, also a state file that git has put here.

        All that this run knows stands in the journal, so that it is folded onto the other file.
        """
        is_known_file = _signature(self.path) == self._known_file
        self._take(self._journal.read())
        if is_known_file:
            return
        self._load(self._renderer.known(self.record()))
        if self._is_recovered:
            keep_damaged(self.path, self._stamp())


def lineage_of(plan: Plan) -> str:
    """Name the lineage of a new state: the project's, the same on all machines."""
    origin = f"{plan.project}\n{plan.folder}"
    return blake2b(origin.encode(), digest_size=8).hexdigest()


def _no_such_run(name: str, run_id: str, live: Collection[str]) -> StateError:
    hint = f"open runs: {', '.join(sorted(live))}" if live else "there is none"
    return StateError(Problem(name, 0, 0, "no-such-run", f"no open run {run_id}", hint))


def _goes_on(name: str, run: LiveRun) -> StateError:
    words = f"run {run.run_id} goes on as process {run.pid}"
    return StateError(Problem(name, 0, 0, "live-run", words, "end that process"))


def _signature(path: Path) -> tuple[int, ...]:
    """Tell a file from what is put in its place; empty where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _body(snapshot: Snapshot) -> bytes:
    is_written = snapshot.is_intact and snapshot.content is not None
    return body_of(snapshot.content) if is_written and snapshot.content else b""


def _new_id(surroundings: Surroundings) -> str:
    stamp = surroundings.now()[:19].replace(":", "").replace("-", "")
    return f"{stamp}Z-{surroundings.pid}-{secrets.token_hex(3)}"
