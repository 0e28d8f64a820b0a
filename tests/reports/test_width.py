"""No report is wider than asked, whatever stands in the plan and in the record."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Coverage, Location, Plan, Sprint, Task, TaskKind, Track
from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.header import header_lines
from pytest_tracks.reports.line import Line
from pytest_tracks.reports.narrative import Narrator
from pytest_tracks.reports.sections import sections
from pytest_tracks.reports.sentence import find, sentence_lines
from pytest_tracks.reports.status import status_json, status_lines
from pytest_tracks.reports.table import table_lines
from pytest_tracks.reports.task_line import TaskLines
from pytest_tracks.reports.text import display_width

from .ecommerce import criterion
from .strategies import HOSTILE

_WHERE = Location("docs/planning/tracks.yaml")
_IDS = st.lists(HOSTILE.filter(bool), min_size=1, max_size=4, unique=True)
_WIDTHS = st.integers(24, 160)


@st.composite
def tasks(draw: st.DrawFn, task_id: str) -> Task:
    criteria = tuple(criterion(name, draw(HOSTILE)) for name in draw(_IDS)[:3])
    return Task(
        task_id,
        draw(HOSTILE),
        _WHERE,
        kind=draw(st.sampled_from(TaskKind)),
        criteria=criteria,
        pin=draw(st.sampled_from([None, 1, 2])),
        hours=draw(st.sampled_from([None, 1.0, 12345678.9])),
        coverage=draw(st.sampled_from([None, Coverage(("src",), 80)])),
    )


@st.composite
def records(draw: st.DrawFn, task: Task, ids: list[str]) -> TaskRecord:
    criteria = {
        each.id: CriterionResult(each.id, draw(st.sampled_from(CriterionVerdict)), draw(HOSTILE))
        for each in task.criteria
        if draw(st.booleans())
    }
    return TaskRecord(
        verdict=draw(st.sampled_from([None, *TaskVerdict])),
        claim=draw(st.sampled_from(["", "completed"])),
        track=draw(st.sampled_from([None, 1, 3])),
        duration_minutes=draw(st.sampled_from([None, 0.0, 1e7])),
        run_seconds=draw(st.sampled_from([None, 59.96, 1e9])),
        iterations=draw(st.integers(0, 10**6)),
        tier_used=draw(st.sampled_from([None, "T1", "T2\x1b[1m"])),
        criteria=criteria,
        blocked_by=tuple(draw(st.lists(st.sampled_from(ids), max_size=4))),
        assumes=tuple(draw(st.lists(st.sampled_from(ids), max_size=4))),
    )


@st.composite
def projects(draw: st.DrawFn) -> tuple[Plan, ProjectRecord]:
    ids = draw(_IDS)
    plan_tasks = {name: draw(tasks(name)) for name in ids}
    sprint = Sprint("SPRINT-001-02", 2, draw(HOSTILE), tuple(ids[:2]), _WHERE)
    plan = Plan(
        draw(HOSTILE),
        plan_tasks,
        draw(HOSTILE),
        tracks=(Track(1, draw(HOSTILE)), Track(2)),
        sprints=(sprint,) if draw(st.booleans()) else (),
    )
    record = ProjectRecord(
        {name: draw(records(task, ids)) for name, task in plan_tasks.items()},
        {3: TrackRecord(3, draw(HOSTILE), (ids[-1],))},
        live={"r": LiveRun(draw(HOSTILE), 1, draw(HOSTILE), "now", 1, None, draw(HOSTILE))},
    )
    return plan, record


def told(plan: Plan, record: ProjectRecord, width: int, running: list[str]) -> Iterator[Line]:
    narrator = Narrator(plan, record, state_path="x" * 200, running=running, width=width)
    yield from narrator.opening()
    for name in running:
        yield from narrator.started(name)
    for name in running:
        yield from narrator.settled(name, record.task(name), cost=1.0)


def everything(plan: Plan, record: ProjectRecord, width: int) -> Iterator[Line]:
    ids = list(plan.tasks)
    yield from header_lines(
        plan, record, lanes=[[1, 2], [3]], critical_path=ids * 3, critical_hours=1e6, width=width
    )
    writer = TaskLines.of(plan, width=width)
    for name, task in plan.tasks.items():
        yield from writer.lines(task, record.task(name))
        yield from writer.lines(task, record.task(name), done=True)
    yield from table_lines(plan, record, width=width)
    yield from status_lines(plan, record, width=width)
    found = find(plan, record, held=1, failed_elsewhere=2)
    for status in range(7):
        yield from sentence_lines(status, found, width=width)
    yield from told(plan, record, width, ids)
    yield from told(plan, record, width, ids[:1])


@settings(max_examples=60, deadline=None)
@given(projects(), _WIDTHS)
def test_fault_44_no_line_is_too_wide_or_holds_a_control(
    project: tuple[Plan, ProjectRecord], width: int
) -> None:
    for line in everything(*project, width):
        text = str(line)
        assert display_width(text) <= width
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text)
        text.encode("utf-8")


@settings(max_examples=60, deadline=None)
@given(projects())
def test_every_task_stands_in_one_place_and_in_the_json(
    project: tuple[Plan, ProjectRecord],
) -> None:
    plan, record = project
    placed = [name for section in sections(plan, record) for name in section.members]
    assert sorted(placed) == sorted(plan.tasks)
    document = status_json(plan, record)
    assert set(document["tasks"]) == set(plan.tasks)
    counts = document["statistics"]
    by_status = ("completed", "failed", "blocked", "in_progress", "pending")
    assert sum(counts[f"{name}_tasks"] or 0 for name in by_status) == counts["total_tasks"]
