"""Beside pytest-cov: one total, however the tests were spread; and a word where it cannot hold."""

from __future__ import annotations

import re

import pytest

from tests.plugin.beside import BOTH_WAYS, IN_PROCESS, WORKERS, Project, assert_clean, last_line

BESIDE = ("pytest_cov",)

SHOP = """\
import sys

def price(count, member):
    if member:
        return count * 9
    if count > 100:
        return count * 8
    return count * 10

def never():
    return sys.argv
"""
FIRST = "from shop import price\ndef test_it():\n    assert price(1, False) == 10\n"
SECOND = "def test_it():\n    from shop.stock import left\n    assert left(1) == 1\n"
STOCK = "def left(sold):\n    if sold > 2:\n        return 0\n    return 2 - sold\n"
LOOSE = "from shop import price\ndef test_loose():\n    assert price(1, True) == 9\n"


def shop(pytester: pytest.Pytester) -> Project:
    project = Project(pytester, ini="pythonpath = .").tests(first=FIRST, second=SECOND)
    project.write("shop/__init__.py", SHOP)
    project.write("shop/stock.py", STOCK)
    project.write("tests/test_loose.py", LOOSE)
    return project


def total(result: pytest.RunResult) -> str:
    """Read the line of the total: statements, misses, branches, per cent."""
    [line] = re.findall(r"^TOTAL\s+(.*)$", result.stdout.str(), re.MULTILINE)
    return str(line)


@pytest.mark.parametrize("branch", [(), ("--cov-branch",)], ids=["lines", "branches"])
def test_the_total_is_the_same_however_the_tests_run(
    pytester: pytest.Pytester, branch: tuple[str, ...]
) -> None:
    project = shop(pytester)
    options = ("--cov=shop", *branch)
    plain = project.run(*options, beside=BESIDE)
    results = [
        project.run(*way, *options, "--tracks-rerun", "tests", beside=BESIDE)
        for way in (WORKERS, IN_PROCESS)
    ]
    results.append(project.run("-n2", *options, beside=BESIDE))
    for result in results:
        assert result.ret == pytest.ExitCode.OK, result.stdout.str()
        assert_clean(result)
        result.assert_outcomes(passed=4)
    assert {total(result) for result in results} == {total(plain)}
    assert not total(plain).endswith(("100%", " 0%"))


@BOTH_WAYS
def test_a_floor_is_named_in_a_warning_where_only_bound_tests_run(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = shop(pytester)
    options = ("--cov=shop", "--cov-fail-under=40")
    result = project.run(*way, *options, beside=BESIDE)
    [warning] = [line for line in result.outlines if "--cov-fail-under=40" in line]
    assert warning.startswith("warning: ")
    assert "only tests bound to a criterion run" in warning
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    with_paths = project.run(*way, *options, "tests", beside=BESIDE)
    with_paths.stdout.no_fnmatch_line("warning: *fail-under*")


def test_a_floor_from_coverages_own_settings_is_named_too(pytester: pytest.Pytester) -> None:
    project = shop(pytester)
    project.write(".coveragerc", "[report]\nfail_under = 41\n")
    result = project.run("--task=TASK-00*", "--cov=shop", beside=BESIDE)
    result.stdout.fnmatch_lines(["warning: *fail_under = 41*"])
    switched_off = project.run("--task=TASK-00*", "--cov=shop", "--no-cov", beside=BESIDE)
    switched_off.stdout.no_fnmatch_line("warning: *fail_under*")
    without = project.run("--task=TASK-00*", beside=BESIDE)
    without.stdout.no_fnmatch_line("warning: *fail_under*")


@BOTH_WAYS
def test_a_total_below_the_floor_fails_the_run_and_no_task(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = shop(pytester)
    options = ("--cov=shop", "--cov-fail-under=99", "tests")
    result = project.run(*way, *options, beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert set(project.verdicts().values()) == {"PASS"}
    assert last_line(result) == "exit 1: all 3 tasks PASS, but see the errors above"
