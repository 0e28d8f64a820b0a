"""Waiting for what other runs on the same state are about to settle.

::

    journal ──► learn ──► run.learn(task, verdict)        another run has settled it
                     └──► run.take_back(task)             nobody will: its run ended, or died

A run says at its start what it is going to settle, under the journal's lock; a run that starts
later waits for those tasks instead of running them a second time. A predecessor that nobody has
announced closes the gate only when there is nothing else to do: terminals are started one after
another.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.verdict import TaskVerdict

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.run import Run
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.terminal import TerminalView

__all__ = ["POLL_SECONDS", "UNANNOUNCED_SECONDS", "Waiting"]

UNANNOUNCED_SECONDS = 1.5
"""For so long from its start a run believes that somebody may yet announce what it needs."""

POLL_SECONDS = 0.05
"""How often the journal is looked at while a lane waits: a verdict wakes it well within 100 ms."""


class Waiting:
    """Looks for news as long as a run waits; gives up after ``longest`` seconds, if given.

    ``late`` maps the gates that are carried out by whichever run comes last to what they wait for.
    """

    def __init__(
        self,
        plan: Plan,
        run: Run,
        recorder: Recorder,
        view: TerminalView,
        longest: float | None,
        late: Mapping[str, Sequence[str]],
    ) -> None:
        self.claimed: set[str] = set()
        """Late gates that this run carries out."""
        self._plan = plan
        self._late = late
        self._run = run
        self._recorder = recorder
        self._view = view
        self._longest = longest
        self._started = time.monotonic()
        self._announced: set[str] = set()
        self._began: float | None = None

    def look(self) -> bool:
        """Apply what has become known; returns whether that changed anything."""
        news = self._recorder.holdings.news(self._run.waits_for)
        for task, verdict in news.items():
            self._run.learn(task, verdict)
        pending = self._recorder.pending_elsewhere()
        decided = [task for task in self._late if self._decide(task, pending)]
        lost = self._lost(pending)
        self._announced.update(pending)
        for task in lost:
            self._run.take_back(task)
        given_up = self._is_over() and [x for x in self._run.waits_for if x not in self._late]
        for task in given_up or ():
            self._run.learn(task, TaskVerdict.INCOMPLETE)
        for task in self._run.waits_for:
            if task in pending:
                self._view.waiting(task, pending[task])
        return bool(news or decided or lost or given_up)

    def _decide(self, task: str, pending: Collection[str]) -> bool:
        """Carry a late gate out, or leave it to others; False where it is too early to say."""
        if task not in self._run.waits_for or task in self.claimed:
            return False
        if task not in pending and self._recorder.holdings.are_passed(self._late[task]):
            if is_pure_gate(self._plan, task) or self._recorder.claim_late(task):
                self.claimed.add(task)
                self._run.open_late(task)
                return True
        elif task not in pending and (not self._run.only_late_left or self._is_behind_own(task)):
            return False
        self._run.leave_out(task)
        return True

    def _is_behind_own(self, task: str) -> bool:
        """Whether a late gate stands behind one that this run is still at."""
        at = self.claimed.difference(self._run.verdicts)
        return not at.isdisjoint(self._late[task])

    def _lost(self, pending: Collection[str]) -> list[str]:
        own = {*self._late, *self._run.refused}
        waiting = [task for task in self._run.waits_for if task not in own]
        missing = [task for task in waiting if task not in pending]
        if time.monotonic() - self._started < UNANNOUNCED_SECONDS:
            return [task for task in missing if task in self._announced]
        return missing

    def _is_over(self) -> bool:
        if self._late.keys() >= set(self._run.waits_for):
            self._began = None
            return False
        if self._began is None:
            self._began = time.monotonic()
        return self._longest is not None and time.monotonic() - self._began >= self._longest
