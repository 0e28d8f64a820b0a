"""What the operating system has refused, and what a person can do about it."""

from __future__ import annotations

import errno
import os

from pytest_tracks.errors import Problem, StateError

__all__ = ["unusable"]

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def unusable(path: str | os.PathLike[str], code: str, error: OSError) -> StateError:
    """Make the error for a file of the state that cannot be read, written or locked."""
    words = str(error.strerror or error)
    return StateError(Problem(os.fspath(path), 0, 0, code, words, _hint(error.errno)))


def _hint(number: int | None) -> str:
    if number in _FULL:
        return "make room, and run again"
    if number in _DENIED:
        return "let this user read and write it, and run again"
    if number in _NO_LOCKS:
        return "this file system has no locks: name another place with the ini option tracks_state"
    return "mend what keeps it from being used, and run again"
