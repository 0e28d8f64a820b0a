"""What files held when they were last read, so that what is unchanged is not read again.

::

    .tracks/files.json    checksum, then path → [size, mtime, ctime, inode, identity]

As git's index does it: a file is taken for unchanged where size, times and inode are. Within one
tick of the file system's clock a file can change without any of these changing; so what was
younger than the coarsest tick when it was read is not kept, and what is not older than this memory
itself by as much is not believed. Where the file system has another clock than this machine
nothing is kept. A memory that is missing, damaged or another machine's costs time only.
"""

from __future__ import annotations

import json
import os
import stat
import time
import zlib
from contextlib import suppress
from pathlib import Path

from pytest_tracks.errors import StateError
from pytest_tracks.state.durable import make_private_folder, replace_quickly

__all__ = ["Identities"]

_NAME = "files.json"
GRAIN = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system that is in use (FAT)."""

_Known = list[int | str]


class Identities:
    """The memory in one private folder; read at the first question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, _Known] | None = None
        self._fresh: dict[str, _Known] = {}
        self._written = 0

    def recall(self, path: str, status: os.stat_result) -> str | None:
        """Return what a file held that has this status; None where that is not certain."""
        if self._known is None:
            self._known, self._written = self._read()
        found = self._known.get(path)
        if found is None or found[:4] != _key(status) or _newest(status) >= self._written - GRAIN:
            return None
        self._fresh[path] = found
        return str(found[4])

    def note(self, path: str, status: os.stat_result, identity: str) -> None:
        """Remember what a regular file holds; ``status`` is of before it was read."""
        is_read = stat.S_ISREG(status.st_mode) and identity.startswith("100")
        if is_read and _newest(status) < time.time_ns() - GRAIN:
            self._fresh[path] = [*_key(status), identity]

    def save(self) -> None:
        """Keep what was recalled and noted, where anything is new; errors are of no matter."""
        if self._fresh == (self._known or {}):
            return
        body = json.dumps(self._fresh, separators=(",", ":")).encode("utf-8", "surrogatepass")
        with suppress(OSError, StateError, ValueError):
            make_private_folder(self._folder)
            path = self._folder / _NAME
            replace_quickly(path, b"%08x\n%s" % (zlib.crc32(body), body))
            if abs(path.stat().st_mtime_ns - time.time_ns()) > GRAIN // 2:
                path.unlink()

    def _read(self) -> tuple[dict[str, _Known], int]:
        with suppress(OSError, ValueError), open(self._folder / _NAME, "rb") as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            checksum, _, body = file.read().partition(b"\n")
            if int(checksum, 16) == zlib.crc32(body):
                found = json.loads(body)
                return (found, written) if isinstance(found, dict) else ({}, 0)
        return {}, 0


def _key(status: os.stat_result) -> _Known:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _newest(status: os.stat_result) -> int:
    return max(status.st_mtime_ns, status.st_ctime_ns)
