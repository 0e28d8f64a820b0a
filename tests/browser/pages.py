"""The pages that the tests open: the source's project, two thousand tasks, texts that mean harm."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Check, Coverage, Criterion, Location, Plan, Task, Track
from pytest_tracks.core.record import CoverageResult, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.page import page_html
from pytest_tracks.reports.page_facts import Attempt, Output, PageFacts
from tests.reports import ecommerce

MADE_AT = "2026-11-21T10:00:00Z"
HOSTILE = '<script>document.title="owned"</script>"\'&]]><img src=x onerror="document.title=1">|`a`'
_BEGIN = datetime(2026, 11, 20, 10, tzinfo=timezone.utc)


def write(folder: Path, name: str, facts: PageFacts) -> Path:
    """Write a page once."""
    path = folder / f"{name}.html"
    if not path.exists():
        path.write_text(page_html(facts), encoding="utf-8")
    return path


def shop() -> PageFacts:
    """The source's platform as it stands when the password reset is missing."""
    plan = ecommerce.make_plan()
    tasks = dict(plan.tasks)
    tasks["TASK-001"] = replace(tasks["TASK-001"], coverage=Coverage(("shop/db.py",), 80))
    plan = replace(plan, tasks=tasks)
    record = ecommerce.make_broken_record(plan)
    known = dict(record.tasks)
    known["TASK-001"] = replace(
        known["TASK-001"],
        coverage=CoverageResult(96.61, 80, 51),
        criteria={
            **known["TASK-001"].criteria,
            "coverage": CriterionResult("coverage", CriterionVerdict.PASS),
        },
    )
    failure = "    def test_reset():\n>       assert 404 == 200\nE       assert 404 == 200\n"
    outputs = {
        "TASK-001": {"coverage": (Output("evidence", "shop/db.py  96.61 %  missed 38, 57->59"),)},
        "TASK-004": {"AC-002": (Output("tests/test_auth.py::test_reset (call, failed)", failure),)},
    }
    return facts_of(plan, replace(record, tasks=known), outputs)


def facts_of(
    plan: Plan,
    record: ProjectRecord,
    outputs: Mapping[str, Mapping[str, tuple[Output, ...]]] | None = None,
) -> PageFacts:
    """Let every task with a verdict of its own have run as long as was planned, in minutes."""
    layout = distribute(plan, None)
    attempts = {}
    for name, known in record.tasks.items():
        if known.verdict is not None and known.verdict is not TaskVerdict.BLOCKED:
            start, end = layout.start[name] * 3, layout.end[name] * 3 - 0.5
            attempts[name] = (
                Attempt(
                    (_BEGIN + timedelta(minutes=start)).isoformat(),
                    (_BEGIN + timedelta(minutes=end)).isoformat(),
                    known.verdict.value,
                    seconds=known.run_seconds,
                    met=sum(one.verdict.value == "PASS" for one in known.criteria.values()),
                    total=len(known.criteria),
                    run="r1",
                    commit="c04a9862513b",
                ),
            )
    return PageFacts(plan, record, layout, MADE_AT, attempts, outputs or {})


def many(count: int = 2_000, criteria: int = 5) -> PageFacts:
    """A large plan on five tracks: a few tasks have failed, and block others."""
    chance = random.Random(count)
    names = [f"TASK-{number:04}" for number in range(count)]
    tasks: dict[str, Task] = {}
    for number, name in enumerate(names):
        near = names[max(0, number - 60) : max(0, number - 10)]
        place = Location(f"docs/planning/tasks/{name}.yaml")
        tasks[name] = Task(
            name,
            f"Build part {number} of it",
            place,
            criteria=tuple(
                Criterion(f"AC-{at:03}", f"Criterion {at} of {name} holds", Check(), place)
                for at in range(1, criteria + 1)
            ),
            predecessors=tuple(chance.sample(near, min(len(near), 2))),
            hours=chance.randint(1, 9),
            pin=1 + number % 5,
        )
    tracks = tuple(Track(number, f"Stream {number}") for number in range(1, 6))
    plan = Plan("Two thousand", tasks, "docs/planning", tracks=tracks)
    return facts_of(plan, ProjectRecord(tasks=_verdicts(tasks, chance)))


def _verdicts(tasks: Mapping[str, Task], chance: random.Random) -> dict[str, TaskRecord]:
    failing = set(chance.sample(list(tasks), 12))
    known: dict[str, TaskRecord] = {}
    for name, task in tasks.items():
        behind = [one for one in task.predecessors if known[one].verdict is TaskVerdict.FAIL]
        if behind:
            known[name] = TaskRecord(TaskVerdict.BLOCKED, blocked_by=tuple(behind))
            continue
        results = {
            one.id: CriterionResult(
                one.id, CriterionVerdict.PASS, "", (f"tests/test_{name[5:]}.py::test_{one.id}",)
            )
            for one in task.criteria
        }
        fails = name in failing
        if fails:
            gap = "AssertionError: 1 == 2"
            results["AC-003"] = CriterionResult("AC-003", CriterionVerdict.FAIL, gap)
        verdict = TaskVerdict.FAIL if fails else TaskVerdict.PASS
        known[name] = TaskRecord(
            verdict, run_seconds=chance.random() * 3, iterations=1, criteria=results
        )
    return known


def hostile() -> PageFacts:
    """Texts that want to be markup, in every place that takes one."""
    place = Location(f"docs/{HOSTILE}.yaml")
    criterion = Criterion("AC-001", HOSTILE, Check(), place)
    task = Task("TASK-001", HOSTILE, place, criteria=(criterion,), owner=HOSTILE, pin=1, hours=1.0)
    plan = Plan(HOSTILE, {"TASK-001": task}, "docs/planning", tracks=(Track(1, HOSTILE),))
    result = CriterionResult("AC-001", CriterionVerdict.FAIL, HOSTILE, (HOSTILE,), fix=HOSTILE)
    known = TaskRecord(
        TaskVerdict.FAIL, run_seconds=1.0, tier_used=HOSTILE, criteria={"AC-001": result}
    )
    outputs = {
        "TASK-001": {"AC-001": (Output(HOSTILE, f"\x1b[31m{HOSTILE}\x1b]0;t\x07\x00 </pre>"),)}
    }
    return facts_of(plan, ProjectRecord(tasks={"TASK-001": known}), outputs)
