from __future__ import annotations

import json
from dataclasses import replace

from pytest_tracks.core.record import LiveRun, TaskRecord
from pytest_tracks.reports.status import status_json, status_lines
from pytest_tracks.reports.table import table_lines

from .ecommerce import IN_ORDER, make_broken_record, make_plan, make_record, passed

RUN = LiveRun("r1", 4711, "box", "2025-10-31T10:00:00Z", 1, "SPRINT-001-01", "TASK-004")


def test_the_status_is_the_closing_table_and_the_open_runs() -> None:
    plan = make_plan()
    record = replace(make_broken_record(plan), live={"r1": RUN})
    lines = list(map(str, status_lines(plan, record)))
    table = list(map(str, table_lines(plan, record)))
    assert lines[2 : 2 + len(table)] == table
    assert lines[2 + len(table) :] == [
        "open run r1 since 2025-10-31T10:00:00Z, process 4711 on box: track 1, TASK-004"
    ]


def test_json() -> None:
    plan = make_plan()
    record = replace(make_broken_record(plan), live={"r1": RUN}, updated_at="now")
    document = json.loads(json.dumps(status_json(plan, record)))
    assert document["project"] == "E-Commerce Platform"
    assert document["statistics"] == {
        "total_tasks": 18,
        "completed_tasks": 14,
        "failed_tasks": 1,
        "blocked_tasks": 3,
        "in_progress_tasks": 0,
        "pending_tasks": 0,
        "total_sprints": 6,
        "completed_sprints": 4,
        "t1_tasks": 14,
        "t2_tasks": 0,
    }
    task = document["tasks"]["TASK-004"]
    assert (task["verdict"], task["status"]) == ("FAIL", "failed")
    assert (task["track"], task["sprint"]) == (1, "SPRINT-001-01")
    assert task["criteria"][1] == {
        "id": "AC-002",
        "text": "Password can be reset",
        "verdict": "FAIL",
        "gap": "assert 404 == 200",
    }
    assert document["tasks"]["TASK-008"]["blocked_by"] == ["TASK-004"]
    assert document["tracks"][0]["tasks"] == IN_ORDER[1]
    assert document["tracks"][0]["status"] == "in_progress"
    assert document["tracks"][1]["completed_hours"] == 44
    assert document["sprints"][0]["status"] == "in_progress"
    assert document["current_execution"][0]["pid"] == 4711


def test_what_is_unknown_is_null() -> None:
    plan = make_plan()
    record = make_record(plan, {"TASK-001": TaskRecord(claim="completed")})
    document = status_json(plan, record)
    task = document["tasks"]["TASK-001"]
    assert (task["verdict"], task["status"], task["claim"]) == (None, "pending", "completed")
    assert task["criteria"][0]["verdict"] is None
    assert document["statistics"]["t1_tasks"] is None
    assert document["tracks"][0]["status"] == "pending"


def test_a_partial_table_has_partial_sums() -> None:
    plan = make_plan()
    record = make_record(plan, {"TASK-001": passed(plan, "TASK-001")})
    lines = list(map(str, table_lines(plan, record, only={"TASK-001"})))
    assert lines[-2:] == [
        "1 task: 1 PASS",
        "2 of 2 criteria met, 1 of 1 sprint complete, 2 iterations, 0.9 s of checks",
    ]
    assert not any("TASK-004" in line for line in lines)
