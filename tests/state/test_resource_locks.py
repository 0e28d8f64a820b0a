"""Units of resources between real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_tracks.errors import StateError
from pytest_tracks.state.resource_locks import ResourceLocks

TAKES = """
import sys
from pathlib import Path
from pytest_tracks.state.resource_locks import ResourceLocks
locks = ResourceLocks(Path(sys.argv[1]), {"db": 2})
print(locks.take("OTHER", {"db": int(sys.argv[2])}), flush=True)
sys.stdin.read()
"""


@contextmanager
def another(folder: Path, units: int) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold units as long as this lasts."""
    command = [sys.executable, "-c", TAKES, str(folder), str(units)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


@pytest.fixture
def locks(tmp_path: Path) -> ResourceLocks:
    return ResourceLocks(tmp_path / ".tracks", {"db": 2})


def test_units_are_counted_over_processes(locks: ResourceLocks, tmp_path: Path) -> None:
    with another(tmp_path / ".tracks", 1) as other:
        assert not locks.take("A", {"db": 2}), "all of it, or nothing"
        assert locks.holder == f"process {other.pid} on {socket.gethostname()}, for OTHER"
        assert locks.take("B", {"db": 1})
        assert not locks.take("C", {"db": 1})
        assert not locks.take("D", {"cache/x": 1, "db": 1})
        assert locks.take("E", {"cache/x": 1}), "what D had taken of it is free again"


def test_what_is_free_again_can_be_taken(locks: ResourceLocks, tmp_path: Path) -> None:
    assert locks.take("A", {"db": 2})
    locks.free("A")
    locks.free("A")
    assert locks.take("A", {"db": 1})
    locks.close()
    with another(tmp_path / ".tracks", 2):
        assert not locks.take("B", {"db": 1})


def test_fault_36_what_a_dead_process_held_is_taken_at_once(
    locks: ResourceLocks, tmp_path: Path
) -> None:
    with another(tmp_path / ".tracks", 2) as other:
        other.kill()
        other.wait()
        assert locks.take("A", {"db": 2})


def test_what_another_host_holds_is_never_taken(locks: ResourceLocks, tmp_path: Path) -> None:
    """Also where the kernel would give it: a shared folder may know no locks across machines."""
    assert locks.take("A", {"db": 1})
    (held,) = (tmp_path / ".tracks" / "resources").iterdir()
    told = held.read_bytes()
    locks.free("A")
    held.write_bytes(told.replace(socket.gethostname().encode(), b"elsewhere"))
    before = held.read_bytes()
    assert not locks.take("A", {"db": 2})
    assert locks.holder.startswith(f"process {os.getpid()} on elsewhere, for A (")
    assert f"remove {held})" in locks.holder
    assert locks.take("A", {"db": 1}), "the other unit is free"
    assert held.read_bytes() == before


def test_fault_37_a_link_in_a_locks_place_is_refused(locks: ResourceLocks, tmp_path: Path) -> None:
    folder = tmp_path / ".tracks" / "resources"
    folder.mkdir(parents=True)
    target = tmp_path / "target"
    target.write_text("mine")
    (folder / "db.0").symlink_to(target)
    with pytest.raises(StateError, match="cannot-lock"):
        locks.take("A", {"db": 1})
    assert target.read_text() == "mine"
