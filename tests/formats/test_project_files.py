"""``tracks.yaml``, ``PROJECT_PRD.yaml`` and sprint files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Location, Plan, Requirement, Sprint, Track
from pytest_tracks.errors import Problem

from .plans import PRD, SPRINTS, TASK, TRACKS, load, refuse

SPRINT = f"{SPRINTS}/SPRINT-001-02.yaml"
TASKS = "- id: A\n- id: B\n- id: C\n"


def with_tracks(root: Path, *lines: str, tasks: str = TASKS) -> Plan:
    return load(root, {TRACKS: "\n".join(lines), TASK: tasks})


def refuse_one(root: Path, files: dict[str, str]) -> Problem:
    (problem,) = refuse(root, {TASK: TASKS} | files)
    return problem


def pins(plan: Plan) -> list[int | None]:
    return [task.pin for task in plan.tasks.values()]


def test_project_settings_capacities(tmp_path: Path) -> None:
    plan = with_tracks(
        tmp_path,
        "project: Shop",
        "resources: {postgres: 2, redis: 010}",
        "settings: {a: 01, b: [no, ~], c: {d: 1e3}}",
    )
    assert plan.project == "Shop"
    assert plan.capacities == {"postgres": 2, "redis": 10}
    assert plan.settings == {"a": "01", "b": ("no", None), "c": {"d": "1e3"}}


def test_the_project_is_called_by_its_folder_where_nothing_says_more(tmp_path: Path) -> None:
    assert load(tmp_path, {TASK: TASKS}).project == tmp_path.name
    assert load(tmp_path, {PRD: "project: From the PRD"}).project == "From the PRD"


def test_tasks_may_stand_in_tracks_yaml(tmp_path: Path) -> None:
    plan = load(tmp_path, {TRACKS: "tasks:\n- {id: A, title: One}\n- {id: B, depends_on: A}\n"})
    assert list(plan.tasks) == ["A", "B"]
    assert plan.tasks["B"].location == Location(TRACKS, 3, 3)


@pytest.mark.parametrize(
    "lines",
    [
        ["tracks: {1: Backend, 02: {name: Frontend, owner: F, component: web, tasks: [A, C]}}"],
        [
            "tracks:",
            "- {number: 2, name: Frontend, owner: F, component: web, tasks: [A, C]}",
            "- {id: 01, name: Backend}",
        ],
    ],
)
def test_tracks_as_mapping_or_list(tmp_path: Path, lines: list[str]) -> None:
    plan = with_tracks(tmp_path, *lines)
    assert plan.tracks == (Track(1, "Backend"), Track(2, "Frontend", "web", "F"))
    assert pins(plan) == [2, None, 2]


def test_tracks_without_names(tmp_path: Path) -> None:
    assert with_tracks(tmp_path, "tracks: {1: , 2: {}}").tracks == (Track(1), Track(2))


def test_pins_make_tracks_where_none_is_declared(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        {TASK: "- {id: A, track: 3}\n- {id: B, track: 01}\n- id: C\n", SPRINT: "tasks: [C]"},
    )
    assert plan.tracks == (Track(1), Track(2), Track(3))
    assert pins(plan) == [3, 1, None]


@pytest.mark.parametrize("written", ["1", "01", "001", "'1'", "Backend API", "backend api"])
def test_fault_07_a_track_by_number_or_name(tmp_path: Path, written: str) -> None:
    plan = with_tracks(tmp_path, "tracks: {1: Backend API}", tasks=f"id: A\ntrack: {written}\n")
    assert pins(plan) == [1]


@pytest.mark.parametrize("text", ["08", "010"])
def test_fault_07_a_track_is_not_octal(tmp_path: Path, text: str) -> None:
    plan = load(tmp_path, {TASK: f"id: A\ntrack: {text}\n"})
    assert pins(plan) == [int(text, 10)]


@pytest.mark.parametrize("written", ["2", "0", "100", "99", "-1", "Backnd", "1.0", "9999999999"])
def test_pin_to_an_unknown_track(tmp_path: Path, written: str) -> None:
    files = {TRACKS: "tracks: {1: Backend}", TASK: f"id: A\ntrack: {written}\n"}
    problem = refuse_one(tmp_path, files)
    assert (problem.code, problem.path, problem.line) == ("unknown-track", TASK, 2)
    assert ("did you mean track 1" if written == "Backnd" else "known: 1") in problem.hint


@pytest.mark.parametrize("written", ["0", "100", "Backend"])
def test_pin_to_what_can_be_no_track(tmp_path: Path, written: str) -> None:
    assert refuse_one(tmp_path, {TASK: f"id: A\ntrack: {written}"}).code == "unknown-track"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{0: a}", "wrong-type"),
        ("{100: a}", "wrong-type"),
        ("{one: a}", "wrong-type"),
        ("{1: a, 01: b}", "duplicate-id"),
        ("{1: a, 2: A}", "duplicate-id"),
        ("{1: a, 2: '1'}", "bad-id"),
        ("{1: [a]}", "wrong-type"),
        ("{1: {nmae: a}}", "unknown-key"),
        ("{1: {number: 2}}", "unknown-key"),
        ("[{name: a}]", "missing-key"),
        ("[{id: 1, number: 1}]", "duplicate-key"),
        ("[a]", "wrong-type"),
        ("3", "wrong-type"),
        ("{1: {tasks: [A, X]}}", "unknown-task"),
        ("{1: {tasks: [A]}, 2: {tasks: [A]}}", "two-tracks"),
    ],
)
def test_tracks_that_do_not_fit(tmp_path: Path, written: str, code: str) -> None:
    codes = {
        problem.code for problem in refuse(tmp_path, {TASK: TASKS, TRACKS: f"tracks: {written}"})
    }
    assert code in codes


def test_pins_that_contradict_each_other(tmp_path: Path) -> None:
    files = {TRACKS: "tracks:\n  1: {tasks: [A]}\n  2: x\n", TASK: "{id: A, track: 2}"}
    problem = refuse_one(tmp_path, files)
    assert (problem.code, problem.path, problem.line) == ("conflicting-pin", TRACKS, 2)
    assert load(tmp_path, {TASK: "{id: A, track: 01}"}).tasks["A"].pin == 1


def test_reviewers_are_named_or_left_out(tmp_path: Path) -> None:
    assert load(tmp_path, {TASK: TASKS}).reviewers is None
    named = load(tmp_path, {TASK: TASKS, TRACKS: "reviewers: [ada, bob, ada]\n"})
    assert named.reviewers == ("ada", "bob")
    problem = refuse_one(tmp_path, {TASK: TASKS, TRACKS: "project: x\nreviewers: []\n"})
    assert (problem.code, problem.path, problem.line) == ("empty-list", TRACKS, 2)
    problem = refuse_one(tmp_path, {TASK: TASKS, TRACKS: "reviewers:\n"})
    assert problem.code == "wrong-type"


def test_require_red_is_true_or_false(tmp_path: Path) -> None:
    plan = load(tmp_path, {TASK: TASKS, TRACKS: "settings: {require_red: true, other: yes}\n"})
    assert plan.settings == {"require_red": True, "other": "yes"}
    problem = refuse_one(tmp_path, {TASK: TASKS, TRACKS: "settings: {require_red: yes}\n"})
    assert problem.code == "wrong-type"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("porject: x", "unknown-key"),
        ("anything: x", "unknown-key"),
        ("[a]", "wrong-type"),
        ("resources: {a: 0}", "wrong-type"),
        ("resources: {a: ten}", "wrong-type"),
        ("resources: {a: 1, A: 1}", "similar-id"),
        ("resources: [a]", "wrong-type"),
        ("settings: [a]", "wrong-type"),
        ("tasks: {a: b}", "wrong-type"),
        ("", "wrong-type"),
    ],
)
def test_tracks_yaml_that_does_not_fit(tmp_path: Path, content: str, code: str) -> None:
    problem = refuse_one(tmp_path, {TRACKS: content})
    assert (problem.code, problem.path) == (code, TRACKS)


def test_requirements(tmp_path: Path) -> None:
    prd = """\
