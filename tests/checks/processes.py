"""Looks at processes that are nobody's children any more."""

from __future__ import annotations

import os
import signal
import subprocess
import time

__all__ = ["PROMPT", "is_running", "vanishes"]

PROMPT = 20.0
"""Seconds: far less than the sleeps of the tests' commands, far more than a slow machine needs."""


def is_running(pid: int) -> bool:
    """A zombie (of a first process that reaps nobody) does not run."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True
    ).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


def vanishes(pid: int) -> bool:
    """Wait for the end of a process; one that does not end is killed."""
    deadline = time.monotonic() + PROMPT
    while is_running(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.01)
    return True
