"""Where the states of a harness lie: on the disk, or in a file system of the memory.

Waiting for the disk is what makes writers wait for each other and what a kill at a random moment
mostly meets: those harnesses have one. Where the moment is numbered a sync is a step like any
other, and what a killed process leaves is in the kernel's hands either way: tens of thousands of
trials need not wait for a disk.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MEMORY", "place"]

MEMORY = Path("/dev/shm")


@contextmanager
def place(parent: str | None, *, in_memory: bool) -> Iterator[Path]:
    """Make a folder for one harness below ``parent``, else where it belongs, and remove it."""
    if parent is None and in_memory and os.access(MEMORY, os.W_OK):
        parent = str(MEMORY)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
        yield Path(name)
