"""The clocks and processes of this machine, as the store sees them; tests bring their own."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timezone
from typing import Protocol

from pytest_tracks.core.record import LiveRun

__all__ = ["Surroundings", "SystemSurroundings"]


class Surroundings(Protocol):
    """What the store asks of the machine."""

    host: str
    pid: int

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

    def now(self) -> str:
        """Return the time of day: ISO 8601, UTC, to the millisecond."""
        text = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")

    def monotonic(self) -> float:
        """Return seconds of a clock that is never put back."""
        return time.monotonic()

    def is_alive(self, run: LiveRun) -> bool:
        """Say whether a run's process exists; one of another host is believed to."""
        if run.host != self.host:
            return True
        if run.pid <= 0:
            return False
        try:
            os.kill(run.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
