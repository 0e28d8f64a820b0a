"""What it costs to lose nothing: ``python tests/benchmarks/state.py [--quick]``.

Side by side, interleaved, as ratios of medians; README.md beside this file says what each figure
means. The exit status is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from next import FOLDER, write_project

import pytest_tracks.state.journal as journal
from pytest_tracks.core.model import Check, Criterion, Location, Plan, Task
from pytest_tracks.core.record import Digest
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.facts import AttemptStarted, Fact, TaskSettled
from pytest_tracks.state.pace import COST_FACTOR, LEAST_INTERVAL
from pytest_tracks.state.store import Store

DURABLE_BAR = 1.5
GROWTH_BAR = 12.0
SNAPSHOT_BAR = 0.05
UNCHANGED_BAR = 2.0
_DIGEST = Digest(*(letter * 40 for letter in "abcde"))
_ALONE = (
    *("-p", "no:randomly", "-p", "no:sugar", "-p", "no:html", "-p", "no:metadata"),
    *("-p", "no:hypothesispytest", "-p", "no:cov", "-p", "no:timeout", "-p", "no:rerunfailures"),
)


class Report:
    """Prints as it goes, and remembers what missed its bar."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def bar(self, what: str, ratio: float, bar: float, more: str = "") -> None:
        """Print a figure against its bar."""
        is_met = ratio <= bar
        verdict = "met" if is_met else "MISSED"
        print(f"  {what:<55} {ratio:7.3f}   bar {bar:5.2f}  {verdict}  {more}", flush=True)
        if not is_met:
            self.missed.append(what)


