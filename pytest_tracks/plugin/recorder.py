"""Between a run and its memory: events become facts, and what is remembered is checked.

::

    events ──► event_facts ──► Store          holdings: what of the record holds, asked by all
                                  └────────► shown_record: the record as this run shows it

Facts are durable before anything is shown. A run that changes no fact writes nothing: the run's
own record is opened with the first fact that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.record import RUN_MODE, LiveRun, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.waves import Wave, Waves
from pytest_tracks.plugin.event_facts import EventFacts
from pytest_tracks.plugin.holdings import Holdings
from pytest_tracks.plugin.shown_record import ShownRecord
from pytest_tracks.project.validity import head_commit
from pytest_tracks.state.facts import TasksClaimed, TaskSettled, TracksLaidOut, WaveCompleted
from pytest_tracks.state.store import Store
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.core.distribute import Layout
    from pytest_tracks.core.model import Plan
    from pytest_tracks.errors import Problem
    from pytest_tracks.project.settings import Settings
    from pytest_tracks.state.facts import Entry

__all__ = ["Recorder"]


class Recorder:
    """Remembers for one run; the only writer of state in this process."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        tree: WorkTree | None = None,
        store: Store | None = None,
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._store = store or Store.open(settings.root, plan, settings.root / settings.state)
        self._tree = WorkTree(settings.root) if tree is None else tree
        self.holdings = Holdings(settings, plan, self._store, self._tree)
        self.shown = ShownRecord(settings, plan, self._store, self.holdings)
        self._facts = EventFacts(settings, plan, self.holdings)
        self.written: list[Entry] = []
        """What this run has remembered of tasks, where a report is to be made of it."""
        self._is_open = False
        self._has_given_up = False
        self._is_unsafe = False
        """Whether a verdict was written that is not durable yet."""
        self._waves: Waves | None = None

    # -- what is remembered ----------------------------------------------------------------------

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a person should know about the state that was read."""
        return self._store.warnings

    @property
    def paths(self) -> Sequence[str]:
        """List the files of the work tree as the run began, relative to the root."""
        return self._tree.paths

    def record(self) -> ProjectRecord:
        """Return what was remembered when the run began."""
        return self.holdings.before

    def seen(self, task: str) -> TaskRecord:
        """Return a task as this run shows it: its verdict here, else what holds of the record."""
        return self.shown.seen(task)

    def display(self) -> ProjectRecord:
        """Return the whole plan as this run shows it."""
        return self.shown.display()

    def pending_elsewhere(self) -> dict[str, LiveRun]:
        """Map what other runs that are going on have still to settle to their runs."""
        mine = self._store.run_id
        return {
            task: run
            for run in self._store.record().live.values()
            if run.run_id != mine
            for task in run.pending
        }

    # -- what comes next -------------------------------------------------------------------------

    def for_next_run(self) -> Recorder:
        """Return the recorder of a run that would begin now, and find the files of this one."""
        following = Recorder(self._settings, self._plan, self._tree, self._store)
        following.holdings.take_over(self.holdings)
        return following

    def has_news(self, events: Iterable[Started | Settled]) -> bool:
        """Whether anything of it would have to be written down."""
        return any(self._facts.is_a_change(event) for event in events)

    def is_current(self) -> bool:
        """Whether the state is, on the disk, what is known here."""
        return self._store.is_current()

    # -- before the run --------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Learn on which track each task is."""
        self.shown.tracks = _track_records(layout)
        self._facts.track_of = layout.track_of()

    def require_writable(self) -> None:
        """Make sure that verdicts can be kept; raises StateError before anything runs.

        What the verdicts are bound to is read here too, before any test module is imported.
        """
        self._store.check_writable()
        self._tree.freeze()

    def claim(self, tasks: Sequence[str], *, verify: bool) -> frozenset[str]:
        """Announce what this run is going to settle; returns what holds by now.

        What another run has announced before is left out: that run settles it.
        """
        self._store.refresh()
        others = self.pending_elsewhere()
        own = [task for task in tasks if task not in others]
        self._append_opening(own)
        return self.holdings.renew(verify=verify)

    def claim_late(self, task: str) -> bool:
        """Announce a task in the course of the run; False where another run was first."""
        if self._is_open:
            self._store.append(TasksClaimed(self._store.run_id, (task,)))
        else:
            self._append_opening((task,))
        return task not in self.pending_elsewhere() and not self.holdings.is_passed(task)

    def _append_opening(self, tasks: Sequence[str]) -> None:
        settings = self._settings
        options = {
            "lanes": settings.lanes,
            "tracks": list(settings.tracks),
            "tasks": list(settings.tasks),
            "rerun": settings.rerun,
            "verify": settings.verify,
            **({"seal": settings.seal} if settings.seal else {}),
        }
        commit = head_commit(settings.root)
        self._store.start_run(commit=commit, options=options, tasks=tasks)
        self._is_open = self.shown.is_open = True
        layout = self._laid_out()
        if layout is not None:
            self._store.append(layout)

    def _laid_out(self) -> TracksLaidOut | None:
        tracks, mode, before = self.shown.tracks, self._mode(), self.record()
        if tracks is None or (dict(before.tracks) == tracks and before.mode == mode):
            return None
        most = analyse(self._plan).max_tracks
        return TracksLaidOut(self._store.run_id, mode, tuple(tracks.values()), most)

    def _mode(self) -> str:
        before = self.record().mode
        if before not in (None, RUN_MODE):
            return str(before)
        written = self._plan.tracks or any(task.pin for task in self._plan.tasks.values())
        return "document" if written else RUN_MODE

    # -- during the run --------------------------------------------------------------------------

    def take(self, events: Sequence[Started | Settled]) -> list[Wave]:
        """Write down what has happened, in one go; ``make_durable`` makes it safe to show.

        Written is enough for what it releases: the journal only grows at its end, so that a loss
        of power which takes a verdict takes all that was settled behind it, too. Returns the waves
        that are complete by it.
        """
        if self._has_given_up:
            return []
        changes = [event for event in events if self._facts.is_a_change(event)]
        if changes and not self._is_open:
            self._append_opening(())
        facts = [self._facts.fact(event, self._store.run_id) for event in changes]
        # An attempt's start is safe with the next verdict: only verdicts are worth a wait.
        settled = [fact.task for fact in facts if isinstance(fact, TaskSettled)]
        self._is_unsafe = self._is_unsafe or bool(settled)
        self.shown.take(events)
        written = self._store.append(*facts, sync=False)
        if self._settings.report:
            self.written += written
        return self._completed_by(settled)

    def _completed_by(self, settled: Sequence[str]) -> list[Wave]:
        """Find the waves that these verdicts complete.

        To be called before anything is read again: what is known now is what was known when the
        verdicts were written, so that no other run completes the same wave.
        """
        if settled and self._waves is None:
            self._waves = Waves(self._plan, self.holdings.holding)
        passed = self.holdings.has_passed
        found = [self._waves.settle(task, passed) for task in settled if self._waves]
        return [wave for wave in found if wave is not None]

    def make_durable(self, waves: Sequence[Wave]) -> None:
        """Let what was taken survive a loss of power, and save what the source saves at a wave."""
        if self._has_given_up:
            return
        run = self._store.run_id
        self._store.append(
            *(WaveCompleted(run, wave.number, wave.of, wave.tasks) for wave in waves), sync=False
        )
        if self._is_unsafe:
            self._store.sync()
            self._is_unsafe = False
        if waves:
            self._store.checkpoint()

    def note_start(self, task: str) -> None:
        """Note when a task has begun; once is enough, and the fact may be written later."""
        self._facts.note_start(task)

    def note_end(self, task: str) -> None:
        """Note when a task has ended, likewise."""
        self._facts.note_end(task)

    def give_up(self) -> None:
        """Write nothing more: the state cannot be written, and has said so.

        What has been recorded of this run until now is shown all the same.
        """
        self._has_given_up = True
        self._is_open = False

    def refresh(self) -> None:
        """Bring the state file up to date where it is too far behind."""
        if self._is_open:
            self._store.maybe_snapshot()

    def close(self, exit_status: int, *, interrupted: bool) -> None:
        """End the run's record, and write the state file.

        A run that has found nothing to do ends those that died before it all the same.
        """
        if not self._is_open and not self._has_given_up and self._store.has_dead_runs:
            self._append_opening(())
        if self._is_open:
            self._store.append(*self._facts.unbound())
            self._store.finish_run(exit_status, interrupted=interrupted)


def _track_records(layout: Layout) -> dict[int, TrackRecord]:
    return {
        track.number: TrackRecord(track.number, track.name, tuple(track.tasks))
        for track in layout.tracks
    }
