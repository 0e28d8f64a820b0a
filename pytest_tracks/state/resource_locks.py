"""Resources that are held across processes: two terminals share one postgres too.

::

    .tracks/resources/postgres.0        one file a unit; the kernel's lock on it is the unit
                      postgres.1        in it, in words: who has it, or had it last

A task takes all units that it needs, or none. The locks are the kernel's and go with their
process; what a process of another host says that it holds is never taken from it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from pytest_tracks.state.durable import make_private_folder
from pytest_tracks.state.unusable import unusable

__all__ = ["ResourceLocks"]

_FOLDER = "resources"
_BUSY = (errno.EACCES, errno.EAGAIN)
_FREE = b"free"
_LENGTH = 256


class ResourceLocks:
    """What one process holds; ``folder`` is the state's ``.tracks``.

    That the tasks of this process keep to the capacities among themselves is their dispatcher's
    business: the kernel's locks tell only processes apart.
    """

    def __init__(self, folder: Path, capacities: Mapping[str, int]) -> None:
        self._private = folder
        self._folder = folder / _FOLDER
        self._capacities = capacities
        self._held: dict[str, list[tuple[str, int]]] = {}
        self._units: set[str] = set()
        self.holder = ""
        """Who has what was refused last, in words."""

    def take(self, task: str, needs: Mapping[str, int]) -> bool:
        """Take all that a task needs; False, with nothing taken, where another process has it.

        Raises StateError where locks cannot be written.
        """
        self._held[task] = []
        try:
            for name, units in needs.items():
                if not self._take_units(task, name, units):
                    self.free(task)
                    return False
        except OSError as error:
            self.free(task)
            raise unusable(self._folder, "cannot-lock", error) from error
        return True

    def free(self, task: str) -> None:
        """Let go of all that a task has taken; nothing where it has not."""
        for unit, descriptor in self._held.pop(task, ()):
            self._units.discard(unit)
            os.pwrite(descriptor, _FREE.ljust(_LENGTH), 0)
            os.close(descriptor)  # and so the lock: no other descriptor of it is open here

    def close(self) -> None:
        """Let go of everything."""
        for task in list(self._held):
            self.free(task)

    def _take_units(self, task: str, name: str, units: int) -> bool:
        make_private_folder(self._private)
        self._folder.mkdir(exist_ok=True)
        for number in range(self._capacities.get(name, 1)):
            unit = f"{quote(name, safe='')}.{number}"
            if units and unit not in self._units and self._take_unit(task, unit):
                units -= 1
        return not units

    def _take_unit(self, task: str, unit: str) -> bool:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._folder / unit, flags, 0o666)
        try:
            is_mine = self._lock(descriptor, unit)
            if is_mine:
                who = f"{os.getpid()}\t{socket.gethostname()}\t{task}".encode()
                os.pwrite(descriptor, who[:_LENGTH].ljust(_LENGTH), 0)
                self._held[task].append((unit, descriptor))
                self._units.add(unit)
        except BaseException:
            os.close(descriptor)
            raise
        if not is_mine:
            os.close(descriptor)
        return is_mine

    def _lock(self, descriptor: int, unit: str) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _BUSY:
                raise
            self.holder = _words(descriptor)
            return False
        host = _read(descriptor)[1]
        if host and host != socket.gethostname():
            file = self._folder / unit
            self.holder = f"{_words(descriptor)} (if that machine is gone, remove {file})"
            return False
        return True


def _read(descriptor: int) -> tuple[str, str, str]:
    """Read process, host and task of a record; empty texts where the unit is free."""
    fields = os.pread(descriptor, _LENGTH, 0).decode(errors="replace").strip().split("\t")
    return (fields[0], fields[1], fields[2]) if len(fields) == 3 else ("", "", "")


def _words(descriptor: int) -> str:
    process, host, task = _read(descriptor)
    return f"process {process} on {host}, for {task}" if host else "another process"
