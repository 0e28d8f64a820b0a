"""Random plans and rosters for the tests of the engine, without files and without pytest."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pytest_tracks.core.model import Check, Criterion, Location, Plan, Task, TaskKind
from pytest_tracks.core.nodeids import CriterionKey, format_node_id
from pytest_tracks.core.roster import Part, Participant

PLACE = Location("plan.yaml", 1, 1)


def make_task(
    name: str, predecessors: tuple[str, ...] = (), items: int = 1, **more: object
) -> Task:
    criteria = tuple(
        Criterion(f"AC-{number:03}", f"{name} shows {number}", Check("run"), PLACE)
        for number in range(1, items + 1)
    )
    return Task(
        name, f"Title of {name}", PLACE, criteria=criteria, predecessors=predecessors, **more
    )  # type: ignore[arg-type]


def make_plan(*tasks: Task, capacities: dict[str, int] | None = None) -> Plan:
    return Plan("world", {task.id: task for task in tasks}, folder=".", capacities=capacities or {})


def participant(task: Task) -> Participant:
    parts = []
    for criterion in task.criteria:
        node_id = format_node_id(PLACE.path, CriterionKey(task.id, criterion.id))
        parts.append(Part(criterion, node_id, (node_id,)))
    handles = tuple(part.node_id for part in parts)
    return Participant(task, tuple(parts), handles, is_whole=True)


@dataclass(frozen=True)
class World:
    """A random plan with what each of its items would show."""

    plan: Plan
    roster: dict[str, Participant]
    lanes: list[list[str]]
    fails: frozenset[str]
    """Node ids of items that fail."""
    dynamic: bool


def random_world(chance: random.Random) -> World:
    count = chance.randint(1, 14)
    lanes: list[list[str]] = [[] for _ in range(chance.randint(1, 4))]
    density = chance.choice([0.0, 0.1, 0.3, 0.6])
    tasks: list[Task] = []
    for number in range(count):
        name = f"T{number:02}"
        before = tuple(task.id for task in tasks if chance.random() < density)
        kind = TaskKind.SYNC_POINT if before and chance.random() < 0.1 else TaskKind.TASK
        items = 0 if kind is TaskKind.SYNC_POINT else chance.randint(1, 3)
        resources = {"database": chance.randint(1, 2)} if items and chance.random() < 0.2 else {}
        pin = chance.choice([None, None, 1])
        task = make_task(name, before, items, kind=kind, resources=resources, pin=pin)
        tasks.append(task)
        if items:
            chance.choice(lanes).append(name)
    plan = make_plan(*tasks, capacities={"database": 2})
    roster = {task.id: participant(task) for task in tasks if task.criteria}
    odds = chance.choice([0.0, 0.05, 0.3])
    fails = frozenset(
        handle for one in roster.values() for handle in one.handles if chance.random() < odds
    )
    return World(plan, roster, lanes, fails, dynamic=chance.random() < 0.3)
