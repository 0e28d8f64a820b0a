"""Numbers every step by which a process writes to the disk, and kills it at one of them.

Installed in a child that tests have forked, never in the package. A write has three steps: before
it, with half of it written, and after it. All other calls have two.
"""

from __future__ import annotations

import builtins
import io
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest_tracks.state.durable as durable
import pytest_tracks.state.journal as journal

__all__ = ["Steps"]

_CALLS = ("pwrite", "fsync", "replace", "rename", "unlink", "ftruncate", "mkdir")
_open, _write = builtins.open, os.write


class Steps:
    """Counts, and kills its own process at step ``kill_at`` (0: never)."""

    def __init__(self, kill_at: int = 0) -> None:
        self.count = 0
        self._kill_at = kill_at

    def install(self) -> None:
        """Put itself between the package and the system."""
        for name in _CALLS:
            setattr(os, name, self._around(getattr(os, name)))
        sync = self._around(durable.sync_contents)
        durable.sync_contents = journal.sync_contents = sync
        os.write = self._torn
        builtins.open = io.open = self._opened  # type: ignore[assignment]

    def _step(self) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **more: Any) -> Any:
            self._step()
            result = call(*arguments, **more)
            self._step()
            return result

        return stepping

    def _torn(self, descriptor: int, content: Any) -> int:
        self._step()
        half = len(content) // 2
        written = _write(descriptor, content[:half]) if half else 0
        self._step()
        if written == half:
            written += _write(descriptor, content[half:])
        self._step()
        return written

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wxa"):
            return _open(file, mode, *arguments, **more)
        self._step()
        raw = _SteppingFile(file, mode.replace("b", "").replace("t", ""))
        raw.write_in_steps = self._torn
        return raw if "b" in mode else io.TextIOWrapper(raw, "utf-8", write_through=True)  # type: ignore[type-var]


class _SteppingFile(io.FileIO):
    """A file without a buffer, whose writes are steps."""

    write_in_steps: Callable[[int, Any], int]

    def write(self, content: Any) -> int:
        return self.write_in_steps(self.fileno(), memoryview(content))
