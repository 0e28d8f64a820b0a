"""The fault suite: ``python tests/faults/run.py --seed N [--size small|full] [--only NAME]``.

Real processes are killed, disks filled and files cut; each harness first breaks a naive
implementation, to show that it can, and then tries to break the state of this project. It is
process kill, not power loss: what the kernel has taken it keeps, and no disk lies here.

Prints the figures of each harness, and in the end all of them as a table with seed and machine;
exit status 1 where one is not as promised.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from company import OURS, kill_in_company
from crashes import crash_everywhere
from disk import fill_files, fill_the_disk
from disk_runs import run_on_a_full_disk
from interrupts import OF_A_TERMINAL, SIGNALS, WAYS, interrupt_run
from kills import kill_at_every_step, kill_at_random_moments
from ledger import Tally
from locks import lock_of_the_journal, try_locks
from merges import merge_naively, merge_tracks, merge_without_order
from naive import PlainWrite, RenameWithoutLock, lock_by_existence
from places import MEMORY, place
from runners import NAIVE, TRACKS, Runner
from spread import spread
from subjects import Compacting, Tracks
from table import LOST, Row, is_ours, machine, markdown
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
    rounds: int
    """Of several processes that are killed together."""


SIZES = {
    "small": Size(kills=40, steps=9, facts=60, bytes=5, offsets=47, splits=2, orders=4, rounds=12),
    "full": Size(
        kills=600, steps=1, facts=1000, bytes=1, offsets=1, splits=5, orders=8, rounds=100
    ),
}
WRITERS = 8
NAIVE_FACTS = 40
"""A naive file grows with each: it goes red long before a thousand."""
NAIVE_ROUNDS = 5
NAIVE_CELL = ("in process", "TERM")
"""Of the signal matrix; in the others it waits for orphans that do not end."""
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


def company(bench: Bench) -> dict[str, Tally]:
    """Kill -9 of three writers, a merge, a repair and a compaction at once."""
    ours = kill_in_company(Tracks, OURS, bench.place("tracks"), bench.seed, bench.size.rounds)
    naive = kill_in_company(PlainWrite, {}, bench.place("naive"), bench.seed, NAIVE_ROUNDS)
    return {"tracks": ours, "plain write": naive}


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
    """The disk full at every offset of a file, and after every byte of a run."""
    stride, offset = bench.size.offsets, bench.seed
    files = fill_files(Tracks, bench.place("tracks, files"), stride=stride, offset=offset)
    whole = fill_the_disk(Tracks, bench.place("tracks, disk"), stride=stride, offset=offset)
    return {
        "tracks, files": files,
        "tracks, disk": whole,
        "plain write, files": fill_files(PlainWrite, bench.place("naive, files")),
        "plain write, disk": fill_the_disk(PlainWrite, bench.place("naive, disk")),
    }


def full_disk_runs(bench: Bench) -> dict[str, Tally]:
    """The disk full under real pytest runs."""
    naive = run_on_a_full_disk(bench.place("naive"), NAIVE)
    return {"tracks": run_on_a_full_disk(bench.place("tracks")), "plain write": naive}


def locks(bench: Bench) -> dict[str, Tally]:
    """Locks of dead and living holders, and a link in a lock's place."""
    ours = try_locks(lock_of_the_journal, bench.place("tracks"))
    return {"tracks": ours, "lock by existence": try_locks(lock_by_existence, bench.place("naive"))}


def signals(bench: Bench) -> dict[str, Tally]:
    """Real pytest runs ended by signals."""
    cells = [(way, name) for way in WAYS for name in SIGNALS]
    chosen = [cell for cell in cells if not bench.cells or _title(*cell) in bench.cells]
    ours = spread(chosen, partial(_signal, bench, "tracks", TRACKS), Tally())
    if NAIVE_CELL not in chosen:
        return {"tracks": ours}
    naive = spread([NAIVE_CELL], partial(_signal, bench, "naive", NAIVE), Tally())
    return {"tracks": ours, "verdicts in the end": naive}


def _title(way: str, name: str) -> str:
    return f"{name}, {way}"


def _signal(bench: Bench, who: str, runner: Runner, which: tuple[str, str], tally: Tally) -> None:
    way, name = which
    title = _title(way, name)
    folder = bench.place(f"{who}, {title}")
    is_terminal = name.endswith(OF_A_TERMINAL)
    cell = interrupt_run(folder, SIGNALS[name], WAYS[way], runner, to_group=is_terminal)
    tally.rounds += 1
    tally.broken += bool(cell.problems)
    tally.count(f"{title}: orphans", len(cell.orphans))
    tally.count(f"{title}: seconds", round(cell.seconds, 1))
    if cell.problems:
        tally.note(f"{title}: {'; '.join(cell.problems)}")


