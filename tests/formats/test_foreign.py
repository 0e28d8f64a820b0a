from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Location, Plan
from pytest_tracks.errors import Problem

from .foreign_plans import ListFormat, load_foreign, refuse_foreign

TODO = "TODO\nA: first\nB: second <- A\n"


def _load(root: Path, files: dict[str, str], place: str = "docs/todo.txt") -> Plan:
    return load_foreign(root, place, {"docs/todo.txt": TODO, **files}, [ListFormat()])


def _refuse(root: Path, side: str) -> Problem:
    files = {"docs/todo.txt": TODO, "docs/tracks.yaml": side}
    (problem,) = refuse_foreign(root, "docs/todo.txt", files, [ListFormat()])
    return problem


@pytest.mark.parametrize("place", ["docs/todo.txt", "docs"])
def test_a_third_party_format_becomes_a_plan(tmp_path: Path, place: str) -> None:
    plan = _load(tmp_path, {}, place)
    assert [*plan.tasks] == ["A", "B"]
    assert plan.tasks["B"].predecessors == ("A",)
    assert plan.tasks["B"].location == Location("docs/todo.txt", 3)
    assert (plan.format, plan.files, plan.folder) == ("to-do list", ("docs/todo.txt",), "docs")
    assert [c.check.kind for c in plan.tasks["A"].criteria] == ["prose", "prose"]


@pytest.mark.parametrize(
    "side", ["docs/todo.txt.tracks/tracks.yaml", "docs/tracks.yaml", "docs/planning/tracks.yaml"]
)
def test_a_side_file_binds_checks_hours_and_settings(tmp_path: Path, side: str) -> None:
    plan = _load(
        tmp_path,
        {
            side: """
            criteria:
              A/AC-001: {run: make}
              A/AC-002: {manual: false, allow: [skip], test: tests}
            hours: {A: 2, B: 3.5}
            tasks:
              B: {files: ["src/**"], resources: [db]}
            resources: {db: 2}
            settings: {sprint_hours: 10}
            """.replace("manual: false, ", "")
        },
    )
    first, second = plan.tasks["A"].criteria
    assert (first.check.kind, first.text, first.location.line) == ("run", "first", 2)
    assert (second.check.kind, second.text, second.allow) == ("test", "it builds", {"skip"})
    assert [task.hours for task in plan.tasks.values()] == [2.0, 3.5]
    assert plan.tasks["B"].files == ("src/**",)
    assert (plan.capacities, plan.settings) == ({"db": 2}, {"sprint_hours": "10"})
    assert plan.files == ("docs/todo.txt", side)


def test_the_nearest_side_file_is_read_alone(tmp_path: Path) -> None:
    plan = _load(
        tmp_path,
        {
            "docs/todo.txt.tracks/tracks.yaml": "hours: {A: 2}",
            "docs/tracks.yaml": "hours: {NOBODY: 3}",
        },
    )
    assert plan.tasks["A"].hours == 2


def test_tracks_of_a_native_plan_are_no_side_file(tmp_path: Path) -> None:
    native = "tasks: [{id: X, acceptance_criteria: [y]}]"
    plan = _load(tmp_path, {"docs/planning/tracks.yaml": native})
    assert [*plan.tasks] == ["A", "B"]
    assert plan.files == ("docs/todo.txt",)


def test_steps_become_criteria_behind_the_others(tmp_path: Path) -> None:
    side = "settings: {steps: gate}\ncriteria: {A/AC-003: {run: 'true'}}"
    plan = _load(tmp_path, {"docs/tracks.yaml": side})
    criteria = plan.tasks["A"].criteria
    assert [c.text for c in criteria] == ["first", "it builds", "think", "write"]
    assert criteria[2].check.kind == "run"
    assert plan.tasks["A"].steps == ()


@pytest.mark.parametrize(
    ("side", "code", "line", "hint"),
    [
        ("criteria:\n  A/AC-009: {run: x}", "unknown-criterion", 2, "'A/AC-002'"),
        ("criteria:\n  AA/AC-001: {run: x}", "unknown-criterion", 2, "'A/AC-001'"),
        ("hours:\n\n  C: 3", "unknown-task", 3, "known: A, B"),
        ("tasks:\n  BB: {hours: 3}", "unknown-task", 2, "'B'"),
        ("criteria:\n  A/AC-001: {rum: x}", "unknown-key", 2, "'run'"),
        ("criteria:\n  A/AC-001: run", "wrong-type", 2, "mapping"),
        ("hours: {A: many}", "wrong-type", 1, "number"),
        ("- 1", "wrong-type", 1, "mapping"),
        ("criterias: {}", "unknown-key", 1, ""),
    ],
)
def test_what_a_side_file_gets_wrong_is_named(
    tmp_path: Path, side: str, code: str, line: int, hint: str
) -> None:
    problem = _refuse(tmp_path, side)
    assert (problem.path, problem.line, problem.code) == ("docs/tracks.yaml", line, code)
    assert hint in problem.hint


def test_a_document_of_no_format_is_refused_with_each_reason(tmp_path: Path) -> None:
    files = {"docs/todo.txt": "nothing\n"}
    problems = refuse_foreign(tmp_path, "docs/todo.txt", files, [ListFormat()])
    assert problems[0].code == "no-plan"
    last = problems[-1]
    assert (last.path, last.line, last.code) == ("docs/todo.txt", 1, "not-this-format")
    assert last.message == "is no to-do list: the first line is not TODO"


class _Rival(ListFormat):
    name = "shopping list"


def test_a_document_of_two_formats_is_refused(tmp_path: Path) -> None:
    formats = [ListFormat(), _Rival()]
    (problem,) = refuse_foreign(tmp_path, "docs", {"docs/todo.txt": TODO}, formats)
    assert problem.code == "ambiguous-format"
    assert "to-do list and as a shopping list" in problem.message


def test_wrong_references_of_a_document_name_its_lines(tmp_path: Path) -> None:
    files = {"docs/todo.txt": "TODO\nA: first\n\nB: second <- C\n"}
    (problem,) = refuse_foreign(tmp_path, "docs", files, [ListFormat()])
    assert (problem.line, problem.code) == (4, "unknown-predecessor")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"<<<<<<< HEAD\n"])
def test_an_undecodable_document_is_refused(tmp_path: Path, content: bytes) -> None:
    files = {"docs/todo.txt": content}
    (problem,) = refuse_foreign(tmp_path, "docs/todo.txt", files, [ListFormat()])
    assert problem.code in ("not-utf8", "merge-conflict")


def test_a_folder_without_any_document_is_refused(tmp_path: Path) -> None:
    (problem,) = refuse_foreign(tmp_path, "docs", {"docs/picture.png": b""}, [ListFormat()])
    assert problem.code == "no-plan"


def test_a_folder_of_other_documents_says_what_a_native_plan_needs_too(tmp_path: Path) -> None:
    problems = refuse_foreign(tmp_path, "docs", {"docs/README.md": "# hello"})
    assert "looked for docs/tracks.yaml" in problems[0].message
    assert {problem.code for problem in problems[1:]} == {"no-plan", "not-this-format"}


@pytest.mark.parametrize(
    ("place", "said"), [("docs", "looked for docs/tracks.yaml"), ("docs/a.md", "errno 2")]
)
def test_a_place_that_does_not_exist(tmp_path: Path, place: str, said: str) -> None:
    (problem,) = refuse_foreign(tmp_path, place)
    assert said in problem.message
