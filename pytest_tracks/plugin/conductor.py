"""The controller's half of a run: items in; facts, reports and lines out.

::

    collected items ──► assemble ──► core.run ◄── reports of items (logreport)
                                        │ events
              recorder (facts) ◄────────┴────────► emission (reports), view (lines)

Both ways to run work for it: ``scheduler`` with workers, ``inprocess`` without.
"""

from __future__ import annotations

import dataclasses
import gc
import os
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_tracks.core.contracts import behind_owners
from pytest_tracks.core.distribute import lay_on_lanes
from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gates import is_pure_gate, tracks_of_gates, wanted_gates
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.model import Plan
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.redact import secrets_of
from pytest_tracks.core.roster import Collected, Participant, make_roster
from pytest_tracks.core.run import Policy, Run
from pytest_tracks.core.verdict import CriterionResult, Outcome, TaskVerdict
from pytest_tracks.core.waves import Wave
from pytest_tracks.errors import TracksError
from pytest_tracks.plugin.announce import announce
from pytest_tracks.plugin.grouping import Grouping
from pytest_tracks.plugin.outcomes import ItemReports, last_line, storable
from pytest_tracks.plugin.shared_resources import SharedResources
from pytest_tracks.plugin.vigilance import Doubts, shown
from pytest_tracks.plugin.waiting import Waiting
from pytest_tracks.plugin.worker import is_same_file, read_table
from pytest_tracks.reports.tally import word
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.resource_locks import ResourceLocks

if TYPE_CHECKING:
    from pytest_tracks.plugin.choice import Choice
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.scheduler import TrackScheduling
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["About", "Conductor"]


_Written = TypeVar("_Written")
_FAILED = int(pytest.ExitCode.TESTS_FAILED)


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """Whose a report is: ``track`` in two digits, empty where the task has none."""

    task: str
    track: str
    criteria: tuple[str, ...]
    iteration: int


