"""The append-only journal ``.tracks/journal.jsonl``: one line a fact, each with its checksum.

::

    {"serial":7,"at":"…","elapsed":0.4,"id":"…","fact":"task-settled",…,"sum":"9d1f03c2"}

A group of facts is one write under a lock and one fsync. A reader takes no lock: it consumes
whole lines only. A line that a dying process left half written was never acknowledged; it stays
where it is and is read over.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.archive import is_copied, keep, note_home, past
from pytest_tracks.state.durable import (
    make_private_folder,
    replace_file,
    sync_contents,
    sync_folder,
)
from pytest_tracks.state.facts import Entry, LostFact, entry_from_json, entry_to_json
from pytest_tracks.state.holder import Holder, held_by, hold, last_holder
from pytest_tracks.state.lock import LockTimeoutError, lock_of
from pytest_tracks.state.rescue import rescue

__all__ = ["FOLDER", "Journal", "parse_line", "render_line"]

FOLDER = ".tracks"
LOCK_TIMEOUT = 60.0
"""Seconds; the lock is held for single writes only, so that a minute means a wedged holder."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

_SUM = re.compile(rb',"sum":"([0-9a-f]{8})"\}$')
_SERIAL = re.compile(rb'\{"serial":(\d{1,18}),')
_TASK = re.compile(rb'"task":"([^"]*)"')


def render_line(values: dict[str, object]) -> bytes:
    """Make a line, with checksum and line end, of a JSON object."""
    body = _ENCODER.encode(values).encode()
    return b'%s,"sum":"%08x"}\n' % (body[:-1], zlib.crc32(body))


def parse_line(line: bytes) -> dict[str, object]:
    """Take a line (without its end) apart.

    Raises ValueError where it is not what ``render_line`` made.
    """
    found = _SUM.search(line)
    if found is None:
        raise ValueError("no checksum")
    body = line[: found.start()] + b"}"
    if zlib.crc32(body) != int(found[1], 16):
        raise ValueError("wrong checksum")
    values = json.loads(body)
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


