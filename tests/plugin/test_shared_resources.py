"""A resource is held by one run at a time, whichever terminal it is in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.checks.processes import PROMPT
from tests.plugin.conftest import Project, logs
from tests.plugin.test_waiting import Runs, finish, until

WAYS = [("--track=2",), ("--tracks=2", "--task=B*")]


@pytest.fixture
def runs(project: Project) -> Iterator[Runs]:
    """Let A hold postgres until the gate is opened; B needs it too, BESIDE does not."""
    with ExitStack() as stack:
        started = Runs(project, stack)
        project.plan(tracks={1: "One", 2: "Two"})
        slow = {"text": "holds it", "run": f'read -r _ < {started.gate}; echo A >> "$LOG"'}
        project.task("A", slow, track=1, files=["a"], resources=["postgres"])
        project.task("B", logs("B"), track=2, files=["b"], resources=["postgres"])
        project.task("BESIDE", logs("BESIDE"), track=2, files=["c"])
        yield started


@pytest.mark.parametrize("second", WAYS, ids=["in-process", "workers"])
def test_a_resource_that_another_run_has_is_waited_for(runs: Runs, second: tuple[str, ...]) -> None:
    first = runs.start("--track=1")
    gate = os.open(runs.gate, os.O_WRONLY)  # returns once the command reads: A holds it
    behind = runs.start(*second)
    line = until(behind, "B waits for postgres of process")
    assert f"process {first.pid} on " in line
    deadline = time.monotonic() + PROMPT
    while runs.project.log.read_text() != "BESIDE\n":  # what needs nothing goes on
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.write(gate, b"go\n")
    os.close(gate)
    assert "exit 0" in finish(first)
    assert "exit 0: all 2 tasks PASS" in finish(behind)
    assert runs.project.logged() == ["BESIDE", "A", "B"]


def test_what_a_killed_run_held_is_free(runs: Runs) -> None:
    first = runs.start("--track=1")
    gate = os.open(runs.gate, os.O_WRONLY)
    behind = runs.start("--track=2")
    until(behind, "B waits for postgres")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert "exit 0: all 2 tasks PASS" in finish(behind)
    os.close(gate)
    assert runs.project.logged() == ["BESIDE", "B"]


def test_what_has_passed_needs_nothing(runs: Runs) -> None:
    assert "exit 0" in finish(runs.start("--track=2"))
    first = runs.start("--track=1")
    gate = os.open(runs.gate, os.O_WRONLY)
    assert "exit 0: all 2 tasks PASS (2 before, skipped)" in finish(runs.start("--track=2"))
    os.write(gate, b"go\n")
    os.close(gate)
    assert "exit 0" in finish(first)