class Conductor:
    """Assembles the run, feeds it with what items show, and publishes what it settles."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        plan: Plan,
        choice: Choice,
        recorder: Recorder,
        view: TerminalView,
        *,
        folder: Path,
        goal: Goal | None = None,
    ) -> None:
        self.lanes = choice.lanes
        self.layout = choice.layout
        self.taking_part = tuple(choice.taking_part)
        self._late = tuple(choice.late)
        self.folder = folder
        self.now_running: tuple[str, str] | None = None
        self.scheduling: TrackScheduling | None = None
        self.exit_status: int | None = None
        self.announce = announce
        """How reports are made of what was settled without a worker."""
        self._config = config
        self._settings = settings
        self._plan = plan
        self._gated = plan
        """The plan with the order that broken contracts bring."""
        self._recorder = recorder
        self._goal = goal
        self._view = view
        self._session: pytest.Session | None = None
        self._run: Run | None = None
        self._roster: dict[str, Participant] = {}
        self._loose: list[str] = []
        self._collected: Collected | None = None
        self._ids: frozenset[str] = frozenset()
        self._worker = ""
        self._unknown: tuple[str, ...] = ()
        self._failures: dict[str, str] = {}
        self._skips: dict[str, str] = {}
        self._reports: dict[tuple[str, str], ItemReports] = {}
        self._crashed: set[str] = set()
        self._down = ""
        self._failed_elsewhere = 0
        self._has_strays = False
        self._announced: str | None = None
        """The task whose reports are being made here."""
        self.sentence = ""
        """Why the exit status is what it is, once that is known."""
        self._waiting: Waiting | None = None
        self._resources: SharedResources | None = None
        self._secrets = secrets_of(os.environ)
        self._grouping = Grouping(None)
        self._unshown: list[Settled | Started] = []
        self._waves: list[Wave] = []

    # -- assembling ------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The engine; raises RuntimeError before the run is assembled."""
        if self._run is None:
            raise RuntimeError("the run has not been assembled")
        return self._run

    @property
    def should_stop(self) -> bool:
        """Whether pytest wants to stop (``-x``, ``--maxfail``)."""
        session = self._session
        return session is not None and bool(session.shouldfail or session.shouldstop)

    def assemble(self, node: Any, ids: Sequence[str]) -> None:
        """Make the run from what the workers have collected; they agree on it."""
        if self._collected is None:
            self._read_first_table(node, ids)
        self._assemble(self._collected or Collected(), self._unknown, ids)
        gc.freeze()  # plan, roster and modules stay to the end, and no test runs in this process

    def agrees(self, node: Any, ids: Sequence[str]) -> bool:
        """Whether a worker has collected what the run was, or is to be, made of."""
        if self._collected is None:
            self._read_first_table(node, ids)
            return True
        same = self._ids == frozenset(ids) and self._has_the_same_table(node.gateway.id)
        if not same and self._session is not None:
            self._session.shouldstop = (
                f"{node.gateway.id} collected other tests than the other workers: "
                "collection must not depend on the process, the time or chance"
            )
        return same

    def _read_first_table(self, node: Any, ids: Sequence[str]) -> None:
        self._worker, self._ids = node.gateway.id, frozenset(ids)
        self._collected, self._unknown = read_table(str(self.folder), self._worker)

    def _has_the_same_table(self, worker: str) -> bool:
        """Compare with the first worker's, without reading again what is equal byte for byte."""
        if is_same_file(str(self.folder), self._worker, worker):
            return True
        collected, _ = read_table(str(self.folder), worker)
        return self._collected is not None and _same(self._collected, collected)

    def holds_all(self, collected: Collected) -> bool:
        """Whether there is nothing to run, should a collection find this."""
        record = self._recorder.record()
        roster = make_roster(self._plan, self.taking_part, collected, record)
        holding = self._recorder.find_holding(roster, collected, verify=False)
        return bool(roster) and all(task in holding for task in roster)

    @property
    def was_plain(self) -> bool:
        """Whether all that was collected serves a task, and nothing of it was in question."""
        odd = self._failures or self._skips or self._loose or self._has_strays
        return self._run is not None and not odd

    def take_collected(self, collected: Collected, unknown: tuple[str, ...]) -> None:
        """Keep what this process has collected until its loop starts."""
        self._collected = collected
        self._warn_of(unknown)

    def _warn_of(self, unknown: tuple[str, ...]) -> None:
        """Warn of marks without a criterion; a sealed plan may well not have it yet."""
        self._has_strays |= bool(unknown)
        if not self._settings.seal:
            self._view.unknown_criteria(unknown, self._plan)

    def assemble_here(self, session: pytest.Session) -> None:
        """Make the run from what this process has collected."""
        self._assemble(self._collected or Collected(), (), [item.nodeid for item in session.items])

    def _assemble(self, collected: Collected, unknown: tuple[str, ...], ids: Sequence[str]) -> None:
        self._warn_of(unknown)
        record = self._recorder.record()
        sources = {place: self._source(place) for place in (*self._failures, *self._skips)}
        complete = dataclasses.replace(
            collected,
            failures=self._failures,
            skips=self._skips,
            sources=sources,
            skips_files=bool(self._config.getoption("lf", False)),
            accepts_missing=self._settings.accepts_missing,
        )
        self._roster = make_roster(self._plan, self.taking_part, complete, record)
        bound = {
            item.handle
            for item in collected.items
            if any(one.key.task in self.taking_part for one in item.bindings)
        }
        self._loose = [one for one in ids if one not in bound and one not in collected.own]
        holding = self._recorder.find_holding(self._roster, complete, verify=self._settings.verify)
        doubts = Doubts(self._plan, self._roster, record, self._settings, holding)
        self._roster = doubts.roster
        verbose = self._config.getoption("verbose", 0) > 0
        self._view.doubtful(shown(doubts.problems, verbose=verbose))
        holding = self._recorder.refuse(doubts.refused)
        running = [
            task
            for task in self._roster
            if (task not in holding or self._settings.rerun) and task not in self._late
        ]
        for task in self._late:
            if task in holding:
                self._roster.pop(task, None)
        if running:
            claim = self._recorder.claim
            holding = self._keep(claim, running, verify=self._settings.verify)
        self._run = self._make_run(holding, self._recorder.record())
        late = {task: self._plan.tasks[task].predecessors for task in self._late_here(holding)}
        self._waiting = Waiting(
            self._plan, self._run, self._recorder, self._view, self._settings.wait, late
        )
        self._view.assembled(record, self._roster, holding, self._settings)

    def _make_run(self, holding: Collection[str], record: ProjectRecord) -> Run:
        broken = self._recorder.breaches()
        self._view.breaches(broken, self._settings.root)
        self._gated = plan = behind_owners(self._plan, broken) if broken else self._plan
        hours = plan.durations()
        outside = {task: record.task(task) for task in plan.tasks if task not in self._roster}
        passed = {task for task in outside if task in holding}
        if self._settings.open_unverified and not self._settings.verify:
            passed |= {task for task in outside if self._recorder.is_only_unverified(task)}
        return Run(
            plan,
            self._roster,
            self._lane_tasks(hours),
            priority=self._priority(hours),
            passed=passed,
            assumed={task: _assumed(task, record) for task in (*passed, *holding)},
            holding={task for task in self._roster if task in holding},
            rerun=self._roster if self._settings.rerun else (),
            pure=self._pure(),
            awaited=self._awaited(passed),
            late=self._late_here(holding),
            elsewhere=() if self._settings.verify else self._recorder.pending_elsewhere(),
            lender=self._lender(),
            policy=Policy(
                open_unverified=self._settings.open_unverified,
                ungated=self._settings.ungated,
                dynamic=self._settings.dynamic,
                record_first=True,
            ),
        )

    def _lender(self) -> SharedResources | None:
        """Set up what guards the resources between runs, where any task has to do with one."""
        if any(one.task.resources for one in self._roster.values()):
            state = self._settings.root / self._settings.state
            locks = ResourceLocks(state.parent / FOLDER, self._plan.capacities)
            self._resources = SharedResources(locks, self._view, self._keep)
        return self._resources

    def _priority(self, hours: dict[str, float]) -> dict[str, float]:
        """Rank the released tasks of a lane: as the layout starts them, where lanes keep to it.

        Simulated on random layered graphs, lanes that go by the longest remaining path drift away
        from the layout they were made by, and end twice as far from its makespan.
        """
        plan = self._plan
        if not self._settings.dynamic:
            return {task: -start for task, start in self.layout.start.items()}
        graph = build_graph(
            plan.tasks, {name: task.predecessors for name, task in plan.tasks.items()}, hours
        )
        return dict(zip(graph.ids, graph.b_levels(), strict=True))

    def _awaited(self, passed: Collection[str]) -> list[str]:
        """List the predecessors outside this run that another run may still bring to PASS."""
        if self._settings.verify:
            return []
        plan = self._gated
        members = {*self._roster, *self._pure()}.difference(self._late)
        predecessors = {one for task in members for one in plan.tasks[task].predecessors}
        return sorted(predecessors.difference(members, passed))

    def _pure(self) -> list[str]:
        """List the gates without criteria that this run has to do with."""
        plan = self._plan
        near = {*self.taking_part, *wanted_gates(plan, self.taking_part)}
        return [task for task in plan.tasks if task in near and is_pure_gate(plan, task)]

    def _late_here(self, holding: Collection[str]) -> list[str]:
        """List the late gates that have still to be carried out."""
        return [
            task
            for task in self._late
            if task not in holding and (task in self._roster or is_pure_gate(self._plan, task))
        ]

    def look_elsewhere(self) -> bool:
        """Learn what other runs have settled; returns whether that changed anything."""
        changed = self._waiting is not None and self._waiting.look()
        if changed:
            self.publish()
        return changed

    def _lane_tasks(self, hours: dict[str, float]) -> list[list[str]]:
        tracks = {
            track.number: [task for task in track.tasks if task in self._roster]
            for track in self.layout.tracks
        }
        lanes = lay_on_lanes(tracks, hours, self.lanes)
        beside = tracks_of_gates(self._plan, self.layout.track_of())
        for gate, number in beside.items():
            if gate in self._roster and not is_pure_gate(self._plan, gate):
                tracks[number].append(gate)
        return [[task for number in lane for task in tracks[number]] for lane in lanes]

    def _source(self, place: str) -> str:
        path = self._config.rootpath / place.partition(SEPARATOR)[0]
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def loose_items(self) -> Sequence[str]:
        """List the items that serve no task and run beside them."""
        return self._loose

    # -- what items show -------------------------------------------------------------------------

    @property
    def may_queue_ahead(self) -> bool:
        """Whether a lane may be sent more while it is busy: not where a failure ends the run."""
        return not self._config.getoption("maxfail", 0)

    @property
    def may_put_off(self) -> bool:
        """Whether what has been settled may be recorded together with what comes next."""
        return self._grouping.may_grow()

    def begin(self, task: str) -> None:
        """Note that the first item of a task is about to run."""
        self._recorder.note_start(task)
        self.run.begin(task)

    def end(self, task: str) -> None:
        """Note that the last item of a task has ended, and judge it."""
        self._recorder.note_end(task)
        self.run.end(task)

    def item_ended(self, task: str, handle: str) -> None:
        """Hand what the item showed to the run."""
        reports = self._reports.pop((task, handle), None) or ItemReports()
        shown = reports.observation()
        gap, fix = (storable(text, self._secrets) for text in (shown.gap, shown.fix))
        self.run.observe(task, handle, dataclasses.replace(shown, gap=gap, fix=fix))
        self._view.item_ended(task)

    def item_crashed(self, task: str, handle: str) -> None:
        """Hand a crash to the run."""
        self._reports.pop((task, handle), None)
        self._crashed.add(handle)
        gap = f"the worker crashed while it ran {handle}"
        self.run.observe(task, handle, Observation(Outcome.FAILED, gap))
        gate = self._roster[task].gate
        if gate is not None and gate != handle:
            gap = f"not measured: worker {self._down} crashed while it ran {handle}"
            self.run.observe(task, gate, Observation(Outcome.NOT_RUN, gap))

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Remember who is gone: what it measured is gone with it."""
        self._down = node.gateway.id

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the reports of what runs now; its end comes behind them."""
        if getattr(report, "tracks_emitted", False):
            return
        running = self._running(report)
        if running is not None:
            self._reports.setdefault(running, ItemReports()).add(report)
        elif report.failed and report.nodeid not in self._crashed:
            self._failed_elsewhere += 1

    def _running(self, report: pytest.TestReport) -> tuple[str, str] | None:
        node = getattr(report, "node", None)
        if node is None or self.scheduling is None:
            return self.now_running
        sent = self.scheduling.running(node)
        if sent is None or sent.task is None or sent.handle is None:
            return None
        return (sent.task, sent.handle)

    def is_of_a_task(self, report: pytest.TestReport) -> bool:
        """Whether a report is of an item that runs for a task."""
        return self._running(report) is not None

    def about(self, report: pytest.TestReport) -> About | None:
        """Say whose a report is; None for what serves no task."""
        if getattr(report, "tracks_emitted", False):
            task, handle = self._announced, report.nodeid
        else:
            task, handle = self._running(report) or (None, "")
        participant = self._roster.get(task or "")
        if participant is None or task is None:
            return None
        criteria = tuple(
            part.criterion.id
            for part in participant.parts
            if handle in (*part.handles, part.node_id)
        )
        track = self.layout.track_of().get(task) or self._plan.tasks[task].pin
        iterations = self._recorder.seen(task).iterations
        return About(task, f"{track:02}" if track else "", criteria, iterations)

    def results(self, task: str) -> Mapping[str, CriterionResult]:
        """Return what this run has found of a task's criteria."""
        return self._recorder.seen(task).criteria

    def verdict_word(self, task: str) -> str:
        """Return the verdict of a task as this run shows it."""
        return word(self._recorder.seen(task))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be loaded: its tests are not simply absent."""
        if report.failed:
            self._failures[report.nodeid] = storable(last_line(report.longrepr), self._secrets)
        elif report.skipped:
            self._skips[report.nodeid] = storable(last_line(report.longrepr), self._secrets)

    # -- what follows ----------------------------------------------------------------------------

    def publish(self) -> None:
        """Record what has happened, durably; then report and show it."""
        self.record()
        self.show()

    def record(self) -> None:
        """Write down what has happened, and let what it released run."""
        self._grouping.close()
        events = self.run.events()
        if events:
            self._waves += self._keep(self._recorder.take, events)
            self._unshown += events
        self.run.recorded()

    def show(self) -> None:
        """Make what has been written durable; then report and show it."""
        events, self._unshown = self._unshown, []
        waves, self._waves = self._waves, []
        if events:
            self._keep(self._recorder.make_durable, waves)
        for event in events:
            if isinstance(event, Started):
                self._view.started(event.task)
            else:
                self._announce(event)
        if waves:
            self._view.completed(waves)
        if events:
            self._keep(self._recorder.refresh)

    def _keep(self, write: Callable[..., _Written], *arguments: Any, **options: Any) -> _Written:
        """Write to the state; where that fails, end the run in words: no verdict goes unkept."""
        try:
            return write(*arguments, **options)
        except TracksError as error:
            self._recorder.give_up()
            pytest.exit(f"the state cannot be written\n{error}", returncode=_FAILED)

    def _announce(self, settled: Settled) -> None:
        participant = self._roster.get(settled.task)
        if participant is not None:
            self._announced = settled.task
            self.announce(self._config, participant, settled)
            self._announced = None
        self._view.settled(settled, self._recorder.seen(settled.task))

    # -- session ---------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session: it says when to stop."""
        self._session = session

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> Any:
        """Schedule by our own policy, whatever ``--dist`` says."""
        from pytest_tracks.plugin.scheduler import TrackScheduling

        session = config.pluginmanager.getplugin("dsession")
        self._grouping = Grouping(getattr(session, "queue", None))
        self.scheduling = TrackScheduling(self, config)
        return self.scheduling

    @pytest.hookimpl(wrapper=True, optionalhook=True)
    def pytest_handlecrashitem(self) -> Generator[None, object, object]:
        """Let a plugin that wants a crashed item run again be refused, and the run go on.

        pytest-rerunfailures before 15 does not expect that a scheduler refuses.
        """
        try:
            return (yield)
        except NotImplementedError:
            return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, object, object]:
        """Settle what is open, decide the exit status, and say why in the very last line."""
        if not self._config.option.collectonly:
            self._finish(session, int(exitstatus))
        result = yield
        if self.exit_status is not None:
            self.exit_status = int(session.exitstatus)
            self.sentence = self._explain(self.exit_status)
        return result

    def _finish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._run is not None:
            self._run.close(interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
            self.publish()
        if self._resources is not None:
            self._resources.close()
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = self._judge(exitstatus)
        elif exitstatus == pytest.ExitCode.TESTS_FAILED and self._may_fail():
            session.exitstatus = self._judge(0)
        self.exit_status = int(session.exitstatus)
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        self._keep(self._recorder.close, self.exit_status, interrupted=interrupted)

    def _may_fail(self) -> bool:
        """Whether failures may be none: of tasks that nobody asks to pass yet."""
        return self._goal is not None and not self._failed_elsewhere and not self._failures

    def _explain(self, exit_status: int) -> str:
        judged = exit_status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if self._goal is not None and self._roster and judged:
            return self._view.explain_goal(self._goal, exit_status, self._failed_elsewhere)
        return self._view.sentence(exit_status, self._selected(), self._failed_elsewhere)

    def _judge(self, exitstatus: int) -> int:
        if not self._roster:
            return exitstatus or int(pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._goal is not None:
            is_fine = self._goal.decide().is_fine and not self._differs()
            return int(pytest.ExitCode.OK if is_fine else pytest.ExitCode.TESTS_FAILED)
        fine = {TaskVerdict.PASS}
        if self._settings.open_unverified:
            fine.add(TaskVerdict.UNVERIFIED)
        verdicts = self.run.verdicts
        if all(verdicts.get(task) in fine for task in self._selected()):
            return int(pytest.ExitCode.TESTS_FAILED if self._differs() else pytest.ExitCode.OK)
        return int(pytest.ExitCode.TESTS_FAILED)

    def _differs(self) -> bool:
        return self._settings.verify and self._view.differences(self._recorder)

    def _selected(self) -> tuple[str, ...]:
        """List what counts: late gates only where this run has carried them out."""
        claimed = self._waiting.claimed if self._waiting is not None else ()
        return tuple(task for task in self._roster if task not in self._late or task in claimed)


def _assumed(task: str, record: ProjectRecord) -> tuple[str, ...]:
    known = record.task(task)
    itself = (task,) if known.verdict is TaskVerdict.UNVERIFIED else ()
    return (*known.assumes, *itself)


def _same(one: Collected, other: Collected) -> bool:
    return dict(one.own) == dict(other.own) and _table(one) == _table(other)


def _table(collected: Collected) -> dict[str, object]:
    return {item.handle: (item.selected, item.bindings) for item in collected.items}