class Journal:
    """Reads forward from where it has been; writes under a lock that the caller takes."""

    def __init__(self, folder: Path, seen: Mapping[str, int] | None = None) -> None:
        """Begin at the first line; entries up to the serial that ``seen`` has are passed over."""
        self.folder = folder
        self.path = folder / "journal.jsonl"
        self._name = str(self.path)  # a verdict is a dozen system calls: paths would be half of it
        self.id = ""
        """Of this very file: a journal that is made anew has another one."""
        self.lineage = ""
        self.base_serial = 0
        """Serial of the snapshot that the journal goes on from."""
        self.damaged_lines: list[int] = []
        """Numbers of lines that were acknowledged and cannot be read any more."""
        self.loss = ""
        """How it has become shorter since its last writer let it go, by facts that nobody else
        has: ``missing``, ``cut off``; empty where it has not."""
        self.taken_from = ""
        """Who died with the lock in hand, in words; empty where nobody did."""
        self.archived = 0
        """Serial up to which lines were moved to the archive."""
        self._seen = seen or {}
        self._resumed: tuple[str, int] = ("", 0)
        """Id and serial that had been read of the file in whose place another was put."""
        self._is_past = False
        self._is_private = False
        self._is_held = False
        """Whether the lock is, and nothing stands in the file that has not been read."""
        self._lock = lock_of(folder / "lock")
        self._inode = 0
        self._offset = 0
        self._lines = 0
        self.serial = 0
        """The highest in the file."""

    def read(self) -> list[Entry]:
        """Read the entries that were written since the last call; never writes.

        Starts again from the first line where the file is another one than before.
        """
        if self._is_held or self._is_read():
            return []
        if self._inode:
            return self._read_on()
        before = last_holder(self.folder)  # first this: whoever writes now only adds to it
        entries = self._read_on()
        self.loss = self._compare(before) if before is not None else ""
        return entries

    def _compare(self, before: Holder) -> str:
        is_known = max(self._seen.get(before.journal, 0), self.archived) >= before.serial
        if is_known or self.id not in ("", before.journal):
            return ""
        if not self.path.exists():
            return "missing"
        return "cut off" if self.path.stat().st_size < before.size else ""

    def _read_on(self) -> list[Entry]:
        try:
            descriptor = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(error) from error
        with open(descriptor, "rb") as file:
            self._follow(os.fstat(descriptor))
            file.seek(self._offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        return self._entries(whole)

    def _is_read(self) -> bool:
        """Whether the file ends where reading it did, at the end of a line."""
        stat = self._stat()
        return stat is not None and (stat.st_ino, stat.st_size) == (self._inode, self._offset)

    def _stat(self) -> os.stat_result | None:
        try:
            return os.lstat(self._name)
        except FileNotFoundError:
            return None

    def _follow(self, stat: os.stat_result) -> None:
        if stat.st_ino != self._inode or stat.st_size < self._offset:
            is_replaced = stat.st_ino != self._inode
            self._resumed = (self.id, self.serial) if is_replaced else ("", 0)
            self.archived = 0
            self._inode, self._offset, self._lines = stat.st_ino, 0, 0
            self.id, self.lineage, self.base_serial, self.serial = "", "", 0, 0
            self.damaged_lines.clear()

    def _entries(self, text: bytes) -> list[Entry]:
        entries: list[Entry] = []
        for line in text.split(b"\n")[:-1]:
            self._lines += 1
            if self._is_seen(line):
                continue
            entries.extend(self._entry(line))
            self.serial = max(self.serial, entries[-1].serial) if entries else self.serial
        return entries

    def _is_seen(self, line: bytes) -> bool:
        """Pass over a line whose fact is known, without reading more of it than its serial."""
        found = _SERIAL.match(line)
        serial = int(found[1]) if found else 0
        if not self.serial < serial <= self._seen.get(self.id, 0):
            return False
        self.serial = serial
        return True

    def _entry(self, line: bytes) -> list[Entry]:
        try:
            values = parse_line(line)
            if values.get("fact") != "journal-started":
                return [entry_from_json(values, self.id)]
            return self._take_header(values)
        except ValueError:
            if _SUM.search(line):  # a line without its end was never acknowledged
                return [self._lost(line)]
        return []

    def _lost(self, line: bytes) -> Entry:
        self.damaged_lines.append(self._lines)
        named = _TASK.search(line)
        task = named[1].decode("ascii", "replace") if named else ""
        entry_id = f"{self.id}-line-{self._lines}"
        return Entry(self.serial + 1, "", entry_id, LostFact(task), journal=self.id)

    def _take_header(self, values: dict[str, object]) -> list[Entry]:
        """Learn what file it is; returns what is in the archive and not known here."""
        self.id = str(values.get("journal", ""))
        self.lineage = str(values.get("lineage", ""))
        self.base_serial = _whole(values.get("base_serial"))
        archived, settled = _whole(values.get("archived")), values.get("settled")
        if self._is_past or not archived or not isinstance(settled, dict):
            return []
        journal, resumed = self._resumed
        is_followed = 0 < resumed <= archived and journal in settled
        if is_followed:
            is_known = resumed == archived
        else:
            is_known = all(self._seen.get(one, 0) >= serial for one, serial in settled.items())
        entries = [] if is_known else self._archive(archived)
        self.archived = self.serial = archived
        return [entry for entry in entries if not is_followed or entry.serial > resumed]

    def _archive(self, archived: int) -> list[Entry]:
        """Read what was moved away, but for what is known."""
        reader = Journal(self.folder, self._seen)
        reader._is_past = True
        return [entry for lines in past(self.folder, archived) for entry in reader._entries(lines)]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the journal for writing, in this and all other processes.

        A line that a dying process left open is closed: the next ``read`` sees it.
        """
        self._acquire()
        try:
            with self._held():
                self._is_held = self._end_torn_line()
                yield
        finally:
            self._is_held = False
            self._lock.release()

    def _acquire(self) -> None:
        if not self._is_private:
            make_private_folder(self.folder)
            self._is_private = True
        try:
            self._lock.acquire(LOCK_TIMEOUT)
        except LockTimeoutError as error:
            raise _wedged(self.folder / "lock") from error
        except FileNotFoundError:  # somebody has removed the folder
            self._is_private = False
            self._acquire()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with hold(self.folder) as held:
            before = held.before
            if before is not None and before.is_held:
                self.taken_from = f"process {before.pid} on {before.host}"
            yield
            stat = self._stat() if self.id else None
            if stat is not None:
                known = before.serial if before is not None and before.journal == self.id else 0
                held.end = (self.id, stat.st_size, max(self.serial, known))

    def create(self, lineage: str, base_serial: int) -> None:
        """Begin the file, under the lock, if it is not there."""
        if self._is_held or self._stat() is not None:
            return
        self._append(self._header(secrets.token_hex(6), lineage, base_serial), sync=True)
        sync_folder(self.folder)
        self._note_home()

    def _header(self, journal: str, lineage: str, base_serial: int, **more: object) -> bytes:
        return render_line(
            {
                "fact": "journal-started",
                "journal": journal,
                "lineage": lineage,
                "base_serial": base_serial,
                **more,
            }
        )

    def _note_home(self) -> None:
        stat = self._stat()
        if stat is not None:
            try:
                note_home(self.folder, self._named(), stat.st_ino)
            except OSError as error:
                raise self._unusable(error) from error

    def _named(self) -> str:
        """Return the id of the file as it is now, also where it has not been read yet."""
        reader = Journal(self.folder, self._seen)
        reader._is_past = True
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

    @property
    def size(self) -> int:
        """Bytes of the file as far as it has been read."""
        return self._offset

    def write(self, entries: Sequence[Entry], *, sync: bool = True) -> None:
        """Append a group, under the lock and after ``read``: all of it or nothing.

        With ``sync`` it is durable on return; without, it survives the process but not the power.
        Raises StateError, which names the file where the group is kept instead.
        """
        group = b"".join(render_line(entry_to_json(entry)) for entry in entries)
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
        with self._opened(os.O_APPEND | os.O_CREAT) as descriptor:
            size = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, group)
                if sync:
                    sync_contents(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise

    def _end_torn_line(self) -> bool:
        """Close what a killed process has left open; returns whether all has been read before."""
        if self._is_read():
            return True
        if self._stat() is None:
            return False
        with self._opened(os.O_APPEND) as descriptor:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                _write_all(descriptor, b"\n")
        return False

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        descriptor = -1
        try:
            flags |= os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._name, flags, 0o666)
            yield descriptor
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _unusable(self, error: OSError) -> StateError:
        words = "is a symlink" if error.errno == errno.ELOOP else str(error.strerror)
        return StateError(Problem(str(self.path), 0, 0, "journal", words))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _wedged(path: Path) -> StateError:
    words = f"held by {held_by(path.parent)}; gave up after {LOCK_TIMEOUT:g} s"
    hint = "end that process, or what it has forked"
    return StateError(Problem(str(path), 0, 0, "locked", words, hint))


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
