"""What a person sees of a run; the texts are made in ``reports``.

With ``-v``, and where one track or task runs, the run is told in the words of the source; else a
line a task; with ``-q`` only pytest's own dots and the closing sentence.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tracks.core.model import TaskKind
from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import Outcome
from pytest_tracks.plugin.line_writer import LineWriter
from pytest_tracks.plugin.mark_warnings import MarkWarnings
from pytest_tracks.project.validity import last_change
from pytest_tracks.reports.breach import breach_text
from pytest_tracks.reports.completion_text import completion_lines, review_lines
from pytest_tracks.reports.header import header_lines
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.narrative import Narrator
from pytest_tracks.reports.sentence import find, sentence_lines
from pytest_tracks.reports.table import table_lines
from pytest_tracks.reports.task_line import TaskLines
from pytest_tracks.reports.text import wrap
from pytest_tracks.reports.waiting_text import waiting_text

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_tracks.core.contracts import Breach
    from pytest_tracks.core.events import Settled
    from pytest_tracks.core.model import Plan, Task
    from pytest_tracks.core.roster import Participant
    from pytest_tracks.core.waves import Wave
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.plugin.live import LiveProgress
    from pytest_tracks.plugin.recorder import Recorder

__all__ = ["TerminalView"]

_WORDS = {
    "blocked": ("B", "BLOCKED"),
    "unverified": ("U", "UNVERIFIED"),
    "pending": ("P", "PENDING"),
    "done": ("d", "DONE"),
    "not run": ("n", "NOT RUN"),
}
_OWN_OUTCOMES = {Outcome.UNVERIFIED.value: "unverified", Outcome.PENDING.value: "pending"}


class TerminalView:
    """Writes through pytest's terminal reporter, where there is one."""

    def __init__(
        self,
        config: pytest.Config,
        plan: Plan,
        *,
        state_path: str,
        lanes: Sequence[Sequence[int]],
        critical_path: Sequence[str],
        critical_hours: float,
        told: Collection[int],
        notes: Iterable[str] = (),
        live: LiveProgress | None = None,
        out: LineWriter | None = None,
    ) -> None:
        self._out = LineWriter(config) if out is None else out
        self._plan = plan
        self._state_path = state_path
        self._lanes = lanes
        self._critical = (tuple(critical_path), critical_hours)
        self._told = frozenset(told)
        self._narrated = bool(told) or self._out.verbosity > 0
        self._narrator: Narrator | None = None
        self._lines: TaskLines | None = None
        self._notes = list(notes)
        self._live = live
        self._marks = MarkWarnings(config)
        self._waits: set[str] = set()
        self._recorder: Recorder | None = None
        self._reviewed: Task | None = None
        self._held = 0
        self._open_unverified = False

    # -- hooks -----------------------------------------------------------------------------------

    def introduce(self, recorder: Recorder) -> None:
        """Learn where the verdicts are remembered."""
        self._recorder = recorder

    def pytest_sessionstart(self) -> None:
        """Keep pytest from beginning a line for each file, as it does without workers."""
        if self._out.reporter is not None and self._out.verbosity == 0:
            self._out.reporter.showfspath = False

    def pytest_report_header(self) -> list[str]:
        """Say which plan runs, and how it is laid out."""
        record = self._recorder.display() if self._recorder else ProjectRecord()
        path, hours = self._critical
        lines = header_lines(
            self._plan,
            record,
            lanes=self._lanes,
            critical_path=path,
            critical_hours=hours,
            width=self._out.width,
        )
        return [str(line) for line in self._out.encodable(lines)] + self._notes

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Give BLOCKED, UNVERIFIED and what was done before their own words.

        A line a task takes the place of the dots where nobody asked for more or less.
        """
        category = getattr(report, "tracks_category", None) or _OWN_OUTCOMES.get(
            getattr(report, "tracks_outcome", "")
        )
        letter, word = _WORDS.get(category or "", ("", ""))
        if category is not None and word and report.skipped:
            return (category, "" if self._has_lines else letter, "" if self._has_lines else word)
        if report.when == "call" and self._has_lines and self._is_of_a_task(report):
            return (report.outcome, "", "")
        return None

    def _is_of_a_task(self, report: pytest.TestReport) -> bool:
        if hasattr(report, "wasxfail") or report.outcome not in ("passed", "failed"):
            return False
        return self._conductor_runs(report) or bool(getattr(report, "tracks_emitted", False))

    _conductor_runs: Any = staticmethod(lambda report: False)

    def follow(self, runs: Any) -> None:
        """Learn how to tell whether a report belongs to a task."""
        self._conductor_runs = runs

    # -- events of the run -----------------------------------------------------------------------

    def unknown_criteria(self, unknown: Iterable[str], plan: Plan) -> None:
        """Warn of marks that name a criterion which the plan does not have, or cannot bind."""
        self._marks.warn_of(unknown, plan)

    def breaches(self, broken: Iterable[Breach], root: Path) -> None:
        """Say which contracts have changed, by whom, and who waits for that."""
        for breach in broken:
            text = breach_text(self._plan, breach, last_change(root, breach.path))
            self._out.write([Line.of(line) for line in wrap(text, self._out.width, hang=2)])

    def assembled(
        self,
        record: ProjectRecord,
        roster: Mapping[str, Participant],
        holding: Collection[str],
        settings: Any,
    ) -> None:
        """Learn what will run; where the run is told, begin to tell it."""
        running = set(roster) if settings.rerun else {one for one in roster if one not in holding}
        self._held = len(roster) - len(running)
        self._open_unverified = settings.open_unverified
        self._lines = TaskLines.of(self._plan, width=self._out.width)
        if self._narrated and self._out.verbosity >= 0:
            self._narrator = Narrator(
                self._plan,
                self._recorder.display() if self._recorder else record,
                state_path=self._state_path,
                running=running,
                tracks=self._told or None,
                width=self._out.width,
                company=self._recorder,
            )
            self._out.write(self._narrator.opening())
        if self._live is not None:
            self._live.assembled(record, roster, running)

    def doubtful(self, warnings: Sequence[str]) -> None:
        """Show what is held against tests that are about to run."""
        if self._out.verbosity >= 0:
            lines = [line for text in warnings for line in wrap(text, self._out.width, hang=2)]
            self._out.write([Line.of(line, Style.DOUBT) for line in lines])

    def started(self, task: str) -> None:
        """Show that a task begins."""
        if self._live is not None:
            self._live.started(task)
        if self._narrator is not None:
            self._out.write(self._narrator.started(task))

    def waiting(self, task: str, run: LiveRun) -> None:
        """Show, once, whom a task is left to."""
        self._waiting(task, waiting_text(task, run, here=socket.gethostname()))

    def waiting_for(self, task: str, what: str) -> None:
        """Show, once, that a task waits for resources, and who has them."""
        self._waiting(task, f"{task} waits for {what}")

    def _waiting(self, task: str, text: str) -> None:
        if task not in self._waits and self._out.verbosity >= 0:
            self._waits.add(task)
            self._out.write([Line.of(line) for line in wrap(text, self._out.width)])

    def item_ended(self, task: str) -> None:
        """Show that an item of a task has ended."""
        if self._live is not None:
            self._live.item_ended(task)

    def settled(self, settled: Settled, known: TaskRecord) -> None:
        """Show a verdict."""
        if self._live is not None:
            self._live.settled(settled)
        if self._out.verbosity < 0 or settled.how == "unreached":
            return
        task = self._plan.tasks[settled.task]
        if task.kind is TaskKind.FINAL_REVIEW and settled.how == "run":
            self._reviewed = task
        if self._narrator is not None:
            if settled.how != "done":
                kept = settled.how == "kept"
                self._out.write(self._narrator.settled(settled.task, known, kept=kept))
        elif self._lines is not None and settled.how != "gate":
            self._out.write(self._lines.lines(task, known, done=settled.how == "done"))

    def completed(self, waves: Iterable[Wave]) -> None:
        """Show which waves of the plan are complete, and saved."""
        for wave in waves if self._out.verbosity >= 0 else ():
            self._out.write(
                [Line.of(f"wave {wave.number} of {wave.of} complete: checkpoint saved")]
            )

    def differences(self, recorder: Recorder) -> bool:
        """Show what ``--tracks-verify`` found different from the record; False if nothing."""
        texts = recorder.shown.differences()
        self._out.write([Line.of(text) for text in texts])
        return bool(texts)

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self) -> Generator[None, object, object]:
        """Close with the table of the whole plan."""
        result = yield
        if self._recorder is not None and self._out.verbosity >= 0 and self._lines is not None:
            self._out.reporter.write_sep("=", "tracks")
            self.tell_table(self._recorder)
        return result

    def tell_table(self, recorder: Recorder) -> None:
        """Write the table of the whole plan, and what the last review closes with."""
        record = recorder.display()
        self._out.write(table_lines(self._plan, record, width=self._out.width), "table")
        if self._reviewed is not None:
            closing = [
                *review_lines(
                    self._plan, record, self._reviewed, recorder.paths, width=self._out.width
                ),
                *completion_lines(self._plan, record, width=self._out.width),
            ]
            self._out.write(closing, "table")

    def sentence(self, exit_status: int, selected: Collection[str], failed_elsewhere: int) -> str:
        """Explain the exit status, in the last line; returns what was said."""
        lines = self._sentence(exit_status, selected, failed_elsewhere)
        self._advise(selected)
        self._out.write(lines, "sentence")
        return " ".join(str(line).strip() for line in lines)

    def _sentence(
        self, exit_status: int, selected: Collection[str], failed_elsewhere: int
    ) -> list[Line]:
        if self._recorder is None or self._lines is None:
            return [Line.of(f"exit {exit_status}: no task has run; see what stands above")]
        findings = find(
            self._plan,
            self._recorder.display(),
            only=selected,
            held=self._held,
            failed_elsewhere=failed_elsewhere,
            unverified_opens=self._open_unverified,
        )
        return sentence_lines(exit_status, findings, width=self._out.width)

    def _advise(self, selected: Collection[str]) -> None:
        """Say where predecessors outside this run have passed, if another worktree knows of it."""
        recorder = self._recorder
        outside = recorder.shown.blockers_outside(selected) if recorder is not None else ()
        if recorder is None or not outside or self._out.verbosity < 0:
            return
        for passed in recorder.shown.passed_elsewhere(outside):
            self._out.write([Line.of(text) for text in wrap(str(passed), self._out.width, hang=2)])

    def explain_goal(self, goal: Goal, exit_status: int, failed_elsewhere: int) -> str:
        """Explain the exit status of a run whose goal is no regression; returns what was said."""
        lines = goal.lines(exit_status, failed_elsewhere, width=self._out.width)
        self._out.write(lines)
        return " ".join(str(line).strip() for line in lines)

    @property
    def said(self) -> dict[str, list[Line]]:
        """Place (run, table, sentence) → lines that were written there."""
        return self._out.said

    @property
    def _has_lines(self) -> bool:
        return self._out.verbosity == 0 and self._lines is not None
