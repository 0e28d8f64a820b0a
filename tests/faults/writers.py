"""Several processes write to one state at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

from children import Reporter
from kills import Make
from ledger import Ledger, Tally

__all__ = ["write_side_by_side"]

_WAIT = "waited "
"""How long a writer has waited for a verdict to be durable: the lock promises nobody a turn."""


def write_side_by_side(make: Make, folder: Path, writers: int, facts: int) -> Tally:
    """Let writers settle tasks of their own, all at the same time, and count what is there."""
    root = folder / "shared"
    root.mkdir()
    tally = Tally(rounds=writers)
    started = time.monotonic()
    codes, lines = _run_all(make, root, writers, facts)
    waits = [float(line.removeprefix(_WAIT)) for line in lines if line.startswith(_WAIT)]
    tally.figures["longest settling, s"] = round(max(waits, default=0.0), 2)
    tally.broken = sum(code != 0 for code in codes)
    ledger = Ledger(tally)
    ledger.take([line for line in lines if not line.startswith(_WAIT)])
    try:
        ledger.judge(make.read(root), "side by side")  # type: ignore[attr-defined]
    except Exception as error:
        tally.unreadable += 1
        tally.note(f"{type(error).__name__}: {error}")
    tally.figures["seconds"] = round(time.monotonic() - started, 1)
    return tally


def _run_all(make: Make, root: Path, writers: int, facts: int) -> tuple[list[int], list[str]]:
    """Fork all writers behind one gate; each says into a file of its own what it has settled."""
    waiting, gate = os.pipe()
    pids = []
    for number in range(writers):
        pid = os.fork()
        if pid == 0:
            os.close(gate)
            os.read(waiting, 1)  # until the gate is closed
            said = root.parent / f"said-{number}"
            os._exit(_write(make, root, said, number, facts))
        pids.append(pid)
    os.close(waiting)
    os.close(gate)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    said = [root.parent / f"said-{number}" for number in range(writers)]
    return codes, [line for path in said for line in path.read_text().splitlines()]


def _write(make: Make, root: Path, said: Path, number: int, facts: int) -> int:
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT)
    try:
        _settle_all(make, root, Reporter(descriptor), number, facts)
    except BaseException as error:
        print(f"writer {number}: {type(error).__name__}: {error}", flush=True)
        return 70
    return 0


def _settle_all(make: Make, root: Path, reporter: Reporter, number: int, facts: int) -> None:
    subject = make(root)
    subject.begin()
    longest = 0.0
    for fact in range(facts):
        task, verdict = f"W{number}-{fact}", f"PASS#{number}{fact:04}"
        reporter.announce(task, verdict)
        before = time.monotonic()
        subject.settle(task, verdict)
        longest = max(longest, time.monotonic() - before)
        reporter.acknowledge(task, verdict)
        if fact % 25 == 24:
            subject.save()
    subject.end()
    reporter.say(f"{_WAIT}{longest}")
