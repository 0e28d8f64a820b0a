"""The last step of a run in which nothing has changed: it is told as it was told before.

Plan, state, files, configuration, environment, terminal: where all of it is what it was when a run
found nothing to do (or a ``rehearsal`` of one), byte for byte, that run's lines are its answer, and
neither plan nor state is read. Imports little: it is asked before anything else is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tracks.errors import TracksError
from pytest_tracks.plugin.options import NESTED
from pytest_tracks.project.remembered import recall_recital, remember_recital
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.surroundings import content
from pytest_tracks.project.world import World
from pytest_tracks.state.identities import Identities
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.plugin.terminal import TerminalView

__all__ = ["Recital", "keep_recital", "may_recite", "nobody_listens", "recite"]

_OWN = ("_pytest.", "pytest_tracks.")
_KEEP_FAILURES_ONLY = {"pytest_rerunfailures"}
_STATE_FILES = ("journal.jsonl", "last-good.yaml", "holder")


def recite(config: pytest.Config) -> bool:
    """Tell what was told before, if nothing has changed since; False: the run goes its way."""
    if not may_recite() or not nobody_listens(config, is_early=True):
        return False
    try:
        settings = Settings.read(config)
    except TracksError:
        return False  # activation says what is wrong
    world = _world(config, settings)
    told = recall_recital(settings, _key(settings, world)) if world else None
    if told is None:
        return False
    from pytest_tracks.plugin.xdist_setup import request_one_process

    request_one_process(config)
    config.pluginmanager.register(Recital(told), "tracks-recital")
    return True


def may_recite() -> bool:
    """Whether the environment lets a run be told: a summary on GitHub tells of every task."""
    return NESTED not in os.environ and "GITHUB_ACTIONS" not in os.environ


def _world(config: pytest.Config, settings: Settings) -> World | None:
    folder = (settings.root / settings.state).parent / ".tracks"
    return World.of(config, settings, WorkTree(settings.root, Identities(folder)))


def _key(settings: Settings, world: World) -> str:
    """Name all that the lines depend on."""
    state = settings.root / settings.state
    whole = hashlib.sha256(world.digest.encode())
    width = shutil.get_terminal_size().columns  # pytest's own writer is not there yet
    whole.update(json.dumps([width, getattr(sys.stdout, "encoding", "")]).encode())
    for path in (state, *(state.parent / ".tracks" / name for name in _STATE_FILES)):
        whole.update(hashlib.sha256(content(path) or b"").digest())
    return whole.hexdigest()


def keep_recital(
    settings: Settings,
    world: World,
    view: TerminalView,
    done: int,
    is_current: Callable[[], bool],
) -> None:
    """Keep what a run tells in which nothing is to be done.

    ``is_current`` says whether the state is what the run goes by: it is asked once the state's
    files have been read, so that these lines are never kept for what another run has written.
    """
    said = {
        place: [[[segment.text, segment.markup] for segment in line.segments] for line in lines]
        for place, lines in view.said.items()
    }
    told = {"header": view.pytest_report_header(), "done": done, **said}
    key = _key(settings, world)
    if is_current():
        remember_recital(settings, key, told)


def nobody_listens(config: pytest.Config, *, is_early: bool = False) -> bool:
    """Whether only pytest itself would hear of items, and would say no more than their number."""
    hooks: Any = config.hook
    listening = [
        (each.plugin_name, each.function.__module__)
        for hook in (
            hooks.pytest_runtest_logreport,
            hooks.pytest_runtest_logstart,
            hooks.pytest_runtest_logfinish,
        )
        for each in hook.get_hookimpls()
    ]
    heard = all(module.startswith(_OWN) or module in _KEEP_FAILURES_ONLY for _, module in listening)
    names = {name for name, _ in listening}
    return heard and config.get_verbosity() == 0 and (is_early or "terminalreporter" in names)


class Recital:
    """Says it again, each part in its place."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._config: pytest.Config | None = None

    def pytest_report_header(self, config: pytest.Config) -> Sequence[str]:
        """Say which plan it is."""
        self._config = config
        header: list[str] = self._told["header"]
        return header

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collect nothing."""
        session.items = []
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Count what was done before."""
        self._config = session.config
        reporter = self._reporter
        if reporter is not None:
            report = pytest.TestReport(
                "", ("", 0, ""), {}, outcome="skipped", longrepr=None, when="setup"
            )
            reporter.stats["done"] = [report] * int(self._told["done"])
        self._write("run")
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self) -> Generator[None, object, object]:
        """Close with the table."""
        result = yield
        self._reporter.write_sep("=", "tracks")
        self._write("table")
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """All has passed, and the last line says so."""
        session.exitstatus = pytest.ExitCode.OK
        result = yield
        self._write("sentence")
        return result

    @property
    def _reporter(self) -> Any:
        return self._config.pluginmanager.getplugin("terminalreporter") if self._config else None

    def _write(self, place: str) -> None:
        reporter = self._reporter
        if reporter is None:
            return
        reporter.ensure_newline()
        for segments in self._told.get(place, ()):
            for text, markup in segments:
                reporter.write(text, **markup)
            reporter.line("")
