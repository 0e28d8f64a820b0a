"""Reading the journal forward from where it has been, while others write to it.

No lock is taken: whole lines only are consumed. A line that a dying process left half written was
never acknowledged; it stays where it is and is read over.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.archive import is_another_file, past
from pytest_tracks.state.facts import Entry, LostFact, entry_from_json
from pytest_tracks.state.holder import Holder, last_holder
from pytest_tracks.state.journal_line import has_end, id_of, parse_line, serial_of, task_of
from pytest_tracks.state.unusable import unusable

__all__ = ["JournalReader"]


class JournalReader:
    """Knows how far a journal has been read, and what file it is."""

    def __init__(
        self,
        folder: Path,
        seen: Mapping[str, int] | None = None,
        *,
        but_for: Collection[str] = (),
        with_past: bool = True,
    ) -> None:
        """Begin at the first line; entries up to the serial that ``seen`` has are passed over.

        So are those whose ids ``but_for`` names: whoever asks has them. With ``with_past`` also
        those are read that were moved to the archive.
        """
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
        self.archived = 0
        """Serial up to which lines were moved to the archive."""
        self._seen = seen or {}
        self._but_for = but_for
        self._resumed: tuple[str, int] = ("", 0)
        """Id and serial that had been read of the file in whose place another was put."""
        self._with_past = with_past
        self._inode = 0
        self._size = 0
        """Bytes that were in it when it was read: another may have taken its place since."""
        self._offset = 0
        self._lines = 0
        self.serial = 0
        """The highest in the file."""

    def read(self) -> list[Entry]:
        """Read the entries that were written since the last call; never writes.

        Starts again from the first line where the file is another one than before.
        """
        if self._is_read():
            return []
        if self._inode:
            return self._read_on()
        before = last_holder(self.folder)  # first this: whoever writes now only adds to it
        entries = self._read_on()
        self.loss = self._compare(before) if before is not None else ""
        return entries

    def runs_elsewhere(self, runs: Collection[str]) -> frozenset[str]:
        """Name those of these open runs that do not write to this file, and so never end in it.

        They came with a state file that was committed in mid-run, or with a copy of the journal.
        """
        try:
            is_home = bool(runs) and not is_another_file(self.folder, os.lstat(self._name).st_ino)
            text = self.path.read_bytes() if is_home else b""
        except FileNotFoundError:
            text = b""
        return frozenset(run for run in runs if f'"{run}"'.encode() not in text)

    def _compare(self, before: Holder) -> str:
        is_known = max(self._seen.get(before.journal, 0), self.archived) >= before.serial
        if is_known or self.id not in ("", before.journal):
            return ""
        if not self._inode:
            return "missing"
        return "cut off" if self._size < before.size else ""

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
        self._size = self._offset + len(text)
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
        """Pass over a line whose fact is known, without reading more of it than its name."""
        serial = serial_of(line)
        is_old = self.serial < serial <= self._seen.get(self.id, 0)
        if not is_old and not (self._but_for and id_of(line) in self._but_for):
            return False
        self.serial = max(self.serial, serial)
        return True

    def _entry(self, line: bytes) -> list[Entry]:
        try:
            values = parse_line(line)
            if values.get("fact") != "journal-started":
                return [entry_from_json(values, self.id)]
            return self._take_header(values)
        except ValueError:
            if has_end(line):
                return [self._lost(line)]
        return []

    def _lost(self, line: bytes) -> Entry:
        self.damaged_lines.append(self._lines)
        entry_id = f"{self.id}-line-{self._lines}"
        return Entry(self.serial + 1, "", entry_id, LostFact(task_of(line)), journal=self.id)

    def _take_header(self, values: dict[str, object]) -> list[Entry]:
        """Learn what file it is; returns what is in the archive and not known here."""
        self.id = str(values.get("journal", ""))
        self.lineage = str(values.get("lineage", ""))
        self.base_serial = _whole(values.get("base_serial"))
        archived, settled = _whole(values.get("archived")), values.get("settled")
        if not self._with_past or not archived or not isinstance(settled, dict):
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
        reader = JournalReader(self.folder, self._seen, but_for=self._but_for, with_past=False)
        return [entry for lines in past(self.folder, archived) for entry in reader._entries(lines)]

    @property
    def size(self) -> int:
        """Bytes of the file as far as it has been read."""
        return self._offset

    def _unusable(self, error: OSError) -> StateError:
        if error.errno == errno.ELOOP:
            return StateError(Problem(str(self.path), 0, 0, "journal", "is a symlink", "remove it"))
        return unusable(self.path, "journal", error)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
