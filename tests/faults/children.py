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
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

__all__ = ["Ended", "Reporter", "run_child"]

_write = os.write
"""As it was before steps were numbered: what a child says is not a step of its work."""
_ERROR = "error: "
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

    def close(self) -> None:
        """Let go of the pipe: in a child's child, whose life the reader shall not wait for."""
        os.close(self._descriptor)

    def error(self, text: str) -> None:
        """Say what went wrong."""
        self.say(_ERROR + text.replace("\n", " "))

    def say(self, text: str) -> None:
        """Say anything else."""
        _write(self._descriptor, f"{text}\n".encode())


@dataclass(frozen=True)
class Ended:
    """A child that is gone."""

    lines: list[str]
    status: int
    """Exit status, or minus the signal."""
    error: str = ""
    """What it could not cope with."""


def run_child(work: Callable[[Reporter], int | None], *, kill_after: float | None = None) -> Ended:
    """Do some work in a process of its own; kill it after so many seconds, at whatever it does."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _do(work, Reporter(writing))
    os.close(writing)
    text, status = _follow(reading, pid, kill_after)
    lines = text.decode().split("\n")[:-1]
    errors = [line for line in lines if line.startswith(_ERROR)]
    said = [line for line in lines if not line.startswith(_ERROR)]
    return Ended(said, os.waitstatus_to_exitcode(status), " ".join(errors))


def _do(work: Callable[[Reporter], int | None], reporter: Reporter) -> NoReturn:
    """Work, and never come back into what the parent does."""
    status = 70
    try:
        status = work(reporter) or 0
    except BaseException as error:
        # Not on stderr, which may be a file that must not grow any more.
        reporter.error(f"{type(error).__name__}: {error}")
    finally:
        os._exit(status)


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
