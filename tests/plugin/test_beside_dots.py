"""Beside pytest's own dots: a task's line begins in the first column, whatever stands before it."""

from __future__ import annotations

import pytest

from tests.plugin.beside import BOTH_WAYS, PASSING, Project


@BOTH_WAYS
def test_dots_of_loose_tests_do_not_begin_the_line_of_a_task(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests()
    many = "import pytest\n@pytest.mark.parametrize('n', range(30))\ndef test_loose(n): pass\n"
    project.write("tests/test_loose.py", many)
    project.write("tests/test_other.py", PASSING)
    result = project.run(*way, "tests")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=34)
    lines = [line for line in result.outlines if "PASS " in line and "criterion" in line]
    assert len(lines) == 3
    assert all(line.startswith("TASK-00") for line in lines)
