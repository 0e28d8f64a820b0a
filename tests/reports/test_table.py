from __future__ import annotations

from dataclasses import replace

from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.record import Moment, OpenAttempt, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.table import table_lines

from .ecommerce import blocked, make_broken_record, make_plan, make_record, make_task


def rows(plan: Plan, record: ProjectRecord, width: int = 80) -> list[str]:
    return [str(line) for line in table_lines(plan, record, width=width)]


def styles(lines: list[Line], text: str) -> set[Style]:
    line = next(line for line in lines if text in str(line))
    return {segment.style for segment in line.segments} - {Style.PLAIN}


def test_a_review_has_its_row() -> None:
    plan = make_plan()
    review = replace(make_task("REVIEW-SPRINT-001-03", "r"), kind=TaskKind.SPRINT_REVIEW)
    plan = replace(plan, tasks={**plan.tasks, review.id: review})
    record = make_record(plan, {})
    assert sum("REVIEW-SPRINT-001-03" in row for row in rows(plan, record)) == 1
    assert any(
        "SPRINT-001-03: Foundation" in row and "0/3 PASS" in row for row in rows(plan, record)
    )


def test_tracks_have_their_sums_and_colours() -> None:
    plan = make_plan()
    lines = table_lines(plan, make_broken_record(plan))
    assert styles(lines, "Track 1") == {Style.HEADING, Style.BAD}
    assert styles(lines, "Track 2") == {Style.HEADING, Style.GOOD}
    assert styles(lines, "TASK-008") == {Style.DOUBT}
    assert styles(lines, "18 tasks") == {Style.BAD}


def test_many_blockers_are_counted_and_assumptions_shown() -> None:
    plan = Plan("p", {name: make_task(name, name) for name in ("A", "B")}, "docs")
    many = ("TASK-001", "TASK-002", "TASK-003")
    record = ProjectRecord(
        {
            "A": replace(blocked("x"), blocked_by=many),
            "B": TaskRecord(TaskVerdict.PASS, assumes=("A",)),
        }
    )
    shown = rows(plan, record)
    assert any(row.endswith("TASK-001 +2") for row in shown)
    assert any(row.endswith("(assumes A)") for row in shown)


def test_a_task_that_is_tried_again_is_running_and_no_longer_blocked() -> None:
    plan = Plan("p", {"A": make_task("A", "a")}, "docs")
    again = {"attempt": OpenAttempt("run", Moment("now"), 1)}
    *_, row, _, sums, _ = rows(plan, ProjectRecord({"A": replace(blocked("TASK-9"), open=again)}))
    assert row.split()[2] == "running"
    assert "TASK-9" not in row
    assert sums == "1 task: 1 running"


def test_without_tracks_or_tasks() -> None:
    plan = Plan("p", {"A": make_task("A", "a")}, "docs")
    assert any(row.startswith("No track") for row in rows(plan, ProjectRecord()))
    empty = table_lines(plan, ProjectRecord(), only=())
    assert [str(line) for line in empty[-2:]] == ["0 tasks", "0 of 0 criteria met, 0 iterations"]
    assert Style.GOOD not in {segment.style for line in empty for segment in line.segments}
