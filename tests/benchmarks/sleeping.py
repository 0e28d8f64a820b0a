"""(a) How close a real run comes to the list schedule of the same graph.

Tasks sleep 20–200 ms; each writes when it started and ended. The schedule is simulated afterwards
with the durations that were really slept, so that only what the tracks add is seen: waiting for the
controller, hand-over between workers, and where lanes are static, the layout.
"""

from __future__ import annotations

import heapq
import os
import random
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from environments import Environment, clean_environment, run_timed

TRACKS = 3
SPAN = """
import os
import time


def span(name, seconds):
    start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    time.sleep(seconds)
    line = f"{name} {start} {time.clock_gettime_ns(time.CLOCK_MONOTONIC)}\\n".encode()
    log = os.open(os.environ["SPAN_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line)
    os.close(log)
"""


@dataclass(frozen=True)
class SleepGraph:
    """Tasks in topological order; seconds."""

    predecessors: dict[str, tuple[str, ...]]
    seconds: dict[str, float]


def layered_graph(count: int, seed: int) -> SleepGraph:
    """Draw layers of 2 to 8 tasks, each with 1 to 3 predecessors in the two layers before."""
    chance = random.Random(seed)
    layers: list[list[str]] = []
    predecessors: dict[str, tuple[str, ...]] = {}
    while len(predecessors) < count:
        near = [name for layer in layers[-2:] for name in layer]
        layer = []
        for _ in range(min(chance.randint(2, 8), count - len(predecessors))):
            name = f"TASK-{len(predecessors) + 1:03}"
            predecessors[name] = tuple(chance.sample(near, min(len(near), chance.randint(1, 3))))
            layer.append(name)
        layers.append(layer)
    seconds = {name: round(chance.uniform(0.02, 0.2), 3) for name in predecessors}
    return SleepGraph(predecessors, seconds)


def b_levels(graph: SleepGraph, seconds: dict[str, float]) -> dict[str, float]:
    """Longest path from the start of each task to the end of all."""
    levels = dict(seconds)
    for name in reversed(graph.predecessors):
        for before in graph.predecessors[name]:
            levels[before] = max(levels[before], seconds[before] + levels[name])
    return levels


def list_schedule(graph: SleepGraph, seconds: dict[str, float]) -> float:
    """Makespan of list scheduling by b-level on ``TRACKS`` identical machines."""
    levels = b_levels(graph, seconds)
    missing = {name: len(before) for name, before in graph.predecessors.items()}
    ready = [(-levels[name], name) for name, count in missing.items() if not count]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < TRACKS:
            _, name = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[name], name))
        now, ended = heapq.heappop(running)
        for name, before in graph.predecessors.items():
            if ended in before:
                missing[name] -= 1
                if not missing[name]:
                    heapq.heappush(ready, (-levels[name], name))
    return now


def lane_schedule(graph: SleepGraph, seconds: dict[str, float], lanes: list[list[str]]) -> float:
    """Makespan where each lane runs the first of its own tasks that is ready, in no time at all.

    What is above the list schedule is the price of lanes that are laid out before anything is
    known of the durations; what a run is above this one is overhead.
    """
    left = [list(lane) for lane in lanes]
    ended: set[str] = set()
    running: list[tuple[float, str, int]] = []
    idle = list(range(len(lanes)))
    now = 0.0
    while running or any(left):
        for lane in list(idle):
            ready = (name for name in left[lane] if ended.issuperset(graph.predecessors[name]))
            if (name := next(ready, None)) is not None:
                left[lane].remove(name)
                idle.remove(lane)
                heapq.heappush(running, (now + seconds[name], name, lane))
        now, name, lane = heapq.heappop(running)
        ended.add(name)
        idle.append(lane)
    return now


def lower_bound(graph: SleepGraph, seconds: dict[str, float]) -> float:
    """No schedule can be shorter: max(critical path, total/N)."""
    return max(max(b_levels(graph, seconds).values()), sum(seconds.values()) / TRACKS)


# -- writing -------------------------------------------------------------------------------------


def write_tracks_project(graph: SleepGraph, root: Path) -> None:
    """Write one bound test a task; the plan states the seconds as hours."""
    (root / "docs" / "planning").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\npythonpath = .\n")
    (root / "span.py").write_text(SPAN)
    tasks = [
        {
            "id": name,
            "title": f"Sleeps {seconds} s",
            "estimated_hours": seconds * 100,
            "depends_on": list(graph.predecessors[name]),
            "acceptance_criteria": ["It has slept"],
        }
        for name, seconds in graph.seconds.items()
    ]
    text = yaml.safe_dump({"project": "Sleep", "tasks": tasks}, sort_keys=False)
    (root / "docs" / "planning" / "tracks.yaml").write_text(text)
    tests = [
        f'@pytest.mark.criterion("{name}/AC-001")\n'
        f'def test_{name[5:]}():\n    span("{name}", {seconds})\n'
        for name, seconds in graph.seconds.items()
    ]
    head = "import pytest\nfrom span import span\n"
    (root / "tests" / "test_sleep.py").write_text("\n\n".join([head, *tests]))


