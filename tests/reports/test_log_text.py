"""The audit trail as text: what stands on each line, and that no line is too wide."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.log_text import LogEvent, log_json, log_lines
from pytest_tracks.reports.text import display_width

FAILED = LogEvent(
    7,
    "2025-10-31T10:00:04.123Z",
    "verdict",
    task="TASK-004",
    verdict=TaskVerdict.FAIL,
    attempt="r1/TASK-004",
    run="r1",
    host="here",
    pid=100,
    commit="c0ffee" * 6,
    criteria=(
        CriterionResult("AC-001", CriterionVerdict.PASS, evidence=("tests/test_auth.py::test_in",)),
        CriterionResult("AC-002", CriterionVerdict.FAIL, "exit status 1"),
    ),
)


def test_a_verdict_with_all_that_supports_it() -> None:
    assert [str(line) for line in log_lines([FAILED])] == [
        "2025-10-31 10:00:04  TASK-004  FAIL",
        "    attempt r1/TASK-004",
        "    process 100 on here, commit c0ffeec0ffee",
        "    AC-001  PASS  tests/test_auth.py::test_in",
        "    AC-002  FAIL  exit status 1",
    ]


def test_what_is_not_known_is_left_out() -> None:
    lost = LogEvent(3, "", "a line of the journal is lost", task="TASK-1")
    blocked = LogEvent(
        4, "2025-10-31T10:00:00Z", "verdict", "TASK-2", TaskVerdict.BLOCKED, blocked_by=("TASK-1",)
    )
    assert [str(line) for line in log_lines([lost, blocked])] == [
        " " * 21 + "TASK-1  a line of the journal is lost",
        "2025-10-31 10:00:00  TASK-2  BLOCKED",
        "    blocked by TASK-1",
    ]


def test_json_has_every_key_and_null_for_what_is_not_known() -> None:
    full, empty = log_json([FAILED, LogEvent(1, "", "run started")])
    assert full.keys() == empty.keys()
    assert full["criteria"][1] == {
        "id": "AC-002",
        "verdict": "FAIL",
        "gap": "exit status 1",
        "evidence": [],
    }
    assert {key: value for key, value in empty.items() if value} == {
        "serial": 1,
        "what": "run started",
    }


@given(st.text(max_size=200), st.integers(40, 120))
def test_no_line_is_too_wide_and_none_holds_controls(text: str, width: int) -> None:
    event = LogEvent(
        1,
        "2025-10-31T10:00:04.123Z",
        text,
        task=text,
        attempt=text,
        host=text,
        pid=1,
        criteria=(CriterionResult(text, CriterionVerdict.FAIL, text, (text,)),),
        blocked_by=(text,),
        detail=text,
    )
    for line in map(str, log_lines([event], width=width)):
        assert display_width(line) <= width
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in line)
