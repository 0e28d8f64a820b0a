"""Who holds the journal's lock, and where the journal ended when it was last let go.

One short file beside the lock, written over in place under it. The lock itself is the kernel's
and goes with its process; this file makes it possible to say who does not let go, to notice that
a holder has died in mid-write, and to notice that the journal has become shorter since, which an
append-only file cannot tell by itself.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.errors import Problem, StateError

__all__ = ["Held", "Holder", "held_by", "hold", "last_holder"]

_NAME = "holder"
_HELD, _FREE = "held", "free"
_LENGTH = 512
"""Always as long, so that writing it over takes no room on a disk that is full by now."""
_LONGEST_HOST = 200


@dataclass(frozen=True, slots=True)
class Holder:
    """What the file says."""

    pid: int
    host: str
    is_held: bool = False
    """Still, unless it died."""
    journal: str = ""
    """Id of the journal that the next two are about."""
    size: int = 0
    """Bytes, when it was last let go."""
    serial: int = 0
    """The highest in it at that time."""


@dataclass
class Held:
    """The lock while it is held: who had it before, and what is left to the next."""

    before: Holder | None
    end: tuple[str, int, int] | None = None
    """Id, size and serial of the journal; None: as before."""


def last_holder(folder: Path) -> Holder | None:
    """Read who was the last; None where nobody has written it, or not to its end."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None  # it helps to notice damage, and is no source of anything
    try:
        return _read(descriptor)
    finally:
        os.close(descriptor)


def held_by(folder: Path) -> str:
    """Say in words who holds the lock and for how long, as far as anybody knows."""
    holder = last_holder(folder)
    if holder is None or not holder.is_held:
        return "a process that is not known"
    age = max(0.0, time.time() - (folder / _NAME).stat().st_mtime)
    return f"process {holder.pid} on {holder.host} for {age:.0f} s"


@contextmanager
def hold(folder: Path) -> Iterator[Held]:
    """Write, under the lock, that this process has it; and in the end where the journal ends.

    Raises StateError where that cannot be written.
    """
    descriptor = _opened(folder)
    try:
        before = _read(descriptor)
        held = Held(before)
        end = (before.journal, before.size, before.serial) if before else ("", 0, 0)
        who = f"{os.getpid()}\t{socket.gethostname()[:_LONGEST_HOST]}"
        _write(folder, descriptor, f"{who}\t{_HELD}", end)
        try:
            yield held
        finally:
            _write(folder, descriptor, f"{who}\t{_FREE}", held.end or end)
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(f"{folder}/{_NAME}", flags, 0o666)
    except OSError as error:
        raise _unwritable(folder / _NAME, error) from error


def _read(descriptor: int) -> Holder | None:
    fields = os.pread(descriptor, _LENGTH, 0).decode(errors="replace").rstrip().split("\t")
    try:
        pid, host, is_held, journal, size, serial = fields
        return Holder(int(pid), host, is_held == _HELD, journal, int(size), int(serial))
    except ValueError:
        return None


def _write(folder: Path, descriptor: int, who: str, end: tuple[str, int, int]) -> None:
    # Not JSON: this is done twice a verdict.
    text = f"{who}\t{end[0]}\t{end[1]}\t{end[2]}"
    try:
        written = os.pwrite(descriptor, f"{text:<{_LENGTH - 1}}\n".encode(), 0)
    except OSError as error:
        raise _unwritable(folder / _NAME, error) from error
    if written < _LENGTH:  # the next one would believe half of it
        raise _unwritable(folder / _NAME, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _unwritable(path: Path, error: OSError) -> StateError:
    return StateError(Problem(str(path), 0, 0, "cannot-write", str(error.strerror)))
