"""The append-only journal ``.tracks/journal.jsonl``: one line a fact.

A group of facts is one write under a lock and one fsync. ``journal_line`` says what a line is,
``journal_reader`` how it is read, which takes no lock.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.archive import is_copied, keep, note_home
from pytest_tracks.state.durable import (
    make_private_folder,
    replace_file,
    sync_contents,
    sync_folder,
    write_all,
)
from pytest_tracks.state.facts import Entry, entry_to_text
from pytest_tracks.state.holder import Holder, Holding, held_by
from pytest_tracks.state.journal_line import render_line
from pytest_tracks.state.journal_reader import JournalReader
from pytest_tracks.state.jsontext import json_text
from pytest_tracks.state.lock import LockTimeoutError, lock_of
from pytest_tracks.state.rescue import rescue

__all__ = ["FOLDER", "Journal"]

FOLDER = ".tracks"
LOCK_TIMEOUT = 60.0
"""Seconds; the lock is held for single writes only, so that a minute means a wedged holder."""


class Journal(JournalReader):
    """Writes under a lock that the caller takes; of what stands there nothing is ever changed."""

    def __init__(self, folder: Path, seen: Mapping[str, int] | None = None) -> None:
        """Begin at the first line; entries up to the serial that ``seen`` has are passed over."""
        super().__init__(folder, seen)
        self.taken_from = ""
        """Who died with the lock in hand, in words; empty where nobody did."""
        self._is_private = False
        self._is_held = False
        """Whether the lock is, and nothing stands in the file that has not been read."""
        self._lock = lock_of(folder / "lock")
        self._holding = Holding(folder)

    def read(self) -> list[Entry]:
        """Read on, unless nobody else can have written."""
        return [] if self._is_held else super().read()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the journal for writing, in this and all other processes.

        A line that a dying process left open is closed: the next ``read`` sees it.
        """
        self._acquire()
        try:
            with self._holding as held:
                before = held.before
                if before is not None and before.is_held:
                    self.taken_from = f"process {before.pid} on {before.host}"
                self._is_held = self._end_torn_line()
                yield
                held.end = self._end_after(before)
        finally:
            self._is_held = False
            self._lock.release()

    def _acquire(self) -> None:
        if not self._is_private:
            self._make_folder()
            self._is_private = True
        try:
            self._lock.acquire(LOCK_TIMEOUT)
        except LockTimeoutError as error:
            raise _wedged(self.folder / "lock") from error
        except FileNotFoundError as error:  # somebody has removed the folder
            if not self.folder.parent.is_dir():
                raise _gone(self.folder.parent) from error
            self._is_private = False
            self._acquire()

    def _make_folder(self) -> None:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        make_private_folder(self.folder)

    def _end_after(self, before: Holder | None) -> tuple[str, int, int] | None:
        """Return id, size and highest serial of the file as it is now; None where there is none."""
        stat = self._stat() if self.id else None
        if stat is None:
            return None
        known = before.serial if before is not None and before.journal == self.id else 0
        return self.id, stat.st_size, max(self.serial, known)

    def create(self, lineage: str, base_serial: int) -> None:
        """Begin the file, under the lock, if it is not there."""
        if self._is_held or self._stat() is not None:
            return
        self._append(self._header(secrets.token_hex(6), lineage, base_serial), sync=True)
        sync_folder(self.folder)
        self._note_home()

    def _header(self, journal: str, lineage: str, base_serial: int, **more: object) -> bytes:
        values = {
            "fact": "journal-started",
            "journal": journal,
            "lineage": lineage,
            "base_serial": base_serial,
        }
        return render_line(json_text(values | more))

    def _note_home(self) -> None:
        stat = self._stat()
        if stat is not None:
            try:
                note_home(self.folder, self._named(), stat.st_ino)
            except OSError as error:
                raise self._unusable(error) from error

    def _named(self) -> str:
        """Return the id of the file as it is now, also where it has not been read yet."""
        reader = JournalReader(self.folder, self._seen, with_past=False)
        reader._read_on()
        return reader.id

    def part_from_original(self) -> None:
        """Under the lock and after ``read``: let a copy of a journal go on under an id of its own.

        The same serials of one id would else stand for different facts on two machines.
        """
        if self.id and is_copied(self.folder, self.id, self._inode):
            header = self._header(secrets.token_hex(6), self.lineage, self.base_serial)
            self._append(header, sync=True)
            self._is_held = False
            self.read()
            self._is_held = True
            self._note_home()

    def compact(self, settled: Mapping[str, int]) -> bool:
        """Under the lock and after ``read``: move all lines to the archive; False if there is none.

        ``settled`` maps the ids of journals to the serials up to which the state file holds what
        follows from their facts: a state file that says so needs nothing of the archive.
        """
        if self.serial <= self.archived:
            return False
        keep(self.folder, self.archived, self.serial, self.path.read_bytes())
        more = {"archived": self.serial, "settled": dict(settled)}
        header = self._header(self.id, self.lineage, self.base_serial, **more)
        replace_file(self.path, header)
        self.archived, self._offset, self._lines = self.serial, len(header), 1
        self._inode = os.lstat(self._name).st_ino
        self.damaged_lines.clear()
        self._note_home()
        return True

    def write(self, entries: Sequence[Entry], *, sync: bool = True) -> None:
        """Append a group, under the lock and after ``read``: all of it or nothing.

        With ``sync`` it is durable on return; without, it survives the process but not the power.
        Raises StateError, which names the file where the group is kept instead.
        """
        group = b"".join(render_line(entry_to_text(entry)) for entry in entries)
        try:
            self._append(group, sync=sync)
        except StateError as error:
            raise rescue(group, error) from error
        self._offset += len(group)
        self._lines += len(entries)
        self.serial = max([self.serial, *(entry.serial for entry in entries)])

    def sync(self) -> None:
        """Make durable all that stands in the journal, whoever wrote it; needs no lock."""
        with self._opened(os.O_APPEND) as descriptor:
            sync_contents(descriptor)

    def _append(self, group: bytes, *, sync: bool) -> None:
        descriptor = self._open(os.O_APPEND | os.O_CREAT)
        try:
            size = os.fstat(descriptor).st_size
            try:
                write_all(descriptor, group)
                if sync:
                    sync_contents(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            os.close(descriptor)

    def _end_torn_line(self) -> bool:
        """Close what a killed process has left open; returns whether all has been read before."""
        if self._is_read():
            return True
        if self._stat() is None:
            return False
        with self._opened(os.O_APPEND) as descriptor:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                write_all(descriptor, b"\n")
        return False

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        descriptor = self._open(flags)
        try:
            yield descriptor
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            os.close(descriptor)

    def _open(self, flags: int) -> int:
        flags |= os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self._name, flags, 0o666)
        except OSError as error:
            raise self._unusable(error) from error


def _gone(folder: Path) -> StateError:
    words = "gone: moved or removed while the run went on"
    hint = "run again where it is now; what was settled since is run again"
    return StateError(Problem(str(folder), 0, 0, "state-gone", words, hint))


def _wedged(path: Path) -> StateError:
    words = f"held by {held_by(path.parent)}; gave up after {LOCK_TIMEOUT:g} s"
    hint = "end that process, or what it has forked"
    return StateError(Problem(str(path), 0, 0, "locked", words, hint))
