"""Arguments inside arguments: none of the outer's tests is lost, on any pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.plugin.overlap import without_inner
from tests.plugin.beside import BOTH_WAYS, PASSING, PLAN, Project

BASE = Path("/project")


@pytest.mark.parametrize(
    ("arguments", "outer", "files"),
    [
        (["tests", "tests/test_a.py"], ["tests"], ["tests/test_a.py"]),
        (["tests/unit", "tests"], ["tests"], ["tests/unit"]),
        (["./tests/", "/project/tests/a.py::test_it"], ["./tests/"], ["tests/a.py"]),
        (["a.py::Test", "a.py::Test::test_it"], ["a.py::Test"], ["a.py"]),
        ([".", "docs/plan.yaml"], ["."], ["docs/plan.yaml"]),
        (["tests", "tests2", "test"], ["tests", "tests2", "test"], []),
        (["a.py::test_a", "a.py::test_ab"], ["a.py::test_a", "a.py::test_ab"], []),
        (["tests", "tests"], ["tests", "tests"], []),
    ],
)
def test_inner_arguments_are_left_out(
    arguments: list[str], outer: list[str], files: list[str]
) -> None:
    assert without_inner(arguments, BASE) == (outer, [BASE / file for file in files])


@BOTH_WAYS
def test_no_test_is_lost_where_the_plan_names_files_inside_what_is_collected(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    plan = PLAN.replace("{text: one, test: tests/test_first.py}", "one")
    plan = plan.replace("tests/test_third.py", "tests/build/checks.py")
    marked = 'import pytest\n@pytest.mark.criterion("TASK-001/AC-001")\n' + PASSING
    project = Project(pytester, plan=plan).tests(first=marked)
    project.write("tests/build/checks.py", PASSING)
    result = project.run(*way, "tests", "tests/test_first.py")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    result.assert_outcomes(passed=4)  # tests/test_third.py serves no criterion here
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "PASS"}


@BOTH_WAYS
def test_no_test_is_lost_without_testpaths(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    plan = PLAN.replace("{text: one, test: tests/test_first.py}", "one")
    marked = 'import pytest\n@pytest.mark.criterion("TASK-001/AC-001")\n' + PASSING
    project = Project(pytester, plan=plan).tests(first=marked)
    ini = project.root / "pytest.ini"
    ini.write_text(ini.read_text().replace("testpaths = tests\n", ""))
    assert project.run(*way).ret == pytest.ExitCode.OK
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "PASS"}
