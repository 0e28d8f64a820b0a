"""The lock: between threads, between processes, and what becomes of a wait."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from pytest_tracks.errors import StateError
from pytest_tracks.state.lock import LockTimeoutError, lock_of


def held_by_a_child(path: Path) -> tuple[int, int]:
    """Let a child take the lock; returns its pid and a pipe on which a byte ends it."""
    ready, told = os.pipe()
    ending, end = os.pipe()
    pid = os.fork()
    if pid == 0:
        lock_of(path).acquire(5)
        os.write(told, b"x")
        os.read(ending, 1)
        os._exit(0)
    os.read(ready, 1)
    return pid, end


def test_a_wait_ends_when_the_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    pid, _ = held_by_a_child(path)
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    lock_of(path).acquire(10)
    lock_of(path).release()
    os.waitpid(pid, 0)


def test_a_wait_that_was_given_up_undoes_no_later_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    pid, end = held_by_a_child(path)
    with pytest.raises(LockTimeoutError):
        lock_of(path).acquire(0.05)
    os.write(end, b"x")
    os.waitpid(pid, 0)
    lock_of(path).acquire(10)  # once the thread that had waited has let go
    child = os.fork()
    if child == 0:
        try:
            lock_of(path).acquire(0.2)
        except LockTimeoutError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7, "it is held here"
    lock_of(path).release()


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    lock = lock_of(tmp_path / "lock")
    lock.acquire(1)
    with pytest.raises(LockTimeoutError):
        lock_of(tmp_path / "lock").acquire(0.05)
    lock.release()
    lock.acquire(1)
    lock.release()


def test_a_lock_file_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    lock = lock_of(tmp_path / "lock")
    lock.acquire(1)
    (tmp_path / "lock").unlink()
    lock.release()
    lock.acquire(1)
    assert (tmp_path / "lock").exists()
    lock.release()


def test_fault_37_a_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(StateError, match="symlink"):
        lock_of(tmp_path / "lock").acquire(1)
    assert not (tmp_path / "target").exists()
    with pytest.raises(StateError, match="symlink"):  # and leaves nothing locked
        lock_of(tmp_path / "lock").acquire(1)
