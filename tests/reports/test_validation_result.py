from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Check, Criterion, Location, Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.validation_result import (
    RunFacts,
    validation_result,
    validation_results,
)
from tests.core.plans import plan, task

NOW = "2026-01-31T12:00:00.000Z"
BEFORE = "2026-01-30T12:00:00.000Z"
PLACE = Location("docs/planning/tasks/TASK-004.yaml", 7)
TEXT = files("pytest_tracks.reports").joinpath("validation_result.schema.json").read_text("utf-8")
SCHEMA = jsonschema.Draft202012Validator(json.loads(TEXT))
DIGEST = "0" * 64


def shop(*kinds: str) -> Plan:
    criteria = tuple(
        Criterion(f"AC-{n:03}", f"Text {n}", Check(kind, {"path": "a.txt"}), PLACE)
        for n, kind in enumerate(kinds, 1)
    )
    whole = plan(task("TASK-001"), task("TASK-004", after=["TASK-001"], criteria=criteria))
    return Plan("Shop", whole.tasks, "docs/planning", digest=DIGEST)


def record(verdict: TaskVerdict | None, *results: CriterionResult, **more: object) -> ProjectRecord:
    known = TaskRecord(verdict, criteria={one.id: one for one in results}, **more)  # type: ignore[arg-type]
    return ProjectRecord(tasks={"TASK-004": known, "TASK-001": TaskRecord(TaskVerdict.PASS)})


def result(verdict: CriterionVerdict, gap: str = "", **more: object) -> CriterionResult:
    return CriterionResult("AC-001", verdict, gap, **more)  # type: ignore[arg-type]


def test_one_task_that_failed() -> None:
    failed = result(
        CriterionVerdict.FAIL, "assert 404 == 200", evidence=("tests/test_a.py::test_b",)
    )
    known = record(TaskVerdict.FAIL, failed)
    assert validation_result(shop("prose", "file"), known, "TASK-004", at=NOW) == {
        "task_id": "TASK-004",
        "status": "FAIL",
        "timestamp": NOW,
        "summary": {"criteria_total": 2, "passed": 0, "failed": 1},
        "criteria": [
            {
                "id": "AC-001",
                "description": "Text 1",
                "status": "FAIL",
                "evidence": ["tests/test_a.py::test_b"],
                "gap": "assert 404 == 200",
                "recommended_fix": "make tests/test_a.py::test_b pass: pytest"
                " tests/test_a.py::test_b; then pytest --task=TASK-004",
            },
            {
                "id": "AC-002",
                "description": "Text 2",
                "status": "NOT_RUN",
                "evidence": [],
                "gap": "it was not run",
                "recommended_fix": "run it: pytest --task=TASK-004",
            },
        ],
        "outstanding_requirements": [
            "AC-001 Text 1: assert 404 == 200",
            "AC-002 Text 2: it was not run",
        ],
    }


def test_a_task_that_passed_has_the_time_of_its_pass() -> None:
    known = record(TaskVerdict.PASS, result(CriterionVerdict.PASS), completed_at=BEFORE)
    found = validation_result(shop("prose"), known, "TASK-004", at=NOW)
    assert (found["timestamp"], found["outstanding_requirements"]) == (BEFORE, [])


@pytest.mark.parametrize(
    ("verdict", "criterion", "more", "said"),
    [
        (
            "UNVERIFIED",
            result(CriterionVerdict.UNVERIFIED),
            {},
            '@pytest.mark.criterion("TASK-004/',
        ),
        ("PENDING", result(CriterionVerdict.PENDING), {}, "pytest-tracks sign-off TASK-004 AC-001"),
        ("FLAKY", result(CriterionVerdict.FLAKY), {}, "allow: [flaky]"),
        ("FAIL", result(CriterionVerdict.FAIL, "skipped: no"), {}, "allow: [skip]"),
        ("FAIL", result(CriterionVerdict.FAIL, "expected to fail: no"), {}, "allow: [xfail]"),
        ("FAIL", result(CriterionVerdict.FAIL, "x could not be loaded: y"), {}, "can be imported"),
        ("FAIL", result(CriterionVerdict.FAIL, "collected 0: none"), {}, f"check at {PLACE}"),
        ("FAIL", result(CriterionVerdict.FAIL, "a.txt is gone"), {}, f"what {PLACE} asks for"),
        ("FAIL", result(CriterionVerdict.FAIL, "exit 1", fix="mend it"), {}, "mend it"),
        (
            "BLOCKED",
            result(CriterionVerdict.NOT_RUN),
            {"blocked_by": ("TASK-001",)},
            "bring TASK-001 to PASS first: pytest --task=TASK-001",
        ),
    ],
)
def test_what_to_do(
    verdict: str, criterion: CriterionResult, more: dict[str, object], said: str
) -> None:
    known = record(TaskVerdict(verdict), criterion, **more)
    found = validation_result(shop("file"), known, "TASK-004", at=NOW)
    assert said in found["criteria"][0]["recommended_fix"]


def test_a_task_without_criteria_lacks_them() -> None:
    found = validation_result(shop(), record(TaskVerdict.UNVERIFIED), "TASK-004", at=NOW)
    assert found["outstanding_requirements"][0].startswith("it has no acceptance criteria")


def test_predecessors_are_outstanding_too() -> None:
    known = ProjectRecord(tasks={"TASK-004": TaskRecord(TaskVerdict.BLOCKED)})
    found = validation_result(shop("prose"), known, "TASK-004", at=NOW)
    assert found["outstanding_requirements"][0] == "TASK-001 is not PASS"


results = st.builds(
    CriterionResult,
    st.sampled_from(["AC-001", "AC-002", "AC-009"]),
    st.sampled_from(CriterionVerdict),
    st.text(max_size=20),
    st.lists(st.text(max_size=9), max_size=2).map(tuple),
    st.booleans(),
)


@given(
    st.sampled_from([None, *TaskVerdict]),
    st.lists(results, max_size=3),
    st.sampled_from(["", "origin/main"]),
)
def test_every_document_fits_the_schema(
    verdict: TaskVerdict | None, results: list[CriterionResult], against: str
) -> None:
    run = RunFacts(NOW, 1, "no-regression", against, "", True)
    whole, known = shop("prose", "run"), record(verdict, *results)
    document = validation_results(whole, known, whole.tasks, run)
    SCHEMA.validate(json.loads(json.dumps(document)))
    assert document["totals"]["tasks"] == sum(document["totals"]["by_status"].values()) == 2
