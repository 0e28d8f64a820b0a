"""Tests that would have more counted than they ran, or that take the measurement away."""

from __future__ import annotations

import sys

import pytest

from tests.plugin.beside import IN_PROCESS, Project

CODE = "def one():\n    x = 1\n    return x\n\n\ndef two():\n    y = 2\n    return y\n"
TESTS = """\
import os, threading
import coverage, pytest
from src import code

@pytest.mark.criterion("A-FULL/AC-001")
def test_full():
    assert code.one() + code.two() == 3

@pytest.mark.criterion("B-IDLE/AC-001")
def test_after_another_task():
    assert code

@pytest.mark.criterion("C-FORK/AC-001")
def test_fork():
    child = os.fork()
    if not child:
        code.one(), code.two()
        os._exit(0)
    os.waitpid(child, 0)

@pytest.mark.criterion("D-THREAD/AC-001")
def test_thread():
    threads = [threading.Thread(target=target) for target in (code.one, code.two)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

@pytest.mark.criterion("E-IDLE/AC-001")
def test_after_threads():
    assert code

@pytest.mark.criterion("F-STOP/AC-001")
def test_stop():
    coverage.Coverage.current().stop()

@pytest.mark.criterion("G-HALF/AC-001")
def test_half_after_the_end():
    assert code.one() == 1
"""
TASKS = ("A-FULL", "B-IDLE", "C-FORK", "D-THREAD", "E-IDLE", "F-STOP", "G-HALF")
GATE = "coverage: {source: [src/code.py], min: 90}"
PLAN = "project: Attacks\ntasks:\n" + "".join(
    f"- id: {task}\n  {GATE}\n  acceptance_criteria: [It holds]\n" for task in TASKS
)


@pytest.mark.parametrize("more", [(), ("--cov=src",)], ids=["own", "pytest-cov"])
@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_only_what_a_task_ran_counts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, core: str, more: tuple[str, ...]
) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is new in 3.12")
    monkeypatch.setenv("COVERAGE_CORE", core)
    project = Project(pytester, plan=PLAN, ini="pythonpath = .")
    project.write("src/__init__.py", "")
    project.write("src/code.py", CODE)
    project.write("tests/test_all.py", TESTS)
    result = project.run("--tracks=1", *IN_PROCESS[1:], *more, beside=("pytest_cov",))
    assert "INTERNALERROR" not in result.stdout.str()
    verdicts = {task: known["validation_result"] for task, known in project.recorded().items()}
    passed = [task for task in TASKS if verdicts[task] == "PASS"]
    assert passed == ["A-FULL", "D-THREAD"]
