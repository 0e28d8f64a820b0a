"""Locks of the dead and of the living, and a lock file that leads somewhere else.

A lock is a function that takes a folder and holds it as long as its ``with`` lasts.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from children import Reporter, run_child
from ledger import Tally

import pytest_tracks.state.holder as holder
import pytest_tracks.state.journal as journal
from pytest_tracks.state.journal import Journal

__all__ = ["Lock", "lock_of_the_journal", "try_locks"]

Lock = Callable[[Path], AbstractContextManager[None]]
AT_ONCE = 1.0
"""Seconds; for a loaded machine. A lock that waits for a time-out takes a minute."""
TIMEOUT = 0.5


@contextmanager
def lock_of_the_journal(root: Path) -> Iterator[None]:
    """Hold the store's lock, with a shorter patience than in earnest."""
    journal.LOCK_TIMEOUT = holder.OTHER_HOST_TIMEOUT = TIMEOUT
    with Journal(root).lock():
        yield


def try_locks(lock: Lock, folder: Path) -> Tally:
    """Try each case once; ``broken`` counts those that go wrong."""
    tally = Tally()
    for case in (_dead_holder, _live_holder, _forked_child, _other_host, _symlink):
        root = folder / case.__name__.strip("_")
        root.mkdir()
        tally.rounds += 1
        problem = case(lock, root)
        tally.figures[case.__name__.strip("_").replace("_", " ")] = 0 if problem else 1
        if problem:
            tally.broken += 1
            tally.note(f"{case.__name__}: {problem}")
    return tally


def _dead_holder(lock: Lock, root: Path) -> str:
    """Row 36: a stale lock of a dead process is taken at once."""
    run_child(_die_holding(lock, root))
    before = time.monotonic()
    problem = _take(lock, root)
    waited = time.monotonic() - before
    return problem or (f"waited {waited:.1f} s" if waited > AT_ONCE else "")


def _die_holding(lock: Lock, root: Path, fork: bool = False) -> Callable[[Reporter], None]:
    def work(reporter: Reporter) -> None:
        with lock(root):
            if fork:
                _fork_a_sleeper(reporter)
            os.kill(os.getpid(), signal.SIGKILL)

    return work


def _fork_a_sleeper(reporter: Reporter) -> None:
    pid = os.fork()
    if pid:
        reporter.say(str(pid))
        return
    os.closerange(0, 3)
    reporter.close()
    time.sleep(60)
    os._exit(0)


def _take(lock: Lock, root: Path) -> str:
    """Take the lock in another process; returns what came of it, in words."""

    def work(reporter: Reporter) -> None:
        try:
            with lock(root):
                pass
        except Exception as error:
            reporter.say(f"{type(error).__name__}: {error}")

    return " ".join(run_child(work).lines)


def _live_holder(lock: Lock, root: Path) -> str:
    """A lock of a living process is respected."""
    held, holding = os.pipe()
    pid = os.fork()
    if pid == 0:
        with lock(root):
            os.write(holding, b"x")
            time.sleep(60)
        os._exit(0)
    os.read(held, 1)
    problem = _take(lock, root)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(held)
    os.close(holding)
    return "" if _names_the_holder(problem, pid) else f"says {problem!r}, not who holds it"


def _names_the_holder(text: str, pid: int) -> bool:
    return f"process {pid} on {socket.gethostname()} for " in text


def _forked_child(lock: Lock, root: Path) -> str:
    """Row 36: the holder is killed and a child that it has forked lives: never wedged."""
    ended = run_child(_die_holding(lock, root, fork=True))
    sleeper = int(ended.lines[0])
    try:
        problem = _take(lock, root)
    finally:
        os.kill(sleeper, signal.SIGKILL)
    is_told = not problem or ("StateError" in problem and " on " in problem and " s" in problem)
    return "" if is_told else problem


def _other_host(lock: Lock, root: Path) -> str:
    """Row 36: what a process of another host holds is not taken, though none here has its number.

    Its machine may only be asleep, on a shared folder that knows no locks across machines.
    """
    run_child(_die_holding(lock, root))
    here = socket.gethostname().encode()
    for file in filter(Path.is_file, root.iterdir()):
        file.write_bytes(file.read_bytes().replace(here, b"elsewhere"))
    problem = _take(lock, root)
    if not problem:
        return "the lock of another host was taken"
    return "" if "StateError" in problem and " on elsewhere for " in problem else problem


def _symlink(lock: Lock, root: Path) -> str:
    """Row 37: a lock file that is a symlink is refused, and its target unchanged."""
    target = root / "target"
    target.write_text("")
    (root / "lock").symlink_to(target)
    problem = _take(lock, root)
    if not problem or not target.exists() or target.read_text():
        return "the link was followed"
    return "" if (root / "lock").is_symlink() else "the link was replaced"
