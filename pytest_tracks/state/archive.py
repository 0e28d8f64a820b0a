"""The journal's past: lines that the state file holds, moved out of the way and kept to the byte.

::

    journal.jsonl ──compaction──► history-000000000420.jsonl.gz     lines up to serial 420
                            └───► journal.jsonl                     its header, and what follows

A compaction first makes the past durable and then puts the short journal in place of the long one.
Killed between the two it leaves a past that no header speaks of: nobody reads it, and the next
compaction takes it away.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.durable import replace_file

__all__ = ["is_copied", "keep", "note_home", "past"]

_NAME = re.compile(r"history-(\d{12,18})\.jsonl\.gz")
_HOME = "home"
_LEVEL = 6
"""Of compression: lines of a journal shrink to a tenth or less."""


def keep(folder: Path, archived: int, last: int, lines: bytes) -> None:
    """Keep lines up to serial ``last`` durably; those up to ``archived`` are kept already.

    Raises StateError.
    """
    for serial, path in _found(folder):
        if serial > archived:
            path.unlink()
    packed = gzip.compress(lines, _LEVEL, mtime=0)
    replace_file(folder / f"history-{last:012}.jsonl.gz", packed)


def past(folder: Path, archived: int) -> Iterator[bytes]:
    """Read the lines up to the serial that a header names, oldest first, a compaction at a time.

    Raises StateError where they cannot be read.
    """
    found = [(serial, path) for serial, path in _found(folder) if serial <= archived]
    if not found or found[-1][0] != archived:
        raise _unreadable(folder / f"history-{archived:012}.jsonl.gz", "is missing")
    for _, path in found:
        try:
            yield gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(path, str(error)) from error


def _found(folder: Path) -> list[tuple[int, Path]]:
    names = (_NAME.fullmatch(name) for name in os.listdir(folder))
    return sorted((int(name[1]), folder / name[0]) for name in names if name)


def _unreadable(path: Path, words: str) -> StateError:
    hint = "restore it from a backup; the state file is whole without it"
    return StateError(Problem(str(path), 0, 0, "history", words, hint))


def note_home(folder: Path, journal: str, inode: int) -> None:
    """Write down where a journal lives."""
    (folder / _HOME).write_text(_home(journal, inode), encoding="utf-8")


def is_copied(folder: Path, journal: str, inode: int) -> bool:
    """Whether a journal was copied here: the file of another host, or another file.

    Where nothing is written down it is not, as far as anybody knows.
    """
    home = _read_home(folder)
    return bool(home) and home != _home(journal, inode)


def is_another_file(folder: Path, inode: int) -> bool:
    """Whether a journal was copied here, as far as the file tells: a folder may be shared."""
    home = _read_home(folder)
    return bool(home) and home.split("\t")[-1] != f"{inode}\n"


def _read_home(folder: Path) -> str:
    """Return where the journal lives; empty where that is not written, or not to its end."""
    try:
        home = (folder / _HOME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return home if home.endswith("\n") else ""


def _home(journal: str, inode: int) -> str:
    return f"{journal}\t{socket.gethostname()}\t{inode}\n"
