"""Real runs of random plans: workers, commands, crashes; what happened is read from time stamps.

``TRACKS_REAL_RUNS`` and ``TRACKS_REAL_SEED`` change how many and which; a failure prints the seed
and keeps the project in pytest's temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from tests.plugin.random_graphs import (
    Graph,
    Item,
    Span,
    TaskPlan,
    blockers,
    draw_graph,
    environment,
    expected_verdicts,
    read_log,
    write_project,
)

SEED = int(os.environ.get("TRACKS_REAL_SEED", "0"))
RUNS = int(os.environ.get("TRACKS_REAL_RUNS", "36"))
LARGE_RUNS = int(os.environ.get("TRACKS_REAL_LARGE_RUNS", "0"))
TIME_LIMIT = 120
"""Seconds for one inner run: a hang is a failure with a name, not a stuck suite."""

OTHER_PLUGINS = (
    "sugar",
    "html",
    "metadata",
    "randomly",
    "cov",
    "hypothesispytest",
    "rerunfailures",
)
"""They cost half a second in every process and are tested elsewhere."""


class RealRun:
    """A graph's project, and what running it left behind."""

    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph = graph
        self.root = folder / "project"
        self.log = folder / "spans.log"
        self.output = ""
        write_project(graph, self.root)

    def run(self, *more: str) -> int:
        self.log.unlink(missing_ok=True)
        without = [part for name in OTHER_PLUGINS for part in ("-p", f"no:{name}")]
        command = [sys.executable, "-m", "pytest", *without, *self.graph.command(), *more]
        done = subprocess.run(
            command,
            cwd=self.root,
            env=environment(self.log),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        self.output = done.stdout + done.stderr
        return done.returncode

    def spans(self) -> list[Span]:
        return read_log(self.log)

    def tasks(self) -> dict[str, dict[str, object]]:
        state = self.root / "docs" / "planning" / ".project-state.yaml"
        tasks = yaml.safe_load(state.read_text(encoding="utf-8"))["tasks"]
        assert isinstance(tasks, dict)
        return tasks


def check_gate(graph: Graph, spans: Sequence[Span], verdicts: dict[str, str]) -> None:
    """No criterion starts before all predecessors ended in PASS; what is blocked never runs."""
    first = {span.task: span.start for span in reversed(spans)}
    last: dict[str, int] = {}
    for span in spans:
        last[span.task] = max(span.end, last.get(span.task, 0))
    for task in graph.tasks:
        if verdicts[task.id] == "BLOCKED":
            assert task.id not in first, f"{task.id} is BLOCKED and ran"
            continue
        for before in task.predecessors:
            assert verdicts[before] == "PASS"
            assert last[before] <= first[task.id], f"{task.id} began before {before} had ended"


def check_once(graph: Graph, spans: Sequence[Span], verdicts: dict[str, str]) -> None:
    """Every item of a task that ran ran once in it; behind a crash the rest does not run."""
    ran = Counter((span.task, span.item) for span in spans)
    for task in graph.tasks:
        if verdicts[task.id] == "BLOCKED":
            continue
        expected = Counter((task.id, item.name) for item in _until_crash(graph, task.id))
        assert {key: n for key, n in ran.items() if key[0] == task.id} == expected


def _until_crash(graph: Graph, task: str) -> list[Item]:
    by_criterion = {key: item for item in graph.items_of(task) for key in item.serves}
    criteria = next(one.criteria for one in graph.tasks if one.id == task)
    items = []
    for criterion in criteria:
        item = by_criterion[task, criterion]
        items.append(item)
        if item.shows == "crash":
            break
    return items


def check_resources(graph: Graph, spans: Sequence[Span]) -> None:
    """At no time do the tasks that run hold more units than there are."""
    held = dict.fromkeys(graph.capacities, 0)
    resources = {task.id: task.resources for task in graph.tasks}
    for _, change, task in sorted(_holds(spans)):
        for name, units in resources[task].items():
            held[name] += change * units
            assert held[name] <= graph.capacities[name], f"{task} took too much of {name}"


def _holds(spans: Sequence[Span]) -> Iterator[tuple[int, int, str]]:
    """Say when each task took (+1) and gave back (-1): at the same time, giving back is first."""
    for task in {span.task for span in spans}:
        mine = [span for span in spans if span.task == task]
        yield (min(span.start for span in mine), 1, task)
        yield (max(span.end for span in mine), -1, task)


def check_whole_on_one_worker(graph: Graph, spans: Sequence[Span]) -> None:
    """The tests of a task run in one process."""
    tests = {item.name for item in graph.items if item.kind != "run"}
    for task in graph.tasks:
        pids = {span.pid for span in spans if span.task == task.id and span.item in tests}
        assert len(pids) <= 1, f"{task.id} ran on {len(pids)} workers"


def check_state(graph: Graph, run: RealRun, verdicts: dict[str, str]) -> None:
    """What is recorded is what the plan says must come out."""
    recorded = run.tasks()
    assert {task: recorded[task]["validation_result"] for task in verdicts} == verdicts
    blocked_by = blockers(graph, verdicts)
    for task in graph.tasks:
        known = recorded[task.id]
        # What fails only after a task is blocked is not among its blockers any more.
        assert set(known["blocked_by"]) <= set(blocked_by[task.id])
        assert bool(known["blocked_by"]) == (verdicts[task.id] == "BLOCKED")
        assert known["iterations"] == (verdicts[task.id] != "BLOCKED")
        items = _until_crash(graph, task.id) if verdicts[task.id] != "BLOCKED" else []
        assert known["acceptance_criteria_met"] == sum(item.shows == "pass" for item in items)
        assert known["acceptance_criteria_total"] == len(task.criteria)


def check(run: RealRun) -> None:
    graph = run.graph
    status = run.run()
    verdicts = expected_verdicts(graph)
    assert status == (set(verdicts.values()) != {"PASS"})
    sentence = run.output[run.output.rindex("\nexit ") + 1 :]
    assert sentence.startswith(f"exit {status}: ")
    assert "outside the plan" not in sentence
    spans = run.spans()
    check_gate(graph, spans, verdicts)
    check_once(graph, spans, verdicts)
    check_resources(graph, spans)
    check_whole_on_one_worker(graph, spans)
    check_state(graph, run, verdicts)


def check_again(run: RealRun) -> None:
    """A second run skips what has passed, and only that; its failures are second attempts."""
    graph, verdicts = run.graph, expected_verdicts(run.graph)
    before = run.tasks()
    status = run.run()
    spans = run.spans()
    again = {task for task, verdict in verdicts.items() if verdict == "FAIL"}
    assert {span.task for span in spans} == again
    check_once(graph, spans, {t: v if t in again else "BLOCKED" for t, v in verdicts.items()})
    recorded = run.tasks()
    for task, verdict in verdicts.items():
        assert recorded[task]["validation_result"] == verdict
        assert recorded[task]["iterations"] == before[task]["iterations"] + (task in again)
    assert status == bool(again)


def explain(run: RealRun, error: BaseException) -> AssertionError:
    graph = run.graph
    return AssertionError(f"seed {graph.seed} ({' '.join(graph.command())}): {error}\n{run.output}")


@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_a_random_graph_runs_by_the_rules(seed: int, tmp_path: Path) -> None:
    run = RealRun(draw_graph(seed), tmp_path)
    try:
        check(run)
        if seed % 5 == 0:
            check_again(run)
    except (AssertionError, KeyError, subprocess.TimeoutExpired) as error:
        raise explain(run, error) from error


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10_000 + SEED, 10_000 + SEED + LARGE_RUNS))
def test_a_large_random_graph_runs_by_the_rules(seed: int, tmp_path: Path) -> None:
    run = RealRun(draw_graph(seed, most_tasks=60), tmp_path)
    try:
        check(run)
        check_again(run)
    except (AssertionError, KeyError, subprocess.TimeoutExpired) as error:
        raise explain(run, error) from error


