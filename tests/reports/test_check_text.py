from __future__ import annotations

from dataclasses import replace

from pytest_tracks.core.check import Demand, Evidence, decide
from pytest_tracks.core.model import Acknowledgement, Location
from pytest_tracks.core.record import LiveRun, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.core.weakening import Weakening
from pytest_tracks.reports.check_text import check_json, check_lines, goal_lines
from pytest_tracks.reports.diff_text import Difference, diff_lines
from tests.core.plans import plan, task

PASS = TaskRecord(TaskVerdict.PASS)
FOUND = Evidence(
    plan(task("A"), task("B"), task("C")),
    ProjectRecord(tasks={"A": PASS, "B": TaskRecord(TaskVerdict.BLOCKED, blocked_by=("A",))}),
)


def lines(demand: Demand, found: Evidence = FOUND) -> list[str]:
    return [str(line) for line in check_lines(decide(found, demand), demand, found)]


def test_bare() -> None:
    assert lines(Demand()) == [
        "B is BLOCKED: by A (pytest --task=B, and commit the state)",
        "C has no verdict (pytest --task=C, and commit the state)",
        "check: closed, 2 reasons; 1 of 3 tasks PASS",
    ]


def test_against_a_base() -> None:
    demand = Demand("origin/main", {"A": (), "B": (), "GONE": ()})
    found = replace(FOUND, runs=(LiveRun("r1", 1, "h", "now", pending=("B",)),))
    text = " ".join(line.strip() for line in lines(demand, found))
    assert "the record of run r1 has no end: it goes on, or died, still to settle: B" in text
    assert "GONE was PASS at origin/main and is gone from the plan (put it back, or say" in text
    assert "B was PASS at origin/main and is BLOCKED: by A" in text
    assert "not yet PASS, and not asked for: C no verdict" in text
    assert max(map(len, lines(demand, found))) <= 80


def test_open_gates_say_what_they_are_open_for() -> None:
    assert lines(Demand("main", {"A": ()}))[-1] == (
        "check: open, no regression against main (1 still PASS); 1 of 3 tasks PASS"
    )
    assert lines(Demand(required=frozenset({"A"})))[-1] == (
        "check: open, 1 required task PASS; 1 of 3 tasks PASS"
    )


def test_the_sentence_of_a_run() -> None:
    demand = Demand("main", {"A": ()})
    decision = decide(FOUND, demand)
    (line,) = goal_lines(0, decision, demand, FOUND, width=200)
    assert str(line) == (
        "exit 0: no regression against main (1 still PASS); not yet PASS: B BLOCKED, C no verdict"
    )
    (line,) = goal_lines(1, decision, demand, FOUND, failed_elsewhere=2, width=200)
    assert "no regression against main, but 2 tests outside the plan failed" in str(line)


def test_json_says_the_same() -> None:
    demand = Demand()
    document = check_json(decide(FOUND, demand), demand, FOUND)
    assert (document["ok"], document["against"], document["passed"]) == (False, None, ["A"])
    assert [one["subject"] for one in document["reasons"]] == ["B", "C"]
    assert all(one["message"] and one["recommended_fix"] for one in document["reasons"])


def test_a_difference() -> None:
    weaker = Weakening("T/AC-001", "max", "T/AC-001: max is 3, was 2", 2, 3)
    word = Acknowledgement(weaker.id, weaker.digest, "slower machine", Location("plan.yaml"))
    open_one = [str(line) for line in diff_lines(Difference.of("main", [weaker], ()))]
    assert open_one[:3] == [
        "T/AC-001: max is 3, was 2",
        f'  - {{id: "T/AC-001 max", digest: "{weaker.digest}", reason: }}',
        "diff: 1 weakening since main, 0 acknowledged",
    ]
    said = [str(line) for line in diff_lines(Difference.of("main", [weaker], (word,)))]
    assert said[0] == "acknowledged: T/AC-001: max is 3, was 2 (slower machine)"
    assert not Difference.of("main", [weaker], (word,)).open
