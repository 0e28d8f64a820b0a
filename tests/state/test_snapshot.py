from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from pytest_tracks.core.model import Sprint, TaskKind
from pytest_tracks.core.record import CoverageResult, ProjectRecord, TrackRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state.facts import Entry, RunStarted, TracksLaidOut
from pytest_tracks.state.fold import fold
from pytest_tracks.state.rendering import Renderer, body_of
from pytest_tracks.state.snapshot import DamagedSnapshotError, Snapshot, parse, read

from .test_fold import journals
from .worlds import HERE, entries, plan, result, settled, started, task

LEGACY = (
    b'version: "1.0"\n'
    b"type: project\n"
    b'created_at: "2025-10-31T10:00:00Z"\n'
    b'updated_at: "2025-10-31T15:30:00Z"\n'
    b"\n"
    b"parallel_tracks:\n"
    b"  enabled: true\n"
    b"  total_tracks: 2\n"
    b"  max_possible_tracks: 3\n"
    b"  track_info:\n"
    b"    1:\n"
    b'      name: "Backend API"\n'
    b"      estimated_hours: 52\n"
    b"      completed_hours: 52\n"
    b"      status: completed\n"
    b"\n"
    b"tasks:\n"
    b"  TASK-1:\n"
    b"    status: completed\n"
    b"    track: 1\n"
    b'    started_at: "2025-10-31T10:15:00Z"\n'
    b'    completed_at: "2025-10-31T11:00:00Z"\n'
    b"    duration_minutes: 45\n"
    b"    tier_used: T1\n"
    b"    iterations: 2\n"
    b"    validation_result: PASS\n"
    b"    reviewer: Ada # as found\n"
    b"  TASK-2:\n"
    b"    status: pending\n"
    b"    track: 1\n"
    b"\n"
    b"sprints:\n"
    b"  SPRINT-001-01:\n"
    b"    status: completed\n"
    b"current_execution: null\n"
    b"statistics:\n"
    b"  total_tasks: 2\n"
    b"  velocity: 01\n"
    b"budget: {spent: 1.20}\n"
)


def render(record: ProjectRecord, snapshot: Snapshot | None = None, **marks: int) -> bytes:
    return Renderer(plan(), snapshot or Snapshot()).render(record, marks).content


def project(*facts: object) -> ProjectRecord:
    base = ProjectRecord(lineage="L1")
    return fold(base, entries(RunStarted("r1", 1, "here"), *facts))  # type: ignore[arg-type]


@pytest.fixture
def record() -> ProjectRecord:
    track = TrackRecord(1, "Backend API", ("TASK-1", "TASK-2"))
    layout = TracksLaidOut("r1", "document", (track,), 3)
    full = settled(
        criteria={
            "AC-001": CriterionResult("AC-001", CriterionVerdict.PASS, evidence=("tests/a.py::b",)),
            "coverage": CriterionResult("coverage", CriterionVerdict.PASS),
        },
        tests={"AC-001": ("tests/a.py::b[x y]",)},
        texts={"AC-001": "Login: returns # a 'token' → “ok”"},
        run_seconds=1.5,
        coverage=CoverageResult(91.5, 80.0, 40),
        meta={"tier_used": "T1", "cost_usd": "0.40"},
    )
    failed = settled("FAIL", "TASK-2", "b1", criteria=result("FAIL", "got 500\nnot 200"))
    return project(layout, started(), full, started("TASK-2", "b1"), failed)


def test_the_schema_is_the_source_s(record: ProjectRecord):
    state = yaml.safe_load(render(record, J=7))
    assert list(state) == [
        "version",
        "type",
        "created_at",
        "updated_at",
        "parallel_tracks",
        "tasks",
        "sprints",
        "current_execution",
        "statistics",
        "serial",
        "lineage",
        "journals",
        "integrity",
    ]
    assert (state["version"], state["type"]) == ("1.0", "project")
    assert state["created_at"] == "2025-10-31T10:01:00.000Z"
    assert state["parallel_tracks"] == {
        "enabled": False,
        "total_tracks": 1,
        "max_possible_tracks": 3,
        "mode": "document",
        "track_info": {
            1: {
                "name": "Backend API",
                "estimated_hours": 2,
                "completed_hours": 1,
                "status": "in_progress",
                "tasks": ["TASK-1", "TASK-2"],
            }
        },
    }
    assert state["journals"] == {"J": 7}