def crashes(bench: Bench) -> dict[str, Tally]:
    """Real pytest runs whose workers die in their tests."""
    ours = _crash(bench.place("tracks"), TRACKS)
    return {"tracks": ours, "PASS is exit 0": _crash(bench.place("naive"), NAIVE)}


def _crash(folder: Path, runner: Runner) -> Tally:
    tally = Tally()
    for cell, problem in crash_everywhere(folder, runner).items():
        tally.rounds += 1
        tally.broken += bool(problem)
        tally.figures[cell] = 0 if problem else 1
        if problem:
            tally.note(f"{cell}: {problem}")
    return tally


@dataclass(frozen=True)
class Harness:
    """One way of breaking a state."""

    run: Callable[[Bench], dict[str, Tally]]
    unit: str
    """What it counts as a round."""
    promised: Mapping[str, str]
    """What must be zero."""
    in_memory: bool = False
    """Whether its states need no disk."""


_CELLS = {"broken": "wrong"}


HARNESSES = {
    "random-kills": Harness(random_kills, "kills", LOST),
    "step-kills": Harness(kills_by_step, "runs", LOST, in_memory=True),
    "company": Harness(company, "kills", LOST),
    "writers": Harness(writers, "writers", LOST),
    "truncation": Harness(truncation, "cuts", {"lost": "silent"}, in_memory=True),
    "merges": Harness(
        merges, "merges", {"lost": "differ", "invented": "made better"}, in_memory=True
    ),
    "full-disk": Harness(full_disk, "runs", LOST, in_memory=True),
    "full-disk-runs": Harness(full_disk_runs, "runs", _CELLS),
    "locks": Harness(locks, "cases", _CELLS),
    "crashes": Harness(crashes, "cells", _CELLS),
    "signals": Harness(signals, "cells", _CELLS),
}


def main() -> int:
    """Run what was asked for."""
    options = _options()
    heading = f"Fault suite, seed {options.seed}, size {options.size}: {machine()}"
    _print(options, f"{heading}\nprocess kill, not power loss")
    rows = {name: _try(name, options) for name in options.only or HARNESSES}
    if options.json:
        print(json.dumps({name: _counted(row) for name, row in rows.items()}))
    _print(options, f"\n{markdown(heading, list(rows.values()))}")
    return 0 if all(_is_as_promised(row.tallies) for row in rows.values()) else 1


def _try(name: str, options: argparse.Namespace) -> Row:
    harness = HARNESSES[name]
    cells = tuple(options.cell or ())
    started = time.monotonic()
    with place(options.folder, in_memory=harness.in_memory) as folder:
        tallies = harness.run(Bench(options.seed, SIZES[options.size], folder, cells))
        is_in_memory = folder.is_relative_to(MEMORY)
    title = (harness.run.__doc__ or name).rstrip(".")
    where = "memory" if is_in_memory else "disk"
    row = Row(title, harness.unit, where, time.monotonic() - started, tallies, harness.promised)
    _print(options, f"\n{name} ({row.seconds:.0f} s, states in the {where})")
    for who, tally in tallies.items():
        _print(options, _lines(who, tally))
    return row


def _counted(row: Row) -> dict[str, Any]:
    return {who: dataclasses.asdict(tally) for who, tally in row.tallies.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break the state.")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", choices=HARNESSES, action="append")
    parser.add_argument("--cell", action="append", help='of the signal matrix: "TERM, in process"')
    parser.add_argument("--json", action="store_true", help="print the figures as one object")
    parser.add_argument(
        "--folder", help="where all states lie (default: the temporary folder, or the memory)"
    )
    return parser.parse_args()


def _is_as_promised(tallies: Mapping[str, Tally]) -> bool:
    """Ours is green, and each naive one red: a harness that spares those measures nothing."""
    return all(tally.is_green == is_ours(who) for who, tally in tallies.items())


def _lines(who: str, tally: Tally) -> str:
    colour = "green" if tally.is_green else "RED"
    counted = (
        f"{tally.rounds} rounds, {tally.acknowledged} acknowledged, {tally.lost} lost, "
        f"{tally.invented} invented, {tally.unreadable} unreadable, {tally.broken} broken, "
        f"{tally.leftovers} left behind"
    )
    lines = [f"  {who:<20} {colour:<6} {counted}"]
    lines += [f"    {name:<30} {value:g}" for name, value in tally.figures.items()]
    lines += [f"    e.g. {note[:140]}" for note in tally.notes if is_ours(who)]
    return "\n".join(lines)


def _print(options: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if options.json else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
