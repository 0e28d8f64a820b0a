"""When a process started: with its number, what tells it from a later one of the same number.

A text that is only ever compared. Linux: the boot and the clock ticks since it. Elsewhere: what
``ps`` says, to the second, in a time zone and language of our own.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

__all__ = ["is_same_process", "process_start", "start_of_this_process"]

_PROC = Path("/proc")
_START_TIME = 19
"""Position in ``/proc/PID/stat`` behind the name, which ends with the last ``)``; see proc(5)."""


def process_start(pid: int) -> str:
    """Say when a process started; empty where there is none, or nobody can tell."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except FileNotFoundError:
        return "" if (_PROC / "self" / "stat").exists() else _from_ps(pid)
    except OSError:
        return ""
    ticks = stat[stat.rindex(b")") + 1 :].split()[_START_TIME]
    return f"{_boot()}-{ticks.decode()}"


@cache
def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return ""


def _from_ps(pid: int) -> str:
    try:
        answer = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return " ".join(answer.stdout.split())


_own: dict[int, str] = {}


def start_of_this_process() -> str:
    """Say it of this process; asked for once, and again after a fork."""
    pid = os.getpid()
    if pid not in _own:
        _own[pid] = process_start(pid)
    return _own[pid]


def is_same_process(pid: int, start: str) -> bool:
    """Whether the process that has a number started when it says; True where nobody can tell."""
    now = process_start(pid)
    return not start or not now or start == now