def write_makefile(graph: SleepGraph, root: Path) -> None:
    """Write the same graph for make; its targets are phony and its recipes ``sleep``."""
    names = " ".join(graph.predecessors)
    rules = [
        f"{name}: {' '.join(graph.predecessors[name])}\n\t@sleep {seconds}"
        for name, seconds in graph.seconds.items()
    ]
    text = "\n".join([f".PHONY: all {names}", f"all: {names}", *rules, ""])
    (root / "Makefile").write_text(text)


def write_dodo(graph: SleepGraph, root: Path) -> None:
    """Write the same graph for doit; its actions are Python, as the tests are."""
    (root / "span.py").write_text(SPAN)
    tasks = [
        f'def task_{name[5:]}():\n    return {{"actions": [(span, ["{name}", {seconds}])], '
        f'"task_dep": {[before[5:] for before in graph.predecessors[name]]!r}}}\n'
        for name, seconds in graph.seconds.items()
    ]
    (root / "dodo.py").write_text("\n\n".join(["from span import span\n", *tasks]))


# -- measuring -----------------------------------------------------------------------------------


def read_spans(log: Path) -> tuple[float, dict[str, float]]:
    """Read the time from the first start to the last end, and what each task really took."""
    rows = [line.split() for line in log.read_text().splitlines()]
    starts = {name: int(start) / 1e9 for name, start, _ in rows}
    ends = {name: int(end) / 1e9 for name, _, end in rows}
    took = {name: ends[name] - starts[name] for name in starts}
    return max(ends.values()) - min(starts.values()), took


@dataclass(frozen=True)
class SleepResult:
    """One program on one graph; seconds."""

    program: str
    makespan: float
    scheduled: float
    bound: float
    own_lanes: float | None = None
    """Makespan of the lanes that were laid out, with the durations that were really slept."""


def fresh(folder: Path) -> Path:
    """Make an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def measure_tracks(
    environment: Environment, graph: SleepGraph, folder: Path, assignment: str
) -> SleepResult:
    """Run the graph with ``pytest --tracks``."""
    root, log = fresh(folder / assignment), folder / "spans.log"
    log.unlink(missing_ok=True)
    write_tracks_project(graph, root)
    command = [environment.python, "-m", "pytest", "-q", f"--tracks={TRACKS}"]
    command += ["-o", f"tracks_assignment={assignment}"]
    environment.time(command, root, {"SPAN_LOG": str(log)})
    result = _result(f"tracks, {assignment}", graph, log)
    if assignment != "static":
        return result
    state = yaml.safe_load((root / "docs" / "planning" / ".project-state.yaml").read_text())
    tracks = state["parallel_tracks"]["track_info"].values()
    _, seconds = read_spans(log)
    own_lanes = lane_schedule(graph, seconds, [track["tasks"] for track in tracks])
    return replace(result, own_lanes=own_lanes)


def measure_doit(environment: Environment, graph: SleepGraph, folder: Path) -> SleepResult:
    """Run the graph with ``doit -n``."""
    root, log = fresh(folder / "doit"), folder / "spans.log"
    log.unlink(missing_ok=True)
    write_dodo(graph, root)
    command = [environment.python, "-m", "doit", "-n", str(TRACKS)]
    environment.time(command, root, {"SPAN_LOG": str(log)})
    return _result(f"doit -n {TRACKS}", graph, log)


def measure_make(graph: SleepGraph, folder: Path) -> SleepResult:
    """Run the graph with ``make -j``: its wall time, as its recipes keep no log."""
    root = fresh(folder / "make")
    write_makefile(graph, root)
    timed = run_timed(["make", f"-j{TRACKS}"], root, clean_environment(), 0)
    seconds = graph.seconds
    scheduled, bound = list_schedule(graph, seconds), lower_bound(graph, seconds)
    return SleepResult(f"make -j{TRACKS}", timed.wall, scheduled, bound)


def _result(program: str, graph: SleepGraph, log: Path) -> SleepResult:
    makespan, seconds = read_spans(log)
    assert seconds.keys() == graph.seconds.keys()
    return SleepResult(
        program, makespan, list_schedule(graph, seconds), lower_bound(graph, seconds)
    )


def has_make() -> bool:
    """Whether there is a make to compare with."""
    return shutil.which("make", path=os.environ.get("PATH")) is not None
