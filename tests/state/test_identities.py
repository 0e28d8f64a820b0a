"""What is remembered of files: never believed where it could be wrong."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pytest_tracks.state import identities as module
from pytest_tracks.state.identities import GRAIN, Identities

OLD = time.time_ns() - 10 * GRAIN


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "a.py"
    path.write_text("A = 1\n")
    monkeypatch.setattr(module, "_newest", lambda status: status.st_mtime_ns)  # ctime is now
    os.utime(path, ns=(OLD, OLD))
    return path


def kept(folder: Path, file: Path) -> Identities:
    memory = Identities(folder)
    assert memory.recall("a.py", file.lstat()) is None
    memory.note("a.py", file.lstat(), "100644 abc")
    memory.save()
    return Identities(folder)


def test_an_unchanged_file_is_recalled(tmp_path: Path, file: Path) -> None:
    assert kept(tmp_path / "m", file).recall("a.py", file.lstat()) == "100644 abc"


@pytest.mark.parametrize("change", ["size", "time", "inode", "status"])
def test_a_change_is_seen(tmp_path: Path, file: Path, change: str) -> None:
    memory = kept(tmp_path / "m", file)
    if change == "size":
        file.write_text("A = 10\n")
    elif change == "inode":
        file.rename(tmp_path / "moved")
        file.write_text("A = 2\n")
    elif change == "status":
        file.chmod(0o755)
    os.utime(file, ns=(OLD, OLD + (change == "time")))
    assert memory.recall("a.py", file.lstat()) is None


def test_a_file_as_young_as_the_clock_is_coarse_is_not_kept(tmp_path: Path, file: Path) -> None:
    os.utime(file)
    assert kept(tmp_path / "m", file).recall("a.py", file.lstat()) is None


def test_what_is_not_older_than_the_memory_is_not_believed(tmp_path: Path, file: Path) -> None:
    memory = kept(tmp_path / "m", file)
    os.utime(tmp_path / "m" / "files.json", ns=(OLD, OLD))
    assert memory.recall("a.py", file.lstat()) is None


@pytest.mark.parametrize("content", [b"", b"x\n{}", b"00000000\n{}", b"\xff", b"deadbeef"])
def test_a_damaged_memory_is_none(tmp_path: Path, file: Path, content: bytes) -> None:
    kept(tmp_path / "m", file)
    (tmp_path / "m" / "files.json").write_bytes(content)
    assert Identities(tmp_path / "m").recall("a.py", file.lstat()) is None
