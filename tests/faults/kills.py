"""SIGKILL at random moments, and at every numbered step of writing.

It is the process that is killed, not the power: what the kernel has taken it keeps.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from children import Ended, Reporter, run_child
from ledger import Ledger, Tally
from spread import spread
from steps import Steps
from subjects import FOLDER, Reading, Subject

__all__ = ["kill_at_every_step", "kill_at_random_moments"]

TASKS = 30
ROUNDS_PER_STATE = 25
VERDICTS = 12
"""The longest run has so many; a writer is killed within the time that two such runs take."""
NOBODY = 2**22 + 1
"""A number that no process has: Linux gives none above 2 ** 22."""
Make = Callable[[Path], Subject]


def kill_at_random_moments(
    make: Make, folder: Path, seed: int, rounds: int, tally: Tally | None = None
) -> Tally:
    """Let a writer write without end, kill it, read what is left, and go on from there."""
    longest = _time_of_two_runs(make, folder / "timing")

    def kill_again_and_again(first: int, counted: Tally) -> None:
        root, chance = folder / f"state-{first}", random.Random(seed * 1_000_003 - first)
        root.mkdir()
        ledger = Ledger(counted)
        for number in range(first, min(first + ROUNDS_PER_STATE, rounds)):
            work = _endless(make, root, random.Random(seed * 1_000_003 + number), number)
            ended = run_child(work, kill_after=chance.uniform(0.0, longest))
            _judge(make, root, ledger, ended, counted, f"kill {number}")

    return spread(range(0, rounds, ROUNDS_PER_STATE), kill_again_and_again, tally or Tally())


def _time_of_two_runs(make: Make, root: Path) -> float:
    """Measure, so that kills hit all of a run on a slow machine too."""
    root.mkdir()

    def work(reporter: Reporter) -> None:
        for _ in range(2):
            subject = make(root)
            subject.begin()
            for number in range(VERDICTS):
                subject.settle(f"T-{number}", f"PASS#{number}")
            subject.end()

    before = time.monotonic()
    run_child(work)
    return time.monotonic() - before


def _endless(make: Make, root: Path, chance: random.Random, number: int) -> Callable[..., None]:
    def work(reporter: Reporter) -> None:
        verdicts = _verdicts(chance, number)
        while True:
            subject = make(root)
            subject.begin()
            for _ in range(chance.randint(1, VERDICTS)):
                _settle(subject, reporter, *next(verdicts))
                if chance.random() < 0.3:
                    subject.save()
            subject.end()

    return work


def _verdicts(chance: random.Random, round_number: int) -> Iterator[tuple[str, str]]:
    number = round_number * 100_000
    while True:
        number += 1
        yield f"T-{chance.randrange(TASKS)}", f"{chance.choice(['PASS', 'FAIL'])}#{number}"


def _settle(subject: Subject, reporter: Reporter, task: str, verdict: str) -> None:
    reporter.announce(task, verdict)
    subject.settle(task, verdict)
    reporter.acknowledge(task, verdict)


def _judge(
    make: Make, root: Path, ledger: Ledger, ended: Ended, tally: Tally, where: str
) -> Reading | None:
    tally.rounds += 1
    ledger.take(ended.lines)
    if ended.status not in (0, -signal.SIGKILL):
        tally.broken += 1
        tally.note(f"{where}: the writer ended with {ended.status} {ended.error}")
    try:
        reading = make.read(root)  # type: ignore[attr-defined]
    except Exception as error:
        tally.unreadable += 1
        tally.note(f"{where}: {type(error).__name__}: {error}")
        shutil.rmtree(root)  # the next round shall not be blamed for this one
        root.mkdir()
        ledger.__init__(tally)  # type: ignore[misc]
        return None
    ledger.judge(reading, where)
    return reading


# Numbered steps


def kill_at_every_step(make: Make, folder: Path, *, stride: int = 1, offset: int = 0) -> Tally:
    """Kill a short run at each of its steps in turn, and let a second run go on after it."""
    tally = Tally()
    for name, prepare in _SCENES.items():
        template = folder / f"{name}-template"
        template.mkdir()
        before: list[str] = []
        if prepare is not None:
            before = run_child(_short(make, template, 1, Steps())).lines
            prepare(make, template)
        total = _steps_of(make, template, folder / f"{name}-counting")
        try_one = partial(_kill_at, make, template, before)
        spread(range(1 + offset % stride, total + 1, stride), try_one, tally)
        tally.figures[f"steps, {name}"] = total
    return tally


def _kill_at(make: Make, template: Path, before: list[str], step: int, tally: Tally) -> None:
    name = template.name.removesuffix("-template")
    root = template.with_name(f"{name}-{step}")
    shutil.copytree(template, root)
    ledger = Ledger(tally)
    ledger.take(before)
    ended = run_child(_short(make, root, 2, Steps(step)))
    if ended.status != -signal.SIGKILL:
        tally.broken += 1
        tally.note(f"{name}, step {step}: was not reached")
    _judge(make, root, ledger, ended, tally, f"{name}, step {step}")
    resumed = run_child(_short(make, root, 3, Steps()))
    _judge(make, root, ledger, resumed, tally, f"{name}, resumed after step {step}")
    _count_leftovers(root, tally, f"{name}, step {step}")
    shutil.rmtree(root)


def _steps_of(make: Make, template: Path, root: Path) -> int:
    shutil.copytree(template, root)
    ended = run_child(_short(make, root, 2, Steps(), counting=True))
    return int(ended.lines[-1])


def _short(
    make: Make, root: Path, number: int, steps: Steps, *, counting: bool = False
) -> Callable[[Reporter], None]:
    """Make a run of five verdicts, one of them of a task that has one, with two savings."""

    def work(reporter: Reporter) -> None:
        steps.install()
        subject = make(root)
        subject.begin()
        for place, task in enumerate(("T-1", f"T-{number}0", f"T-{number}1")):
            verdict = f"{'FAIL' if place else 'PASS'}#{number}{place}"
            if counting:
                subject.settle(task, verdict)
            else:
                _settle(subject, reporter, task, verdict)
            if place == 1:
                subject.save()
        subject.end()
        if counting:
            reporter.say(str(steps.count))

    return work


def _nothing(make: Make, root: Path) -> None:
    """Leave the state as a finished run left it."""


def _tear(make: Make, root: Path) -> None:
    """Leave it as a run that was killed with half a line of the journal written."""
    journal = root / FOLDER / ".tracks" / "journal.jsonl"
    if journal.exists():
        with open(journal, "ab") as file:
            file.write(b'{"serial":99,"at":"2025')


def _cut(make: Make, root: Path) -> None:
    """Leave a state file that is cut off, and one's temporary beside it."""
    path: Path = make.state_file(root)  # type: ignore[attr-defined]
    path.write_bytes(path.read_bytes()[:400])
    path.with_name(f"{path.name}.{NOBODY}-abc.tracks-tmp").write_bytes(b"half")


_SCENES = {"fresh": None, "going on": _nothing, "torn journal": _tear, "damaged state file": _cut}


def _count_leftovers(root: Path, tally: Tally, where: str) -> None:
    found = [path.name for path in root.rglob("*.tracks-tmp")]
    found += [path.name for path in root.rglob(".gitignore") if path.read_text()[:1] != "*"]
    tally.leftovers += len(found)
    if found:
        tally.note(f"{where}: left behind: {', '.join(found)}")
