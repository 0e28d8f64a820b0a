"""Random plans as real projects on disk, and what has to come out of a run of each.

A project is ``docs/planning/tracks.yaml``, ``tests/test_checks.py`` and ``span.py``. Whatever runs
for a criterion appends one line to a log outside the project::

    task item start end pid          (nanoseconds of CLOCK_MONOTONIC, the same in all processes)

A test that serves two tasks cannot know for which one it runs, and logs ``?``: the first item of
such a task is a test that serves it alone, and a task's items run without a break on one worker, so
the line before it on the same worker tells.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

UNKNOWN = "?"
SPAN = """
import contextlib
import os
import sys
import time


def _now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


@contextlib.contextmanager
def span(task, item, seconds, *, crash=False):
    start = _now()
    time.sleep(seconds)
    line = f"{task} {item} {start} {_now()} {os.getpid()}\\n".encode()
    log = os.open(os.environ["SPAN_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line)
    os.close(log)
    if crash:
        os._exit(66)
    yield


if __name__ == "__main__":
    with span(os.environ["TRACKS_TASK"], sys.argv[1], float(sys.argv[2])):
        sys.exit(int(sys.argv[3]))
"""


@dataclass(frozen=True)
class Item:
    """What runs for a criterion; ``serves`` are (task, criterion id) pairs."""

    name: str
    serves: tuple[tuple[str, str], ...]
    kind: str
    """``prose``, ``test``, ``mark`` (real tests), ``run``."""
    shows: str
    """``pass``, ``fail``, ``crash``, ``skip``."""
    seconds: float

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(task for task, _ in self.serves)


@dataclass(frozen=True)
class TaskPlan:
    id: str
    predecessors: tuple[str, ...]
    criteria: tuple[str, ...]
    resources: Mapping[str, int]
    pin: int | None


@dataclass(frozen=True)
class Graph:
    """A random plan and how it is to be run. ``tasks`` are in topological order."""

    seed: int
    tasks: tuple[TaskPlan, ...]
    items: tuple[Item, ...]
    capacities: Mapping[str, int]
    lanes: int
    in_process: bool
    dynamic: bool
    document_order: tuple[str, ...] = ()

    def items_of(self, task: str) -> list[Item]:
        return [item for item in self.items if task in item.tasks]

    @property
    def crashes(self) -> int:
        return sum(item.shows == "crash" for item in self.items)

    def command(self) -> list[str]:
        assignment = ["-o", "tracks_assignment=dynamic"] if self.dynamic else []
        return [f"--tracks={self.lanes}", *(["-n", "0"] if self.in_process else []), *assignment]


# -- drawing -------------------------------------------------------------------------------------


def draw_graph(seed: int, *, most_tasks: int = 10) -> Graph:
    chance = random.Random(seed)
    in_process = seed % 6 == 0
    lanes = 1 + seed % 4
    capacities = {"database": chance.randint(1, 2), "port": 1}
    tasks = _draw_tasks(chance, chance.randint(5, most_tasks), capacities, lanes)
    items = _draw_items(chance, tasks, may_crash=not in_process)
    document = [task.id for task in tasks]
    chance.shuffle(document)
    return Graph(
        seed,
        tuple(tasks),
        tuple(items),
        capacities,
        lanes,
        in_process,
        dynamic=seed % 3 == 1,
        document_order=tuple(document),
    )


def _draw_tasks(
    chance: random.Random, count: int, capacities: Mapping[str, int], lanes: int
) -> list[TaskPlan]:
    density = chance.choice([0.1, 0.2, 0.4])
    pinning = chance.choice([0.0, 0.0, 0.4])
    tasks: list[TaskPlan] = []
    for number in range(count):
        before = [task.id for task in tasks if chance.random() < density]
        chance.shuffle(before)
        wanted = {
            name: chance.randint(1, units)
            for name, units in capacities.items()
            if chance.random() < 0.25
        }
        criteria = tuple(f"AC-{n:03}" for n in range(1, chance.randint(1, 3) + 1))
        pin = chance.randint(1, lanes) if chance.random() < pinning else None
        tasks.append(TaskPlan(f"TASK-{number:03}", tuple(before), criteria, wanted, pin))
    return tasks


def _draw_items(chance: random.Random, tasks: list[TaskPlan], *, may_crash: bool) -> list[Item]:
    odds = chance.choice([0.0, 0.05, 0.2])
    crashes = 2 if may_crash and chance.random() < 0.4 else 0
    items: list[Item] = []
    free: list[tuple[str, str]] = []
    for task in tasks:
        for criterion in task.criteria:
            first = criterion == task.criteria[0]
            real = ["prose", "prose", "test", "mark"]
            leads = first and len(task.criteria) > 1  # by which the others know their task
            kind = chance.choice(real if leads else [*real, "run", "run"])
            shows = "fail" if chance.random() < odds else "pass"
            if kind != "run" and shows == "pass" and chance.random() < odds / 4:
                shows = "skip"
            if kind != "run" and crashes and chance.random() < 0.1:
                crashes, shows = crashes - 1, "crash"
            key = (task.id, criterion)
            partner = _partner(chance, free, key) if kind == "prose" and not first else None
            serves = (key,) if partner is None else (partner, key)
            if kind == "prose" and not first and partner is None:
                free.append(key)
            seconds = chance.choice([0.0, 0.0, 0.005, 0.02])
            items.append(Item(f"item_{len(items):03}", serves, kind, shows, seconds))
    partners = {item.serves[0] for item in items if len(item.serves) == 2}
    return [item for item in items if len(item.serves) == 2 or item.serves[0] not in partners]


def _partner(
    chance: random.Random, free: list[tuple[str, str]], key: tuple[str, str]
) -> tuple[str, str] | None:
    """Find a criterion of another task that the same test is to serve."""
    others = [one for one in free if one[0] != key[0]]
    if not others or chance.random() < 0.3:
        return None
    chosen = chance.choice(others)
    free.remove(chosen)
    return chosen


# -- writing -------------------------------------------------------------------------------------


def write_project(graph: Graph, root: Path) -> None:
    """Write the plan, the tests and the clock of a graph into an empty folder."""
    (root / "docs" / "planning").mkdir(parents=True)
    (root / "tests").mkdir()
    plan = {
        "project": f"Random {graph.seed}",
        "resources": dict(graph.capacities),
        "tasks": [_task_text(graph, task) for task in _in_document_order(graph)],
    }
    text = yaml.safe_dump(plan, sort_keys=False)
    (root / "docs" / "planning" / "tracks.yaml").write_text(text, encoding="utf-8")
    (root / "span.py").write_text(SPAN, encoding="utf-8")
    marks = [item.name for item in graph.items if item.kind == "mark"]
    lines = ["[pytest]", "testpaths = tests", "pythonpath = .", "markers ="]
    (root / "pytest.ini").write_text("\n".join([*lines, *(f"    {one}" for one in marks), ""]))
    tests = "\n".join(_test_text(item) for item in graph.items if item.kind != "run")
    source = f"import pytest\n\nfrom span import span\n{tests}"
    (root / "tests" / "test_checks.py").write_text(source, encoding="utf-8")


def _in_document_order(graph: Graph) -> Iterable[TaskPlan]:
    tasks = {task.id: task for task in graph.tasks}
    return [tasks[task] for task in graph.document_order]


def _task_text(graph: Graph, task: TaskPlan) -> dict[str, object]:
    items = {key: item for item in graph.items for key in item.serves}
    text: dict[str, object] = {"id": task.id, "title": f"Title of {task.id}"}
    if task.predecessors:
        text["depends_on"] = list(task.predecessors)
    if task.resources:
        text["resources"] = [{name: units} for name, units in task.resources.items()]
    if task.pin is not None:
        text["track"] = task.pin
    text["acceptance_criteria"] = [
        _criterion_text(items[task.id, criterion], criterion) for criterion in task.criteria
    ]
    return text


def _criterion_text(item: Item, criterion: str) -> dict[str, object]:
    text: dict[str, object] = {"id": criterion, "text": f"{item.name} shows {item.shows}"}
    if item.kind == "test":
        text["test"] = f"tests/test_checks.py::test_{item.name}"
    elif item.kind == "mark":
        text["mark"] = item.name
    elif item.kind == "run":
        status = "0" if item.shows == "pass" else "3"
        text["run"] = ["python", "-I", "-S", "span.py", item.name, str(item.seconds), status]
    return text


def _test_text(item: Item) -> str:
    marks = {
        "prose": f"criterion({', '.join(repr(f'{task}/{name}') for task, name in item.serves)})",
        "mark": item.name,
    }
    mark = f"@pytest.mark.{marks[item.kind]}\n" if item.kind in marks else ""
    task = item.tasks[0] if len(item.serves) == 1 else UNKNOWN
    body = {"fail": "assert False", "skip": 'pytest.skip("not here")'}.get(item.shows, "pass")
    crash = ", crash=True" if item.shows == "crash" else ""
    return (
        f"\n\n{mark}def test_{item.name}():\n"
        f'    with span("{task}", "{item.name}", {item.seconds}{crash}):\n        {body}\n'
    )


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Span:
    """A line of the log."""

    start: int
    end: int
    task: str = field(compare=False)
    item: str = field(compare=False)
    pid: int = field(compare=False)


def read_log(log: Path) -> list[Span]:
    """Read the spans in order of their start; each knows its task."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    spans = []
    for line in lines:
        task, item, start, end, pid = line.split()
        spans.append(Span(int(start), int(end), task, item, int(pid)))
    latest: dict[int, str] = {}
    known = []
    for span in sorted(spans):
        task = latest[span.pid] if span.task == UNKNOWN else span.task
        latest[span.pid] = task
        known.append(Span(span.start, span.end, task, span.item, span.pid))
    return known


# -- what must happen ----------------------------------------------------------------------------


def expected_verdicts(graph: Graph) -> dict[str, str]:
    """Compute every task's verdict from the plan alone."""
    verdicts: dict[str, str] = {}
    for task in graph.tasks:
        shown = {item.shows for item in graph.items_of(task.id)}
        if any(verdicts[one] != "PASS" for one in task.predecessors):
            verdicts[task.id] = "BLOCKED"
        else:
            verdicts[task.id] = "PASS" if shown == {"pass"} else "FAIL"
    return verdicts


def blockers(graph: Graph, verdicts: Mapping[str, str]) -> dict[str, list[str]]:
    """List for every task its direct predecessors that are not PASS, in the plan's order."""
    return {
        task.id: [one for one in task.predecessors if verdicts[one] != "PASS"]
        for task in graph.tasks
    }


def environment(log: Path) -> dict[str, str]:
    """Make the environment of an inner run: nothing of the outer one reaches it."""
    outer = ("PYTEST_", "TRACKS_", "COV_CORE_", "COVERAGE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(outer)}
    return {**kept, "SPAN_LOG": str(log), "PYTHONDONTWRITEBYTECODE": "1"}