def test_a_task_has_the_source_s_keys_first(record: ProjectRecord):
    shown = yaml.safe_load(render(record))["tasks"]["TASK-1"]
    assert list(shown)[:8] == [
        "status",
        "track",
        "started_at",
        "completed_at",
        "duration_minutes",
        "tier_used",
        "iterations",
        "validation_result",
    ]
    expected: dict[str, Any] = {
        "status": "completed",
        "track": 1,
        "started_at": "2025-10-31T10:02:00.000Z",
        "completed_at": "2025-10-31T10:03:00.000Z",
        "duration_minutes": 1,
        "tier_used": "T1",
        "iterations": 1,
        "validation_result": "PASS",
        "acceptance_criteria_met": 1,
        "acceptance_criteria_total": 1,
        "coverage": {"percent": 91.5, "required": 80, "statements": 40},
        "attempts": 1,
        "run_seconds": 1.5,
        "meta": {"cost_usd": "0.40"},
    }
    assert {key: shown[key] for key in expected} == expected
    assert shown["criteria"]["AC-001"]["text"] == "Login: returns # a 'token' → “ok”"


def test_statistics_sum_to_the_total_and_count_tasks_only(record: ProjectRecord):
    review = task("REVIEW-SPRINT-001-01", kind=TaskKind.SPRINT_REVIEW)
    sprint = Sprint("SPRINT-001-01", 1, "Foundation", ("TASK-1",), HERE)
    wide = plan(task("TASK-1"), task("TASK-2"), task("TASK-3"), review, sprints=[sprint])
    state = yaml.safe_load(Renderer(wide, Snapshot()).render(record, {}).content)
    assert state["statistics"] == {
        "total_tasks": 3,
        "completed_tasks": 1,
        "in_progress_tasks": 0,
        "pending_tasks": 1,
        "failed_tasks": 1,
        "blocked_tasks": 0,
        "total_sprints": 1,
        "completed_sprints": 0,
        "t1_tasks": 1,
        "t2_tasks": 0,
    }
    # All its tasks have passed, but its review has not.
    assert state["sprints"]["SPRINT-001-01"] == {
        "status": "in_progress",
        "track": 1,
        "completed_at": None,
        "tasks_completed": 1,
        "tasks_total": 1,
        "quality_gates_passed": False,
    }


def test_a_sprint_is_completed_when_its_review_has_passed(record: ProjectRecord):
    sprint = Sprint("SPRINT-001-01", 1, "Foundation", ("TASK-1",), HERE)
    small = plan(task("TASK-1"), sprints=[sprint])
    state = yaml.safe_load(Renderer(small, Snapshot()).render(record, {}).content)
    shown = state["sprints"]["SPRINT-001-01"]
    assert (shown["status"], shown["quality_gates_passed"]) == ("completed", True)
    assert shown["completed_at"] == "2025-10-31T10:03:00.000Z"


def test_tiers_are_null_where_nobody_said_one():
    state = yaml.safe_load(render(project(started(), settled())))
    assert state["statistics"]["t1_tasks"] is None


def test_live_runs_are_the_current_execution():
    sprint = Sprint("SPRINT-001-01", 1, "Foundation", ("TASK-1",), HERE)
    wide = plan(task("TASK-1"), sprints=[sprint])
    text = Renderer(wide, Snapshot()).render(project(started()), {}).content
    assert yaml.safe_load(text)["current_execution"] == {
        "r1": {
            "track": 1,
            "sprint": "SPRINT-001-01",
            "task": "TASK-1",
            "started_at": "2025-10-31T10:00:00.000Z",
            "pid": 1,
            "host": "here",
            "pending": [],
            "process_started": "",
        }
    }


@settings(deadline=None)  # the machine may be busy
@given(journals)
def test_a_record_comes_back_as_it_was(all_entries: list[Entry]):
    record = fold(ProjectRecord(lineage="L"), all_entries)
    text = Renderer(plan(), Snapshot()).render(record, {"J": 3})
    snapshot = parse(text.content, "state")
    known = {name: it for name, it in snapshot.record.tasks.items() if name in record.tasks}
    assert replace(snapshot.record, tasks=known) == record
    assert (dict(snapshot.seen), snapshot.is_intact, snapshot.warnings) == ({"J": 3}, True, ())
    assert body_of(text.content) == text.body
    again = Renderer(plan(), snapshot).render(snapshot.record, snapshot.seen)
    assert again.content == text.content