@contextmanager
def scratch(parent: str | None) -> Iterator[Path]:
    """Make a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_plan(tasks: int) -> Plan:
    """Make a plan of so many tasks of one criterion."""
    here = Location(f"{FOLDER}/tracks.yaml")
    criterion = Criterion("AC-001", "it works", Check(), here)
    made = (Task(f"T-{n}", "A task", here, criteria=(criterion,)) for n in range(tasks))
    return Plan("Large", {task.id: task for task in made}, FOLDER)


def settled(store: Store, number: int) -> TaskSettled:
    """Make a verdict."""
    name = f"T-{number}"
    criteria = {"AC-001": CriterionResult("AC-001", CriterionVerdict.PASS)}
    attempt = f"{store.run_id}/{name}"
    return TaskSettled(
        store.run_id, name, TaskVerdict.PASS, attempt, digest=_DIGEST, criteria=criteria
    )


def durable(report: Report, folder: Path, count: int) -> None:
    """Compare a verdict with a bare line of the same length, until each is on the disk."""
    store = Store.open(folder, make_plan(10))
    store.start_run()
    real, ended = journal.sync_contents, [0.0]

    def sync(descriptor: int) -> None:
        real(descriptor)
        ended[0] = time.perf_counter()

    journal.sync_contents = sync
    line = b"x" * (_length_of_a_line(store) - 1) + b"\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    bare, until, whole = [], [], []
    descriptor = os.open(folder / "bare", flags)
    for number in range(count):
        verdict = settled(store, number)
        start = time.perf_counter()
        store.append(verdict)
        whole.append(time.perf_counter() - start)
        until.append(ended[0] - start)
        start = time.perf_counter()
        os.write(descriptor, line)
        real(descriptor)
        bare.append(time.perf_counter() - start)
    os.close(descriptor)
    journal.sync_contents = real
    base = median(bare)
    words = f"{median(until) * 1e6:.0f} / {base * 1e6:.0f} µs"
    report.bar("verdict → durable / bare append", median(until) / base, DURABLE_BAR, words)
    print(f"  {'with the fold that follows':<55} {median(whole) / base:7.3f}")


def _length_of_a_line(store: Store) -> int:
    store.append(settled(store, 0))
    path = store.path.parent / journal.FOLDER / "journal.jsonl"
    return len(path.read_bytes().splitlines(keepends=True)[-1])


class OwnTime(SystemSurroundings):
    """A clock that stands still while another run has its turn."""

    def __init__(self) -> None:
        super().__init__()
        self._stood = 0.0
        self._since: float | None = None

    def monotonic(self) -> float:
        """Return the seconds of its own turns."""
        return (self._since or time.monotonic()) - self._stood

    def stop(self) -> None:
        """End a turn."""
        self._since = time.monotonic()

    def go_on(self) -> None:
        """Begin the next."""
        if self._since is not None:
            self._stood += time.monotonic() - self._since
        self._since = None


class Verdicts:
    """A run that settles task after task, with the snapshots that come due."""

    def __init__(self, folder: Path, count: int) -> None:
        self.spent = 0.0
        """Seconds of processor time."""
        self._clock = OwnTime()
        self._store = Store.open(folder, make_plan(count), surroundings=self._clock)
        self._store.start_run()
        self._next = 0

    def settle(self, count: int) -> None:
        """Settle so many more."""
        self._clock.go_on()
        before = time.process_time()
        for number in range(self._next, self._next + count):
            self._store.append(settled(self._store, number))
            self._store.maybe_snapshot()
        self._next += count
        self.spent += time.process_time() - before
        self._clock.stop()

    def finish(self) -> None:
        """End the run, with the state file as it is to be."""
        self._clock.go_on()
        before = time.process_time()
        self._store.finish_run(0)
        self.spent += time.process_time() - before


def growth(report: Report, folder: Path, rounds: int) -> None:
    """Compare a run of 10,000 verdicts with runs of 1,000, to their ends.

    They take turns, a thousand verdicts each: what a sync costs the processor changes twofold with
    what else the disk has to do.
    """
    ratios = []
    for number in range(rounds):
        large = Verdicts(folder / f"large-{number}", 10_000)
        spent = []
        for turn in range(10):
            small = Verdicts(folder / f"small-{number}-{turn}", 1_000)
            for run in (small, large):
                run.settle(1_000)
            small.finish()
            spent.append(small.spent)
        large.finish()
        ratios.append(large.spent / mean(spent))
    report.bar("10,000 verdicts / 1,000", median(ratios), GROWTH_BAR, "of processor time")


def snapshots(report: Report, folder: Path, tasks: int) -> None:
    """Measure which part of a run with so many tasks its snapshots may take."""
    store = Store.open(folder, make_plan(tasks))
    store.start_run()
    for first in range(0, tasks, 1000):
        store.append(*(settled(store, first + number) for number in range(1000)))
    store.snapshot()
    store.append(settled(store, 1))
    before = time.monotonic()
    store.snapshot(force=True)
    cost = time.monotonic() - before
    store.append(settled(store, 2))
    due = store.snapshot_due_in() or 0.0
    words = f"{tasks} tasks: {cost:.2f} s, the next {due:.1f} s later"
    report.bar("a snapshot / time until the next", cost / (cost + due), SNAPSHOT_BAR, words)
    assert due > min(LEAST_INTERVAL, COST_FACTOR * cost) / 2


def large(folder: Path, sizes: tuple[int, ...]) -> None:
    """Measure writing, compacting and opening whole states."""
    for tasks in sizes:
        root, plan = folder / f"tasks-{tasks}", make_plan(tasks)
        store = Store.open(root, plan)
        run = store.start_run()
        clock = [time.process_time()]
        for first in range(0, tasks, 1000):
            facts: list[Fact] = []
            for number in range(first, first + 1000):
                name = f"T-{number}"
                facts.append(AttemptStarted(run, name, f"{run}/{name}", digest=_DIGEST))
                facts.append(settled(store, number))
            store.append(*facts)
        clock.append(time.process_time())
        Store.open(root, plan)
        clock.append(time.process_time())
        store.finish_run(0)
        store.compact()
        clock.append(time.process_time())
        Store.open(root, plan)
        clock.append(time.process_time())
        spans = [(after - before) / tasks * 1e6 for before, after in pairwise(clock)]
        words = "append {:.0f}, fold journal {:.0f}, write and compact {:.0f}, open {:.0f}"
        print(f"  {tasks:>7} tasks, µs of processor a task: {words.format(*spans)}", flush=True)


def unchanged(report: Report, folder: Path, tasks: int, rounds: int) -> None:
    """Compare runs in which nothing has changed with an empty run of the same folder.

    The first run runs all of it. What it has left in the plan's folder is put back before each
    measurement of the very next run, so that all of these find what the second run finds.
    """
    root, left = folder / "project", folder / "left"
    write_project(root, tasks, one_file=True, is_prose=False)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    # This checkout, wherever it is installed.
    environment["PYTHONPATH"] = str(Path(journal.__file__).parents[2])
    empty = [sys.executable, "-m", "pytest", *_ALONE]

    def seconds(command: list[str], status: int, *, workers: bool = False) -> float:
        before = os.times()
        ran = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
        after = os.times()
        assert ran.returncode == status, (command, ran.returncode, ran.stdout[-2000:])
        assert (b"created: " in ran.stdout) is workers, "nothing to do starts no worker"
        return sum(after[2:4]) - sum(before[2:4])

    def next_run() -> float:
        shutil.copytree(left, root / FOLDER, dirs_exist_ok=True)
        return seconds([*empty, "--tracks=3"], 0)

    all_of_it = seconds([*empty, "--tracks=3"], 0, workers=True)
    shutil.copytree(root / FOLDER, left)
    pairs = [(next_run(), seconds(empty, 5)) for _ in range(rounds)]
    pairs_later = [(seconds([*empty, "--tracks=3"], 0), seconds(empty, 5)) for _ in range(rounds)]
    words = f"of processor time; running all of it: {all_of_it:.1f} s"
    for what, found in (("the run after all has passed", pairs), ("runs after that", pairs_later)):
        ratio = median(ours for ours, _ in found) / median(bare for _, bare in found)
        report.bar(f"{what}, {tasks} tasks / empty run", ratio, UNCHANGED_BAR, words)
    for name in (".project-state.yaml", ".tracks/journal.jsonl"):
        same = (root / FOLDER / name).read_bytes() == (left / name).read_bytes()
        assert same, f"{name} is what it was"


def main() -> int:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", help="where the states lie (default: the temporary folder)")
    options = parser.parse_args()
    quick, report = options.quick, Report()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    print(f"{machine}, Python {platform.python_version()}")
    with scratch(options.folder) as folder:
        durable(report, folder / "durable", 300 if quick else 3000)
        growth(report, folder / "growth", 1 if quick else 3)
        snapshots(report, folder / "snapshots", 5_000 if quick else 20_000)
        large(folder / "large", (1_000, 10_000) if quick else (1_000, 10_000, 100_000))
        unchanged(report, folder, 1_000, 5 if quick else 15)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
