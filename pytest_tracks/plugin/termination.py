"""SIGTERM and SIGHUP end a run as Ctrl-C does: verdicts kept, commands ended, the rest INTERRUPTED.

Ctrl-C reaches the workers by itself, since a terminal sends it to all of a process group; these
two are sent to one process, which passes them on. Who presses Ctrl-C again, while an interrupted
run waits for its workers, does not want to wait: they are killed, and the run ends in order.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["Termination", "announce_process", "register"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_PREFIX = "process-"


def announce_process(folder: Path) -> None:
    """Leave this worker's process id in the run's folder, and end its commands when it is ended.

    A terminal that hangs up tells the workers too, before the controller can.
    """
    (folder / f"{_PREFIX}{os.getpid()}").touch()
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _interrupt_once)


def _interrupt_once(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)


def register(run: Preparation) -> None:
    """Take part in every run with tracks."""
    run.config.pluginmanager.register(Termination(run.folder), "tracks-termination")


class Termination:
    """Turns the signals into an interrupt while the session lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {}
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Take the signals over that nobody else has taken."""
        self._session = session
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, self._interrupt)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before[signal.SIGINT] = signal.signal(signal.SIGINT, self._interrupt_first)

    def pytest_unconfigure(self) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _interrupt(self, number: int, _: FrameType | None) -> NoReturn:
        __tracebackhide__ = True  # what was interrupted is of interest
        signal.signal(number, signal.SIG_IGN)
        self._tell_workers(signal.SIGINT)
        self._tell_session()
        raise KeyboardInterrupt(signal.Signals(number).name)

    def _interrupt_first(self, number: int, _: FrameType | None) -> NoReturn:
        """From now on Ctrl-C is about what the interrupted run still waits for."""
        __tracebackhide__ = True
        signal.signal(number, self._hurry)
        self._tell_session()
        raise KeyboardInterrupt

    def _tell_session(self) -> None:
        """Say that it is interrupted: pytest does so late, and not where a second signal comes."""
        if self._session is not None:
            self._session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _hurry(self, number: int, _: FrameType | None) -> None:
        """End the workers; where there is none, it is something else that takes so long."""
        if not self._tell_workers(signal.SIGKILL):
            raise KeyboardInterrupt(signal.Signals(number).name)

    def _tell_workers(self, number: signal.Signals) -> int:
        """Send a signal to each worker that is there; returns how many these were."""
        told = 0
        for announced in self._folder.glob(f"{_PREFIX}*"):
            worker = int(announced.name.removeprefix(_PREFIX))
            if _is_our_child(worker):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, number)
                    told += 1
        return told


def _is_our_child(pid: int) -> bool:
    """Whether a child of this process runs; a stranger may have the number of one that is gone."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return True
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None
    except ChildProcessError:
        return False