@settings(deadline=None)  # the machine may be busy
@given(journals)
def test_folding_goes_on_from_a_state_file_as_from_memory(all_entries: list[Entry]):
    half = len(all_entries) // 2
    before = fold(ProjectRecord(lineage="L"), all_entries[:half])
    loaded = parse(render(before), "state").record
    expected = fold(ProjectRecord(lineage="L"), all_entries)
    found = fold(loaded, all_entries[half:])
    assert {name: found.task(name) for name in expected.tasks} == expected.tasks
    assert found.live == expected.live


def test_tasks_that_left_the_plan_are_kept(record: ProjectRecord):
    text = Renderer(plan(task("TASK-9")), Snapshot()).render(record, {}).content
    assert list(yaml.safe_load(text)["tasks"]) == ["TASK-9", "TASK-1", "TASK-2"]
    assert parse(text, "state").record.task("TASK-1").verdict is TaskVerdict.PASS


# Damage


def test_fault_26_truncation_at_every_byte_is_detected(record: ProjectRecord):
    whole = render(record, J=7)
    still_yaml = 0
    for size in range(len(whole) - 1):
        with pytest.raises(DamagedSnapshotError):
            parse(whole[:size], "state")
        with contextlib.suppress(yaml.YAMLError, UnicodeDecodeError):
            still_yaml += isinstance(yaml.load(whole[:size], yaml.CSafeLoader), dict)
    assert still_yaml > len(whole) / 4, "the point: a YAML parser alone would notice few"
    last = parse(whole[:-1], "state")
    assert [warning.code for warning in last.warnings] == ["cut-off"]
    assert last.record.tasks == parse(whole, "state").record.tasks


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\0" * 4096, b"\xff\xfe", b"[]", b"tasks: []", b"x: 1"]
)
def test_fault_27_an_empty_or_foreign_file_is_not_fresh(content: bytes):
    with pytest.raises(DamagedSnapshotError) as caught:
        parse(content, "docs/planning/.project-state.yaml")
    assert "docs/planning/.project-state.yaml" in str(caught.value)


def test_every_single_changed_letter_is_noticed(record: ProjectRecord):
    whole = render(record, J=7)
    start = whole.index(b"\nversion:")
    for place in range(start, len(whole) - 1):
        letter = b"x" if whole[place : place + 1] != b"x" else b"y"
        try:
            snapshot = parse(whole[:place] + letter + whole[place + 1 :], "state")
        except StateError:
            continue
        assert not snapshot.is_intact


def test_fault_28_an_edited_verdict_is_a_claim_and_the_others_stand(record: ProjectRecord):
    whole = render(record).replace(b"status: failed\n", b"status: completed\n", 1)
    edited = whole.replace(b"validation_result: FAIL", b"validation_result: PASS")
    snapshot = parse(edited, "state")
    claimed = snapshot.record.task("TASK-2")
    assert (claimed.verdict, claimed.claim) == (TaskVerdict.UNVERIFIED, "completed")
    assert claimed.iterations == 1
    assert claimed.digest is None
    assert snapshot.record.task("TASK-1").verdict is TaskVerdict.PASS
    [warning] = snapshot.warnings
    assert "TASK-2 was changed by hand: its 'completed' is a claim" in str(warning)


def test_fault_28_a_task_added_or_copied_by_hand_is_a_claim(record: ProjectRecord):
    whole = render(record)
    block = whole[whole.index(b"  TASK-1:\n") : whole.index(b"  TASK-2:\n")]
    added = block.replace(b"TASK-1:", b"TASK-3:", 1)
    snapshot = parse(whole.replace(b"\ntasks:\n", b"\ntasks:\n" + added, 1), "state")
    assert snapshot.record.task("TASK-3").verdict is TaskVerdict.UNVERIFIED


def test_a_claim_stays_a_claim_after_it_was_written(record: ProjectRecord):
    edited = render(record).replace(b"iterations: 1", b"iterations: 7", 1)
    snapshot = parse(edited, "state")
    again = parse(render(snapshot.record, snapshot), "state")
    assert again.is_intact
    assert again.record.task("TASK-1").claim == "completed"
    assert again.record.task("TASK-1").verdict is TaskVerdict.UNVERIFIED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"status: completed", b"\"status\":   'completed'  # yes"),
        (b"\n", b"\r\n"),
        (b"\n", b"\n\n"),
    ],
    ids=["quotes", "crlf", "blank lines"],
)
def test_another_spelling_of_the_same_is_no_edit(record: ProjectRecord, old: bytes, new: bytes):
    snapshot = parse(render(record).replace(old, new), "state")
    assert snapshot.warnings == ()
    assert snapshot.record.tasks == record.tasks


