"""The source's project as a person sees it, word for word and column for column."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.header import header_lines
from pytest_tracks.reports.line import BLANK, Line
from pytest_tracks.reports.narrative import Narrator
from pytest_tracks.reports.sentence import find, sentence_lines
from pytest_tracks.reports.status import status_lines
from pytest_tracks.reports.table import table_lines
from pytest_tracks.reports.task_line import TaskLines

from .conftest import Golden
from .ecommerce import (
    CRITICAL_PATH,
    IN_ORDER,
    STATE,
    blocked,
    make_broken_record,
    make_plan,
    make_record,
    passed,
    reset_is_missing,
)

WIDTHS = [80, 120]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sprints", [True, False], ids=["sprints", "plain"])
@pytest.mark.parametrize("broken", [False, True], ids=["passed", "broken"])
def test_run(golden: Golden, width: int, sprints: bool, broken: bool) -> None:
    plan = make_plan(sprints=sprints)
    record = make_broken_record(plan) if broken else make_record(plan)
    lines = header_lines(
        plan,
        make_record(plan, {}),
        lanes=[[1], [2], [3]],
        critical_path=CRITICAL_PATH,
        critical_hours=42,
        width=width,
    )
    writer = TaskLines.of(plan, width=width)
    lines += [
        BLANK,
        *(
            line
            for name in plan.tasks
            for line in writer.lines(plan.tasks[name], record.task(name))
        ),
    ]
    lines += [BLANK, *table_lines(plan, record, width=width)]
    lines += sentence_lines(int(broken), find(plan, record), width=width)
    golden(f"run-{'broken' if broken else 'passed'}{'' if sprints else '-plain'}-{width}", lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_track_from_nothing(golden: Golden, width: int) -> None:
    plan = make_plan()
    narrator = Narrator(
        plan,
        make_record(plan, {}),
        state_path=STATE,
        running=plan.tasks,
        tracks=[1],
        width=width,
    )
    lines = narrator.opening()
    for name in IN_ORDER[1]:
        lines += narrator.started(name)
        lines += narrator.settled(name, passed(plan, name), cost=0.4)
    golden(f"track-1-{width}", lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_resume(golden: Golden, width: int) -> None:
    plan = make_plan()
    done = [*IN_ORDER[2], *IN_ORDER[3], *IN_ORDER[1][:4]]
    record = make_record(plan, {name: passed(plan, name) for name in done})
    narrator = Narrator(
        plan,
        record,
        state_path=STATE,
        running=[name for name in IN_ORDER[1] if name not in done],
        width=width,
    )
    lines = narrator.opening()
    for name in IN_ORDER[1][4:]:
        lines += narrator.started(name)
        lines += narrator.settled(name, passed(plan, name))
    golden(f"resume-{width}", lines)


def test_tracks_side_by_side(golden: Golden) -> None:
    plan = make_plan()
    narrator = Narrator(plan, make_record(plan, {}), state_path=STATE, running=plan.tasks)
    lines = narrator.opening()
    for name in ("TASK-001", "TASK-002", "TASK-003"):
        lines += narrator.started(name)
    for name in ("TASK-002", "TASK-001", "TASK-003"):
        lines += narrator.settled(name, passed(plan, name))
    lines += narrator.started("TASK-004")
    lines += narrator.started("TASK-005")
    lines += narrator.settled("TASK-004", reset_is_missing(plan))
    lines += narrator.settled("TASK-008", blocked("TASK-004"))
    lines += narrator.settled("TASK-012", blocked("TASK-008"))
    lines += narrator.settled("TASK-005", passed(plan, "TASK-005"))
    for name in ("TASK-007", "TASK-011", "TASK-015", "TASK-014"):
        lines += narrator.started(name) + narrator.settled(name, passed(plan, name))
    golden("side-by-side-80", lines)


def test_status_before_any_run(golden: Golden) -> None:
    plan = make_plan()
    golden("status-before-80", status_lines(plan, make_record(plan, {})))


@pytest.mark.parametrize("width", WIDTHS)
def test_task_lines_of_every_verdict(golden: Golden, width: int) -> None:
    plan = make_plan()
    writer = TaskLines.of(plan, width=width)
    task = plan.tasks["TASK-004"]
    known = passed(plan, "TASK-004")
    lines: list[Line] = [*writer.lines(task, known, done=True), *writer.lines(task, known)]
    worst = {
        TaskVerdict.FAIL: CriterionVerdict.FAIL,
        TaskVerdict.FLAKY: CriterionVerdict.FLAKY,
        TaskVerdict.UNVERIFIED: CriterionVerdict.UNVERIFIED,
        TaskVerdict.PENDING: CriterionVerdict.PENDING,
        TaskVerdict.INCOMPLETE: CriterionVerdict.NOT_RUN,
    }
    for verdict, criterion in worst.items():
        result = CriterionResult("AC-002", criterion, "assert 404 == 200")
        record = replace(known, verdict=verdict, criteria={**known.criteria, "AC-002": result})
        lines += writer.lines(task, record)
    for verdict in [name for name in TaskVerdict if name not in worst][1:]:
        record = TaskRecord(verdict, blocked_by=("TASK-001",))
        lines += writer.lines(task, record)
    lines += writer.lines(task, TaskRecord(claim="completed"))
    golden(f"task-lines-{width}", lines)
