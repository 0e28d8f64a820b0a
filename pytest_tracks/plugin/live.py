"""Live progress: where each track stands, below what pytest prints; gone at the end.

Where there is no terminal, a line now and then. Never with ``-q``, nor where something else draws
(pytest-sugar) or reads the terminal (``--pdb``).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.plugin.screen import Screen
from pytest_tracks.reports.live_text import (
    RunningTask,
    TrackProgress,
    live_lines,
    plain_line,
)
from pytest_tracks.reports.sections import Section, sections

if TYPE_CHECKING:
    from pytest_tracks.core.events import Settled
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.core.roster import Participant

__all__ = ["LiveProgress", "progress_style"]

LIVE_SECONDS = 0.2
"""Between two drawings: often enough that a clock runs, seldom enough to cost nothing."""

PLAIN_SECONDS = 30.0
"""Between two lines where nobody sees a terminal: a CI log shows that the run is alive."""

_WIDEST = 120


def progress_style(config: pytest.Config, *, one_process: bool) -> str:
    """Choose ``live``, ``plain`` or ``none``; ``--tracks-progress`` has the first word."""
    asked = str(config.option.tracks_progress)
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or asked == "none" or config.getoption("verbose", 0) < 0:
        return "none"
    if config.option.usepdb or config.option.collectonly or config.pluginmanager.hasplugin("sugar"):
        return "none"
    if asked != "auto":
        return asked
    # What tests print goes straight to the terminal then, through the lines.
    mixes = one_process and config.getoption("capture", "fd") == "no"
    is_terminal = reporter.isatty and os.environ.get("TERM") != "dumb"
    return "live" if is_terminal and not mixes and "CI" not in os.environ else "plain"


class LiveProgress:
    """Follows a run and draws it."""

    def __init__(self, config: pytest.Config, plan: Plan, *, one_process: bool) -> None:
        self._config = config
        self._plan = plan
        self._one_process = one_process
        self._style = "none"
        self._screen: Screen | None = None
        self._began = time.monotonic()
        self._sections: tuple[Section, ...] = ()
        self._items: dict[str, int] = {}
        self._history: Mapping[str, float] = {}
        self._started: dict[str, float] = {}
        self._ended: Counter[str] = Counter()
        self._words: dict[str, str] = {}

    # -- events ----------------------------------------------------------------------------------

    def assembled(
        self, record: ProjectRecord, roster: Mapping[str, Participant], running: Collection[str]
    ) -> None:
        """Learn what is going to run, and begin to draw."""
        # Not before: there is no terminal reporter until pytest is configured.
        self._style = progress_style(self._config, one_process=self._one_process)
        if not running or self._style == "none":
            return
        self._sections = sections(self._plan, record, only=set(roster))
        self._items = {name: len(one.handles) for name, one in roster.items()}
        self._history = {
            name: seconds
            for name in roster
            if (seconds := record.task(name).run_seconds) is not None
        }
        writer, is_plain = self._config.get_terminal_writer(), self._style == "plain"
        tick = PLAIN_SECONDS if is_plain else LIVE_SECONDS
        self._screen = Screen(writer, self._draw, tick=tick, above=is_plain)
        self._screen.start()

    def started(self, task: str) -> None:
        """Take in that a task begins."""
        self._started[task] = time.monotonic()

    def item_ended(self, task: str) -> None:
        """Take in that an item of a task has ended."""
        self._ended[task] += 1

    def settled(self, settled: Settled) -> None:
        """Take in a verdict."""
        self._started.pop(settled.task, None)
        self._words[settled.task] = settled.verdict.value

    def stop(self) -> None:
        """Leave the terminal to others."""
        if self._screen is not None:
            self._screen.stop()

    # -- hooks -----------------------------------------------------------------------------------

    def pytest_enter_pdb(self) -> None:
        """Leave the terminal to the debugger."""
        self.stop()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Be gone before anything is summed up."""
        self.stop()

    def pytest_unconfigure(self) -> None:
        """Be gone, whatever has happened."""
        self.stop()

    # -- drawing ---------------------------------------------------------------------------------

    def _draw(self, size: os.terminal_size) -> list[str]:
        now = time.monotonic()
        tracks = [self._track(section, now) for section in self._sections]
        if self._style == "plain":
            return [plain_line(tracks, now - self._began)]
        # The last column is left free: a full line would wrap. So is the row above.
        width, height = min(size.columns, _WIDEST) - 1, size.lines - 1
        return live_lines(tracks, now - self._began, width=width, height=height)

    def _track(self, section: Section, now: float) -> TrackProgress:
        members = section.members
        # Another thread settles tasks meanwhile: each is looked at once.
        started, words = dict(self._started), dict(self._words)
        running = tuple(
            RunningTask(name, self._ended[name], self._items.get(name, 0), now - started[name])
            for name in members
            if name in started
        )
        track = section.track
        sprint = next(
            (group.sprint.id for group in section.sprints for one in running
             if group.sprint is not None and one.id in group.members), ""
        )  # fmt: skip
        return TrackProgress(
            f"{track.number} {track.name}".strip() if track else "Reviews",
            len(members),
            Counter(words[name] for name in members if name in words),
            running,
            self._waits_for(members, words),
            sprint,
            self._rest(members, words, running),
        )

    def _waits_for(self, members: Collection[str], words: Mapping[str, str]) -> tuple[str, ...]:
        behind = (name for name in members if name not in words)
        before = (one for name in behind for one in self._plan.tasks[name].predecessors)
        return tuple(dict.fromkeys(x for x in before if x not in words and x not in members))

    def _rest(
        self, members: Collection[str], words: Mapping[str, str], running: Collection[RunningTask]
    ) -> float | None:
        ahead = [name for name in members if name not in words]
        if not all(name in self._history for name in ahead):
            return None
        begun = sum(min(task.seconds, self._history[task.id]) for task in running)
        return max(0.0, sum(self._history[name] for name in ahead) - begun)