def test_changed_marks_are_damage(record: ProjectRecord):
    with pytest.raises(DamagedSnapshotError):
        parse(render(record, J=7).replace(b"  J: 7", b"  J: 9"), "state")


def test_fault_29_conflict_markers_name_line_and_command(record: ProjectRecord):
    whole = render(record)
    conflict = whole.replace(b"\ntasks:\n", b"\n<<<<<<< a\ntasks:\n=======\n>>>>>>> b\n", 1)
    line = conflict[: conflict.index(b"<<<<<<<")].count(b"\n") + 1
    with pytest.raises(StateError) as caught:
        parse(conflict, "docs/planning/.project-state.yaml")
    assert str(caught.value) == (
        f"docs/planning/.project-state.yaml:{line}: conflict-markers merge conflict markers at"
        f" line {line} (join both sides with: pytest-tracks state merge"
        " docs/planning/.project-state.yaml)"
    )


@pytest.mark.parametrize("version", ["1.1", "2.0", "3"])
def test_fault_30_a_newer_schema_asks_for_an_upgrade(record: ProjectRecord, version: str):
    newer = render(record).replace(b'version: "1.0"', f'version: "{version}"'.encode())
    with pytest.raises(StateError, match="upgrade") as caught:
        parse(newer, "state")
    assert not isinstance(caught.value, DamagedSnapshotError)


# Files of other tools, and keys of other versions


def test_a_legacy_file_is_all_claims_that_are_kept():
    snapshot = parse(LEGACY, "state")
    claimed = snapshot.record.task("TASK-1")
    assert (claimed.verdict, claimed.claim) == (TaskVerdict.UNVERIFIED, "completed")
    assert (claimed.iterations, claimed.duration_minutes, claimed.tier_used) == (2, 45, "T1")
    assert snapshot.record.task("TASK-2").verdict is None
    assert snapshot.record.tracks == {1: TrackRecord(1, "Backend API", ("TASK-1", "TASK-2"))}
    assert snapshot.is_legacy
    [warning] = snapshot.warnings
    assert "1 tasks are done by claim only (first: TASK-1)" in str(warning)


def test_fault_31_unknown_keys_survive_a_round_trip():
    snapshot = parse(LEGACY, "state")
    text = render(snapshot.record, snapshot)
    again = parse(text, "state")
    twice = render(again.record, again)
    assert twice == text
    state = yaml.safe_load(twice)
    assert state["tasks"]["TASK-1"]["reviewer"] == "Ada"
    assert state["budget"] == {"spent": 1.20}
    assert b"velocity: 01\n" in twice
    assert state["sprints"] == {"SPRINT-001-01": {"status": "completed"}}


def test_an_unknown_key_keeps_a_task_intact(record: ProjectRecord):
    whole = render(record)
    snapshot = parse(whole, "state")
    strange = replace(snapshot, unknown_of_task={"TASK-1": {"reviewer": "Ada"}})
    again = parse(render(record, strange), "state")
    assert again.record.task("TASK-1").verdict is TaskVerdict.PASS
    assert again.unknown_of_task == {"TASK-1": {"reviewer": "Ada"}}


def test_a_track_that_is_gone_is_no_unknown_key(record: ProjectRecord):
    two = replace(record, tracks={**record.tracks, 2: TrackRecord(2, "Frontend")})
    snapshot = parse(render(two), "state")
    state = yaml.safe_load(render(record, snapshot))
    assert list(state["parallel_tracks"]["track_info"]) == [1]


@pytest.mark.parametrize(
    "line",
    ["iterations: many", "track: {a: 1}", "criteria: [x]", "digest: 7", "validation_result: GREEN"],
)
def test_a_stranger_s_values_do_not_stop_the_reading(line: str):
    text = f"tasks:\n  TASK-1:\n    status: completed\n    {line}\n    attempts: 2\n"
    claimed = parse(text.encode(), "state").record.task("TASK-1")
    assert (claimed.claim, claimed.attempts) == ("completed", 2)


def test_reading_a_folder_is_a_state_error(tmp_path: Path):
    with pytest.raises(StateError, match="cannot-read"):
        read(tmp_path, "state")
    assert read(tmp_path / "nothing", "state") == Snapshot()