def test_the_graphs_of_this_suite_show_what_they_are_for() -> None:
    """Workers, one process, both assignments, crashes, commands, shared tests and resources."""
    graphs = [draw_graph(seed) for seed in range(36)]
    kinds = Counter(item.kind for graph in graphs for item in graph.items)
    assert min(kinds[kind] for kind in ("prose", "test", "mark", "run")) > 20
    assert {graph.lanes for graph in graphs} == {1, 2, 3, 4}
    assert sum(graph.in_process for graph in graphs) >= 5
    assert sum(graph.dynamic for graph in graphs) >= 10
    assert sum(graph.crashes > 0 for graph in graphs) >= 5
    assert sum(len(item.serves) == 2 for graph in graphs for item in graph.items) >= 10
    assert sum(bool(task.resources) for graph in graphs for task in graph.tasks) >= 50
    verdicts = Counter(v for graph in graphs for v in expected_verdicts(graph).values())
    assert min(verdicts[verdict] for verdict in ("PASS", "FAIL", "BLOCKED")) >= 20


def _two_tasks(**resources: int) -> Graph:
    items = tuple(
        Item(f"item_{n}", ((f"TASK-00{n}", "AC-001"),), "prose", "pass", 0.0) for n in (0, 1)
    )
    tasks = tuple(
        TaskPlan(f"TASK-00{n}", before, ("AC-001",), resources, None)
        for n, before in ((0, ()), (1, () if resources else ("TASK-000",)))
    )
    return Graph(0, tasks, items, {"database": 1}, lanes=2, in_process=False, dynamic=False)


class TestTheChecksCanFail:
    """Each check, on a log in which what it looks for went wrong."""

    passed = {"TASK-000": "PASS", "TASK-001": "PASS"}  # noqa: RUF012
    early = (Span(0, 9, "TASK-000", "item_0", 1), Span(8, 9, "TASK-001", "item_1", 2))

    def test_a_start_before_the_end_of_a_predecessor(self) -> None:
        with pytest.raises(AssertionError, match="began before TASK-000"):
            check_gate(_two_tasks(), self.early, self.passed)

    def test_a_blocked_task_that_ran(self) -> None:
        verdicts = {"TASK-000": "FAIL", "TASK-001": "BLOCKED"}
        with pytest.raises(AssertionError, match="is BLOCKED and ran"):
            check_gate(_two_tasks(), self.early, verdicts)

    def test_an_item_that_ran_twice_or_never(self) -> None:
        with pytest.raises(AssertionError):
            check_once(_two_tasks(), [*self.early, self.early[1]], self.passed)
        with pytest.raises(AssertionError):
            check_once(_two_tasks(), self.early[:1], self.passed)

    def test_a_resource_held_twice(self) -> None:
        with pytest.raises(AssertionError, match="took too much of database"):
            check_resources(_two_tasks(database=1), self.early)

    def test_a_task_on_two_workers(self) -> None:
        twice = [self.early[0], Span(10, 11, "TASK-000", "item_0", 3)]
        with pytest.raises(AssertionError, match="ran on 2 workers"):
            check_whole_on_one_worker(_two_tasks(), twice)
