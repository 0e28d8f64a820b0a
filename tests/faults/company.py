"""Writers killed in the company of everything else that writes to a state: merges of a shard,
repairs and compactions, killed as they are.

::

    writer 1 ─┐
    writer 2 ─┼─► one state ◄─┬─ merge of a shard, again and again
    writer 3 ─┘               ├─ repair
                              └─ compaction

All are killed one after another at a random moment, in a random order; what the writers had
acknowledged and what the shard has brought must be there afterwards, and the next round goes on
from it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from children import Reporter
from kills import Make
from ledger import Ledger, Tally
from subjects import Reading, compact_tracks, merge_tracks, repair_tracks

__all__ = ["Company", "kill_in_company"]

Work = Callable[[Reporter], None]
Company = dict[str, Callable[[Path, Path], None]]
"""Who else writes: a name, and what it does to the state at a place, given a shard."""
WRITERS = 3
TASKS = 10
LONGEST = 0.6
"""Seconds of a round: some runs of each writer."""
OURS: Company = {
    "merge": lambda root, shard: merge_tracks(root, [shard]),
    "repair": lambda root, shard: repair_tracks(root),
    "compact": lambda root, shard: compact_tracks(root),
}


def kill_in_company(make: Make, company: Company, folder: Path, seed: int, rounds: int) -> Tally:
    """Let all write, kill them, read what is left, and go on from there."""
    tally, chance = Tally(), random.Random(seed)
    root, shard = folder / "state", folder / "shard"
    for place in (root, shard):
        place.mkdir()
    ledger = Ledger(tally)
    ledger.take(_bring(make, shard))
    for number in range(rounds):
        works = [
            _write(make, root, f"{writer}", number, random.Random(f"{seed} {writer} {number}"))
            for writer in range(WRITERS)
        ]
        works += [_again_and_again(name, act, root, shard) for name, act in company.items()]
        lines = _kill_all(works, folder, chance)
        tally.rounds += len(works)
        _judge(make, root, ledger, lines, tally, f"round {number}")
    return tally


def _bring(make: Make, shard: Path) -> list[str]:
    """Settle what the shard brings; it may be found in the state, or not yet."""
    subject = make(shard)
    subject.begin()
    for number in range(TASKS):
        subject.settle(f"S-{number}", f"PASS#9{number}")
    subject.end()
    return [f"announce S-{number} PASS#9{number}" for number in range(TASKS)]


def _write(make: Make, root: Path, writer: str, number: int, chance: random.Random) -> Work:
    def work(reporter: Reporter) -> None:
        verdicts = _verdicts(writer, number, chance)
        while True:
            subject = make(root)
            subject.begin()
            for _ in range(chance.randint(1, 5)):
                task, verdict = next(verdicts)
                reporter.announce(task, verdict)
                subject.settle(task, verdict)
                reporter.acknowledge(task, verdict)
                if chance.random() < 0.3:
                    subject.save()
            subject.end()

    return work


def _verdicts(writer: str, number: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    count = number * 100_000
    while True:
        count += 1
        word = chance.choice(("PASS", "FAIL"))
        yield f"W{writer}-{chance.randrange(TASKS)}", f"{word}#{count}"


def _again_and_again(name: str, act: Callable[[Path, Path], None], root: Path, shard: Path) -> Work:
    def work(reporter: Reporter) -> None:
        while True:
            act(root, shard)
            reporter.say(f"did {name}")

    return work


def _kill_all(works: list[Work], folder: Path, chance: random.Random) -> list[str]:
    """Let all work at once and kill one after another; returns what they have said."""
    started = [_start(work, folder / f"said-{number}") for number, work in enumerate(works)]
    moments = sorted(chance.uniform(0.0, LONGEST) for _ in started)
    begun = time.monotonic()
    for moment, pid in zip(moments, chance.sample(started, len(started)), strict=True):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    said = [folder / f"said-{number}" for number in range(len(works))]
    return [line for path in said for line in path.read_text().splitlines()]


def _start(work: Work, said: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    reporter = Reporter(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    try:
        work(reporter)
    except BaseException as error:
        reporter.error(f"{type(error).__name__}: {error}")
    finally:
        os._exit(70)


def _judge(
    make: Make, root: Path, ledger: Ledger, lines: list[str], tally: Tally, where: str
) -> None:
    verbs = ("announce ", "acknowledge ")
    ledger.take([line for line in lines if line.startswith(verbs)])
    for line in lines:
        if line.startswith("did "):
            tally.count(line, 1)
        elif not line.startswith(verbs):
            tally.broken += 1
            tally.note(f"{where}: {line}")
    try:
        reading: Reading = make.read(root)  # type: ignore[attr-defined]
    except Exception as error:
        tally.unreadable += 1
        tally.note(f"{where}: {type(error).__name__}: {error}")
        return
    ledger.judge(reading, where)
