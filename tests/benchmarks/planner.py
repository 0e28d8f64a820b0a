"""How good and how fast the planner is, beside plain list scheduling by b-level (HLFET).

    python tests/benchmarks/planner.py --stg DIR      graphs with known optima (DIR/INDEX.csv)
    python tests/benchmarks/planner.py --tasks 10000  analysis, width and plan of a random graph

DIR holds graphs of the Standard Task Graph Set and INDEX.csv with columns ``file`` and
``opt_m2``, ``opt_m4``…; open cases (``lb..ub``) are left out. Both tables may be asked for at once.
Where ``ortools`` is installed, CP-SAT gets a second for each graph, and a column.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.graph import Graph, build_graph
from pytest_tracks.core.list_schedule import ANY, Workload
from pytest_tracks.core.model import Location, Plan, Task
from pytest_tracks.core.passes import event_pass, rank_by_key
from pytest_tracks.core.width import width
from pytest_tracks.project.proof import Solver, find_solver

SOLVER_SECONDS = 1.0


class Case(NamedTuple):
    tracks: int
    optimum: int
    plan: Plan


class Result(NamedTuple):
    tracks: int
    gap: float
    hlfet_gap: float
    seconds: float
    solver_gap: float | None = None
    """None where no solver is installed."""


def read_stg(path: Path) -> Plan:
    """Read a graph; its dummy first and last task take no time and are tasks like others."""
    lines = [line.split() for line in path.read_text().splitlines()]
    rows = [list(map(int, line)) for line in lines[1:] if line and not line[0].startswith("#")]
    place = Location(path.name)
    tasks = [
        Task(
            f"T-{number}",
            "",
            place,
            hours=float(length),
            predecessors=tuple(f"T-{other}" for other in before),
        )
        for number, length, _, *before in rows
    ]
    return Plan(path.stem, {task.id: task for task in tasks}, "")


def read_cases(folder: Path) -> Iterator[Case]:
    with (folder / "INDEX.csv").open(newline="") as index:
        for row in csv.DictReader(index):
            plan = read_stg(folder / row["file"])
            for column, optimum in row.items():
                if column.startswith("opt_m") and optimum.isdigit():
                    yield Case(int(column.removeprefix("opt_m")), int(optimum), plan)


def graph_of(plan: Plan) -> Graph[int]:
    waits = {task.id: task.predecessors for task in plan.tasks.values()}
    hours = {task.id: int(task.hours or 0) for task in plan.tasks.values()}
    return build_graph(plan.tasks, waits, hours)


def hlfet(graph: Graph[int], tracks: int) -> int:
    urgency = rank_by_key(graph, [-level for level in graph.b_levels()])
    return max(event_pass(graph, tracks, *urgency))


def solve(solver: Solver, case: Case, known: int) -> float:
    """Return the gap of what the solver finds; ``known`` is the makespan that it starts from."""
    graph = graph_of(case.plan)
    workload = Workload(graph, case.tracks, (ANY,) * len(graph))
    found = solver.solve(workload, known, SOLVER_SECONDS).makespan
    return (known if found is None else found) / case.optimum - 1


def measure(case: Case, solver: Solver | None = None) -> Result:
    start = time.perf_counter()
    layout = distribute(case.plan, case.tracks)
    seconds = time.perf_counter() - start
    plain = hlfet(graph_of(case.plan), case.tracks)
    if not case.optimum <= layout.makespan <= plain:
        raise AssertionError(f"{case.plan.project} on {case.tracks}: {layout.makespan:g} h")
    return Result(
        case.tracks,
        layout.makespan / case.optimum - 1,
        plain / case.optimum - 1,
        seconds,
        solve(solver, case, plain) if solver else None,
    )


def print_gaps(folder: Path) -> None:
    solver = find_solver()
    results = [measure(case, solver) for case in read_cases(folder)]
    beside = f"   {solver.name} {SOLVER_SECONDS:g} s: mean   worst" if solver else ""
    print(f"tracks  graphs   planner: mean   worst   optimal   ms     HLFET: mean   worst{beside}")
    for tracks in sorted({result.tracks for result in results}):
        some = [result for result in results if result.tracks == tracks]
        gaps = [result.gap for result in some]
        plain = [result.hlfet_gap for result in some]
        optimal = mean(gap == 0 for gap in gaps)
        milliseconds = 1000 * mean(result.seconds for result in some)
        print(
            f"{tracks:6}{len(some):8}{100 * mean(gaps):15.3f} %{100 * max(gaps):6.2f} %"
            f"{100 * optimal:8.1f} %{milliseconds:6.1f}{100 * mean(plain):13.2f} %"
            f"{100 * max(plain):6.2f} %{_solver_column(some)}"
        )
    if solver is None:
        print("CP-SAT is not installed (pip install ortools): no column for it")


def _solver_column(results: list[Result]) -> str:
    gaps = [result.solver_gap for result in results if result.solver_gap is not None]
    return f"{100 * mean(gaps):15.3f} %{100 * max(gaps):6.2f} %" if gaps else ""


def random_plan(tasks: int, seed: int = 1) -> Plan:
    """Make a layered random graph with up to three predecessors a task."""
    noise = random.Random(seed)
    depth = max(2, round(tasks**0.5))
    layers: list[list[str]] = [[] for _ in range(depth)]
    for number in range(tasks):
        layers[number * depth // tasks].append(f"T-{number}")
    made = {}
    for above, layer in zip([[], *layers], layers, strict=False):
        for task_id in layer:
            before = noise.sample(above, min(len(above), noise.randrange(4)))
            hours = float(noise.randint(1, 20))
            made[task_id] = Task(task_id, "", Location(""), hours=hours, predecessors=tuple(before))
    return Plan("random", made, "")


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def print_speed(tasks: int, tracks: int) -> None:
    plan = random_plan(tasks)
    graph = graph_of(plan)
    unit = min(seconds_of(lambda: hlfet(graph, tracks)) for _ in range(3))
    print(f"{tasks} tasks, {tracks} tracks; one list schedule: {1000 * unit:.1f} ms")
    rows: dict[str, Callable[[], object]] = {
        "of which width": lambda: width(graph),
        "analysis, table, width": lambda: analyse(plan, tracks=tracks),
        "plan": lambda: distribute(plan, tracks),
    }
    for name, work in rows.items():
        seconds = seconds_of(work)
        print(f"{name:24}{seconds:8.2f} s{seconds / unit:8.1f} × list schedule")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--stg", type=Path, help="folder with INDEX.csv")
    parser.add_argument("--tasks", type=int, action="append", default=[], help="size (repeatable)")
    parser.add_argument("--tracks", type=int, default=8, help="tracks for --tasks")
    options = parser.parse_args()
    if options.stg is None and not options.tasks:
        parser.error("nothing to measure: give --stg or --tasks")
    if options.stg is not None:
        print_gaps(options.stg)
    for tasks in options.tasks:
        print_speed(tasks, options.tracks)


if __name__ == "__main__":
    main()
