"""Writing the thousands of small files of a report.

Opening and truncating a file costs a file system ten times what reading it does, and most reports
say what those of the run before said: what stands there already is left as it is.
"""

from __future__ import annotations

import os
from pathlib import Path

from pytest_tracks.state.durable import replace_quickly, write_all

__all__ = ["put"]

_READ = os.O_RDONLY | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
_MODE = 0o666


def put(path: str, text: str, *, may_stand: bool = False, in_one_step: bool = False) -> None:
    """Let a file hold a text; ``may_stand`` says that it may do so already. Raises OSError.

    ``in_one_step`` is for what must never be seen in part; thousands of files would take too long.
    """
    content = text.encode("utf-8", "replace")
    if may_stand and _holds(path, content):
        return
    if in_one_step:
        replace_quickly(Path(path), content)
        return
    descriptor = os.open(path, _WRITE, _MODE)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)


def _holds(path: str, content: bytes) -> bool:
    try:
        descriptor = os.open(path, _READ)
    except OSError:  # whatever it is, writing will say so
        return False
    with open(descriptor, "rb", buffering=0) as file:
        return os.fstat(descriptor).st_size == len(content) and file.readall() == content
