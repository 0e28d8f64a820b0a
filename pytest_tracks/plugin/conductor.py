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
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tracks.core.judging import Observation
from pytest_tracks.core.redact import secrets_of
from pytest_tracks.core.verdict import CriterionResult, Outcome, TaskVerdict
from pytest_tracks.plugin.agreement import Agreement
from pytest_tracks.plugin.assembly import Assembled, Assembly
from pytest_tracks.plugin.exit_status import ExitStatus
from pytest_tracks.plugin.grouping import Grouping
from pytest_tracks.plugin.outcomes import ItemReports, storable_gap
from pytest_tracks.plugin.publication import Publication
from pytest_tracks.plugin.unloaded import Unloaded
from pytest_tracks.reports.tally import word

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.roster import Collected, Participant
    from pytest_tracks.core.run import Run
    from pytest_tracks.plugin.choice import Choice
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.plugin.publication import Announce
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.scheduler import TrackScheduling
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["About", "Conductor"]


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
        self.sentence = ""
        """Why the exit status is what it is, once that is known."""
        self._config = config
        self._settings = settings
        self._plan = plan
        self._recorder, self._view = recorder, view
        self._publication = Publication(config, recorder, view)
        self._assembly = Assembly(settings, plan, choice, recorder, view, self._publication.keep)
        self._status = ExitStatus(settings, recorder, view, goal)
        self._session: pytest.Session | None = None
        self._assembled: Assembled | None = None
        self._loose: list[str] = []
        self._agreement = Agreement(folder)
        self._reports: dict[tuple[str, str], ItemReports] = {}
        self._crashed: set[str] = set()
        self._down = ""
        self._has_strays = False
        self._secrets = secrets_of(os.environ)
        self._unloaded = Unloaded(config.rootpath, self._secrets)
        self._grouping = Grouping(None)

    # -- assembling ------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The engine; raises RuntimeError before the run is assembled."""
        if self._assembled is None:
            raise RuntimeError("the run has not been assembled")
        return self._assembled.run

    @property
    def _roster(self) -> Mapping[str, Participant]:
        return self._assembled.roster if self._assembled is not None else {}

    @property
    def should_stop(self) -> bool:
        """Whether pytest wants to stop (``-x``, ``--maxfail``)."""
        session = self._session
        return session is not None and bool(session.shouldfail or session.shouldstop)

    def assemble(self, node: Any, ids: Sequence[str]) -> None:
        """Make the run from what the workers have collected; they agree on it."""
        gc.freeze()  # what stands now stays, and is not looked through while the run is made
        self._agreement.read_once(node.gateway.id, ids)
        self._warn_of(self._agreement.unknown)
        self._assemble(ids)
        gc.freeze()  # plan, roster and modules stay to the end, and no test runs in this process

    def agrees(self, node: Any, ids: Sequence[str]) -> bool:
        """Whether a worker has collected what the run was, or is to be, made of."""
        same = self._agreement.holds(node.gateway.id, ids)
        if not same and self._session is not None:
            self._session.shouldstop = (
                f"{node.gateway.id} collected other tests than the other workers: "
                "collection must not depend on the process, the time or chance"
            )
        return same

    def holds_all(self, collected: Collected) -> bool:
        """Whether there is nothing to run, should a collection find this."""
        return self._assembly.holds_all(collected)

    @property
    def was_plain(self) -> bool:
        """Whether all that was collected serves a task, and nothing of it was in question."""
        odd = self._unloaded or self._loose or self._has_strays
        return self._assembled is not None and not odd

    def take_collected(self, collected: Collected, unknown: tuple[str, ...]) -> None:
        """Keep what this process has collected until its loop starts."""
        self._agreement.keep(collected)
        self._warn_of(unknown)

    def _warn_of(self, unknown: tuple[str, ...]) -> None:
        """Warn of marks without a criterion; a sealed plan may well not have it yet."""
        self._has_strays |= bool(unknown)
        if not self._settings.seal:
            self._view.unknown_criteria(unknown, self._plan)

    def assemble_here(self, session: pytest.Session) -> None:
        """Make the run from what this process has collected."""
        self._assemble([item.nodeid for item in session.items])

    def _assemble(self, ids: Sequence[str]) -> None:
        collected = self._agreement.collected
        complete = dataclasses.replace(
            self._unloaded.complete(collected),
            skips_files=bool(self._config.getoption("lf", False)),
            accepts_missing=self._settings.accepts_missing,
        )
        taking_part = frozenset(self.taking_part)
        bound = {
            item.handle
            for item in collected.items
            if any(one.key.task in taking_part for one in item.bindings)
        }
        self._loose = [one for one in ids if one not in bound and one not in collected.own]
        verbose = self._config.getoption("verbose", 0) > 0
        self._assembled = self._assembly.assemble(complete, verbose=verbose)
        self._status.has_tasks = bool(self._roster)

    def look_elsewhere(self) -> bool:
        """Learn what other runs have settled; returns whether that changed anything."""
        changed = self._assembled is not None and self._assembled.waiting.look()
        if changed:
            self.publish()
        return changed

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

    @property
    def has_unshown(self) -> bool:
        """Whether anything was recorded that has not been shown."""
        return self._publication.has_unshown

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
        if shown.gap or shown.fix:
            gap, fix = (storable_gap(text, self._secrets) for text in (shown.gap, shown.fix))
            shown = dataclasses.replace(shown, gap=gap, fix=fix)
        self.run.observe(task, handle, shown)
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
            self._status.failed_elsewhere += 1

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
            task, handle = self._publication.announced, report.nodeid
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
        self._unloaded.add(report)

    # -- what follows ----------------------------------------------------------------------------

    def publish(self) -> None:
        """Record what has happened, durably; then report and show it."""
        self.record()
        self.show()

    def record(self) -> None:
        """Write down what has happened, and let what it released run."""
        self._publication.record(self.run)

    def show(self) -> None:
        """Make what has been written durable; then report and show it."""
        self._grouping.close()
        self._publication.show(self._roster)

    def announce_by(self, announce: Announce) -> None:
        """Have reports of what was settled without a worker made in another way."""
        self._publication.announce = announce

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
            self.sentence = self._status.explain(self.exit_status, self._selected())
        return result

    def _finish(self, session: pytest.Session, exitstatus: int) -> None:
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        verdicts: Mapping[str, TaskVerdict] = {}
        if self._assembled is not None:
            self.run.close(interrupted=interrupted)
            self.publish()
            verdicts = self.run.verdicts
            if self._assembled.resources is not None:
                self._assembled.resources.close()
        self.exit_status = self._status.decide(
            exitstatus, self._selected(), verdicts, has_failures=bool(self._unloaded.failures)
        )
        if self.exit_status != exitstatus:
            session.exitstatus = self.exit_status
        close = self._recorder.close
        self._publication.keep(close, self.exit_status, interrupted=interrupted)

    def _selected(self) -> tuple[str, ...]:
        """List what counts: late gates only where this run has carried them out."""
        claimed = self._assembled.waiting.claimed if self._assembled is not None else ()
        return tuple(task for task in self._roster if task not in self._late or task in claimed)
