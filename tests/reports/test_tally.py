from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.model import Coverage
from pytest_tracks.core.record import Moment, OpenAttempt, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.tally import (
    criterion_ids,
    met,
    minutes,
    present_word,
    root_causes,
    tally,
    word,
)

from .ecommerce import blocked, make_broken_record, make_plan, make_task

OPEN = OpenAttempt("run", Moment("now"), 1)


def result(criterion_id: str, verdict: CriterionVerdict) -> CriterionResult:
    return CriterionResult(criterion_id, verdict)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (TaskRecord(), "not run"),
        (TaskRecord(claim="completed"), "claimed"),
        (TaskRecord(claim="in_progress"), "not run"),
        (TaskRecord(open={"a": OPEN}), "running"),
        (TaskRecord(TaskVerdict.PASS, open={"a": OPEN}), "PASS"),
        (TaskRecord(TaskVerdict.FAIL, claim="completed"), "FAIL"),
    ],
)
def test_word(known: TaskRecord, shown: str) -> None:
    assert word(known) == shown


def test_an_attempt_that_goes_on_is_told_unless_a_pass_stands() -> None:
    for verdict in (TaskVerdict.BLOCKED, TaskVerdict.FAIL, TaskVerdict.INTERRUPTED):
        assert present_word(TaskRecord(verdict, open={"a": OPEN})) == "running"
        assert present_word(TaskRecord(verdict)) == verdict.value
    assert present_word(TaskRecord(TaskVerdict.PASS, open={"a": OPEN})) == "PASS"


def test_met_counts_only_what_the_plan_still_demands() -> None:
    task = make_task("T", "t", ["one", "two"])
    passes = {
        name: result(name, CriterionVerdict.PASS) for name in ("AC-001", "AC-009", "coverage")
    }
    known = TaskRecord(TaskVerdict.PASS, criteria=passes)
    assert met(task, known) == 1
    gated = replace(task, coverage=Coverage(("src",), 80))
    assert criterion_ids(gated) == ("AC-001", "AC-002", "coverage")
    assert met(gated, known) == 2


def test_minutes_prefers_what_was_asked_for() -> None:
    known = TaskRecord(run_seconds=30, duration_minutes=45)
    assert minutes(known) == 0.5
    assert minutes(known, work=True) == 45
    assert minutes(TaskRecord(duration_minutes=45)) == 45
    assert minutes(TaskRecord(run_seconds=0)) == 0
    assert minutes(TaskRecord()) is None


def test_no_time_is_not_the_same_as_none() -> None:
    plan = make_plan()
    known = {"TASK-001": TaskRecord(run_seconds=0.0)}
    assert tally(plan, ProjectRecord(known), ["TASK-001"]).minutes == 0
    assert tally(plan, ProjectRecord(), ["TASK-001"]).minutes is None


def test_tally_sums_to_the_number_of_tasks() -> None:
    plan = make_plan()
    sums = tally(plan, make_broken_record(plan), plan.tasks)
    assert str(sums) == "14 PASS, 1 FAIL, 3 BLOCKED"
    assert (sums.tasks, sums.passed) == (18, 14)
    assert (sums.criteria_met, sums.criteria_total) == (30, 37)


@pytest.mark.parametrize(
    ("tasks", "causes"),
    [
        ({"A": TaskRecord(TaskVerdict.FAIL), "B": blocked("A"), "C": blocked("B")}, ("A",)),
        ({"B": blocked("A")}, ("A",)),
        ({"B": TaskRecord(TaskVerdict.BLOCKED)}, ()),
        ({"B": blocked("C"), "C": blocked("B")}, ()),
        ({"A": TaskRecord(TaskVerdict.FAIL, blocked_by=("Z",))}, ()),
    ],
)
def test_root_causes(tasks: dict[str, TaskRecord], causes: tuple[str, ...]) -> None:
    assert root_causes(ProjectRecord(tasks), tasks) == causes
