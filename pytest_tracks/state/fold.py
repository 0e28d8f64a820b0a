"""State = fold(snapshot, journal): what the facts, in their order, make of what was remembered.

``Fold`` takes one entry at a time, in constant time, which is how a run keeps up with its own
verdicts; ``fold`` is the same as a pure function of values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.state.changed import changed
from pytest_tracks.state.facts import (
    AttemptStarted,
    CriterionSettled,
    Entry,
    LostFact,
    RunFinished,
    RunStarted,
    SignedOff,
    TasksClaimed,
    TaskSettled,
    TracksLaidOut,
)
from pytest_tracks.state.history import distrust, interrupt, note, settle, sign, start

__all__ = ["Fold", "fold", "in_order"]


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort by serial and drop repetitions: the union of journals has one order."""
    unique = {entry.id: entry for entry in entries}
    return sorted(unique.values(), key=lambda entry: (entry.serial, entry.id))


def fold(
    base: ProjectRecord, entries: Iterable[Entry], dead: Collection[str] = ()
) -> ProjectRecord:
    """Fold entries, in any order and with repetitions, onto what was remembered.

    ``dead`` names runs whose record is open and whose process is gone: their attempts without an
    end are INTERRUPTED.
    """
    folding = Fold(base)
    for entry in in_order(entries):
        folding.apply(entry)
    return folding.record(dead)


_NOTHING = TaskRecord()


class Fold:
    """A project record that grows fact by fact."""

    def __init__(self, base: ProjectRecord) -> None:
        self.journal = ""
        """Id of the journal that the next entries stand in."""
        self._base = base
        self._serial = base.serial
        self._created_at, self._updated_at = base.created_at, base.updated_at
        self._tasks = dict(base.tasks)
        self._tracks = dict(base.tracks)
        self._live = {
            run_id: changed(run, track=None, sprint=None, task=None)
            for run_id, run in base.live.items()
        }
        self._open: dict[str, set[tuple[str, str]]] = {}
        """Run id → (task, attempt) that have started and not ended."""
        self._pending: dict[str, dict[str, None]] = {
            run_id: dict.fromkeys(run.pending) for run_id, run in base.live.items()
        }
        """Run id → what it has still to settle."""
        for task_id, record in base.tasks.items():
            for attempt_id, attempt in record.open.items():
                self._open.setdefault(attempt.run, set()).add((task_id, attempt_id))

    @property
    def live(self) -> dict[str, LiveRun]:
        """Runs whose record is open, each with the task that it started last."""
        return {run_id: self._located(run) for run_id, run in self._live.items()}

    def task(self, task_id: str) -> TaskRecord:
        """Return what is remembered of a task; an empty record for one never seen."""
        return self._tasks.get(task_id, _NOTHING)

    def record(self, dead: Collection[str] = ()) -> ProjectRecord:
        """Copy what is known now, with the attempts of dead runs INTERRUPTED."""
        tasks = dict(self._tasks)
        for run_id in dead:
            for task_id, attempt_id in self._open.get(run_id, ()):
                known = tasks[task_id]
                tasks[task_id] = self._located_in_journal(known, interrupt(known, attempt_id))
        live = {run_id: run for run_id, run in self.live.items() if run_id not in dead}
        return changed(
            self._base,
            tasks=tasks,
            tracks=dict(self._tracks),
            live=live,
            serial=self._serial,
            created_at=self._created_at,
            updated_at=self._updated_at,
        )

    def apply(self, entry: Entry) -> bool:
        """Take the next entry; returns whether there is anything new to remember.

        That a run came and went, or that a task is blocked as before, is not.
        """
        is_news = self._take(entry)
        if is_news and entry.serial >= self._serial:
            self._serial, self._updated_at = entry.serial, entry.at
            self._created_at = self._created_at or entry.at
        return is_news

    def _take(self, entry: Entry) -> bool:
        fact = entry.fact
        if isinstance(fact, TaskSettled):
            return self._settle(entry, fact)
        if isinstance(fact, CriterionSettled):
            return self._put(fact.task, note(self.task(fact.task), fact))
        if isinstance(fact, AttemptStarted):
            return self._start(entry, fact)
        if isinstance(fact, RunFinished):
            return self._finish(fact.run)
        if isinstance(fact, TracksLaidOut):
            return self._lay_out(fact)
        if isinstance(fact, SignedOff):
            return self._put(fact.task, sign(self.task(fact.task), fact))
        if isinstance(fact, LostFact):
            return self._put(fact.task, distrust(self.task(fact.task), entry))
        if isinstance(fact, RunStarted):
            self._live[fact.run] = LiveRun(
                fact.run, fact.pid, fact.host, entry.at, process_started=fact.process_started
            )
            self._pending[fact.run] = dict.fromkeys(fact.tasks)
        if isinstance(fact, TasksClaimed) and fact.run in self._pending:
            self._pending[fact.run].update(dict.fromkeys(fact.tasks))
        return False

    def _put(self, task_id: str, record: TaskRecord) -> bool:
        known = self.task(task_id)
        if record.serial == known.serial and record == known:
            return False
        self._tasks[task_id] = self._located_in_journal(known, record)
        return True

    def _located_in_journal(self, known: TaskRecord, record: TaskRecord) -> TaskRecord:
        """Add where the fact stands that a new verdict comes from."""
        if record.serial == known.serial or record.journal == self.journal:
            return record
        return changed(record, journal=self.journal)

    def _start(self, entry: Entry, fact: AttemptStarted) -> bool:
        record = start(self.task(fact.task), entry, fact)
        attempt = record.open.get(fact.attempt)
        if attempt is not None:
            self._open.setdefault(attempt.run, set()).add((fact.task, fact.attempt))
        return self._put(fact.task, record)

    def _settle(self, entry: Entry, fact: TaskSettled) -> bool:
        record = self.task(fact.task)
        attempt = record.open.get(fact.attempt)
        if attempt is not None:
            self._open[attempt.run].discard((fact.task, fact.attempt))
        self._pending.get(fact.run, {}).pop(fact.task, None)
        return self._put(fact.task, settle(record, entry, fact, self.journal))

    def _finish(self, run_id: str) -> bool:
        self._live.pop(run_id, None)
        self._pending.pop(run_id, None)
        lost = sorted(self._open.pop(run_id, ()))
        for task_id, attempt_id in lost:
            self._put(task_id, interrupt(self.task(task_id), attempt_id))
        return bool(lost)

    def _lay_out(self, fact: TracksLaidOut) -> bool:
        self._tracks = {track.number: track for track in fact.tracks}
        self._base = changed(
            self._base, mode=fact.mode, max_possible_tracks=fact.max_possible_tracks
        )
        for track in fact.tracks:
            for task_id in track.tasks:
                self._put(task_id, changed(self.task(task_id), track=track.number))
        return True

    def _located(self, run: LiveRun) -> LiveRun:
        run = changed(run, pending=tuple(self._pending.get(run.run_id, ())))
        going_on = [
            (self._tasks[task_id].open[attempt_id], task_id)
            for task_id, attempt_id in self._open.get(run.run_id, ())
        ]
        if not going_on:
            return run
        attempt, task_id = max(going_on, key=lambda pair: (pair[0].serial, pair[1]))
        return changed(run, task=task_id, track=attempt.track)
