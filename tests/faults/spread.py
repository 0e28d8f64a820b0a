"""Trials that have nothing to do with each other, on all processors at once.

Each process takes every n-th trial and counts for itself; what it has counted comes back over a
pipe. A process that does not come to its end is an error of the suite, never a trial that passed.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from ledger import Tally

__all__ = ["spread"]

T = TypeVar("T")
Try = Callable[[T, Tally], None]


def spread(trials: Sequence[T], try_one: Try[T], tally: Tally) -> Tally:
    """Try each one and add up what was counted; the order in which they are tried is nobody's."""
    processes = min(os.cpu_count() or 1, len(trials))
    started = [_start(trials[number::processes], try_one) for number in range(processes)]
    for pid, reading in started:
        with open(reading, "rb") as pipe:
            counted = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != 0:
            raise RuntimeError(f"trials ended with {status}: {counted.decode(errors='replace')}")
        tally.add(pickle.loads(counted))
    return tally


def _start(trials: Sequence[T], try_one: Try[T]) -> tuple[int, int]:
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _try_all(trials, try_one, writing)
    os.close(writing)
    return pid, reading


def _try_all(trials: Sequence[T], try_one: Try[T], writing: int) -> NoReturn:
    """Try them in this process, and never come back into what the parent does."""
    status = 70
    try:
        with open(writing, "wb") as pipe:
            try:
                tally = Tally()
                for trial in trials:
                    try_one(trial, tally)
                pipe.write(pickle.dumps(tally))
                status = 0
            except BaseException:
                pipe.write(traceback.format_exc().encode())
    finally:
        os._exit(status)
