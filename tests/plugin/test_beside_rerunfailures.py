"""Beside pytest-rerunfailures: a pass that took a second go is FLAKY, and opens no gate."""

from __future__ import annotations

import pytest

from tests.plugin.beside import BOTH_WAYS, FAILING, PLAN, WORKERS, Project, assert_clean, last_line

BESIDE = ("rerunfailures",)

SECOND_GO = """
from pathlib import Path
def test_it():
    with Path("goes.txt").open("a") as log: log.write("x")
    assert len(Path("goes.txt").read_text()) > 1
"""
CRASHING = """
import os
from pathlib import Path
def test_it():
    with Path("goes.txt").open("a") as log: log.write("x")
    os._exit(3)
"""
FLAKY_FIXTURE = """
import pytest
from pathlib import Path
@pytest.fixture
def shaky():
    with Path("goes.txt").open("a") as log: log.write("x")
    assert len(Path("goes.txt").read_text()) > 1
def test_it(shaky): pass
"""


@BOTH_WAYS
@pytest.mark.parametrize("module", [SECOND_GO, FLAKY_FIXTURE], ids=["call", "setup"])
def test_a_pass_on_the_second_go_is_flaky_and_blocks(
    pytester: pytest.Pytester, way: tuple[str, ...], module: str
) -> None:
    project = Project(pytester).tests(first=module)
    result = project.run(*way, "--reruns=1", beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_clean(result)
    assert project.verdicts() == {"1": "FLAKY", "2": "BLOCKED", "3": "PASS"}
    assert project.recorded()["TASK-001"]["status"] == "failed"
    result.stdout.fnmatch_lines(
        ["TASK-001 first * FLAKY *", "exit 1: *1 FLAKY (passed only when run again: TASK-001)*"]
    )
    assert (project.root / "goes.txt").read_text() == "xx"


@BOTH_WAYS
def test_flaky_passes_where_the_plan_allows_it(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    plan = PLAN.replace("test: tests/test_first.py}", "test: tests/test_first.py, allow: [flaky]}")
    project = Project(pytester, plan=plan).tests(first=SECOND_GO)
    result = project.run(*way, "--reruns=1", beside=BESIDE)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "PASS"}


@BOTH_WAYS
def test_what_fails_every_time_fails(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    project = Project(pytester).tests(first=FAILING)
    result = project.run(*way, "--reruns=2", beside=BESIDE)
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    result.stdout.fnmatch_lines(["*1 failed*2 rerun*"])


def test_a_crash_is_not_run_again(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests(first=CRASHING)
    result = project.run(*WORKERS, "--reruns=2", beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "INTERNALERROR" not in result.stdout.str()
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    assert "crashed" in project.gap("TASK-001")
    assert last_line(result) == "exit 1: 1 failed, 1 BLOCKED by TASK-001"
    assert (project.root / "goes.txt").read_text() == "x"


def test_a_command_that_passes_on_the_second_go_is_flaky_too(pytester: pytest.Pytester) -> None:
    plan = PLAN.replace(
        "test: tests/test_first.py", "run: 'test -e there || { touch there; false; }'"
    )
    project = Project(pytester, plan=plan).tests()
    project.run(*WORKERS, "--reruns=1", beside=BESIDE)
    assert project.verdicts()["1"] == "FLAKY"


@BOTH_WAYS
def test_the_mark_of_a_rerun_does_not_begin_the_line_of_a_task(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests(first=SECOND_GO)
    result = project.run(*way, "--reruns=1", beside=BESIDE)
    assert any(line.startswith("TASK-001") for line in result.outlines), result.stdout.str()
