from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Coverage, Location, Step, Task, TaskKind

from .plans import PRD, TASK, TRACKS, load, load_task, place, refuse, refuse_task


def task(root: Path, *lines: str) -> Task:
    return load_task(root, "\n".join(["id: T", *lines])).tasks["T"]


FULL = """\
id: TASK-004
title: User authentication API
track: 1
component: backend
owner: Backend team
requirements: [REQ-1]
estimated_hours: 10
depends_on: [TASK-001]
files: ["src/auth/**", ./conf]
uses: [docs/openapi.yaml]
resources: [postgres, {redis: 2}]
steps: [one, {text: two, done: true}, {text: three}]
coverage: {source: [src/auth], min: 80, branch: true}
description: |
  Two
  lines
priority: high
value: "5"
tags: [api, 1]
status: completed
jira: {key: ABC-1, links: [a, ~]}
acceptance_criteria:
- one
"""


def test_reads_every_key(tmp_path: Path) -> None:
    files = {
        TASK: FULL,
        TRACKS: "tasks: [{id: TASK-001}]\nresources: {redis: 2}\n",
        PRD: "requirements: [{id: REQ-1, title: x}]",
    }
    plan = load(tmp_path, files)
    criteria = plan.tasks["TASK-004"].criteria
    assert plan.tasks["TASK-004"] == Task(
        id="TASK-004",
        title="User authentication API",
        location=Location(TASK, 1, 1),
        kind=TaskKind.TASK,
        criteria=criteria,
        predecessors=("TASK-001",),
        pin=1,
        component="backend",
        owner="Backend team",
        requirements=("REQ-1",),
        hours=10.0,
        files=("src/auth/**", "conf"),
        uses=("docs/openapi.yaml",),
        resources={"postgres": 1, "redis": 2},
        steps=(Step("one"), Step("two", done=True), Step("three")),
        coverage=Coverage(("src/auth",), 80.0, branch=True),
        description="Two\nlines\n",
        priority="high",
        value="5",
        tags=("api", "1"),
        claim="completed",
        metadata={"jira": {"key": "ABC-1", "links": ("a", None)}},
    )
    assert [criterion.location for criterion in criteria] == [Location(TASK, 23, 3)]
    assert plan.warnings == ()


def test_the_other_spellings(tmp_path: Path) -> None:
    plan = load_task(tmp_path, "- {id: A, name: One}\n- {id: B, name: Two, dependencies: A}\n")
    assert [task.title for task in plan.tasks.values()] == ["One", "Two"]
    assert plan.tasks["B"].predecessors == ("A",)
    assert plan.tasks["B"].location == Location(TASK, 2, 3)


@pytest.mark.parametrize("pair", ["title: a\nname: b", "depends_on: []\ndependencies: []"])
def test_both_spellings_at_once(tmp_path: Path, pair: str) -> None:
    problem = refuse_task(tmp_path, f"id: T\n{pair}\n")
    assert (problem.code, problem.line) == ("duplicate-key", 3)


@pytest.mark.parametrize("written", ["[none]", "none", "None", "[]", "", "~", "[NONE]"])
def test_none_means_no_predecessor(tmp_path: Path, written: str) -> None:
    assert task(tmp_path, f"depends_on: {written}").predecessors == ()


def test_none_beside_a_task_is_an_error(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "- id: A\n- id: B\n  depends_on: [A, none]\n")
    assert (problem.code, problem.line) == ("unknown-predecessor", 3)


def test_a_name_written_twice_counts_once(tmp_path: Path) -> None:
    plan = load_task(tmp_path, "- id: A\n- id: B\n  depends_on: [A, A]\n")
    assert plan.tasks["B"].predecessors == ("A",)
    assert [(warning.code, warning.line) for warning in plan.warnings] == [("repeated", 3)]


@pytest.mark.parametrize("key", ["title", "owner", "files", "steps", "track", "estimated_hours"])
def test_keys_left_empty_say_nothing(tmp_path: Path, key: str) -> None:
    assert task(tmp_path, f"{key}:") == task(tmp_path)


@pytest.mark.parametrize("key", ["id", "coverage"])
def test_an_id_or_a_gate_is_never_left_empty(tmp_path: Path, key: str) -> None:
    lines = {"id": "id: T"} | {key: f"{key}:"}
    assert refuse_task(tmp_path, "\n".join(lines.values())).code == "wrong-type"


@pytest.mark.parametrize("text", ["010", "10", "10.0", "'10'"])
def test_numbers_are_typed_by_the_schema(tmp_path: Path, text: str) -> None:
    assert task(tmp_path, f"estimated_hours: {text}").hours == 10.0


@pytest.mark.parametrize(
    "text",
    [
        "ten",
        "-1",
        ".nan",
        ".inf",
        "0",
        "0.0",
        "true",
        "1:30",
        "1e3",
        "no",
        "on",
        "2025-10-31",
        "0x1F",
        "1_000",
        "100001",
        "10h",
        "[1]",
        "{a: 1}",
        "''",
        "１０",
    ],
)
def test_fault_09_hours_that_are_no_hours(tmp_path: Path, text: str) -> None:
    problem = refuse_task(tmp_path, f"id: T\nestimated_hours: {text}\n")
    assert place(problem) == ("TASK-001.yaml", 2)
    assert problem.code == "wrong-type"
    assert "expected a number above 0 to 100000" in str(problem)


