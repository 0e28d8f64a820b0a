"""The clocks and processes of this machine, as the store sees them; tests bring their own."""

from __future__ import annotations

import os
import socket
import time
from typing import Protocol

from pytest_tracks.core.record import LiveRun
from pytest_tracks.state.process_start import is_same_process, start_of_this_process

__all__ = ["Surroundings", "SystemSurroundings"]


class Surroundings(Protocol):
    """What the store asks of the machine."""

    host: str
    pid: int

    @property
    def process_started(self) -> str:
        """When this process started, to be compared only."""
        ...

    def now(self) -> str:
        """Return the time of day: ISO 8601, UTC, to the millisecond."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that is never put back."""
        ...

    def is_alive(self, run: LiveRun) -> bool:
        """Say whether the process of a run whose record is open still exists."""
        ...


class SystemSurroundings:
    """The real ones."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.pid = os.getpid()
        self._second = -1
        self._until_second = ""

    @property
    def process_started(self) -> str:
        """When this process started, to be compared only."""
        return start_of_this_process()

    def now(self) -> str:
        """Return the time of day: ISO 8601, UTC, to the millisecond."""
        second, rest = divmod(time.time_ns(), 10**9)
        if second != self._second:  # asked for once a fact: most often within the same second
            self._until_second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return f"{self._until_second}.{rest // 10**6:03}Z"

    def monotonic(self) -> float:
        """Return seconds of a clock that is never put back."""
        return time.monotonic()

    def is_alive(self, run: LiveRun) -> bool:
        """Say whether a run's process exists; one of another host is believed to.

        Its number may be that of another process by now.
        """
        if run.host != self.host:
            return True
        if run.pid <= 0:
            return False
        try:
            os.kill(run.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # somebody else's process has it
        return is_same_process(run.pid, run.process_started)
