"""Who holds the journal's lock, and where the journal ended when it was last let go.

One short file beside the lock, written over in place under it. The lock itself is the kernel's
and goes with its process; this file makes it possible to say who does not let go, to notice that
a holder has died in mid-write, and to notice that the journal has become shorter since, which an
append-only file cannot tell by itself. It also stands where a shared folder knows no locks across
machines: what another host says that it holds is never taken from it.
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
from pytest_tracks.state.process_start import is_same_process, start_of_this_process

__all__ = ["Held", "Holder", "held_by", "hold", "last_holder"]

_NAME = "holder"
_HELD, _FREE = "held", "free"
_LENGTH = 512
"""Always as long, so that writing it over takes no room on a disk that is full by now."""
_LONGEST_HOST = 200
OTHER_HOST_TIMEOUT = 60.0
"""Seconds; the lock is held for single writes only."""
_PROBE_SECONDS = 0.05


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
    process_started: str = ""
    """Tells the process from a later one that has the same number."""


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
    # Its number may be that of a stranger by now, whom nobody is to end.
    is_there = holder.host != _host() or is_same_process(holder.pid, holder.process_started)
    gone = "" if is_there else " (gone, so it is what it has forked)"
    return f"process {holder.pid} on {holder.host}{gone} for {age:.0f} s"


def _host() -> str:
    return socket.gethostname()[:_LONGEST_HOST]


@contextmanager
def hold(folder: Path) -> Iterator[Held]:
    """Write, under the lock, that this process has it; and in the end where the journal ends.

    Raises StateError where that cannot be written, or another host does not let go.
    """
    descriptor = _opened(folder)
    try:
        before = _await_other_host(folder, descriptor)
        held = Held(before)
        end = (before.journal, before.size, before.serial) if before else ("", 0, 0)
        who = f"{os.getpid()}\t{_host()}"
        _write(folder, descriptor, f"{who}\t{_HELD}", end)
        try:
            yield held
        finally:
            _write(folder, descriptor, f"{who}\t{_FREE}", held.end or end)
    finally:
        os.close(descriptor)


def _await_other_host(folder: Path, descriptor: int) -> Holder | None:
    """Read who had it before; wait where that is a process of another host, and has it still.

    The kernel has given us the lock, so either that process is dead, or the lock means nothing
    there: from here nobody can tell, and the machine may only be asleep.
    """
    deadline = time.monotonic() + OTHER_HOST_TIMEOUT
    while True:
        before = _read(descriptor)
        if before is None or not before.is_held or before.host == _host():
            return before
        if time.monotonic() >= deadline:
            raise _held_elsewhere(folder)
        time.sleep(_PROBE_SECONDS)


def _held_elsewhere(folder: Path) -> StateError:
    words = f"held by {held_by(folder)}; gave up after {OTHER_HOST_TIMEOUT:g} s"
    hint = f"end that process; if it is dead, remove {folder / _NAME}"
    return StateError(Problem(str(folder / "lock"), 0, 0, "locked", words, hint))


def _opened(folder: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(f"{folder}/{_NAME}", flags, 0o666)
    except OSError as error:
        raise _unwritable(folder / _NAME, error) from error


def _read(descriptor: int) -> Holder | None:
    fields = os.pread(descriptor, _LENGTH, 0).decode(errors="replace").rstrip().split("\t")
    try:
        pid, host, is_held, journal, size, serial, *more = fields
        is_held_still = is_held == _HELD
        return Holder(int(pid), host, is_held_still, journal, int(size), int(serial), *more[:1])
    except ValueError:
        return None


def _write(folder: Path, descriptor: int, who: str, end: tuple[str, int, int]) -> None:
    # Not JSON: this is done twice a verdict.
    text = f"{who}\t{end[0]}\t{end[1]}\t{end[2]}\t{start_of_this_process()}"
    try:
        written = os.pwrite(descriptor, f"{text:<{_LENGTH - 1}}\n".encode(), 0)
    except OSError as error:
        raise _unwritable(folder / _NAME, error) from error
    if written < _LENGTH:  # the next one would believe half of it
        raise _unwritable(folder / _NAME, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _unwritable(path: Path, error: OSError) -> StateError:
    return StateError(Problem(str(path), 0, 0, "cannot-write", str(error.strerror)))
