"""Real processes that write and are killed.

They are forked, not started anew: a hundred a second instead of five. What a child does happens
in a process of its own, and SIGKILL asks nobody.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Ended", "Reporter", "run_child"]

_write = os.write
"""As it was before steps were numbered: what a child says is not a step of its work."""
LIMIT = 60.0


class Reporter:
    """The child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce(self, task: str, verdict: str) -> None:
        """Say what is about to be written."""
        _write(self._descriptor, f"announce {task} {verdict}\n".encode())

    def acknowledge(self, task: str, verdict: str) -> None:
        """Say that it was written: from now on it must not be lost."""
        _write(self._descriptor, f"acknowledge {task} {verdict}\n".encode())

    def say(self, text: str) -> None:
        """Say anything else."""
        _write(self._descriptor, f"{text}\n".encode())


@dataclass(frozen=True)
class Ended:
    """A child that is gone."""

    lines: list[str]
    status: int
    """Exit status, or minus the signal."""


def run_child(work: Callable[[Reporter], int | None], *, kill_after: float | None = None) -> Ended:
    """Do some work in a process of its own; kill it after so many seconds, at whatever it does."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os._exit(_do(work, Reporter(writing)))
    os.close(writing)
    text, status = _follow(reading, pid, kill_after)
    lines = text.decode().split("\n")[:-1]
    return Ended(lines, os.waitstatus_to_exitcode(status))


def _do(work: Callable[[Reporter], int | None], reporter: Reporter) -> int:
    try:
        return work(reporter) or 0
    except BaseException:
        traceback.print_exc()
        return 70


def _follow(descriptor: int, pid: int, kill_after: float | None) -> tuple[bytes, int]:
    """Read all that the child says until it is gone."""
    deadline = time.monotonic() + (LIMIT if kill_after is None else kill_after)
    text = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + LIMIT
        elif select.select([descriptor], [], [], left)[0]:
            some = os.read(descriptor, 65536)
            if not some:
                break
            text += some
    os.close(descriptor)
    return text, os.waitpid(pid, 0)[1]
