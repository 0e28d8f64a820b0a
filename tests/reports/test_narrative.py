from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.model import Coverage, Plan, TaskKind, Track
from pytest_tracks.core.record import (
    Moment,
    OpenAttempt,
    ProjectRecord,
    TaskRecord,
    TrackRecord,
)
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.line import Line
from pytest_tracks.reports.narrative import Narrator

from .ecommerce import STATE, blocked, make_plan, make_record, make_task, passed

PASS = TaskRecord(TaskVerdict.PASS, iterations=1, run_seconds=38)


def small(*names: str, track: int = 1) -> tuple[Plan, ProjectRecord]:
    plan = Plan(
        "p", {name: make_task(name, f"Task {name}") for name in names}, "docs", tracks=(Track(1),)
    )
    return plan, ProjectRecord(tracks={track: TrackRecord(track, "", names)})


def shown(lines: list[Line]) -> list[str]:
    return [str(line) for line in lines if line.segments]


def test_without_sprints_tasks_are_counted() -> None:
    plan, record = small("A")
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    assert shown(narrator.opening())[1] == "Track 1 - 1 task to execute"
    assert shown(narrator.started("A")) == ["Task 1/1: A - Task A"]
    assert shown(narrator.settled("A", PASS)) == [
        "  A complete (1 iteration, 38 s)",
        "  State updated: A marked as completed",
        "=" * 39,
        "TRACK 1 COMPLETE",
        "=" * 39,
        "Total tasks: 1/1",
        "Total time: 38 s",
        "Quality: All checks passed",
        "All tracks complete!",
    ]


def test_a_heading_is_repeated_where_another_task_came_between() -> None:
    plan, record = small("A", "B")
    narrator = Narrator(plan, record, state_path=STATE, running=["A", "B"])
    narrator.started("A")
    narrator.started("B")
    assert shown(narrator.settled("A", PASS))[0] == "Task 1/2: A - Task A"


def test_a_rerun_does_not_count_what_passed_before() -> None:
    plan = make_plan()
    narrator = Narrator(plan, make_record(plan), state_path=STATE, running=plan.tasks, tracks=[3])
    assert shown(narrator.opening())[1:] == ["Track 3 (Infrastructure) - 2 sprints to execute"]
    told = shown(narrator.settled("TASK-007", passed(plan, "TASK-007")))
    assert not any("COMPLETE" in line for line in told)
    told = shown(narrator.settled("TASK-003", passed(plan, "TASK-003")))
    assert "SPRINT-001-03 COMPLETE" in told


def test_a_second_run_finds_all_done() -> None:
    plan = make_plan()
    narrator = Narrator(plan, make_record(plan), state_path=STATE, running=[], tracks=[1])
    assert shown(narrator.opening())[1:] == [
        "Checking track 1 status...",
        "Found completed sprint: SPRINT-001-01 (skipping)",
        "Found completed sprint: SPRINT-002-01 (skipping)",
        "Track 1 (Backend API) - nothing to execute",
    ]


def test_nothing_is_complete_while_one_task_is_not() -> None:
    plan, record = small("A", "B")
    narrator = Narrator(plan, record, state_path=STATE, running=["A", "B"])
    told = narrator.settled("A", PASS) + narrator.settled("B", blocked("X"))
    assert "  B BLOCKED by X" in shown(told)
    assert "  State updated: B marked as blocked" in shown(told)
    assert not any("COMPLETE" in line or "All checks" in line for line in shown(told))


def test_a_task_that_fails_after_it_passed_leaves_its_sprint_open() -> None:
    plan, record = small("A", "B")
    narrator = Narrator(plan, record, state_path=STATE, running=["A", "B"])
    narrator.settled("A", PASS)
    narrator.settled("A", replace(PASS, verdict=TaskVerdict.FAIL))
    assert not any("COMPLETE" in line for line in shown(narrator.settled("B", PASS)))


def test_a_track_is_complete_once() -> None:
    plan, record = small("A")
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    assert "TRACK 1 COMPLETE" in shown(narrator.settled("A", PASS))
    assert "TRACK 1 COMPLETE" not in shown(narrator.settled("A", PASS))


def test_costs_are_added_up_where_recorded() -> None:
    plan, record = small("A", "B")
    narrator = Narrator(
        plan, record, state_path=STATE, running=["A", "B"], costs={"A": 0.5, "X": 9.0}
    )
    told = narrator.settled("A", PASS, cost=0.25) + narrator.settled("B", PASS)
    assert "Total cost: ~$0.75" in shown(told)


def test_an_attempt_of_another_run_does_not_change_what_was_recorded() -> None:
    plan, record = small("A", "B")
    narrator = Narrator(plan, record, state_path=STATE, running=["A", "B"])
    busy = replace(PASS, open={"x": OpenAttempt("other", Moment("now"), 1)})
    assert "  State updated: A marked as completed" in shown(narrator.settled("A", busy))


def test_a_partial_run_says_that_the_pass_stays() -> None:
    plan, record = small("A")
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    narrator.started("A")
    told = shown(narrator.settled("A", TaskRecord(TaskVerdict.INCOMPLETE), kept=True))
    assert told[:2] == [
        "  A INCOMPLETE - not run: AC-001",
        "  State kept: A stays completed",
    ]


