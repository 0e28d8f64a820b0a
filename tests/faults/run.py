"""The fault suite: ``python tests/faults/run.py --seed N [--size small|full] [--only NAME]``.

Real processes are killed, disks filled and files cut; each harness first breaks a naive
implementation, to show that it can, and then tries to break the state of this project. It is
process kill, not power loss: what the kernel has taken it keeps, and no disk lies here.

Prints a table of figures with seed and machine; exit status 1 where one is not as promised.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crashes import crash_everywhere
from disk import fill_the_disk
from disk_runs import run_on_a_full_disk
from interrupts import OF_A_TERMINAL, SIGNALS, WAYS, interrupt_run
from kills import kill_at_every_step, kill_at_random_moments
from ledger import Tally
from locks import lock_of_the_journal, try_locks
from merges import merge_naively, merge_tracks, merge_without_order
from naive import PlainWrite, RenameWithoutLock, lock_by_existence
from subjects import Compacting, Tracks
from truncation import cut_everywhere
from writers import write_side_by_side


@dataclass(frozen=True)
class Size:
    """How much is tried. A stride of 1 is every step, byte or offset."""

    kills: int
    steps: int
    facts: int
    bytes: int
    offsets: int
    splits: int
    orders: int


SIZES = {
    "small": Size(kills=40, steps=9, facts=60, bytes=5, offsets=47, splits=2, orders=4),
    "full": Size(kills=600, steps=1, facts=1000, bytes=1, offsets=1, splits=5, orders=8),
}
WRITERS = 8
NAIVE_FACTS = 40
"""A naive file grows with each: it goes red long before a thousand."""
NAIVE_KILLS = 200
"""At most; a naive state may be lucky for a while."""


@dataclass(frozen=True)
class Bench:
    """What a harness gets."""

    seed: int
    size: Size
    folder: Path
    cells: tuple[str, ...] = ()
    """Of the signal matrix; all if none is named."""

    def place(self, name: str) -> Path:
        """Make a folder for one trial."""
        path = self.folder / name
        path.mkdir()
        return path


def random_kills(bench: Bench) -> dict[str, Tally]:
    """Kill -9 at random moments."""
    naive = Tally()
    for number in range(NAIVE_KILLS // 20):
        folder = bench.place(f"naive-{number}")
        kill_at_random_moments(PlainWrite, folder, bench.seed + number, 20, naive)
        if not naive.is_green:
            break
    ours = kill_at_random_moments(Tracks, bench.place("tracks"), bench.seed, bench.size.kills)
    short = kill_at_random_moments(
        Compacting, bench.place("compacting"), bench.seed, bench.size.kills
    )
    return {"tracks": ours, "tracks, compacting": short, "plain write": naive}


def kills_by_step(bench: Bench) -> dict[str, Tally]:
    """Kill -9 at every numbered step of writing."""
    stride, offset = bench.size.steps, bench.seed
    ours = kill_at_every_step(Tracks, bench.place("tracks"), stride=stride, offset=offset)
    short = kill_at_every_step(Compacting, bench.place("compacting"), stride=stride, offset=offset)
    naive = kill_at_every_step(PlainWrite, bench.place("naive"))
    return {"tracks": ours, "tracks, compacting": short, "plain write": naive}


def writers(bench: Bench) -> dict[str, Tally]:
    """Eight writers at once."""
    ours = write_side_by_side(Tracks, bench.place("tracks"), WRITERS, bench.size.facts)
    naive = write_side_by_side(RenameWithoutLock, bench.place("naive"), WRITERS, NAIVE_FACTS)
    return {"tracks": ours, "rename without lock": naive}


def truncation(bench: Bench) -> dict[str, Tally]:
    """State file and journal cut off at every byte."""
    stride, offset = bench.size.bytes, bench.seed
    ours = cut_everywhere(Tracks, bench.place("tracks"), stride=stride, offset=offset)
    return {"tracks": ours, "plain write": cut_everywhere(PlainWrite, bench.place("naive"))}


def merges(bench: Bench) -> dict[str, Tally]:
    """Random splits of facts, merged in random orders."""
    tried = (bench.seed, bench.size.splits, bench.size.orders)
    ours = merge_without_order(
        Tracks, merge_tracks, bench.place("tracks"), *tried, bench.size.facts
    )
    naive = merge_without_order(
        PlainWrite, merge_naively, bench.place("naive"), *tried, NAIVE_FACTS
    )
    return {"tracks": ours, "last one wins": naive}


def full_disk(bench: Bench) -> dict[str, Tally]:
    """The disk full at every offset."""
    stride, offset = bench.size.offsets, bench.seed
    ours = fill_the_disk(Tracks, bench.place("tracks"), stride=stride, offset=offset)
    return {"tracks": ours, "plain write": fill_the_disk(PlainWrite, bench.place("naive"))}


def full_disk_runs(bench: Bench) -> dict[str, Tally]:
    """The disk full under real pytest runs."""
    return {"tracks": run_on_a_full_disk(bench.place("tracks"))}


def locks(bench: Bench) -> dict[str, Tally]:
    """Locks of dead and living holders, and a link in a lock's place."""
    ours = try_locks(lock_of_the_journal, bench.place("tracks"))
    return {"tracks": ours, "lock by existence": try_locks(lock_by_existence, bench.place("naive"))}


