"""Reviews, sync points and contracts: what tracks.yaml may say, and what tasks come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Contract, Plan, TaskKind
from tests.formats.plans import SPRINTS, TASK, TRACKS, load, refuse

DIAMOND = """
- {id: A, track: 1}
- {id: B, track: 1, depends_on: [A]}
- {id: C, track: 2, depends_on: [A]}
- {id: D, track: 2, depends_on: [B, C]}
"""
TWO_TRACKS = "tracks: {1: Backend API, 2: Frontend}\n"


def gated(root: Path, text: str, tasks: str = DIAMOND, **sprints: str) -> Plan:
    files = {f"{SPRINTS}/{name.replace('_', '-')}.yaml": text for name, text in sprints.items()}
    return load(root, {TASK: tasks, TRACKS: TWO_TRACKS + text, **files})


def before(plan: Plan, task: str) -> list[str]:
    return list(plan.tasks[task].predecessors)


@pytest.mark.parametrize(
    ("after", "predecessors"),
    [
        ("[A]", ["A"]),
        ("[B, C]", ["B", "C"]),
        ("[1]", ["A", "B"]),
        ("[track 02]", ["C", "D"]),
        ("[Backend API]", ["A", "B"]),
        ("[track frontend]", ["C", "D"]),
        ("[Wave 2]", ["B", "C"]),
        ("[1, B, 2]", ["A", "B", "C", "D"]),
    ],
)
def test_a_sync_point_comes_after_tasks_tracks_and_waves(
    tmp_path: Path, after: str, predecessors: list[str]
) -> None:
    plan = gated(tmp_path, f"sync_points: [{{after: {after}}}]")
    sync = plan.tasks["SYNC-01"]
    assert (sync.kind, sync.predecessors) == (TaskKind.SYNC_POINT, tuple(predecessors))
    assert str(sync.location) == f"{TRACKS}:2"


def test_what_follows_a_wave_waits_for_the_sync_point_after_it(tmp_path: Path) -> None:
    plan = gated(tmp_path, "sync_points: [{after: wave 1}, {id: SYNC-X, after: [wave 3]}]")
    assert before(plan, "B") == ["A", "SYNC-01"]
    assert before(plan, "C") == ["A", "SYNC-01"]
    assert before(plan, "D") == ["B", "C"], "wave 3 waits for wave 2 anyway"
    assert before(plan, "SYNC-X") == ["D"]


def test_before_names_what_waits(tmp_path: Path) -> None:
    plan = gated(tmp_path, "sync_points: [{after: [A], before: [2]}, {after: wave 1, before: D}]")
    assert before(plan, "C") == ["A", "SYNC-01"]
    assert before(plan, "D") == ["B", "C", "SYNC-01", "SYNC-02"]
    assert before(plan, "B") == ["A"]


def test_a_task_may_wait_for_a_sync_point_by_its_id(tmp_path: Path) -> None:
    tasks = "- id: A\n- {id: B, depends_on: [SYNC-01]}\n"
    plan = gated(tmp_path, "sync_points: [{after: [A]}]", tasks)
    assert before(plan, "B") == ["SYNC-01"]


def test_reviews_of_sprints_tracks_and_of_all(tmp_path: Path) -> None:
    text = "sprint_review: [Clean]\ntrack_review:\nfinal_review: {title: The end, criteria: [Ok]}\n"
    plan = gated(tmp_path, text, SPRINT_001_01="tasks: [A, B]", SPRINT_001_02="tasks: [C]")
    assert before(plan, "REVIEW-SPRINT-001-01") == ["A", "B"]
    assert before(plan, "REVIEW-TRACK-01") == ["A", "B", "REVIEW-SPRINT-001-01"]
    assert before(plan, "REVIEW-TRACK-02") == ["C", "D", "REVIEW-SPRINT-001-02"]
    assert before(plan, "REVIEW-FINAL") == ["REVIEW-TRACK-01", "REVIEW-TRACK-02"]
    assert [plan.tasks[name].pin for name in ("REVIEW-SPRINT-001-02", "REVIEW-TRACK-02")] == [2, 2]
    assert plan.tasks["REVIEW-TRACK-01"].title == "Review of Track 1 (Backend API)"
    assert plan.tasks["REVIEW-TRACK-01"].criteria == ()
    final = plan.tasks["REVIEW-FINAL"]
    assert (final.title, final.criteria[0].text, final.pin) == ("The end", "Ok", None)


def test_tracks_hold_the_tasks_of_their_component_where_nothing_is_pinned(tmp_path: Path) -> None:
    tasks = "- {id: A, component: api}\n- {id: B, component: ui}\n- id: C\n"
    text = "tracks:\n  1: {name: One, component: api}\n  2: {name: Two, component: ui}\n"
    plan = load(tmp_path, {TASK: tasks, TRACKS: text + "sync_points: [{after: [One, 2]}]\n"})
    assert before(plan, "SYNC-01") == ["A", "B"]


def test_criteria_stand_under_sections(tmp_path: Path) -> None:
    text = """
