"""A run that is ended from within a worker, or by somebody who does not want to wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import Project, logs

STUBBORN = """
import os, signal, time
import pytest

@pytest.fixture
def slow_to_go():
    yield
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(os.environ["GATE"], "w") as gate:
        gate.write("teardown")
    time.sleep(60)

def test_waits(slow_to_go):
    with open(os.environ["GATE"], "w") as gate:
        gate.write("call")
    time.sleep(60)
"""


def test_fault_48_pytest_exit_in_a_worker_ends_the_run_in_order(project: Project) -> None:
    leave = "import pytest\ndef test_exit(): pytest.exit('bye', returncode=0)\n"
    project.write("tests/test_exit.py", leave)
    project.plan(tracks={1: "One", 2: "Two"})
    project.task("A", logs("A"), track=1)
    project.task("B", {"text": "leaves", "test": "tests/test_exit.py"}, after=("A",), track=1)
    project.task("C", logs("C"), after=("B",), track=2)
    ran = project.run("--tracks=2")
    assert ran.status == 2
    assert "INTERNALERROR" not in ran.out + ran.errors
    assert "left the run (pytest.exit?) while it ran tests/test_exit.py::test_exit" in ran.out
    assert ran.sentence.startswith("exit 2: interrupted; 1 of 3 tasks PASS")
    assert project.verdicts() == {"A": "PASS", "B": "INTERRUPTED", "C": "BLOCKED"}
    assert project.logged() == ["A"]


def test_fault_49_ctrl_c_again_does_not_wait_for_workers(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A worker that takes long to come down is left to itself no longer than one wants to wait."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    monkeypatch.setenv("GATE", str(gate))
    project.write("tests/test_waits.py", STUBBORN)
    project.task("A", {"text": "waits", "test": "tests/test_waits.py"})
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--tracks=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert gate.read_text() == "call"
    os.killpg(run.pid, signal.SIGINT)
    assert gate.read_text() == "teardown"
    os.killpg(run.pid, signal.SIGINT)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("exit 2: interrupted")
    assert project.verdicts() == {"A": "INTERRUPTED"}


AGAIN = """
import os, signal

def pytest_keyboard_interrupt():
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_fault_49_ctrl_c_again_while_pytest_takes_in_the_first(project: Project) -> None:
    """The session has been told of no interrupt by then; what was cut short is no less so."""
    project.write("conftest.py", AGAIN)
    project.task("A", logs("A"))
    project.task("B", {"text": "waits", "run": 'kill -INT "$PPID"; sleep 60'}, after=("A",))
    ran = project.run("--tracks=1", "-n", "0")
    assert ran.status in (2, -signal.SIGINT), "the second ends pytest itself"
    assert project.verdicts() == {"A": "PASS", "B": "INTERRUPTED"}


def test_ctrl_c_names_the_line_that_it_has_interrupted(project: Project) -> None:
    project.write(
        "tests/test_slow.py",
        """
        import os, signal, pytest

        @pytest.mark.criterion("A/AC-001")
        def test_slow():
            os.kill(os.getpid(), signal.SIGINT)
            assert "not reached"
        """,
    )
    project.task("A", "Is slow")
    ran = project.run("--tracks=1", "-n", "0")
    (place,) = (line for line in ran.lines if line.endswith(": KeyboardInterrupt"))
    assert "test_slow.py" in place
    assert ran.status == 2
