"""Pictures for the tests: the source's project, and plans whose texts mean harm."""

from __future__ import annotations

import random

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Location, Plan, Task, Track
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.graph_layout import Picture, make_picture

from .ecommerce import IN_ORDER, make_broken_record, make_plan

HOSTILE = (
    "<script>alert(1)</script>",
    "]]> & \"quoted\" 'x' <!-- -->",
    "a | b `c` [d] {e} (f) ((g))",
    "line\nbreak \\N \\l \\",
    "非常に長いタイトルのタスクです、ええ本当に長い",
    "x" * 300,
    "%%{init: {}}%% end subgraph",
    "#quot; &amp; &lt; ; -->",
    "\x1b[31mred\x1b[0m \ufffe \U0001f680 \u202e",
)


def ecommerce() -> Picture:
    plan = make_plan()
    recorded = {name: number for number, names in IN_ORDER.items() for name in names}
    return make_picture(plan, make_broken_record(plan), distribute(plan, None, recorded=recorded))


def large(tasks: int = 200, seed: int = 3) -> Picture:
    chance = random.Random(seed)
    names = [f"TASK-{number:03}" for number in range(1, tasks + 1)]
    found = {}
    for at, name in enumerate(names):
        near = names[max(0, at - 30) : max(0, at - 6)]
        before = chance.sample(near, min(len(near), chance.choice([0, 1, 1, 2, 3])))
        found[name] = Task(
            name,
            HOSTILE[at % len(HOSTILE)],
            Location("plan.yaml"),
            predecessors=tuple(before),
            hours=float(chance.randint(1, 12)),
            pin=1 + (at * 7 + chance.randint(0, 1)) % 5,
        )
    tracks = tuple(Track(number, HOSTILE[-number]) for number in range(1, 6))
    plan = Plan('A "plan" <b>', found, "docs/planning", tracks=tracks)
    verdicts = [None, *TaskVerdict]
    record = ProjectRecord({name: TaskRecord(chance.choice(verdicts)) for name in names})
    return make_picture(plan, record, distribute(plan, None))