vision: long
product: x
requirements:
- {id: R1, title: One}
- {id: R2, name: Two, must: false}
"""
    plan = load(tmp_path, {PRD: prd, TASK: "{id: A, requirements: [R1]}"})
    assert plan.requirements == (
        Requirement("R1", "One", Location(PRD, 4, 3), must=True),
        Requirement("R2", "Two", Location(PRD, 5, 3), must=False),
    )
    assert [(found.code, found.line) for found in plan.warnings] == [("unused-requirement", 5)]


def test_unknown_requirement(tmp_path: Path) -> None:
    task = "id: A\nrequirements:\n- REQ-2\n"
    problem = refuse_one(tmp_path, {PRD: "requirements: [{id: REQ-1}]", TASK: task})
    assert (problem.code, problem.line, problem.col) == ("unknown-requirement", 3, 3)
    assert problem.hint == "did you mean 'REQ-1'?"


def test_requirement_without_any_prd(tmp_path: Path) -> None:
    problem = refuse_one(tmp_path, {TASK: "{id: A, requirements: REQ-1}"})
    assert (problem.code, problem.hint) == ("unknown-requirement", "add it to PROJECT_PRD.yaml")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("requirements: [{title: x}]", "missing-key"),
        ("requirements: [{id: a/b}]", "bad-id"),
        ("requirements: [{id: A, must: yes}]", "wrong-type"),
        ("requirements: [{id: A, musst: true}]", "unknown-key"),
        ("requirements: [A]", "wrong-type"),
        ("requirements: {A: x}", "wrong-type"),
        ("requirement: []", "unknown-key"),
        ("requirements: [{id: A}, {id: A}]", "duplicate-id"),
        ("requirements: [{id: A}, {id: a}]", "similar-id"),
        ("requirements: [&r {id: A}, *r]", "duplicate-id"),
        ("- a", "wrong-type"),
    ],
)
def test_prd_that_does_not_fit(tmp_path: Path, content: str, code: str) -> None:
    problem = refuse_one(tmp_path, {PRD: content})
    assert (problem.code, problem.path) == (code, PRD)


@pytest.mark.parametrize("track", ["", "track: 2", "track: 02", "track: Frontend", "track:"])
def test_sprints(tmp_path: Path, track: str) -> None:
    sprint = f"id: SPRINT-001-02\nname: First\n{track}\ntasks: [B, A]\n"
    plan = load(tmp_path, {TRACKS: "tracks: {2: Frontend}", TASK: TASKS, SPRINT: sprint})
    assert plan.sprints == (Sprint("SPRINT-001-02", 2, "First", ("B", "A"), Location(SPRINT)),)
    assert plan.files[-1] == SPRINT
    assert pins(plan) == [None, None, None]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("tasks: [A, X]", "unknown-task"),
        ("id: SPRINT-001-01\ntasks: [A]", "wrong-sprint-id"),
        ("track: 1\ntasks: [A]", "wrong-track"),
        ("track: 7\ntasks: [A]", "unknown-track"),
        ("title: x", "missing-key"),
        ("tasks: {A: B}", "wrong-type"),
        ("tasks: [A]\ntask: [B]", "unknown-key"),
        ("[A]", "wrong-type"),
        ("{title: a, name: b, tasks: [A]}", "duplicate-key"),
    ],
)
def test_sprints_that_do_not_fit(tmp_path: Path, content: str, code: str) -> None:
    problem = refuse_one(tmp_path, {TRACKS: "tracks: {1: a, 2: b}", SPRINT: content})
    assert (problem.code, problem.path) == (code, SPRINT)


def test_what_a_sprint_says_more_is_a_warning(tmp_path: Path) -> None:
    plan = load(tmp_path, {TASK: TASKS, SPRINT: "tasks: [A]\nquality_gates: [x]\n"})
    assert [(found.code, found.line) for found in plan.warnings] == [("unread-key", 2)]


@pytest.mark.parametrize("name", ["SPRINT-001-00", "SPRINT-001-09"])
def test_sprint_of_a_track_that_does_not_exist(tmp_path: Path, name: str) -> None:
    path = f"{SPRINTS}/{name}.yaml"
    problem = refuse_one(tmp_path, {TRACKS: "tracks: {1: a}", path: "tasks: [A]"})
    assert (problem.code, problem.path) == ("unknown-track", path)


def test_a_task_in_two_sprints_or_in_one_of_another_track(tmp_path: Path) -> None:
    other = f"{SPRINTS}/SPRINT-002-02.yaml"
    problem = refuse_one(tmp_path, {SPRINT: "tasks: [A]", other: "tasks: [B, A]"})
    assert (problem.code, problem.path) == ("two-sprints", other)
    files = {TASK: "{id: A, track: 1}", SPRINT: "tasks: [A]", other: "tasks: []"}
    problem = refuse_one(tmp_path, files)
    assert (problem.code, problem.path) == ("conflicting-pin", SPRINT)
