"""A real guard beside real groups of processes; whoever is to be killed runs in a child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tracks.checks.guard import Guard
from tests.checks.processes import is_running, vanishes

SLEEP = ("sh", "-c", "sleep 60 & wait")


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    guard.prepare()
    yield guard
    guard.close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP, start_new_session=True) as command:
        yield command
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)


def run_child(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script that begins with a group of its own; it prints numbers of processes."""
    beginning = f"""
        import os, signal, subprocess, sys
        from pytest_tracks.checks.guard import guard_of_this_process
        guard = guard_of_this_process()
        guard.prepare()
        command = subprocess.Popen({SLEEP!r}, stdout=subprocess.DEVNULL, start_new_session=True)
        guard.add(command.pid)
        print(guard.pid, command.pid, flush=True)
    """
    whole = textwrap.dedent(beginning) + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", whole], capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["KILL", "TERM"])
def test_fault_50_a_killed_process_leaves_no_command(number: signal.Signals) -> None:
    done = run_child(f"os.kill(os.getpid(), {int(number)})")
    guard, command = map(int, done.stdout.split())
    assert done.returncode == -number
    assert vanishes(command)
    assert vanishes(guard)


def test_a_command_that_ignores_sigterm_is_killed() -> None:
    done = run_child(
        """
        deaf = subprocess.Popen(
            ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
            stdout=subprocess.PIPE, start_new_session=True)
        guard.add(deaf.pid)
        deaf.stdout.readline()
        print(deaf.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert all(vanishes(int(pid)) for pid in done.stdout.split())


def _ignores(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (mask,) = [line.split()[1] for line in status.splitlines() if line.startswith("SigIgn:")]
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="cannot look at its signals")
def test_it_survives_what_ends_others(guard: Guard, sleeper: subprocess.Popen[bytes]) -> None:
    assert guard.pid is not None
    guard.add(sleeper.pid)
    assert os.getsid(guard.pid) == guard.pid != os.getsid(0)
    while not _ignores(guard.pid, signal.SIGHUP):
        time.sleep(0.01)  # it has only just begun
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.killpg(guard.pid, number)
    assert is_running(guard.pid)
    guard.close()
    assert sleeper.wait(10) == -signal.SIGTERM


def test_what_was_dropped_is_left_alone(guard: Guard, sleeper: subprocess.Popen[bytes]) -> None:
    guard.add(sleeper.pid)
    guard.add(sleeper.pid * 10)
    guard.drop(sleeper.pid)
    guard.drop(sleeper.pid * 10)
    guard.close()
    assert sleeper.poll() is None


def test_a_guard_that_was_killed_is_replaced(
    guard: Guard, sleeper: subprocess.Popen[bytes]
) -> None:
    first = guard.pid
    assert first is not None
    guard.add(sleeper.pid)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    guard.add(1 << 22)
    assert guard.pid != first
    guard.drop(1 << 22)
    guard.close()
    assert sleeper.wait(10) == -signal.SIGTERM


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="cannot look at descriptors")
def test_nobody_inherits_what_is_not_theirs(guard: Guard) -> None:
    shown = subprocess.run(["ls", "-l", "/proc/self/fd"], capture_output=True, text=True).stdout
    ends = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir(f"/proc/{guard.pid}/fd")}
    pipe = os.readlink(f"/proc/{guard.pid}/fd/0")
    assert pipe.startswith("pipe:")
    assert pipe not in shown
    assert len(ends) == 3


def test_a_fork_does_not_keep_the_guard_from_seeing_the_end() -> None:
    done = run_child(
        """
        child = os.fork()
        if child == 0:
            os.closerange(0, 3)
            assert guard_of_this_process() is not guard
            signal.pause()
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    guard, command, child = map(int, done.stdout.split())
    try:
        assert vanishes(command)
        assert vanishes(guard)
        assert is_running(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_it_goes_with_a_process_that_ends_by_itself() -> None:
    done = run_child("guard.drop(command.pid); os.killpg(command.pid, 9); command.wait()")
    guard, _ = map(int, done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert not is_running(guard)  # waited for: no zombie either
