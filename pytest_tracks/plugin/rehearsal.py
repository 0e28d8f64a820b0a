"""What the next run would tell, should it find everything as this one leaves it.

::

    a run ends, all PASS ──► rehearsal: the same plan, files and record, from the beginning
                                 ├─ something would run, be waited for or written ──► nothing
                                 └─ all holds ──► its lines are kept: ``recital`` tells them

So the very first run after all has passed is already a short one. It is no second opinion on what
holds: the rehearsal goes by the digests of what this run began with, what is kept is good for those
contents only, and the next run compares every byte of them before it tells anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.plugin.assembly import Assembled, Assembly
from pytest_tracks.plugin.choice import choose
from pytest_tracks.plugin.exit_status import ExitStatus
from pytest_tracks.plugin.heading import heading_notes, make_view
from pytest_tracks.plugin.line_writer import LineWriter
from pytest_tracks.plugin.vigilance import warn_of_idle_tests

if TYPE_CHECKING:
    from pytest_tracks.core.roster import Collected, Participant
    from pytest_tracks.core.run import Run
    from pytest_tracks.plugin.preparation import Preparation
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.reports.line import Line

__all__ = ["Rehearsal", "items_of"]


class Rehearsal:
    """Goes through a run in which nothing is to be done; writes to no state and no terminal."""

    def __init__(self, run: Preparation) -> None:
        self.done = 0
        """How many items were done before."""
        config, settings, plan = run.config, run.settings, run.plan
        self._run = run
        self._recorder = run.recorder.for_next_run()
        self._choice = choose(config, settings, plan, self._recorder.record())
        self._recorder.lay_out(self._choice.layout)
        notes = heading_notes(config, settings, plan, self._recorder, run.doubts)
        out = _Unheard(config)
        self.view: TerminalView = make_view(
            config, settings, plan, self._choice, notes=notes, live=None, out=out
        )
        self.view.introduce(self._recorder)

    def succeeds(self, collected: Collected) -> bool:
        """Whether such a run would have nothing to do, and all that it tells is in ``view``."""
        if self._recorder.warnings:  # a state that is read again may have others
            return False
        settings, plan = self._run.settings, self._run.plan
        assembly = Assembly(settings, plan, self._choice, self._recorder, self.view, _refuse)
        if not assembly.holds_all(collected):
            return False
        warn_of_idle_tests(self.view, settings.root, collected, verbose=False)
        try:
            assembled = assembly.assemble(collected, verbose=False)
            return self._settles(assembled.run, assembled.roster) and self._closes(assembled)
        except _WouldActError:
            return False

    def _settles(self, run: Run, roster: Mapping[str, Participant]) -> bool:
        """Take the lanes by turns, as a run does, until nothing is left."""
        while True:
            if not self._tell(run.events(), roster):
                return False
            run.recorded()
            if any(run.take(lane) is not None for lane in range(run.lanes)):
                return False
            if not run.has_events:
                return not run.waits_for and not run.is_active

    def _tell(
        self, events: Collection[Settled | Started], roster: Mapping[str, Participant]
    ) -> bool:
        """Tell what was done before; False where there is anything to write down."""
        if self._recorder.has_news(events):
            return False
        self._recorder.shown.take(events)
        for event in events:
            if isinstance(event, Started):
                return False
            participant = roster.get(event.task)
            if participant is not None:
                self.done += items_of(participant)
            self.view.settled(event, self._recorder.seen(event.task))
        return True

    def _closes(self, assembled: Assembled) -> bool:
        """Tell the end; False where it would be another than that all has passed."""
        status = ExitStatus(self._run.settings, self._recorder, self.view, None)
        status.has_tasks = bool(assembled.roster)
        selected = tuple(assembled.roster)
        verdicts = assembled.run.verdicts
        found = status.decide(int(pytest.ExitCode.OK), selected, verdicts, has_failures=False)
        self.view.tell_table(self._recorder)
        status.explain(found, selected)
        return found == pytest.ExitCode.OK


def items_of(participant: Participant) -> int:
    """Count the items that stand for a task whose PASS holds."""
    return len(participant.handles) or len(participant.parts) or 1


class _WouldActError(Exception):
    """Such a run would announce a task, or take a resource."""


def _refuse(*_: object, **__: object) -> NoReturn:
    raise _WouldActError


class _Unheard(LineWriter):
    """Keeps what is said, and says nothing."""

    def write(self, lines: Iterable[Line], place: str = "run") -> None:
        """Keep lines, as they would be shown."""
        self.said.setdefault(place, []).extend(self.encodable(lines))
