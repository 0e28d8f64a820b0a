from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.sentence import Findings, find, sentence_lines

from .ecommerce import make_broken_record, make_plan, make_record, passed

ALL = {"PASS": tuple(f"TASK-{number:03}" for number in range(1, 19))}
DEFECTS = {
    "PASS": ("TASK-001",),
    "FAIL": ("TASK-004",),
    "UNVERIFIED": ("TASK-002", "TASK-003", "TASK-005"),
    "BLOCKED": tuple(f"TASK-{number:03}" for number in range(6, 11)),
}


def sentence(status: int, findings: Findings, width: int = 1000) -> str:
    return "\n".join(map(str, sentence_lines(status, findings, width=width)))


@pytest.mark.parametrize(
    ("status", "findings", "shown"),
    [
        (0, Findings(ALL), "exit 0: all 18 tasks PASS"),
        (0, Findings({"PASS": ("A",)}), "exit 0: 1 task PASS"),
        (0, Findings(ALL, held=12), "exit 0: all 18 tasks PASS (12 before, skipped)"),
        (0, Findings({}), "exit 0: no task was selected"),
        (5, Findings({}), "exit 5: nothing was run"),
        (
            1,
            Findings(ALL, failed_elsewhere=2),
            "exit 1: all 18 tasks PASS, but 2 tests outside the plan failed",
        ),
        (1, Findings(ALL), "exit 1: all 18 tasks PASS, but see the errors above"),
        (3, Findings(ALL), "exit 3: internal error; all 18 tasks PASS"),
        (
            1,
            Findings(
                DEFECTS,
                unverified=("TASK-002/AC-001", "TASK-003/AC-001", "TASK-003/AC-002", "TASK-005/X"),
                blocked_by=("TASK-004",),
            ),
            "exit 1: 1 failed, 3 UNVERIFIED (bind a check: TASK-002/AC-001, TASK-003/AC-001,"
            " TASK-003/AC-002, … 1 more), 5 BLOCKED by TASK-004",
        ),
        (
            1,
            Findings({"PENDING": ("A",), "BLOCKED": ("B",)}, pending=("A/AC-001",)),
            "exit 1: 0 failed, 1 PENDING (sign off: A/AC-001), 1 BLOCKED",
        ),
        (
            1,
            Findings({"INCOMPLETE": ("A",), "not run": ("B", "C")}, failed_elsewhere=1),
            "exit 1: 0 failed, 1 INCOMPLETE (only a part ran: A), 2 not run (B, C),"
            " 1 test outside the plan failed",
        ),
        (
            2,
            Findings({"PASS": ("A",), "INTERRUPTED": ("B",)}),
            "exit 2: interrupted; 1 of 2 tasks PASS, 1 INTERRUPTED (run again: B)",
        ),
        (
            0,
            Findings(
                {"PASS": ("A",), "UNVERIFIED": ("B",)}, unverified=("B/X",), unverified_opens=True
            ),
            "exit 0: 1 of 2 tasks PASS, 1 UNVERIFIED (tracks_unverified = open; bind a check: B/X)",
        ),
        (
            1,
            Findings({"UNVERIFIED": ("A",)}),
            "exit 1: 0 failed, 1 UNVERIFIED (give them criteria: A)",
        ),
    ],
)
def test_sentence(status: int, findings: Findings, shown: str) -> None:
    assert sentence(status, findings) == shown


def test_a_long_sentence_goes_on_in_the_next_line() -> None:
    findings = Findings(DEFECTS, unverified=("TASK-002/AC-001",) * 3, blocked_by=("TASK-004",))
    assert sentence(1, findings, width=80) == (
        "exit 1: 1 failed, 3 UNVERIFIED (bind a check: TASK-002/AC-001, TASK-002/AC-001,\n"
        "        TASK-002/AC-001), 5 BLOCKED by TASK-004"
    )


@pytest.mark.parametrize("verdict", [None, *TaskVerdict])
def test_all_pass_is_said_only_where_all_are(verdict: TaskVerdict | None) -> None:
    plan = make_plan()
    record = make_record(plan)
    tasks = {**record.tasks, "TASK-009": replace(record.task("TASK-009"), verdict=verdict)}
    shown = sentence(0, find(plan, replace(record, tasks=tasks)))
    assert ("all 18 tasks PASS" in shown) == (verdict is TaskVerdict.PASS)


def test_find_names_criteria_and_the_root_of_what_is_blocked() -> None:
    plan = make_plan()
    record = make_broken_record(plan)
    unknown = {"AC-002": CriterionResult("AC-002", CriterionVerdict.UNVERIFIED)}
    tasks = {
        **record.tasks,
        "TASK-002": TaskRecord(TaskVerdict.UNVERIFIED, criteria=unknown),
        "TASK-003": passed(plan, "TASK-003"),
    }
    found = find(plan, replace(record, tasks=tasks))
    assert found.unverified == ("TASK-002/AC-002",)
    assert found.blocked_by == ("TASK-004",)
    assert found.tasks["BLOCKED"] == ("TASK-008", "TASK-012", "TASK-016")
    assert found.total == 18


def test_find_looks_at_the_selected_tasks_only() -> None:
    plan = make_plan()
    found = find(plan, make_broken_record(plan), only={"TASK-001", "TASK-004"})
    assert found.tasks == {"PASS": ("TASK-001",), "FAIL": ("TASK-004",)}
