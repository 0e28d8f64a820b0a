from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.completion import complete
from pytest_tracks.core.model import Plan, Requirement, TaskKind
from pytest_tracks.core.record import CoverageResult, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from tests.core.worlds import PLACE, make_plan, make_task

FINAL = make_task("REVIEW-FINAL", ("B",), kind=TaskKind.FINAL_REVIEW)
MET = {"AC-001": CriterionResult("AC-001", CriterionVerdict.PASS)}
PASSED = TaskRecord(
    TaskVerdict.PASS,
    started_at="2026-01-01T10:00:00.000Z",
    completed_at="2026-01-01T11:00:00.000Z",
    iterations=2,
    tier_used="T1",
    criteria=MET,
    coverage=CoverageResult(80.0, 75.0, 40),
    meta={"cost_usd": "1.5"},
)


def shop() -> Plan:
    plan = make_plan(
        make_task("A", hours=3.0, requirements=("R1",)),
        make_task("B", ("A",), hours=1.0, requirements=("R1", "R2")),
        make_task("C", hours=4.0),
        FINAL,
    )
    wishes = tuple(Requirement(name, f"wish {name}", PLACE) for name in ("R1", "R2", "R3"))
    return replace(plan, requirements=wishes)


def record(**more: TaskRecord) -> ProjectRecord:
    late = replace(
        PASSED, completed_at="2026-01-01T14:30:00.000Z", coverage=CoverageResult(90.0, 75.0, 40)
    )
    tasks = {"A": PASSED, "B": late, "C": PASSED, "REVIEW-FINAL": PASSED, **more}
    tracks = {1: TrackRecord(1, "One", ("A", "B")), 2: TrackRecord(2, "Two", ("C",))}
    return ProjectRecord(tasks, tracks)


def test_all_passed() -> None:
    found = complete(shop(), record())
    assert found.is_complete
    assert (found.tasks, found.passed, found.gates, found.gates_passed) == (3, 3, 1, 1)
    assert (found.criteria, found.criteria_met, found.iterations) == (4, 4, 6)
    assert (found.sequential_hours, found.planned_hours, found.elapsed_hours) == (8, 4, 4.5)
    assert (found.track_costs, found.gate_cost, found.total_cost) == ({1: 3.0, 2: 1.5}, 1.5, 6.0)
    assert found.tiers == {"T1": 3}
    assert found.coverage == pytest.approx((80 + 90 + 80) / 3)


def test_a_requirement_is_delivered_when_all_its_tasks_have_passed() -> None:
    found = complete(shop(), record(B=TaskRecord(TaskVerdict.FAIL)))
    assert [one.id for one in found.delivered] == []
    assert [one.id for one in found.missing] == ["R1", "R2", "R3"]
    found = complete(shop(), record())
    assert [one.id for one in found.delivered] == ["R1", "R2"]


@pytest.mark.parametrize("open_one", ["A", "REVIEW-FINAL"])
def test_one_task_or_gate_that_is_not_pass_is_not_complete(open_one: str) -> None:
    assert not complete(shop(), record(**{open_one: TaskRecord(TaskVerdict.STALE)})).is_complete


def test_what_is_not_recorded_is_not_invented() -> None:
    plain = make_plan(make_task("A"))
    found = complete(plain, ProjectRecord())
    assert found.sequential_hours is found.planned_hours is found.elapsed_hours is None
    assert found.coverage is found.gate_cost is found.total_cost is None
    assert found.tiers == {}
    odd = ProjectRecord({"A": TaskRecord(TaskVerdict.PASS, meta={"cost_usd": "much"})})
    assert complete(plain, odd).total_cost is None
