"""Several real runs on one state: each waits for what another has announced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from tests.checks.processes import vanishes
from tests.plugin.conftest import Project, logs

AT_ONCE = 0.5
"""Seconds, on a machine that does much else; on an idle one it is the tenth of it."""
ALONE = ("--track=2",)
WITH_WORKERS = ("--tracks=2", "--task=B")


class Runs:
    """Starts pytest processes and reads what they say, line by line."""

    def __init__(self, project: Project, stack: ExitStack) -> None:
        self.project = project
        self.gate = project.root.parent / "gate"
        self.pid = project.root.parent / "pid"
        os.mkfifo(self.gate)
        self._stack = stack

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [sys.executable, "-u", "-m", "pytest", *arguments],
            cwd=self.project.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._stack.callback(_end, run)
        return run

    def open_gate(self) -> None:
        """Let the command that reads from the gate go on; it has begun once this returns."""
        self.gate.write_text("go\n")


def _end(run: subprocess.Popen[str]) -> None:
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()


def until(run: subprocess.Popen[str], text: str) -> str:
    """Read up to the line that begins with ``text``."""
    assert run.stdout is not None
    seen = []
    for line in run.stdout:
        seen.append(line)
        if line.startswith(text):
            return line
    raise AssertionError(f"no line {text!r} in\n" + "".join(seen))


def finish(run: subprocess.Popen[str]) -> str:
    said, _ = run.communicate(timeout=60)
    return said


@pytest.fixture
def runs(project: Project) -> Iterator[Runs]:
    with ExitStack() as stack:
        started = Runs(project, stack)
        project.plan(tracks={1: "One", 2: "Two"})
        command = f'echo $$ > {started.pid}; echo A >> "$LOG"; read -r _ < {started.gate}'
        slow = {"text": "waits", "run": command}
        project.task("A", slow, track=1, files=["a"])
        project.task("B", logs("B"), after=("A",), track=2, files=["b"])
        yield started


@pytest.mark.parametrize("second", [ALONE, WITH_WORKERS], ids=["in-process", "workers"])
def test_a_predecessor_of_another_terminal_is_waited_for(
    runs: Runs, second: tuple[str, ...]
) -> None:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    behind = runs.start(*second)
    assert f"process {first.pid}" in until(behind, "waiting for A: process")
    runs.open_gate()
    assert "exit 0" in finish(first)
    assert "exit 0: 1 task PASS" in finish(behind)
    assert runs.project.logged() == ["A", "B"]
    assert runs.project.verdicts() == {"A": "PASS", "B": "PASS"}


@pytest.mark.parametrize("second", [ALONE, WITH_WORKERS], ids=["in-process", "workers"])
def test_who_waits_for_a_run_that_dies_is_blocked(runs: Runs, second: tuple[str, ...]) -> None:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    behind = runs.start(*second)
    until(behind, "waiting for A: process")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert "1 BLOCKED by A" in finish(behind)
    assert behind.returncode == 1
    assert runs.project.logged() == ["A"]


def test_a_task_that_two_runs_want_runs_once(runs: Runs) -> None:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    everything = runs.start("--tracks=2")
    until(everything, "waiting for A: process")
    runs.open_gate()
    assert "exit 0" in finish(first)
    assert "exit 0: all 2 tasks PASS" in finish(everything)
    assert runs.project.logged() == ["A", "B"]
    assert runs.project.recorded("A")["attempts"] == 1


def test_a_task_of_a_run_that_dies_is_run_by_who_waited(runs: Runs) -> None:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    everything = runs.start("--tracks=2", "-n", "0")
    until(everything, "waiting for A: process")
    command = int(runs.pid.read_text())
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert vanishes(command), "else it reads what is meant for the next one"
    runs.open_gate()
    assert "exit 0: all 2 tasks PASS" in finish(everything)
    assert runs.project.recorded("A")["iterations"] == 2


def test_waiting_has_an_end_where_one_is_given(runs: Runs) -> None:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    behind = runs.start("--track=2", "--tracks-wait=0.2")
    assert "1 BLOCKED by A" in finish(behind)
    runs.open_gate()
    assert "exit 0" in finish(first)


def test_nobody_is_waited_for_who_is_not_there(project: Project, tmp_path: Path) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B"), after=("A",))
    assert "1 BLOCKED by A (run first: pytest --task=A)" in project.run("--task=B").sentence


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
@pytest.mark.parametrize("way", [("--track=1",), ("--tracks=2",)], ids=["in-process", "workers"])
def test_fault_49_a_signal_ends_the_run_and_its_commands(
    runs: Runs, number: signal.Signals, way: tuple[str, ...]
) -> None:
    run = runs.start(*way)
    gate = os.open(runs.gate, os.O_WRONLY)  # returns once the command reads
    run.send_signal(number)
    finish(run)
    os.close(gate)
    assert run.returncode == 2
    with pytest.raises(ProcessLookupError):
        os.kill(int(runs.pid.read_text()), 0)
    assert runs.project.verdicts()["A"] == "INTERRUPTED"


BOUND = """
    import pytest

    @pytest.mark.criterion("A/AC-001")
    def test_a():
        with open({gate!r}) as gate:
            gate.read()
"""


def test_a_predecessor_is_waited_for_whose_tests_only_the_other_run_collects(
    runs: Runs, tmp_path: Path
) -> None:
    """What B is bound to rests on A, and so on tests that the run of B knows by hearsay."""
    project = runs.project
    project.write("tests/test_a.py", BOUND.format(gate=str(runs.gate)))
    project.write("tests/test_b.py", "def test_b(): pass\n")
    project.task("A", "is tested", track=1, files=["a"])
    project.task("B", {"text": "t", "test": "tests/test_b.py"}, after=("A",), track=2, files=["b"])
    first = runs.start("--track=1", "tests/test_a.py")
    until(first, "Task 1/1: A")
    second = runs.start("--track=2", "tests/test_b.py")
    until(second, "waiting for A: process")
    runs.open_gate()
    assert "exit 0" in finish(first)
    said = finish(second)
    assert "exit 0: 1 task PASS" in said
    assert "2 tasks: 2 PASS" in said, "the closing table shows the other terminal's task too"
    assert "exit 0: all 2 tasks PASS (2 before, skipped)" in finish(runs.start("--tracks=1"))


@pytest.mark.parametrize("second", [ALONE, WITH_WORKERS], ids=["in-process", "workers"])
def test_who_waits_for_a_task_that_fails_is_blocked_at_once(
    runs: Runs, second: tuple[str, ...]
) -> None:
    runs.project.task(
        "A", {"text": "waits", "run": f"read -r _ < {runs.gate}; false"}, track=1, files=["a"]
    )
    runs.project.task("LAST", logs("last"), after=("A",), track=1, files=["last"])
    first = runs.start("--track=1")
    until(first, "Task 1/2: A")
    behind = runs.start(*second)
    until(behind, "waiting for A: process")
    runs.open_gate()
    assert "exit 1: 0 failed, 1 BLOCKED by A" in finish(behind)
    assert "exit 1: 1 failed, 1 BLOCKED by A" in finish(first)
    assert runs.project.verdicts() == {"A": "FAIL", "B": "BLOCKED", "LAST": "BLOCKED"}
    settled = [
        json.loads(line)
        for line in runs.project.journal_file.read_text().splitlines()
        if '"fact":"task-settled"' in line
    ]
    at = {fact["task"]: datetime.fromisoformat(fact["at"].rstrip("Z")) for fact in settled}
    assert (at["B"] - at["A"]).total_seconds() < AT_ONCE
