"""A disk with room for so many more bytes, and none after them.

Installed in a child that tests have forked, never in the package. Whatever makes a file longer
takes of the room, writing over what is there does not; a write that finds too little takes what
there is, and the next one fails. What is removed gives nothing back: the disk stays full.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from typing import Any

__all__ = ["Room"]

_open, _write, _pwrite = builtins.open, os.write, os.pwrite


class Room:
    """What is left; without a limit it only counts what is used."""

    def __init__(self, limit: int | None = None) -> None:
        self.used = 0
        self._limit = limit

    def install(self) -> None:
        """Put itself between the package and the system."""
        os.write = self._written  # type: ignore[assignment]
        os.pwrite = self._written_over  # type: ignore[assignment]
        builtins.open = io.open = self._opened  # type: ignore[assignment]

    def _fitting(self, wanted: int) -> int:
        """Take room for as many of the bytes as there is."""
        if self._limit is not None:
            wanted = min(wanted, self._limit - self.used)
            if not wanted:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.used += wanted
        return wanted

    def _written(self, descriptor: int, content: Any) -> int:
        """Every file that the package writes grows by what is written to it."""
        return _write(descriptor, content[: self._fitting(len(content))]) if content else 0

    def _written_over(self, descriptor: int, content: Any, place: int) -> int:
        over = max(0, min(len(content), os.fstat(descriptor).st_size - place))
        more = len(content) - over
        return _pwrite(descriptor, content[: over + (self._fitting(more) if more else 0)], place)

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        if not set(mode) & set("wxa"):
            return _open(file, mode, *arguments, **more)
        raw = _LimitedFile(file, mode.replace("b", "").replace("t", ""))
        raw.room = self
        if more.get("buffering") == 0:
            return raw
        buffered = io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, "utf-8")


class _LimitedFile(io.FileIO):
    room: Room

    def write(self, content: Any) -> int:
        return self.room._written(self.fileno(), memoryview(content))
