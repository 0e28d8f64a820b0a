from pathlib import Path

import pytest

from pytest_tracks.checks.lint import lint_plan
from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Check, Criterion, Location, Plan, Task
from pytest_tracks.formats.native import load_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce"


def plan_of(kind, params, *, files=("src/**",), reviewers=("ada",)):
    place = Location("docs/planning/A.yaml", 7, 5)
    criterion = Criterion("AC-001", "It works", Check(kind, params), place)
    task = Task("A", "A", place, criteria=(criterion,), files=files)
    return Plan("P", {"A": task}, "docs/planning", reviewers=reviewers)


@pytest.mark.parametrize(
    ("kind", "params", "more", "codes"),
    [
        ("run", {"command": "true"}, {}, ["cannot-fail"]),
        ("run", {"command": ("sh", "-c", "a | b")}, {}, ["no-pipefail"]),
        ("run", {"command": "pytest"}, {}, []),
        ("metric", {"run": "cat size", "pattern": "(.+)", "max": 1}, {}, []),
        ("metric", {"run": ("sh", "-c", "a | b"), "max": 1}, {}, ["no-pipefail"]),
        ("metric", {"file": "size", "max": 1}, {}, []),
        ("file", {"path": "a"}, {}, ["only-exists"]),
        ("file", {"path": "a", "min_lines": 1}, {}, []),
        ("file", {"path": "a", "absent": True}, {}, []),
        ("manual", {}, {}, []),
        ("manual", {}, {"reviewers": None}, ["no-reviewers"]),
        ("manual", {}, {"files": ()}, ["covers-all"]),
        ("manual", {"covers": ("a",)}, {"files": ()}, []),
        ("prose", {}, {}, []),
    ],
)
def test_rules(kind, params, more, codes):
    assert [problem.code for problem in lint_plan(plan_of(kind, params, **more))] == codes


def test_a_problem_says_where_and_what_to_do():
    (problem,) = lint_plan(plan_of("run", {"command": "pytest || true"}))
    assert str(problem) == (
        "docs/planning/A.yaml:7:5: cannot-fail A/AC-001: 'pytest || true' forgives every failure"
        " (take the '||' part out)"
    )


def test_the_example_has_nothing_to_warn_of():
    kinds = builtin_kinds()
    plan = load_plan(EXAMPLE, "docs/planning", sprints="docs/sprints", kinds=kinds)
    assert lint_plan(plan) == []
