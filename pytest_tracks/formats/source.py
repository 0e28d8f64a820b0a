"""From a path to bytes, safely: whatever stands there, reading it neither hangs nor leaves root.

A plan may come from a branch nobody has looked at yet, so a name in its folder can be a link to
``/dev/zero``, a FIFO without a writer, or larger than memory.
"""

from __future__ import annotations

import os
import stat

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems

__all__ = ["MAX_BYTES", "is_inside", "note_os_error", "read_bytes"]

MAX_BYTES = 4 * 1024 * 1024
"""A plan of 1,000 tasks has some 400 kB; what is far above that is no plan."""

# Not blocking: a FIFO without a writer opens at once. Not following: `real` has no links left.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def is_inside(root: str, real: str) -> bool:
    """Tell whether ``real`` is ``root`` or below it; both without symbolic links."""
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def note_os_error(problems: Problems, path: str, error: OSError) -> None:
    """Note that something could not be read, with the system's reason and errno."""
    problems.error(
        Location(path, 0, 0),
        "unreadable",
        f"cannot be read: {error.strerror} (errno {error.errno})",
        "mend it or take it out of the plan",
    )


def read_bytes(root: str, path: str, problems: Problems) -> bytes | None:
    """Read a regular file of at most MAX_BYTES below ``root``; None where a problem was noted.

    ``root`` is a real path, ``path`` is relative to it with forward slashes.
    """
    real = os.path.realpath(os.path.join(root, path))
    if not is_inside(root, real):
        problems.error(
            Location(path, 0, 0),
            "outside-root",
            "is a symbolic link to a place outside the root folder",
            "copy the file into the plan folder",
        )
        return None
    try:
        descriptor = os.open(real, _FLAGS)
    except OSError as error:
        note_os_error(problems, path, error)
        return None
    try:
        return _read_regular(descriptor, path, problems)
    except OSError as error:
        note_os_error(problems, path, error)
        return None
    finally:
        os.close(descriptor)


def _read_regular(descriptor: int, path: str, problems: Problems) -> bytes | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        problems.error(
            Location(path, 0, 0), "not-a-file", "is not a regular file", "replace it by a file"
        )
        return None
    if status.st_size <= MAX_BYTES:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content
    problems.error(
        Location(path, 0, 0),
        "too-large",
        f"is over the size limit of {MAX_BYTES // 1024 // 1024} MB for a plan file",
        "split it into one file a task",
    )
    return None
