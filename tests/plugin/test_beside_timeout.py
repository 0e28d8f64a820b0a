"""Beside pytest-timeout: what hangs is a FAIL that says so, whichever way it was ended."""

from __future__ import annotations

import pytest

from tests.plugin.beside import BOTH_WAYS, IN_PROCESS, WORKERS, Project, last_line

BESIDE = ("timeout",)

HANGING = "import threading\ndef test_it():\n    threading.Event().wait(30)\n"


@BOTH_WAYS
def test_by_signal(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    project = Project(pytester).tests(first=HANGING)
    result = project.run(*way, "--timeout=1", "--timeout-method=signal", beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    assert "Timeout" in project.gap("TASK-001")


def test_by_thread_in_a_worker_ends_the_worker_and_fails_the_item(
    pytester: pytest.Pytester,
) -> None:
    project = Project(pytester).tests(first=HANGING)
    result = project.run(*WORKERS, "--timeout=1", "--timeout-method=thread", beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    assert "tests/test_first.py::test_it" in project.gap("TASK-001")
    assert "crashed" in project.gap("TASK-001")
    assert last_line(result) == "exit 1: 1 failed, 1 BLOCKED by TASK-001"


def test_by_thread_in_one_process_ends_the_run_and_loses_no_verdict(
    pytester: pytest.Pytester,
) -> None:
    project = Project(pytester).tests(first=HANGING)
    options = ("--timeout=1", "--timeout-method=thread")
    killed = project.run(*IN_PROCESS, *options, beside=BESIDE)
    assert killed.ret != pytest.ExitCode.OK
    assert "Timeout" in killed.stdout.str()
    project.tests()
    result = project.run(*IN_PROCESS, "-v", *options, beside=BESIDE)
    assert result.ret == pytest.ExitCode.OK
    assert "INTERRUPTED" in result.stdout.str()
    assert set(project.verdicts().values()) == {"PASS"}
