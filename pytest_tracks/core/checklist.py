"""The eight points that a plan should meet before its tasks are worked on side by side.

After the validation checklist of the parallel stages guide: ownership, independence, isolation,
acyclic, balance, merge order, shared files, value. Each point is decided by the plan alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Location, Plan, Task, TaskKind
from pytest_tracks.core.overlap import patterns_overlap

__all__ = ["Point", "check_plan"]

_SHARED = re.compile(
    r"package\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|.*\.(?:cs|fs|vb)proj|.*\.sln"
    r"|pyproject\.toml|setup\.(?:py|cfg)|requirements.*\.txt|poetry\.lock|uv\.lock|cargo\.(?:toml|lock)"
    r"|go\.(?:mod|sum)|pom\.xml|build\.gradle(?:\.kts)?|gemfile(?:\.lock)?|makefile|dockerfile"
    r"|docker-compose.*\.ya?ml",
    re.I,
)
_OF_TESTS = re.compile(r"(?:^|[/._-])(?:tests?|specs?|fixtures?|mocks?|conftest)(?:[/._-]|$)", re.I)
_LARGEST_RATIO = 2.0
"""``similar duration (~1-2 weeks each)``: the longest at most twice the shortest."""

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the list: met where ``faults`` is empty."""

    title: str
    says: str
    """What is found where it is met."""
    faults: tuple[tuple[Location, str], ...] = ()


def check_plan(plan: Plan) -> tuple[Point, ...]:
    """Check the eight points, in the order of the guide."""
    tasks = [task for task in plan.tasks.values() if task.kind is TaskKind.TASK]
    contracts = tuple(contract.path for contract in plan.contracts)
    return (
        _point("File Ownership", "every task owns files, none of them twice", _ownership(tasks)),
        _point("Independence", "every task has a check of its own", _independence(tasks)),
        _point("Test Isolation", "no two tasks share tests or fixtures", _isolation(tasks)),
        # A plan with a cycle is refused before this.
        Point("Acyclic Dependencies", "there is no cycle"),
        _point("Balanced Sizing", "durations are similar", _balance(tasks)),
        Point("Merge Order", " → ".join(_merge_order(tasks)) or "nothing to merge"),
        _point("Shared Files", "shared files are contracts", _shared(tasks, contracts)),
        _point("Value Delivery", "every task says what it delivers", _value(tasks)),
    )


def _point(title: str, says: str, faults: Iterator[tuple[Location, str]]) -> Point:
    return Point(title, says, tuple(faults))


def _pairs(tasks: Sequence[Task]) -> Iterator[tuple[Task, Task]]:
    for position, one in enumerate(tasks):
        for other in tasks[position + 1 :]:
            yield one, other


def _common(one: Task, other: Task) -> list[str]:
    return [
        mine for mine in one.files if any(patterns_overlap(mine, theirs) for theirs in other.files)
    ]


def _ownership(tasks: Sequence[Task]) -> Iterator[tuple[Location, str]]:
    for task in tasks:
        if not task.files:
            yield task.location, f"{task.id} owns no files"
    for one, other in _pairs(tasks):
        common = [path for path in _common(one, other) if not _is_shared(path)]
        if common:
            yield other.location, f"{one.id} and {other.id} both own {_named(common)}"


def _independence(tasks: Sequence[Task]) -> Iterator[tuple[Location, str]]:
    for task in tasks:
        if task.coverage is None and all(one.check.kind == "prose" for one in task.criteria):
            yield task.location, f"{task.id} has no check of its own"


def _isolation(tasks: Sequence[Task]) -> Iterator[tuple[Location, str]]:
    for one, other in _pairs(tasks):
        common = [path for path in _common(one, other) if _OF_TESTS.search(path)]
        if common:
            yield other.location, f"{one.id} and {other.id} share {_named(common)}"


def _balance(tasks: Sequence[Task]) -> Iterator[tuple[Location, str]]:
    for task in tasks:
        if task.hours is None:
            yield task.location, f"{task.id} states no duration"
    timed = sorted((task.hours, task.id, task) for task in tasks if task.hours)
    if timed and timed[-1][0] > _LARGEST_RATIO * timed[0][0]:
        shortest, longest = timed[0], timed[-1]
        yield (
            longest[2].location,
            f"{longest[1]} takes {longest[0]:g} h, {shortest[1]} only {shortest[0]:g} h",
        )


def _merge_order(tasks: Sequence[Task]) -> list[str]:
    graph = build_graph(
        [task.id for task in tasks],
        {task.id: task.predecessors for task in tasks},
        {task.id: task.hours or 0.0 for task in tasks},
    )
    return [graph.ids[index] for index in graph.order]


def _shared(tasks: Sequence[Task], contracts: Sequence[str]) -> Iterator[tuple[Location, str]]:
    for one, other in _pairs(tasks):
        for path in _common(one, other):
            is_agreed = any(patterns_overlap(path, contract) for contract in contracts)
            takes_turns = bool(one.resources.keys() & other.resources.keys())
            if _is_shared(path) and not is_agreed and not takes_turns:
                yield (
                    other.location,
                    f"{one.id} and {other.id} both change {path}, which is neither a contract "
                    "nor behind a resource of both",
                )


def _value(tasks: Sequence[Task]) -> Iterator[tuple[Location, str]]:
    for task in tasks:
        if not task.value:
            yield task.location, f"{task.id} does not say what value it delivers"


def _is_shared(path: str) -> bool:
    return _SHARED.fullmatch(posixpath.basename(path)) is not None


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(paths[:_MOST_NAMED]) + more
