"""Recorded, then durable, then shown: what a run settles goes this way and no other.

::

    events of the run ──► recorder (written: lets run what it releases)
                              └──► recorder (durable) ──► reports of items, lines of the view
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.errors import TracksError
from pytest_tracks.plugin.announce import announce

if TYPE_CHECKING:
    from pytest_tracks.core.roster import Participant
    from pytest_tracks.core.run import Run
    from pytest_tracks.core.waves import Wave
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.terminal import TerminalView

    Announce = Callable[[pytest.Config, Participant, Settled], None]

__all__ = ["Publication"]

_Written = TypeVar("_Written")


class Publication:
    """Writes down what has happened, and shows it once that is safe."""

    def __init__(self, config: pytest.Config, recorder: Recorder, view: TerminalView) -> None:
        self.announce: Announce = announce
        """How reports are made of what was settled without a worker."""
        self.announced: str | None = None
        """The task whose reports are being made here."""
        self._config = config
        self._recorder = recorder
        self._view = view
        self._unshown: list[Settled | Started] = []
        self._waves: list[Wave] = []

    @property
    def has_unshown(self) -> bool:
        """Whether anything was recorded that has not been shown."""
        return bool(self._unshown)

    def record(self, run: Run) -> None:
        """Write down what has happened, and let what it released run."""
        events = run.events()
        if events:
            self._waves += self.keep(self._recorder.take, events)
            self._unshown += events
        run.recorded()

    def show(self, roster: Mapping[str, Participant]) -> None:
        """Make what has been written durable; then report and show it."""
        events, self._unshown = self._unshown, []
        waves, self._waves = self._waves, []
        if events:
            self.keep(self._recorder.make_durable, waves)
        for event in events:
            if isinstance(event, Started):
                self._view.started(event.task)
            else:
                self._announce(event, roster.get(event.task))
        if waves:
            self._view.completed(waves)
        if events:
            self.keep(self._recorder.refresh)

    def keep(self, write: Callable[..., _Written], *arguments: Any, **options: Any) -> _Written:
        """Write to the state; where that fails, end the run in words: no verdict goes unkept."""
        try:
            return write(*arguments, **options)
        except TracksError as error:
            self._recorder.give_up()
            text = f"the state cannot be written\n{error}"
            pytest.exit(text, returncode=int(pytest.ExitCode.TESTS_FAILED))

    def _announce(self, settled: Settled, participant: Participant | None) -> None:
        if participant is not None:
            self.announced = settled.task
            self.announce(self._config, participant, settled)
            self.announced = None
        self._view.settled(settled, self._recorder.seen(settled.task))
