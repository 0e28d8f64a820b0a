"""Between a run and its memory: events become facts, and what is remembered is checked.

Facts are durable before anything is shown. A run that changes no fact writes nothing: the run's
own record is opened with the first fact that it has.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.contracts import Breach, breaches
from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.record import (
    RUN_MODE,
    Digest,
    LiveRun,
    ProjectRecord,
    TaskRecord,
    TrackRecord,
)
from pytest_tracks.core.verdict import CriterionVerdict, Outcome, TaskVerdict, status_of
from pytest_tracks.core.waves import Wave, Waves
from pytest_tracks.project.remembering import red_digests, remembered_of
from pytest_tracks.project.sign_offs import EXPIRED, Standings, standings_now, unsigned_tasks
from pytest_tracks.project.validity import digests_now, head_commit, holding
from pytest_tracks.reports.tally import root_causes
from pytest_tracks.state.digest import criterion_digest
from pytest_tracks.state.facts import (
    AttemptStarted,
    Fact,
    TasksClaimed,
    TaskSettled,
    TracksLaidOut,
    WaveCompleted,
)
from pytest_tracks.state.store import Store
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.core.distribute import Layout
    from pytest_tracks.core.kinds import Remembered
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.roster import Collected, Part, Participant
    from pytest_tracks.errors import Problem
    from pytest_tracks.project.other_worktrees import PassedElsewhere
    from pytest_tracks.project.settings import Settings

__all__ = ["Recorder"]

_FINAL = {TaskVerdict.PASS, TaskVerdict.FAIL, TaskVerdict.FLAKY}

_META_NAMES = {"tier": "tier_used"}


class Recorder:
    """Remembers for one run; the only writer of state in this process."""

    def __init__(self, settings: Settings, plan: Plan, tree: WorkTree | None = None) -> None:
        self._settings = settings
        self._plan = plan
        self._store = Store.open(settings.root, plan, settings.root / settings.state)
        self._before = self._store.record()
        self._layout: Layout | None = None
        self._track_of: dict[str, int] = {}
        self._is_open = False
        self._has_given_up = False
        self._is_unsafe = False
        """Whether a verdict was written that is not durable yet."""
        self._digests: dict[str, Digest] = {}
        self._holding: frozenset[str] = frozenset()
        self._roster: Mapping[str, Participant] = {}
        self._tree = WorkTree(settings.root) if tree is None else tree
        self._bound: dict[str, dict[str, tuple[str, ...]]] = {}
        self._passed: dict[str, TaskSettled] = {}
        self._started: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._settled: dict[str, Settled] = {}
        self._waves: Waves | None = None
        self._standings: Standings = {}
        self._refused: frozenset[str] = frozenset()

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
        return self._before

    def seen(self, task: str) -> TaskRecord:
        """Return a task as this run shows it: its verdict here, else what holds of the record."""
        return self._shown(task, self._store.task(task))

    def _shown(self, task: str, known: TaskRecord) -> TaskRecord:
        settled = self._settled.get(task)
        known = known if self._is_open else self._before.task(task)
        if settled is None or settled.how == "done":
            passed = known.verdict is TaskVerdict.PASS and bool(self._digests)
            stale = passed and task not in self._holding and not self._holds_since(task)
            if stale and task in self._digests:
                changed = self._digests[task].difference(known.digest or Digest()) or EXPIRED
                return dataclasses.replace(known, verdict=TaskVerdict.STALE, changed=changed)
            return known
        if settled.how == "unreached":
            return dataclasses.replace(known, verdict=None, criteria=settled.results)
        if settled.how == "blocked":  # what was seen before is no result of this run
            return dataclasses.replace(known, criteria=settled.results)
        return known

    def remembered(self) -> dict[str, Remembered]:
        """Return what checks are told of earlier runs, by the key of their criterion."""
        settings = self._settings
        self._standings = standings_now(
            settings.root, self._plan, self._before, settings.digest_ignore, tree=self._tree
        )
        return remembered_of(self._plan, self._before, self._standings)

    def display(self) -> ProjectRecord:
        """Return the whole plan as this run shows it."""
        self._catch_up(self._plan.tasks)
        now = self._store.record()
        tasks = {
            task: dataclasses.replace(
                self._shown(task, now.task(task)), track=self._track_of.get(task)
            )
            for task in self._plan.tasks
        }
        tracks = _track_records(self._layout) if self._layout else self._before.tracks
        return dataclasses.replace(self._before, tasks=tasks, tracks=tracks)

    def differences(self) -> list[str]:
        """List, in words, the tasks whose verdict here is not the recorded one, or that have none.

        A task that was deselected is not verified, whatever is recorded of it.
        """
        found = []
        for task, settled in self._settled.items():
            before = self._before.task(task)
            recorded = before.verdict.value if before.verdict else before.claim
            here = settled.verdict
            if recorded and recorded not in (here.value, status_of(here).value):
                found.append(f"verify: {task} is recorded as {recorded}, and is {here.value} here")
        missing = [task for task in self._plan.tasks if task not in self._settled]
        return found + [f"verify: {task} did not run" for task in missing]

    def blockers_outside(self, selected: Collection[str]) -> tuple[str, ...]:
        """List what this run cannot settle and what blocks its tasks, directly or in the end."""
        record = self.display()
        blocked = [task for task in selected if record.task(task).verdict is TaskVerdict.BLOCKED]
        direct = [name for task in blocked for name in record.task(task).blocked_by]
        both = dict.fromkeys((*direct, *root_causes(record, blocked)))
        return tuple(name for name in both if name not in selected)

    def passed_elsewhere(self, tasks: Sequence[str]) -> list[PassedElsewhere]:
        """Look for tasks that have passed in other worktrees of the repository."""
        from pytest_tracks.project.other_worktrees import find_passed_elsewhere

        settings = self._settings
        return find_passed_elsewhere(settings.root, self._plan, settings.state, tasks)

    # -- before the run --------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Learn on which track each task is."""
        self._layout = layout
        self._track_of = layout.track_of()

    def require_writable(self) -> None:
        """Make sure that verdicts can be kept; raises StateError before anything runs.

        What the verdicts are bound to is read here too, before any test module is imported.
        """
        self._store.check_writable()
        self._tree.freeze()

    def find_holding(
        self, roster: Mapping[str, Participant], collected: Collected, *, verify: bool
    ) -> frozenset[str]:
        """Find the tasks whose recorded PASS is of exactly what there is now."""
        self._roster = roster
        bound = {task: self._tests(roster[task], partial=collected.skips_files) for task in roster}
        bound.update(self._outside(collected))
        if not self._digests or bound != self._bound:
            self._bound = bound
            self._digests = self._take_digests(self._tree)
        return self._hold(verify=verify)

    def holding_record(self) -> ProjectRecord | None:
        """Return the record, if all that took part is PASS and bound to what this run began with.

        None where anything else was seen, also tests that the record does not know.
        """
        record = self._store.record()
        is_whole = bool(self._roster) and all(one.is_whole for one in self._roster.values())
        holds = is_whole and all(
            record.task(task).verdict is TaskVerdict.PASS
            and record.task(task).digest == self._digests.get(task)
            for task in self._roster
        )
        known = holds and all(
            {name: set(ids) for name, ids in record.task(task).tests.items()}
            == {name: set(ids) for name, ids in tests.items()}
            for task, tests in self._bound.items()
        )
        return record if known and not record.live else None

    def _take_digests(self, tree: WorkTree) -> dict[str, Digest]:
        settings = self._settings
        return digests_now(
            settings.root,
            self._plan,
            self._bound,
            self._before,
            settings.digest_ignore,
            tree=tree,
        )

    def _hold(self, *, verify: bool) -> frozenset[str]:
        opens = self._settings.open_unverified
        now = holding(self._digests, self._before, open_unverified=opens)
        now -= unsigned_tasks(self._standings) | self._refused
        self._holding = frozenset() if verify else now
        return self._holding

    def refuse(self, tasks: frozenset[str]) -> frozenset[str]:
        """Let no PASS of these tasks hold; returns what holds all the same."""
        self._refused = tasks
        self._holding -= tasks
        return self._holding

    def _outside(self, collected: Collected) -> dict[str, dict[str, tuple[str, ...]]]:
        """List the tests of tasks that take no part: a new one makes them stale all the same."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for item in collected.items:
            for binding in item.bindings:
                task, criterion = binding.key
                known = self._before.task(task).tests
                if task not in self._roster and known:
                    tests = found.setdefault(task, dict(known))
                    if item.id not in tests.get(criterion, ()):
                        tests[criterion] = (*tests.get(criterion, ()), item.id)
        return found

    def claim(self, tasks: Sequence[str], *, verify: bool) -> frozenset[str]:
        """Announce what this run is going to settle; returns what holds by now.

        What another run has announced before is left out: that run settles it.
        """
        self._store.refresh()
        others = self.pending_elsewhere()
        own = [task for task in tasks if task not in others]
        self._append_opening(own)
        self._catch_up(self._plan.tasks)
        self._before = self._store.record()
        return self._hold(verify=verify)

    def _catch_up(self, tasks: Iterable[str]) -> None:
        """Learn from other runs which tests are bound to the tasks that they have settled since.

        This run may have collected none of them. What builds on such a task is digested anew,
        unless it has begun: it is then bound to what was known at that time.
        """
        late = [task for task in tasks if self._is_bound_elsewhere(task)] if self._digests else []
        if not late:
            return
        self._bound.update({task: dict(self._store.task(task).tests) for task in late})
        now = self._take_digests(self._tree)
        begun = {*self._started, *self._settled}
        self._digests.update({task: it for task, it in now.items() if task not in begun})

    def _is_bound_elsewhere(self, task: str) -> bool:
        known, before = self._store.task(task), self._before.task(task)
        if task in self._roster or known.serial == before.serial:
            return False
        return dict(known.tests) != dict(self._bound.get(task, before.tests))

    def _holds_since(self, task: str) -> bool:
        """Whether another run has brought a task to PASS, as it is now, since this run began."""
        known = self._store.task(task)
        is_new = known.serial != self._before.task(task).serial
        return is_new and known.digest == self._digests.get(task)

    def pending_elsewhere(self) -> dict[str, LiveRun]:
        """Map what other runs that are going on have still to settle to their runs."""
        mine = self._store.run_id
        return {
            task: run
            for run in self._store.record().live.values()
            if run.run_id != mine
            for task in run.pending
        }

    def news(self, tasks: Sequence[str]) -> dict[str, TaskVerdict]:
        """Read what other runs have settled of these tasks since this run began.

        It counts where it is of the very contents that this run has, and says PASS or FAIL: for
        what was not brought to an end there is no verdict here.
        """
        self._store.refresh()
        found = {}
        for task in tasks:
            known = self._store.task(task)
            is_new = known.serial != self._before.task(task).serial
            if is_new and known.verdict in _FINAL and self._is_of_now(task):
                found[task] = known.verdict
        return found

    def _is_of_now(self, task: str) -> bool:
        """Whether what is known of a task is about the contents that this run has."""
        known = self._store.task(task)
        if known.digest != self._digests[task]:
            self._catch_up(self._plan.tasks)
        return known.digest == self._digests[task]

    def breaches(self) -> tuple[Breach, ...]:
        """Find the contracts that have changed since their owner last passed."""
        return breaches(self._plan, self._before, self._digests)

    def are_passed(self, tasks: Collection[str]) -> bool:
        """Whether all of these are PASS as they are now, whoever has settled them.

        A gate without criteria is, when all before it are.
        """
        waiting, seen = list(tasks), set(tasks)
        while waiting:
            task = waiting.pop()
            if is_pure_gate(self._plan, task):
                fresh = set(self._plan.tasks[task].predecessors) - seen
                seen |= fresh
                waiting.extend(fresh)
            elif not self._is_passed(task):
                return False
        return True

    def _is_passed(self, task: str) -> bool:
        known = self._store.task(task)
        return known.verdict is TaskVerdict.PASS and self._is_of_now(task)

    def claim_late(self, task: str) -> bool:
        """Announce a task in the course of the run; False where another run was first."""
        if self._is_open:
            self._store.append(TasksClaimed(self._store.run_id, (task,)))
        else:
            self._append_opening((task,))
        return task not in self.pending_elsewhere() and not self._is_passed(task)

    def is_only_unverified(self, task: str) -> bool:
        """Whether a task was found UNVERIFIED as it is now, and nothing else is wrong with it."""
        known = self._before.task(task)
        seen = {result.verdict for result in known.criteria.values()}
        only = seen <= {CriterionVerdict.PASS, CriterionVerdict.UNVERIFIED}
        same = known.digest == self._digests.get(task)
        return known.verdict is TaskVerdict.UNVERIFIED and only and same

    def _tests(self, participant: Participant, *, partial: bool) -> dict[str, tuple[str, ...]]:
        known = self._before.task(participant.task.id).tests
        bound: dict[str, tuple[str, ...]] = {}
        for part in participant.parts:
            name = part.criterion.id
            remembered = known.get(name, ()) if partial or not part.tests else ()
            tests = tuple(dict.fromkeys((*part.tests, *remembered)))
            if tests:
                bound[name] = tests
        return bound

    # -- during the run --------------------------------------------------------------------------

    def take(self, events: Sequence[Started | Settled]) -> list[Wave]:
        """Write down what has happened, in one go; ``make_durable`` makes it safe to show.

        Written is enough for what it releases: the journal only grows at its end, so that a loss
        of power which takes a verdict takes all that was settled behind it, too. Returns the waves
        that are complete by it.
        """
        if self._has_given_up:
            return []
        changes = [event for event in events if self._is_a_change(event)]
        if changes and not self._is_open:
            self._append_opening(())
        facts = [self._fact(event) for event in changes]
        # An attempt's start is safe with the next verdict: only verdicts are worth a wait.
        settled = [fact.task for fact in facts if isinstance(fact, TaskSettled)]
        self._is_unsafe = self._is_unsafe or bool(settled)
        self._settled.update({one.task: one for one in events if isinstance(one, Settled)})
        self._store.append(*facts, sync=False)
        return self._completed_by(settled)

    def _completed_by(self, settled: Sequence[str]) -> list[Wave]:
        """Find the waves that these verdicts complete.

        To be called before anything is read again: what is known now is what was known when the
        verdicts were written, so that no other run completes the same wave.
        """
        if settled and self._waves is None:
            self._waves = Waves(self._plan, self._holding)
        found = [self._waves.settle(task, self._has_passed) for task in settled if self._waves]
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

    def _has_passed(self, task: str) -> bool:
        """Whether a PASS holds: that of the record, or one that is newer than this run."""
        known = self._store.task(task)
        is_new = known.serial > self._before.task(task).serial
        return known.verdict is TaskVerdict.PASS and (is_new or task in self._holding)

    def note_start(self, task: str) -> None:
        """Note when a task has begun; once is enough, and the fact may be written later."""
        self._started.setdefault(task, time.monotonic())

    def note_end(self, task: str) -> None:
        """Note when a task has ended, likewise."""
        self._ended[task] = time.monotonic()

    def give_up(self) -> None:
        """Write nothing more: the state cannot be written, and has said so."""
        self._is_open, self._has_given_up = False, True

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
            self._unbind_what_changed()
            self._store.finish_run(exit_status, interrupted=interrupted)

    def _unbind_what_changed(self) -> None:
        """Let no PASS hold for contents that were replaced while it was earned.

        Nobody knows which of the two was checked, so such a PASS is good for neither, and the
        task runs again next time.
        """
        if not self._passed:
            return
        now = self._take_digests(WorkTree(self._settings.root))
        changed = {task for task in self._passed if now[task] != self._digests[task]}
        self._store.append(
            *(
                dataclasses.replace(
                    self._passed[task], attempt="", digest=_neither(self._digests[task], now[task])
                )
                for task in sorted(changed)
            )
        )

    def _is_a_change(self, event: Started | Settled) -> bool:
        if isinstance(event, Started):
            return True
        if event.how in ("done", "elsewhere", "unreached"):
            return False
        known = self._before.task(event.task)
        same = known.verdict is event.verdict and known.blocked_by == _blockers(event)
        if event.how == "gate":
            same = same and known.digest == self._digests.get(event.task)
        return not (event.how in ("blocked", "gate") and same)

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
        self._is_open = True
        layout = self._laid_out()
        if layout is not None:
            self._store.append(layout)

    def _laid_out(self) -> TracksLaidOut | None:
        if self._layout is None:
            return None
        tracks, mode = _track_records(self._layout), self._mode()
        if dict(self._before.tracks) == tracks and self._before.mode == mode:
            return None
        most = analyse(self._plan).max_tracks
        return TracksLaidOut(self._store.run_id, mode, tuple(tracks.values()), most)

    def _mode(self) -> str:
        if self._before.mode not in (None, RUN_MODE):
            return str(self._before.mode)
        written = self._plan.tracks or any(task.pin for task in self._plan.tasks.values())
        return "document" if written else RUN_MODE

    # -- facts -----------------------------------------------------------------------------------

    def _fact(self, event: Started | Settled) -> Fact:
        if isinstance(event, Started):
            return self._attempt(event.task)
        if event.how in ("blocked", "gate"):
            return TaskSettled(
                self._store.run_id,
                event.task,
                event.verdict,
                track=self._track_of.get(event.task),
                digest=self._digests.get(event.task),
                blocked_by=_blockers(event),
            )
        return self._ran(event)

    def _attempt(self, task: str) -> AttemptStarted:
        self.note_start(task)  # where no item is run for it
        digest = self._digests[task]
        return AttemptStarted(
            self._store.run_id,
            task,
            self._attempt_id(task),
            self._before.task(task).attempt_kind(digest.definition),
            self._track_of.get(task),
            digest,
        )

    def _attempt_id(self, task: str) -> str:
        return f"{self._store.run_id}/{task}"

    def _ran(self, settled: Settled) -> TaskSettled:
        known = self._before.task(settled.task)
        parts = self._roster[settled.task].parts
        tests = {
            part.criterion.id: self._remembered(part, known.tests.get(part.criterion.id, ()))
            for part in parts
        }
        kept = settled.how == "kept"  # the fold keeps the PASS; what was seen is a part
        fact = TaskSettled(
            self._store.run_id,
            settled.task,
            TaskVerdict.INCOMPLETE if kept else settled.verdict,
            self._attempt_id(settled.task),
            track=self._track_of.get(settled.task),
            digest=self._digests[settled.task],
            criteria=dict(settled.results),
            tests={name: ids for name, ids in tests.items() if ids},
            is_partial=kept,
            texts={**known.texts, **{part.criterion.id: part.criterion.text for part in parts}},
            assumes=settled.assumes,
            run_seconds=round(self._run_seconds(settled.task), 3),
            coverage=settled.coverage,
            meta={_META_NAMES.get(key, key): value for key, value in self._settings.meta.items()},
        )
        fact = self._with_digests(fact)
        if fact.verdict is TaskVerdict.PASS:
            self._passed[settled.task] = fact
        return fact

    def _with_digests(self, fact: TaskSettled) -> TaskSettled:
        """Add which definitions were measured, and which were seen to fail."""
        task = self._plan.tasks[fact.task]
        measured = {
            name: criterion_digest(task.criterion(name))
            for name, result in fact.criteria.items()
            if result.measured is not None
        }
        reds = red_digests(task, fact.criteria)
        if not measured and not reds:
            return fact
        return dataclasses.replace(fact, definitions=measured, reds=reds)

    def _run_seconds(self, task: str) -> float:
        return self._ended.get(task, time.monotonic()) - self._started[task]

    def _remembered(self, part: Part, known: tuple[str, ...]) -> tuple[str, ...]:
        """Keep tests that are gone in mind until somebody accepts that, or the text changes."""
        if self._settings.accepts_missing or not any(
            outcome is Outcome.NOT_RUN for outcome, _ in part.given
        ):
            return part.tests or (() if self._settings.accepts_missing else known)
        return tuple(dict.fromkeys((*part.tests, *known)))


_CHANGED = "changed while it ran"


def _neither(before: Digest, now: Digest) -> Digest:
    """Make a digest that nothing has: it says which parts were replaced."""
    parts = ("definition", "files", "tests", "shared", "predecessors", "contracts")
    differing = [part for part in parts if getattr(before, part) != getattr(now, part)]
    return dataclasses.replace(before, **dict.fromkeys(differing, _CHANGED))


def _blockers(settled: Settled) -> tuple[str, ...]:
    return settled.blocked.by if settled.blocked is not None else ()


def _track_records(layout: Layout) -> dict[int, TrackRecord]:
    return {
        track.number: TrackRecord(track.number, track.name, tuple(track.tasks))
        for track in layout.tracks
    }