@pytest.mark.parametrize("text", ["ten", "-1", ".nan", ".inf", "0", "true", "101", "80%", "~"])
def test_fault_09_coverage_that_is_no_percentage(tmp_path: Path, text: str) -> None:
    problem = refuse_task(tmp_path, f"id: T\ncoverage: {{source: src, min: {text}}}\n")
    assert (problem.code, problem.line) == ("wrong-type", 2)
    assert "expected a number above 0 to 100" in str(problem)


@pytest.mark.parametrize("text", ["yes", "on", "1", "True", "'true'", "~"])
def test_fault_08_typed_field_with_another_spelling_fails(tmp_path: Path, text: str) -> None:
    problem = refuse_task(tmp_path, f"id: T\ncoverage: {{source: src, min: 80, branch: {text}}}\n")
    assert (problem.code, problem.line) == ("wrong-type", 2)
    assert "expected true or false" in str(problem)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{min: 80}", "missing-key"),
        ("{source: src}", "missing-key"),
        ("80", "wrong-type"),
        ("{source: [], min: 80}", "wrong-type"),
        ("{source: ../x, min: 80}", "outside-root"),
        ("{source: src, min: 80, mni: 1}", "unknown-key"),
        ("{source: s, min: 1, omit: x}", "unknown-key"),
    ],
)
def test_coverage_gates_that_do_not_fit(tmp_path: Path, written: str, code: str) -> None:
    assert refuse_task(tmp_path, f"id: T\ncoverage: {written}\n").code == code


def test_fault_19_a_key_within_two_edits_is_an_error(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "id: T\ndepends_no: [A]\n")
    assert (problem.code, problem.line, problem.col) == ("unknown-key", 2, 1)
    assert problem.hint == "did you mean 'depends_on'?"


def test_fault_19_any_other_key_is_metadata(tmp_path: Path) -> None:
    plan = load_task(tmp_path, "id: T\njira: ABC-1\nsprint_goal: [x, {y: 01}]\n")
    assert plan.tasks["T"].metadata == {"jira": "ABC-1", "sprint_goal": ("x", {"y": "01"})}
    assert plan.warnings == ()


@pytest.mark.parametrize("key", ["depends", "criteria", "hours", "acceptance"])
def test_metadata_that_sounds_like_more_is_a_warning(tmp_path: Path, key: str) -> None:
    (warning,) = load_task(tmp_path, f"id: T\n{key}: [x]\n").warnings
    assert (warning.code, warning.line) == ("metadata-key", 2)
    assert "did you mean" in warning.hint


def test_fault_25_a_status_and_a_ticked_step_are_claims(tmp_path: Path) -> None:
    found = task(tmp_path, "status: completed", "steps: [{text: a, done: true}]")
    assert found.claim == "completed"
    assert found.steps == (Step("a", done=True),)
    assert found.criteria == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("[{done: true}]", "missing-key"),
        ("[{text: a, done: yes}]", "wrong-type"),
        ("[{text: a, tick: true}]", "unknown-key"),
        ("a", "wrong-type"),
        ("[[]]", "wrong-type"),
    ],
)
def test_steps_that_do_not_fit(tmp_path: Path, written: str, code: str) -> None:
    assert refuse_task(tmp_path, f"id: T\nsteps: {written}\n").code == code


@pytest.mark.parametrize("written", ["postgres", "[postgres]", "{postgres: 1}", "[{postgres: 01}]"])
def test_resources(tmp_path: Path, written: str) -> None:
    assert task(tmp_path, f"resources: {written}").resources == {"postgres": 1}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("[a, a]", "duplicate-id"),
        ("[a, A]", "duplicate-id"),
        ("{a: 0}", "wrong-type"),
        ("{a: -1}", "wrong-type"),
        ("{a: 1.5}", "wrong-type"),
        ("[[a]]", "wrong-type"),
        ("{a: }", "wrong-type"),
        ("{a/b: 1}", "bad-id"),
    ],
)
def test_resources_that_do_not_fit(tmp_path: Path, written: str, code: str) -> None:
    assert refuse_task(tmp_path, f"id: T\nresources: {written}\n").code == code


@pytest.mark.parametrize("key", ["files", "uses"])
@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b"])
def test_paths_stay_below_the_root(tmp_path: Path, key: str, path: str) -> None:
    problem = refuse_task(tmp_path, f"id: T\n{key}: [src, {path}]\n")
    assert (problem.code, problem.line) == ("outside-root", 2)


def test_a_task_needs_an_id(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "\ntitle: x\n")
    assert (problem.code, problem.line) == ("missing-key", 2)


def test_other_kinds_of_task_cannot_be_written_yet(tmp_path: Path) -> None:
    assert task(tmp_path, "kind: task").kind is TaskKind.TASK
    assert refuse_task(tmp_path, "id: T\nkind: sprint-review\n").code == "not-yet-supported"


@pytest.mark.parametrize("content", ["just a text", "[]", "- a\n", "- []\n", "12"])
def test_fault_16_scalar_or_list_where_a_mapping_must_be(tmp_path: Path, content: str) -> None:
    problem = refuse_task(tmp_path, content)
    assert problem.line == 1
    assert "expected a mapping" in str(problem)


def test_one_pass_reports_everything_that_is_wrong(tmp_path: Path) -> None:
    content = """\
    title: [a]
    estimated_hours: ten
    files: /etc
    tilte: x
    steps: 1
    acceptance_criteria: {a: b}
    """
    found = {(problem.line, problem.code) for problem in refuse(tmp_path, {TASK: content})}
    assert found == {
        (1, "missing-key"),
        (1, "wrong-type"),
        (2, "wrong-type"),
        (3, "outside-root"),
        (4, "unknown-key"),
        (5, "wrong-type"),
        (6, "wrong-type"),
    }
