from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.check import Defect, Demand, Evidence, decide, passed_tasks
from pytest_tracks.core.model import Check, Criterion, Location, Plan, TaskKind
from pytest_tracks.core.record import LiveRun, Moment, OpenAttempt, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from tests.core.plans import plan, task

HERE = Location("plan.yaml")
ONE = Criterion("AC-001", "It works", Check(), HERE)
MET = {"AC-001": CriterionResult("AC-001", CriterionVerdict.PASS)}
PASS = TaskRecord(TaskVerdict.PASS, criteria=MET)


def two() -> Plan:
    return plan(task("A", criteria=(ONE,)), task("B", after=["A"], criteria=(ONE,)))


def evidence(plan: Plan | None = None, **tasks: TaskRecord) -> Evidence:
    return Evidence(plan or two(), ProjectRecord(tasks=tasks))


def defects(evidence: Evidence, demand: Demand | None = None) -> dict[str, Defect]:
    decision = decide(evidence, demand or Demand())
    assert decision.is_fine is not bool(decision.reasons)
    return {reason.subject: reason.defect for reason in decision.reasons}


def test_all_is_fine() -> None:
    decision = decide(evidence(A=PASS, B=PASS), Demand())
    assert decision.is_fine
    assert decision.passed == ("A", "B")


@pytest.mark.parametrize(
    ("record", "defect"),
    [
        (TaskRecord(), Defect.NEVER),
        (TaskRecord(TaskVerdict.UNVERIFIED, claim="completed"), Defect.CLAIM),
        *((TaskRecord(one), Defect.VERDICT) for one in TaskVerdict if one is not TaskVerdict.PASS),
        (TaskRecord(TaskVerdict.PASS), Defect.PARTIAL),
        (replace(PASS, assumes=("X",)), Defect.ASSUMES),
        (replace(PASS, open={"r/A": OpenAttempt("r", Moment("now"), 1)}), Defect.RUNNING),
    ],
)
def test_everything_else_is_a_reason(record: TaskRecord, defect: Defect) -> None:
    assert defects(evidence(A=record, B=PASS)) == {"A": defect}


def test_other_contents() -> None:
    found = replace(evidence(A=PASS, B=PASS), changed={"B": ("its files",)})
    decision = decide(found, Demand())
    assert [(one.defect, one.details) for one in decision.reasons] == [
        (Defect.CHANGED, ("its files",))
    ]


def test_a_run_without_an_end() -> None:
    run = LiveRun("r1", 7, "host", "now", pending=("B",))
    found = replace(evidence(A=PASS, B=PASS), runs=(run,))
    assert defects(found) == {"r1": Defect.OPEN_RUN}
    assert defects(found, Demand(against="main")) == {"r1": Defect.OPEN_RUN}


def test_gates_without_criteria_follow_from_what_is_before_them() -> None:
    sync = task("SYNC-01", after=["A", "B"], kind=TaskKind.SYNC_POINT)
    last = task("SYNC-02", after=["SYNC-01"], kind=TaskKind.SYNC_POINT)
    gated = plan(last, sync, *two().tasks.values())
    assert defects(evidence(gated, A=PASS, B=PASS)) == {}
    assert defects(evidence(gated, A=PASS)) == {
        "SYNC-02": Defect.WAITS,
        "SYNC-01": Defect.WAITS,
        "B": Defect.NEVER,
    }


def test_a_long_chain_of_gates_needs_no_recursion() -> None:
    gates = [
        task(f"SYNC-{n}", after=[f"SYNC-{n - 1}"] if n else ["A"], kind=TaskKind.SYNC_POINT)
        for n in range(3000)
    ]
    chain = plan(*reversed(gates), task("A", criteria=(ONE,)))
    assert len(defects(evidence(chain))) == 3001


def test_against_a_base_only_what_was_pass_counts() -> None:
    demand = Demand(
        "main", passed={"A": (), "GONE": (), "OLD": ()}, acknowledged=frozenset({"OLD"})
    )
    failed = TaskRecord(TaskVerdict.FAIL)
    assert defects(evidence(A=PASS, B=failed), demand) == {"GONE": Defect.VANISHED}
    decision = decide(evidence(A=failed, B=failed), replace(demand, passed={"A": ()}))
    assert [reason.subject for reason in decision.reasons] == ["A"]
    assert [reason.subject for reason in decision.open] == ["B"]


def test_what_was_assumed_before_may_still_be() -> None:
    assuming = replace(PASS, assumes=("X",))
    found = evidence(A=assuming, B=PASS)
    assert defects(found, Demand("main", passed={"A": ("X",)})) == {}
    assert defects(found, Demand("main", passed={"A": ()})) == {"A": Defect.ASSUMES}
    required = Demand("main", passed={"A": ("X",)}, required=frozenset({"A"}))
    assert defects(found, required) == {"A": Defect.ASSUMES}


def test_required_tasks() -> None:
    assert defects(evidence(A=PASS), Demand(required=frozenset({"A"}))) == {}
    demand = Demand("main", required=frozenset({"B"}))
    assert defects(evidence(A=PASS), demand) == {"B": Defect.NEVER}


def test_passed_tasks_are_those_of_the_plan() -> None:
    record = ProjectRecord(tasks={"A": PASS, "OTHER": PASS, "B": TaskRecord(TaskVerdict.FAIL)})
    assert passed_tasks(two(), record) == {"A": ()}


records = st.builds(
    lambda verdict, criteria, claim: TaskRecord(verdict, claim, criteria=criteria),
    st.sampled_from([None, *TaskVerdict]),
    st.sampled_from([{}, MET]),
    st.sampled_from(["", "completed"]),
)


@given(st.dictionaries(st.sampled_from("AB"), records), st.sets(st.sampled_from("AB")))
def test_what_is_asked_and_not_pass_is_always_a_reason(
    tasks: dict[str, TaskRecord], changed: set[str]
) -> None:
    found = replace(evidence(**tasks), changed=dict.fromkeys(changed, ()))
    fine = {n for n in "AB" if tasks.get(n) == PASS and n not in changed}
    assert set(decide(found, Demand()).passed) == fine
    assert set(defects(found)) == set("AB") - fine
    assert set(defects(found, Demand("main", passed={"A": ()}))) == {"A"} - fine
