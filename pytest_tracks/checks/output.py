"""What a command prints: kept in a file without a name, read back as head and tail.

A file, not a pipe: a daemon that the command leaves behind would hold a pipe open, and the wait
for its end would last as long as the daemon. Without a name: nothing is left after a kill -9, and
no unmasked secret stays on the disk. Only head and tail are read: memory stays small whatever is
printed.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pytest_tracks.core.redact import mask, strip_controls

__all__ = ["Output", "OutputFile", "open_output"]

HEAD_BYTES = 16 * 2**10
TAIL_BYTES = 112 * 2**10
"""The end of an output says what failed, the beginning at most what was started."""

HEAD_LINES = 5
TAIL_LINES = 20
LINE_LENGTH = 500
"""Characters of one shown line: a bundler's output may be one line of megabytes."""
_LEFT_OUT = " [...] "


@dataclass(frozen=True, slots=True)
class Output:
    """The bytes that were kept; ``size`` counts all that were printed."""

    head: bytes
    tail: bytes = b""
    size: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether something between head and tail was dropped."""
        return self.size > len(self.head) + len(self.tail)

    def text(self, secrets: Sequence[str] = ()) -> str:
        """Decode, without controls and secrets; where it is cut, a line says so."""
        if not self.is_cut:
            return _clean(self.head + self.tail, secrets)
        head, tail = self._ends(secrets)
        return f"{head}\n{self._notice()}\n{tail}"

    def excerpt(self, secrets: Sequence[str] = ()) -> str:
        """Give the first lines and the last, for a report; a line between says what is missing."""
        if self.is_cut:
            head, tail = self._ends(secrets)
            first, last = head.split("\n"), tail.split("\n")
        else:
            first = last = self.text(secrets).strip("\n").split("\n")
            if len(first) <= HEAD_LINES + TAIL_LINES:
                return "\n".join(map(_clipped, first))
        shown = [*first[:HEAD_LINES], self._notice(len(first)), *last[-TAIL_LINES:]]
        return "\n".join(map(_clipped, shown))

    def _notice(self, lines: int = 0) -> str:
        if self.is_cut:
            return f"[... cut: {self.size:,} bytes were printed ...]"
        missing = lines - HEAD_LINES - TAIL_LINES
        return f"[... {missing} line{'s' * (missing > 1)} left out ...]"

    def _ends(self, secrets: Sequence[str]) -> tuple[str, str]:
        """Clean both ends and drop what stands at the cut: it may be half a secret."""
        reach = max([len(secret) for secret in secrets], default=1)
        head, tail = _clean(self.head, secrets), _clean(self.tail, secrets)
        whole_lines, line_end, _ = head.rpartition("\n")
        head = whole_lines if line_end else head[:-reach]
        _, line_end, whole_lines = tail.rstrip("\n").partition("\n")
        return head, whole_lines if line_end else tail[reach:].rstrip("\n")


def _clean(raw: bytes, secrets: Sequence[str]) -> str:
    return mask(strip_controls(raw.decode("utf-8", errors="replace")), secrets)


def _clipped(line: str) -> str:
    if len(line) <= LINE_LENGTH:
        return line
    half = (LINE_LENGTH - len(_LEFT_OUT)) // 2
    return line[:half] + _LEFT_OUT + line[-half:]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """The open file; ``descriptor`` is what a command gets as stdout and stderr."""

    descriptor: int

    def size(self) -> int:
        """Count the bytes so far."""
        return os.fstat(self.descriptor).st_size

    def read(self) -> Output:
        """Read head and tail as they are now."""
        size = self.size()
        if size <= HEAD_BYTES + TAIL_BYTES:
            return Output(os.pread(self.descriptor, size, 0), size=size)
        head = os.pread(self.descriptor, HEAD_BYTES, 0)
        return Output(head, os.pread(self.descriptor, TAIL_BYTES, size - TAIL_BYTES), size)


@contextmanager
def open_output(folder: str) -> Iterator[OutputFile]:
    """Open a new file in ``folder`` (made where it is missing); its space is freed at the end."""
    os.makedirs(folder, exist_ok=True)
    descriptor, path = tempfile.mkstemp(prefix="output-", dir=folder)
    try:
        os.unlink(path)
        # A command that opens /dev/stderr anew truncates the file; appending leaves no hole then.
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
        yield OutputFile(descriptor)
    finally:
        os.close(descriptor)
