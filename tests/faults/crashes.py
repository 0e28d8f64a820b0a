"""The crash matrix: tests that take their worker with them, in each way and at each moment.

::

    exit 0-setup ──► BEHIND exit 0-setup        a task and its dependent for each cell, and one
    exit 0-call  ──► …                          task beside them; then the same with QUICK in the
    BESIDE                                      environment: nothing crashes, all is run again

A worker that exits with status 0 looks like one that has done its work: it has not.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml
from interrupts import PLAIN
from runners import PATIENCE, TRACKS, Runner

__all__ = ["HOWS", "WHENS", "crash_everywhere"]

HOWS = ("exit 0", "exit 1", "SIGSEGV", "SIGKILL")
WHENS = ("setup", "call", "teardown")
_TESTS = """
import os, signal
import pytest

def crash(how):
    if "QUICK" in os.environ:
        return
    if how.startswith("exit"):
        os._exit(int(how[-1]))
    os.kill(os.getpid(), signal.Signals[how])

@pytest.fixture
def crashing(request):
    how, when = request.param
    if when == "setup":
        crash(how)
    yield how, when
    if when == "teardown":
        crash(how)

CELLS = {cells!r}

@pytest.mark.parametrize("crashing", CELLS, indirect=True, ids=["-".join(one) for one in CELLS])
def test_crash(crashing):
    how, when = crashing
    if when == "call":
        crash(how)
"""


def crash_everywhere(folder: Path, runner: Runner = TRACKS) -> dict[str, str]:
    """Run the whole matrix; returns for each cell what is wrong with it, empty if nothing."""
    cells = list(itertools.product(HOWS, WHENS))
    root, log = folder / "project", folder / "log"
    _write_project(root, cells)
    environment = {**os.environ, "LOG": str(log)}
    status = _run(root, runner, environment)
    tasks = runner.tasks(root, environment)
    ran = log.read_text().split()
    found = {
        f"{how}, {when}": _problem(_name(how, when), f"{how}-{when}", tasks) for how, when in cells
    }
    found["beside"] = _beside(status, ran, tasks)
    found["run again"] = _again(root, log, runner, environment)
    return found


def _name(how: str, when: str) -> str:
    return f"{how}-{when}".replace(" ", "")


def _problem(name: str, test: str, tasks: dict[str, Any]) -> str:
    task, behind = tasks.get(name, {}), tasks.get(f"{name}-behind", {})
    if task.get("verdict") != "FAIL":
        return f"{name} is {task.get('verdict')}"
    if f"test_crash[{test}]" not in str(task):
        return f"{name} does not name the test that crashed"
    return "" if behind.get("verdict") == "BLOCKED" else f"what is behind is {behind}"


def _beside(status: int, ran: list[str], tasks: dict[str, Any]) -> str:
    verdict = tasks.get("BESIDE", {}).get("verdict")
    if (status, verdict) != (1, "PASS"):
        return f"exit status {status}, BESIDE is {verdict}"
    return "" if ran == ["beside"] else f"ran {ran}"


def _again(root: Path, log: Path, runner: Runner, environment: dict[str, str]) -> str:
    log.write_text("")
    status = _run(root, runner, {**environment, "QUICK": "1"})
    tasks = runner.tasks(root, environment)
    wrong = [name for name, task in tasks.items() if task["verdict"] != "PASS"]
    ran = len(log.read_text().split())
    fine = (status, wrong, ran) == (0, [], len(HOWS) * len(WHENS))
    return "" if fine else f"exit status {status}, not PASS: {wrong}, {ran} ran"


def _run(root: Path, runner: Runner, environment: dict[str, str]) -> int:
    done = subprocess.run(
        runner.command(["--tracks=3", "--max-worker-restart=100"]),
        cwd=root,
        env=environment,
        capture_output=True,
        check=False,
        timeout=6 * PATIENCE,
    )
    return done.returncode


def _write_project(root: Path, cells: list[tuple[str, str]]) -> None:
    tasks = root / "docs" / "planning" / "tasks"
    tasks.mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "tests" / "test_crash.py").write_text(_TESTS.replace("{cells!r}", repr(cells)))
    (root / "pytest.ini").write_text(f"[pytest]\naddopts = {PLAIN}\n")
    for how, when in cells:
        name = _name(how, when)
        test = f"tests/test_crash.py::test_crash[{how}-{when}]"
        _write_task(tasks, name, {"text": "crashes", "test": [test]})
        behind = {"text": "is behind", "run": 'echo behind >> "$LOG"'}
        _write_task(tasks, f"{name}-behind", behind, after=name)
    _write_task(tasks, "BESIDE", {"text": "goes on", "run": 'echo beside >> "$LOG"'})


def _write_task(folder: Path, name: str, criterion: dict[str, object], after: str = "") -> None:
    document = {
        "id": name,
        "title": f"Task {name}",
        "depends_on": [after] if after else [],
        "files": [f"{name}.txt"],
        "acceptance_criteria": [criterion],
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