def test_an_unverified_task_says_how_to_bind() -> None:
    plan, record = small("A")
    unverified = {"AC-001": CriterionResult("AC-001", CriterionVerdict.UNVERIFIED)}
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    narrator.started("A")
    told = shown(narrator.settled("A", TaskRecord(TaskVerdict.UNVERIFIED, criteria=unverified)))
    assert told == [
        "  AC-001 It works  UNVERIFIED",
        '  A UNVERIFIED - nothing checks AC-001: @pytest.mark.criterion("A/AC-001")',
        "  State updated: A marked as in_progress",
    ]


def test_the_coverage_gate_is_told_like_a_criterion() -> None:
    plan, record = small("A")
    task = replace(plan.tasks["A"], coverage=Coverage(("src",), 80))
    plan = replace(plan, tasks={"A": task})
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    narrator.started("A")
    results = {
        "AC-001": CriterionResult("AC-001", CriterionVerdict.PASS),
        "coverage": CriterionResult("coverage", CriterionVerdict.FAIL, "71 % of src covered"),
    }
    told = shown(narrator.settled("A", TaskRecord(TaskVerdict.FAIL, criteria=results)))
    assert told[:4] == [
        "  AC-001   It works               PASS",
        "  coverage at least 80 % covered  FAIL",
        "    71 % of src covered",
        "  A FAIL - 1 of 2 criteria met",
    ]


def test_a_task_that_was_not_started_shows_no_criteria_of_an_earlier_attempt() -> None:
    plan, record = small("A")
    narrator = Narrator(plan, record, state_path=STATE, running=["A"])
    earlier = {"AC-001": CriterionResult("AC-001", CriterionVerdict.FAIL, "old")}
    told = shown(narrator.settled("A", replace(blocked("X"), criteria=earlier)))
    assert not any("AC-001" in line or "old" in line for line in told)


def test_reviews_close_sprint_and_project() -> None:
    plan = make_plan()
    review = replace(make_task("REVIEW-SPRINT-001-03", "r"), kind=TaskKind.SPRINT_REVIEW)
    final = replace(make_task("REVIEW-FINAL", "f"), kind=TaskKind.FINAL_REVIEW)
    plan = replace(plan, tasks={**plan.tasks, review.id: review, final.id: final})
    done = {
        name: passed(plan, name)
        for name in plan.tasks
        if name not in ("TASK-007", review.id, final.id)
    }
    running = ["TASK-007", review.id]
    narrator = Narrator(plan, make_record(plan, done), state_path=STATE, running=running)
    before = shown(narrator.settled("TASK-007", passed(plan, "TASK-007")))
    assert not any("SPRINT-001-03 COMPLETE" in line for line in before)
    told = shown(narrator.started(review.id) + narrator.settled(review.id, PASS))
    assert told[0] == "Final Sprint Review... REVIEW-SPRINT-001-03"
    assert "Tasks: 2/2 completed" in told
    assert told[-1] == "All tracks complete! Running final project review..."


def test_a_track_that_is_not_told_still_counts() -> None:
    plan = make_plan()
    record = make_record(plan, {name: passed(plan, name) for name in plan.tasks})
    running = ["TASK-001", "TASK-002"]
    narrator = Narrator(plan, record, state_path=STATE, running=running, tracks=[1])
    assert narrator.started("TASK-002") == []
    assert narrator.settled("TASK-002", passed(plan, "TASK-002")) == []
    told = shown(narrator.settled("TASK-001", passed(plan, "TASK-001")))
    assert told[-1] == "All tracks complete!"


class Others:
    """What another run has found, or is about to."""

    def __init__(self, *passed: str, pending: tuple[str, ...] = ()) -> None:
        self._passed = passed
        self._pending = pending

    def seen(self, task: str) -> TaskRecord:
        return PASS if task in self._passed else TaskRecord()

    def pending_elsewhere(self) -> tuple[str, ...]:
        return self._pending


@pytest.mark.parametrize(
    ("others", "next_step"),
    [
        (Others("B"), ["All tracks complete!"]),
        (Others(pending=("B",)), ["Next: Wait for other tracks to complete"]),
        (
            Others(),
            [
                "Next: Wait for other tracks to complete",
                "  nobody runs them now: pytest --track=02",
            ],
        ),
    ],
    ids=["passed", "pending", "idle"],
)
def test_what_is_next_is_what_others_have_left(others: Others, next_step: list[str]) -> None:
    tasks = {name: make_task(name, name) for name in ("A", "B")}
    plan = Plan("p", tasks, "docs", tracks=(Track(1), Track(2)))
    record = ProjectRecord(
        tracks={1: TrackRecord(1, "", ("A",)), 2: TrackRecord(2, "", ("B",))},
    )
    narrator = Narrator(plan, record, state_path=STATE, running=["A"], company=others)
    told = shown(narrator.settled("A", PASS))
    assert told[told.index("Quality: All checks passed") + 1 :] == next_step
