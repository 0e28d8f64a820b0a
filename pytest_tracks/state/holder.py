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
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.process_start import is_same_process, start_of_this_process
from pytest_tracks.state.unusable import unusable

__all__ = ["Holder", "Holding", "held_by", "last_holder"]

_NAME = "holder"
_HELD, _FREE = "held", "free"
_TO_HELD = (f"\t{_FREE}\t".encode(), f"\t{_HELD}\t".encode(), 1)
"""Arguments of ``replace`` that make of what one process has left what it says next."""
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


def last_holder(folder: Path) -> Holder | None:
    """Read who was the last; None where nobody has written it, or not to its end."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None  # it helps to notice damage, and is no source of anything
    try:
        return _parsed(os.pread(descriptor, _LENGTH, 0))
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


class Holding:
    """The lock while it is held, as a context: who had it before, what is left to the next.

    Made once a folder, entered once a lock; the lock itself is the caller's to take.
    """

    def __init__(self, folder: Path) -> None:
        self.before: Holder | None = None
        """Who had it before."""
        self.end: tuple[str, int, int] | None = None
        """Id, size and serial of the journal, to be left to the next; None: as before."""
        self._folder = folder
        self._name = f"{folder}/{_NAME}"
        self._host = _host()
        self._descriptor = -1
        self._left = b""
        """What the file says if nobody has held it since."""
        self._last: Holder | None = None
        """The same, as a value."""

    def __enter__(self) -> Holding:
        """Write that this process has it.

        Raises StateError where that cannot be written, or another host does not let go.
        """
        self._descriptor = self._opened()
        try:
            self._take_over()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write that nobody has it, and where the journal ends; raises StateError."""
        try:
            journal, size, serial = self.end or _end_of(self.before)
            start, pid = start_of_this_process(), os.getpid()
            self._last = Holder(pid, self._host, False, journal, size, serial, start)
            self._left = self._write(self._said(self._last))
        finally:
            os.close(self._descriptor)

    def _take_over(self) -> None:
        self.end = None
        said = os.pread(self._descriptor, _LENGTH, 0)
        last = self._last
        if last is not None and said == self._left and last.pid == os.getpid():
            self.before = last  # most often: nobody else is at work
            self._write(said.replace(*_TO_HELD))
            return
        self.before = self._await_other_host()
        journal, size, serial = _end_of(self.before)
        start, pid = start_of_this_process(), os.getpid()
        self._write(self._said(Holder(pid, self._host, True, journal, size, serial, start)))

    def _await_other_host(self) -> Holder | None:
        """Read who had it before; wait where that is another host's process, and has it still.

        The kernel has given us the lock, so either that process is dead, or the lock means nothing
        there: from here nobody can tell, and the machine may only be asleep.
        """
        deadline = time.monotonic() + OTHER_HOST_TIMEOUT
        while True:
            before = _parsed(os.pread(self._descriptor, _LENGTH, 0))
            if before is None or not before.is_held or before.host == self._host:
                return before
            if time.monotonic() >= deadline:
                raise _held_elsewhere(self._folder)
            time.sleep(_PROBE_SECONDS)

    def _said(self, holder: Holder) -> bytes:
        # Not JSON: this is done at every verdict.
        who = f"{holder.pid}\t{holder.host}\t{_HELD if holder.is_held else _FREE}"
        end = f"{holder.journal}\t{holder.size}\t{holder.serial}"
        return f"{who}\t{end}\t{holder.process_started}".ljust(_LENGTH - 1).encode() + b"\n"

    def _write(self, content: bytes) -> bytes:
        try:
            written = os.pwrite(self._descriptor, content, 0)
        except OSError as error:
            raise self._unwritable(error) from error
        if written < _LENGTH:  # the next one would believe half of it
            raise self._unwritable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return content

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self._name, flags, 0o666)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> StateError:
        return unusable(self._name, "cannot-write", error)


def _end_of(before: Holder | None) -> tuple[str, int, int]:
    return (before.journal, before.size, before.serial) if before else ("", 0, 0)


def _held_elsewhere(folder: Path) -> StateError:
    words = f"held by {held_by(folder)}; gave up after {OTHER_HOST_TIMEOUT:g} s"
    hint = f"end that process; if it is dead, remove {folder / _NAME}"
    return StateError(Problem(str(folder / "lock"), 0, 0, "locked", words, hint))


def _parsed(content: bytes) -> Holder | None:
    fields = content.decode(errors="replace").rstrip().split("\t")
    try:
        pid, host, is_held, journal, size, serial, *more = fields
        is_held_still = is_held == _HELD
        return Holder(int(pid), host, is_held_still, journal, int(size), int(serial), *more[:1])
    except ValueError:
        return None
