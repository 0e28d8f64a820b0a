"""Measures what the project promises about speed: ``python tests/benchmarks/run.py [--quick]``.

Everything is compared side by side in one run, and printed as ratios; see README.md beside this
file for what each figure means. The exit status is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import overhead
import sleeping
from environments import Environment, Timed, describe, make_environment, make_pair

SLEEP_BAR = 1.05
NOOP_BAR = 1.20
GROWTH_BAR = 1.20
UNUSED_BAR = 1.03


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    graphs: int
    rounds: int
    pairs: int


FULL = Size(graphs=3, rounds=5, pairs=40)
QUICK = Size(graphs=1, rounds=3, pairs=10)


class Report:
    """Prints as it goes, and remembers what missed its bar."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def line(self, what: str, text: str) -> None:
        print(f"  {what:<38} {text}", flush=True)

    def bar(self, what: str, ratio: float, bar: float) -> None:
        fine = ratio <= bar
        self.line(what, f"{ratio:.3f}   bar {bar:.2f}  {'met' if fine else 'MISSED'}")
        if not fine:
            self.missed.append(what)


def spread(ratios: Sequence[float]) -> str:
    """Show a median with the middle half around it."""
    if len(ratios) < 4:
        return " ".join(f"{ratio:.3f}" for ratio in ratios)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} (middle half {low:.3f}–{high:.3f}, {len(ratios)} pairs)"


def sleep_tasks(report: Report, size: Size, plugin: Environment, doit: Environment) -> None:
    """(a) Makespans against the list schedule with the actual durations."""
    for count in (60, 300):
        report.title(f"(a) {count} tasks that sleep 20–200 ms, {sleeping.TRACKS} tracks")
        results: dict[str, list[sleeping.SleepResult]] = {}
        for seed in range(size.graphs):
            graph = sleeping.layered_graph(count, seed)
            for result in _sleep_programs(graph, plugin, doit):
                results.setdefault(result.program, []).append(result)
        for program, found in results.items():
            schedule = statistics.median(one.makespan / one.scheduled for one in found)
            bound = statistics.median(one.makespan / one.bound for one in found)
            seconds = statistics.median(one.makespan for one in found)
            text = f"{seconds:6.2f} s   {schedule:.3f} × list schedule   {bound:.3f} × lower bound"
            report.line(program, text)
        static = results["tracks, static"]
        layout = statistics.median(one.own_lanes / one.scheduled for one in static)
        report.line("its lanes without any overhead", f"{'':8} {layout:.3f} × list schedule")
        ours = [one.makespan / one.scheduled for one in static]
        report.bar("makespan / list schedule", statistics.median(ours), SLEEP_BAR)


def _sleep_programs(
    graph: sleeping.SleepGraph, plugin: Environment, doit: Environment
) -> Iterator[sleeping.SleepResult]:
    with scratch() as folder:
        yield sleeping.measure_tracks(plugin, graph, folder, "static")
        yield sleeping.measure_tracks(plugin, graph, folder, "dynamic")
        if sleeping.has_make():
            yield sleeping.measure_make(graph, folder)
        yield sleeping.measure_doit(doit, graph, folder)


def noop_items(report: Report, size: Size, plugin: Environment) -> None:
    """(b) A gated run against plain xdist on the same items, and how it grows."""
    per_item: dict[int, list[float]] = {}
    report.title(f"(b) items that do nothing, ten a task, {sleeping.TRACKS} tracks")
    for tasks in (300, 600):
        with scratch() as folder:
            root, items = folder / "project", tasks * overhead.ITEMS_A_TASK
            overhead.write_noop_project(root, tasks)
            for warm_up in (overhead.time_tracks, overhead.time_xdist):
                warm_up(plugin, root)  # byte code is written once
            pairs = interleave(
                size.rounds,
                lambda root=root: overhead.time_tracks(plugin, root),
                lambda root=root: overhead.time_xdist(plugin, root),
            )
        ours, theirs = (
            statistics.median(one.wall for one in side) for side in zip(*pairs, strict=True)
        )
        per_item[items] = [one.wall / items for one, _ in pairs]
        ratios = [one.wall / other.wall for one, other in pairs]
        report.line(f"{items} items", f"tracks {ours:.2f} s, xdist load {theirs:.2f} s")
        report.bar(f"wall / plain xdist, {items} items", statistics.median(ratios), NOOP_BAR)
    small, large = (statistics.median(values) for values in per_item.values())
    report.line("per item", f"{small * 1e3:.2f} ms at 3000, {large * 1e3:.2f} ms at 6000")
    report.bar("per item, 6000 / 3000", large / small, GROWTH_BAR)


def unused(report: Report, size: Size, plugin: Environment, without: Environment) -> None:
    """(c) An empty run with the plugin installed against one without it."""
    report.title("(c) installed but unused: an empty run")
    with scratch() as folder:
        root = folder / "empty"
        root.mkdir()
        for environment in (plugin, without):  # byte code is written once
            overhead.time_empty(environment, root)
        pairs, same = [], []
        for number in range(size.pairs):  # interleaved also with the comparison of noise
            pairs += interleave(
                1,
                lambda: overhead.time_empty(plugin, root),
                lambda: overhead.time_empty(without, root),
                swap=bool(number % 2),
            )
            same += interleave(
                1,
                lambda: overhead.time_empty(without, root),
                lambda: overhead.time_empty(without, root),
            )
    report.line("an empty run", f"{statistics.median(b.wall for _, b in pairs) * 1e3:.0f} ms")
    ratios = [one.wall / other.wall for one, other in pairs]
    report.line("with / without", spread(ratios))
    report.line("without / itself", spread([one.wall / other.wall for one, other in same]))
    processor = [one.processor / other.processor for one, other in pairs if other.processor]
    report.line("processor time, with / without", spread(processor))
    report.bar("with / without, median", statistics.median(ratios), UNUSED_BAR)


def interleave(
    rounds: int, ours: Callable[[], Timed], theirs: Callable[[], Timed], *, swap: bool = False
) -> list[tuple[Timed, Timed]]:
    """Measure in turns, the other one first every second time: a busy machine meets both."""
    pairs = []
    for number in range(rounds):
        if bool(number % 2) != swap:
            other = theirs()
            pairs.append((ours(), other))
        else:
            one = ours()
            pairs.append((one, theirs()))
    return pairs


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for one measurement."""
    with tempfile.TemporaryDirectory(prefix="tracks-bench-") as folder:
        yield Path(folder)


def main(arguments: Sequence[str]) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one graph, three rounds, ten pairs")
    parser.add_argument("--only", default="abc", help="which parts: a, b, c (default: abc)")
    parser.add_argument("--venvs", type=Path, help="where to keep the environments for next time")
    options = parser.parse_args(arguments)
    size, report = QUICK if options.quick else FULL, Report()
    with scratch() as folder:
        venvs = options.venvs.resolve() if options.venvs else folder
        plugin, without = make_pair(venvs)
        print(describe(plugin))
        if "a" in options.only:
            sleep_tasks(report, size, plugin, make_environment(venvs / "doit", "doit"))
        if "b" in options.only:
            noop_items(report, size, plugin)
        if "c" in options.only:
            unused(report, size, plugin, without)
    print(f"\n{len(report.missed)} bars missed (load {os.getloadavg()[0]:.1f} after)")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
