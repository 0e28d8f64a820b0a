from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pytest_tracks.errors import StateError
from pytest_tracks.state.durable import make_private_folder
from pytest_tracks.state.snapshot import read
from pytest_tracks.state.unusable import unusable


@pytest.mark.parametrize(
    ("number", "what_to_do"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EROFS, "let this user read and write it"),
        (errno.ENOLCK, "ini option tracks_state"),
        (errno.EIO, "mend what keeps it"),
    ],
)
def test_every_refusal_says_what_to_do(number: int, what_to_do: str) -> None:
    error = unusable(Path("lock"), "cannot-lock", OSError(number, os.strerror(number)))
    assert str(error).startswith(f"lock: cannot-lock {os.strerror(number)} (")
    assert what_to_do in str(error)


def test_the_first_thing_that_is_written_says_so_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"cannot-write .*\(mend what keeps it"):
        make_private_folder(tmp_path / "file" / ".tracks")


def test_so_does_a_state_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"cannot-read .*\(mend what keeps it"):
        read(tmp_path, "the state")