final_review:
  - {section: Security, criteria: [No secrets, {text: Audit, run: audit}]}
  - {section: Docs, text: Readme, run: test}
  - Loose
"""
    criteria = gated(tmp_path, text).tasks["REVIEW-FINAL"].criteria
    assert [(one.id, one.section, one.text) for one in criteria] == [
        ("AC-001", "Security", "No secrets"),
        ("AC-002", "Security", "Audit"),
        ("AC-003", "Docs", "Readme"),
        ("AC-004", "", "Loose"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("sync_points: [{after: [X]}]", "unknown-predecessor", 2),
        ("sync_points: [{after: [wave 9]}]", "unknown-predecessor", 2),
        ("sync_points: [{title: x}]", "missing-key", 2),
        ("sync_points: [{after: [A], befor: [B]}]", "unknown-key", 2),
        ("sync_points: [{id: GATE, after: [A]}]", "bad-id", 2),
        ("sync_points: [{id: SYNC-1, after: A}, {id: sync-1, after: B}]", "similar-id", 2),
        ("sync_points: [{after: [B], before: [A]}]", "cycle", 2),
        ("sync_points: {a: b}", "wrong-type", 2),
        ("final_review: 3", "wrong-type", 2),
        ("final_review: {criteria: [a], acceptance_criteria: [b]}", "duplicate-key", 2),
        ("final_review: [{section: x, criteria: [a], run: b}]", "unknown-key", 2),
        ("track_review: {criterias: [a]}", "unknown-key", 2),
        ("contracts: [{path: a.yaml}]", "missing-key", 2),
        ("contracts: [{path: a.yaml, owner: X}]", "unknown-task", 2),
        ("contracts: [{path: ../a, owner: A}]", "outside-root", 2),
        (
            "contracts: [{path: a, owner: A}, {path: a, owner: B}]",
            "two-owners",
            2,
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    found = refuse(tmp_path, {TASK: DIAMOND, TRACKS: TWO_TRACKS + text})
    assert (found[0].code, found[0].path, found[0].line) == (code, TRACKS, line)


def test_a_task_that_waits_for_the_final_review_is_a_cycle(tmp_path: Path) -> None:
    tasks = "- id: A\n- {id: B, depends_on: [REVIEW-FINAL]}\n"
    (problem,) = refuse(tmp_path, {TASK: tasks, TRACKS: "final_review: [x]\n"})
    assert problem.code == "cycle"
    assert "REVIEW-FINAL depends on B" in problem.message


def test_a_cycle_of_tasks_is_told_as_one_where_waves_are_named(tmp_path: Path) -> None:
    tasks = "- {id: A, depends_on: [B]}\n- {id: B, depends_on: [A]}\n"
    found = refuse(tmp_path, {TASK: tasks, TRACKS: "sync_points: [{after: wave 1}]\n"})
    assert {problem.code for problem in found} == {"cycle", "unknown-predecessor"}


def test_contracts_and_a_warning_where_the_owner_waits_for_a_user(tmp_path: Path) -> None:
    tasks = "- {id: A, uses: [api.yaml]}\n- {id: B, depends_on: [A]}\n- {id: C, uses: api.yaml}\n"
    plan = load(tmp_path, {TASK: tasks, TRACKS: "contracts: [{path: api.yaml, owner: B}]"})
    (contract,) = plan.contracts
    assert contract == Contract("api.yaml", "B", contract.location)
    (warning,) = plan.warnings
    assert (warning.code, warning.path, warning.line) == ("contract-order", TRACKS, 1)
    assert "waits for A" in warning.message
