"""Three terminals on the example at once, a track each; one is killed in mid-run, and resumed.

::

    --track=01   001 ► 004 ► 008 ×                008 ► 012 ► 016
    --track=02   002 ──┴──► 005 ► 009 …            (005 waits for 004 of the first terminal)
    --track=03   003 ───────┴──► 007 ► …           (007 waits for 005 of the second)
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.test_example import ALL_TASKS, OTHERS, TRACK_1, Shop, clean_environment

WOKEN = 0.1
"""Seconds from a verdict to the start of what waits for it in another terminal."""
HANDED_OVER = {"TASK-005": "TASK-004", "TASK-007": "TASK-005"}
TRACKS = {1: TRACK_1, 2: tuple(f"TASK-{number:03}" for number in (2, 5, 9, 10, 13, 17))}
"""As the example is laid out by itself; what is on neither of them is on the third."""
PLAN = "docs/planning/tasks"
PATIENCE = 60.0


class Terminals:
    """Real pytest processes on one project, and the journal that they share."""

    def __init__(self, shop: Shop, folder: Path, stack: ExitStack) -> None:
        self.shop = shop
        self._folder = folder
        self._stack = stack
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        self._journal = shop.state_file.parent / ".tracks" / "journal.jsonl"

    def start(self, track: str, name: str = "") -> subprocess.Popen[bytes]:
        """Begin ``pytest --track=…`` in a terminal of its own."""
        without = [part for other in OTHERS for part in ("-p", f"no:{other}")]
        output = os.open(self._output(name or track), os.O_WRONLY | os.O_CREAT)
        self._stack.callback(os.close, output)
        run = subprocess.Popen(
            [sys.executable, "-u", "-m", "pytest", *without, f"--track={track}"],
            cwd=self.shop.root,
            env=clean_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._stack.callback(run.wait)
        self._stack.callback(run.kill)
        return run

    def _output(self, name: str) -> Path:
        return self._folder / f"terminal-{name}"

    def said(self, name: str) -> str:
        return self._output(name).read_text(encoding="utf-8")

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """Read the facts of a kind, in their order."""
        text = self._journal.read_text(encoding="utf-8") if self._journal.exists() else ""
        whole = text[: text.rfind("\n") + 1].splitlines()
        return [fact for fact in map(json.loads, whole) if fact["fact"] == kind]

    def has_started(self, task: str) -> bool:
        return any(fact["task"] == task for fact in self.facts("attempt-started"))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    shop = Shop(tmp_path / "shop")
    for task in (task for task in ALL_TASKS if task.startswith("TASK-")):
        track = next((track for track, tasks in TRACKS.items() if task in tasks), 3)
        shop.replace(f"{PLAN}/{task}.yaml", f"id: {task}\n", f"id: {task}\ntrack: {track}\n")
    for task, before in HANDED_OVER.items():
        shop.replace(f"{PLAN}/{task}.yaml", "depends_on: [", f"depends_on: [{before}, ")
    with ExitStack() as stack:
        terminals = Terminals(shop, tmp_path, stack)
        gate = f"  - {{text: The others wait, run: 'read -r _ < {terminals.gate}'}}\n"
        with open(shop.root / PLAN / "TASK-004.yaml", "a") as file:
            file.write(gate)
        yield terminals


def moment(fact: dict[str, Any]) -> float:
    return datetime.fromisoformat(fact["at"].replace("Z", "+00:00")).timestamp()


def test_three_terminals_one_of_them_killed_and_resumed(terminals: Terminals) -> None:
    first, second, third = (terminals.start(track) for track in ("01", "02", "03"))
    wait_until(lambda: "waiting for TASK-004: process" in terminals.said("02"))
    wait_until(lambda: "waiting for TASK-005: process" in terminals.said("03"))
    terminals.gate.write_text("go\n")
    wait_until(lambda: terminals.has_started("TASK-008"))
    os.kill(first.pid, signal.SIGKILL)
    assert [run.wait(PATIENCE) for run in (first, second, third)] == [-signal.SIGKILL, 0, 0]
    for name, task in (("02", "TASK-004"), ("03", "TASK-005")):
        line = r"waiting for {}: process \d+ on \S+,\s+since\s+\d{{4}}-\d\d-\d\d\s+\S+\s+UTC"
        assert len(re.findall(line.format(task), terminals.said(name))) == 1
    assert terminals.start("01", "resumed").wait(PATIENCE) == 0
    assert terminals.shop.verdicts() == dict.fromkeys(ALL_TASKS, "PASS")
    whole = len(ALL_TASKS)
    assert f"{whole} tasks: {whole} PASS" in terminals.said("resumed")
    for name in ("02", "03"):
        assert re.search(rf"^{whole} tasks: .*PASS", terminals.said(name), re.MULTILINE)
        assert "STALE" not in terminals.said(name)
    assert_nothing_ran_twice(terminals)
    assert_each_wave_was_saved_once(terminals)
    assert_woken_in_time(terminals)


def assert_nothing_ran_twice(terminals: Terminals) -> None:
    """Only what the killed run was at is tried again, and counted."""
    started = Counter(fact["task"] for fact in terminals.facts("attempt-started"))
    (killed,) = {task for task, count in started.items() if count != 1}
    assert killed in TRACK_1[2:]
    assert terminals.shop.task(killed)["iterations"] == 2
    settled = Counter(fact["attempt"] for fact in terminals.facts("task-settled"))
    assert set(settled.values()) == {1}
    assert len(settled) == len(ALL_TASKS)


def assert_each_wave_was_saved_once(terminals: Terminals) -> None:
    waves = terminals.facts("wave-completed")
    assert sorted(fact["wave"] for fact in waves) == list(range(1, waves[0]["of"] + 1))
    said = [
        line for name in ("01", "02", "03", "resumed") for line in terminals.said(name).split("\n")
    ]
    for fact in waves:
        assert said.count(f"wave {fact['wave']} of {fact['of']} complete: checkpoint saved") == 1


def assert_woken_in_time(terminals: Terminals) -> None:
    settled = {fact["task"]: moment(fact) for fact in terminals.facts("task-settled")}
    started = {fact["task"]: moment(fact) for fact in terminals.facts("attempt-started")}
    took = {task: started[task] - settled[before] for task, before in HANDED_OVER.items()}
    assert min(took.values()) <= WOKEN, took
