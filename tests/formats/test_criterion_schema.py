from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.native import load_plan

from .plans import FOLDER, SPRINTS, TASK, load_task, place, refuse, refuse_task, write


def criteria(root: Path, *lines: str) -> tuple[Criterion, ...]:
    text = "\n".join(["id: TASK-001", "acceptance_criteria:", *lines])
    return load_task(root, text).tasks["TASK-001"].criteria


def refuse_criteria(root: Path, *lines: str) -> Problem:
    return refuse_task(root, "\n".join(["id: TASK-001", "acceptance_criteria:", *lines]))


def test_prose_and_checks_with_ids_by_position(tmp_path: Path) -> None:
    found = criteria(
        tmp_path,
        "- Login returns a token",
        "- {id: RESET, text: Reset, test: tests/test_a.py}",
        "- text: Lint",
        "  run: ruff check",
        "  timeout: 60",
        "- {text: only a text}",
    )
    assert [c.id for c in found] == ["AC-001", "RESET", "AC-003", "AC-004"]
    assert [c.positional for c in found] == [True, False, True, True]
    assert [c.location.line for c in found] == [3, 4, 5, 8]
    assert [c.text for c in found] == ["Login returns a token", "Reset", "Lint", "only a text"]
    assert [c.check for c in found] == [
        Check(),
        Check("test", {"test": "tests/test_a.py"}),
        Check("run", {"run": "ruff check"}),
        Check(),
    ]


def test_allow(tmp_path: Path) -> None:
    (one, two) = criteria(
        tmp_path, "- {text: a, allow: [skip, xfail]}", "- {text: b, test: x, allow: flaky}"
    )
    assert one.allow == {"skip", "xfail"}
    assert two.allow == {"flaky"}
    problem = refuse_criteria(tmp_path, "- {text: a, allow: [skips]}")
    assert (problem.code, problem.hint) == ("unknown-value", "did you mean 'skip'?")
    assert refuse_criteria(tmp_path, "- {text: a, allow: }").code == "wrong-type"


@pytest.mark.parametrize(
    "content", ["id: T", "id: T\nacceptance_criteria:\n", "id: T\nacceptance_criteria: []"]
)
def test_fault_18_task_without_criteria_has_none(tmp_path: Path, content: str) -> None:
    assert load_task(tmp_path, content).tasks["T"].criteria == ()


def test_fault_18_criterion_without_check_is_prose(tmp_path: Path) -> None:
    assert [
        c.check.kind for c in criteria(tmp_path, "- a", "- {text: b}", "- {id: C, text: c}")
    ] == ["prose"] * 3


def test_fault_19_unknown_option_names_the_nearest(tmp_path: Path) -> None:
    problem = refuse_criteria(tmp_path, "- text: a", "  run: x", "  timout: 60")
    assert place(problem) == ("TASK-001.yaml", 5)
    assert (problem.code, problem.col) == ("unknown-key", 3)
    assert "'timout'" in problem.message
    assert problem.hint == "did you mean 'timeout'?"


def test_fault_19_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    problem = refuse_criteria(tmp_path, "- {text: a, rnu: tests/x.py}")
    assert (problem.code, problem.line, problem.hint) == ("unknown-key", 3, "did you mean 'run'?")


@pytest.mark.parametrize("key", ["metric", "http", "manual", "prose"])
def test_fault_19_a_kind_that_is_not_there_is_no_prose(tmp_path: Path, key: str) -> None:
    assert refuse_criteria(tmp_path, f"- {{text: a, {key}: x}}").code == "unknown-key"


def test_fault_19_option_without_its_kind(tmp_path: Path) -> None:
    problem = refuse_criteria(tmp_path, "- {text: a, timeout: 60}")
    assert problem.code == "unknown-key"
    assert "kind run" in problem.hint


def test_two_kinds_in_one_criterion(tmp_path: Path) -> None:
    problem = refuse_criteria(tmp_path, "- {text: a, run: x, test: y}")
    assert (problem.code, problem.col) == ("two-checks", 21)


def test_an_unquoted_colon_is_explained(tmp_path: Path) -> None:
    problems = refuse(tmp_path, {TASK: "id: T\nacceptance_criteria:\n- Login: returns a token\n"})
    assert {problem.code for problem in problems} == {"missing-key", "unknown-key"}
    assert any("quoted" in problem.hint for problem in problems)


def test_ids_by_position_collide_with_written_ones(tmp_path: Path) -> None:
    problem = refuse_criteria(tmp_path, "- {id: AC-002, text: a}", "- b")
    assert (problem.code, problem.line) == ("duplicate-id", 4)
    assert "line 3" in problem.message
    problem = refuse_criteria(tmp_path, "- {id: X, text: a}", "- {id: x, text: a}")
    assert (problem.code, problem.line) == ("duplicate-id", 4)


@pytest.mark.parametrize("written", ["coverage", "Coverage"])
def test_the_id_of_the_coverage_gate_is_reserved(tmp_path: Path, written: str) -> None:
    assert refuse_criteria(tmp_path, f"- {{id: {written}, text: a}}").code == "reserved-id"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("- ", "wrong-type"),
        ("- [a]", "wrong-type"),
        ("- ''", "wrong-type"),
        ("- {run: x}", "missing-key"),
        ("- {text: , run: x}", "wrong-type"),
        ("- {text: a, id: }", "wrong-type"),
        ("a text", "wrong-type"),
        ("{a: b}", "wrong-type"),
    ],
)
def test_criteria_that_do_not_fit(tmp_path: Path, line: str, code: str) -> None:
    indented = line if line.startswith("-") else f"  {line}"
    assert refuse_criteria(tmp_path, indented).code == code


def test_every_criterion_counts_and_every_problem_is_reported(tmp_path: Path) -> None:
    lines = "id: T\nacceptance_criteria:\n- []\n- {text: a, run: []}\n- {text: [], timeout: x}\n"
    problems = refuse(tmp_path, {TASK: lines})
    assert [(problem.line, problem.code) for problem in problems] == [
        (3, "wrong-type"),
        (4, "wrong-type"),
        (5, "wrong-type"),
        (5, "unknown-key"),
    ]


class Silent:
    name = "silent"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        return None


def test_a_kind_that_refuses_without_a_word_is_still_an_error(tmp_path: Path) -> None:
    write(tmp_path, {TASK: "id: T\nacceptance_criteria:\n- {text: a, silent: x}\n"})
    with pytest.raises(PlanError, match="bad-check"):
        load_plan(tmp_path, FOLDER, sprints=SPRINTS, kinds={"silent": Silent()})