def signals(bench: Bench) -> dict[str, Tally]:
    """Real pytest runs ended by signals."""
    tally = Tally()
    for way, arguments in WAYS.items():
        for name, numbers in SIGNALS.items():
            title = f"{name}, {way}"
            if title not in (bench.cells or [title]):
                continue
            is_terminal = name.endswith(OF_A_TERMINAL)
            cell = interrupt_run(bench.place(title), numbers, arguments, to_group=is_terminal)
            tally.rounds += 1
            tally.broken += bool(cell.problems)
            tally.figures[f"{title}: orphans"] = len(cell.orphans)
            tally.figures[f"{title}: seconds"] = round(cell.seconds, 1)
            if cell.problems:
                tally.note(f"{title}: {'; '.join(cell.problems)}")
    return {"tracks": tally}


def crashes(bench: Bench) -> dict[str, Tally]:
    """Real pytest runs whose workers die in their tests."""
    tally = Tally()
    for cell, problem in crash_everywhere(bench.place("tracks")).items():
        tally.rounds += 1
        tally.broken += bool(problem)
        tally.figures[cell] = 0 if problem else 1
        if problem:
            tally.note(f"{cell}: {problem}")
    return {"tracks": tally}


HARNESSES: dict[str, Callable[[Bench], dict[str, Tally]]] = {
    "random-kills": random_kills,
    "step-kills": kills_by_step,
    "writers": writers,
    "truncation": truncation,
    "merges": merges,
    "full-disk": full_disk,
    "full-disk-runs": full_disk_runs,
    "locks": locks,
    "crashes": crashes,
    "signals": signals,
}


def main() -> int:
    """Run what was asked for."""
    options = _options()
    outcome: dict[str, dict[str, Any]] = {}
    _print(options, f"fault suite, seed {options.seed}, size {options.size}: {_machine(options)}")
    _print(options, "process kill, not power loss")
    fine = True
    for name in options.only or HARNESSES:
        started = time.monotonic()
        with _folder(options.folder) as folder:
            cells = tuple(options.cell or ())
            bench = Bench(options.seed, SIZES[options.size], folder, cells)
            tallies = HARNESSES[name](bench)
        outcome[name] = {who: dataclasses.asdict(tally) for who, tally in tallies.items()}
        fine &= _is_as_promised(tallies)
        _print(options, f"\n{name} ({time.monotonic() - started:.0f} s)")
        for who, tally in tallies.items():
            _print(options, _lines(who, tally))
    if options.json:
        print(json.dumps(outcome))
    return 0 if fine else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break the state.")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", choices=HARNESSES, action="append")
    parser.add_argument("--cell", action="append", help='of the signal matrix: "TERM, in process"')
    parser.add_argument("--json", action="store_true", help="print the figures as one object")
    parser.add_argument("--folder", help="where the states lie (default: the temporary folder)")
    return parser.parse_args()


@contextmanager
def _folder(parent: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _is_as_promised(tallies: dict[str, Tally]) -> bool:
    """Ours is green, and each naive one red: a harness that spares those measures nothing."""
    return all(tally.is_green == _is_ours(who) for who, tally in tallies.items())


def _is_ours(who: str) -> bool:
    return who.startswith("tracks")


def _lines(who: str, tally: Tally) -> str:
    colour = "green" if tally.is_green else "RED"
    counted = (
        f"{tally.rounds} rounds, {tally.acknowledged} acknowledged, {tally.lost} lost, "
        f"{tally.invented} invented, {tally.unreadable} unreadable, {tally.broken} broken, "
        f"{tally.leftovers} left behind"
    )
    lines = [f"  {who:<20} {colour:<6} {counted}"]
    lines += [f"    {name:<30} {value:g}" for name, value in tally.figures.items()]
    lines += [f"    e.g. {note[:140]}" for note in tally.notes if _is_ours(who)]
    return "\n".join(lines)


def _machine(options: argparse.Namespace) -> str:
    folder = options.folder or tempfile.gettempdir()
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, states in {folder}"
    )


def _print(options: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if options.json else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
