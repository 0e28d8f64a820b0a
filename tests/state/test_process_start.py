"""A number is a process only together with the time of its start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tracks.core.record import LiveRun
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state import process_start as module
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.process_start import (
    is_same_process,
    process_start,
    start_of_this_process,
)
from pytest_tracks.state.store import Store
from tests.state.worlds import FOLDER, plan, started


@pytest.fixture(params=["as it is", "by ps"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ask the system in each way: /proc where there is one, and ps."""
    if request.param == "by ps":
        monkeypatch.setattr(module, "_PROC", Path("/nowhere"))
        monkeypatch.setattr(module, "_own", {})
        monkeypatch.setenv("TZ", "Asia/Tokyo")
    return str(request.param)


def test_a_start_is_the_same_whenever_one_asks(source: str) -> None:
    assert process_start(os.getpid()) == start_of_this_process() != ""
    assert is_same_process(os.getpid(), start_of_this_process())


def test_another_process_started_at_another_time(source: str) -> None:
    first = process_start(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        assert process_start(later.pid) not in ("", first)
        assert not is_same_process(later.pid, first)


def test_who_cannot_tell_takes_it_for_the_same(source: str) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert process_start(gone.pid) == ""
    assert is_same_process(os.getpid(), "")


def test_a_name_with_brackets_and_blanks_is_read_over(tmp_path: Path) -> None:
    link = tmp_path / "a) 1 2 (b"
    link.symlink_to("/bin/sleep")
    with subprocess.Popen([link, "30"]) as odd:
        try:
            assert process_start(odd.pid) != ""
            assert not is_same_process(odd.pid, start_of_this_process())
        finally:
            odd.kill()


def test_a_run_whose_number_was_given_away_is_dead() -> None:
    machine = SystemSurroundings()
    run = LiveRun("r1", machine.pid, socket.gethostname(), "now")
    assert machine.is_alive(replace(run, process_started=machine.process_started))
    assert machine.is_alive(run), "written by an older version: the number is all there is"
    assert not machine.is_alive(replace(run, process_started="another time"))
    assert machine.is_alive(replace(run, process_started="another time", host="elsewhere"))


@pytest.mark.parametrize("is_in_the_file", [False, True])
def test_what_such_a_run_was_at_is_interrupted(tmp_path: Path, is_in_the_file: bool) -> None:
    """Also where the state file, not the journal, says that it goes on."""
    (tmp_path / FOLDER).mkdir(parents=True)
    store = Store.open(tmp_path, plan())
    store._surroundings = Before()
    run = store.start_run(tasks=("TASK-1",))
    store.append(started("TASK-1", run=run))
    if is_in_the_file:
        store.snapshot()
    record = Store.open(tmp_path, plan()).record()
    assert record.live == {}
    assert record.task("TASK-1").verdict is TaskVerdict.INTERRUPTED


class Before(SystemSurroundings):
    """An earlier process, of the number that this one has."""

    process_started = "another time"
