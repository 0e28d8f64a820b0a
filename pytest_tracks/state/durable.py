"""Writing that survives: what a file holds after a crash is the old content or the new one."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.unusable import unusable

__all__ = [
    "check_writable",
    "is_temporary",
    "make_private_folder",
    "replace_file",
    "replace_quickly",
    "sweep_temporaries",
    "sync_contents",
    "sync_folder",
    "write_all",
]

sync_contents = getattr(os, "fdatasync", os.fsync)
"""Makes the content of an open file durable, and of its attributes only the size."""

_SUFFIX = ".tracks-tmp"
_ANYBODY_WRITES = 0o222
_LONGEST_WRITE = 3600.0
"""Seconds; nothing that a process is about to rename is older, by any clock that is about right."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write to the end what one call may write a part of only; raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace_file(path: Path, content: bytes) -> None:
    """Put a new content in the place of a file, in one step.

    Raises StateError where it cannot be written; the old content is then untouched.
    """
    temporary = _temporary(path)
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise unusable(path, "cannot-write", error) from error


def replace_quickly(path: Path, content: bytes) -> None:
    """Replace a file that is only a memory: whole for every reader, but not after a power cut.

    Raises OSError.
    """
    temporary = _temporary(path)
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(3)}{_SUFFIX}")


def is_temporary(name: str) -> bool:
    """Whether a file is one that a killed process has left."""
    return name.endswith(_SUFFIX)


def sweep_temporaries(folder: Path, name: str = "") -> None:
    """Remove what killed processes have left of writing ``name``; of any file if not given.

    What a living one is about to put in a file's place stays: not all is written under a lock.
    """
    for leftover in folder.glob(f"*{_SUFFIX}"):
        if leftover.name.startswith(f"{name}." if name else "") and _is_abandoned(leftover):
            leftover.unlink(missing_ok=True)


def _is_abandoned(temporary: Path) -> bool:
    """Whether nobody is going to finish it: its writer is gone, or somebody has its number."""
    writer = temporary.name.removesuffix(_SUFFIX).rpartition(".")[2].partition("-")[0]
    try:
        os.kill(int(writer), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return True
    except PermissionError:
        pass  # it is there, and somebody else's
    try:
        return time.time() - temporary.stat().st_mtime > _LONGEST_WRITE
    except FileNotFoundError:
        return False


def make_private_folder(folder: Path) -> None:
    """Make a folder that git ignores by itself, as pytest's cache does.

    Not the one that it stands in: where that has been moved away meanwhile, nobody would look.
    Raises StateError.
    """
    ignore = folder / ".gitignore"
    try:
        if ignore.exists() and ignore.stat().st_size:  # empty: who made it was killed
            return
        folder.mkdir(exist_ok=True)
        ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise unusable(folder, "cannot-write", error) from error


def check_writable(path: Path) -> None:
    """Try whether a file can be replaced, before anything depends on it.

    Raises StateError for a read-only file (a rename would get round it, but somebody meant it),
    folder or file system, and for a symlink.
    """
    if path.is_symlink():  # it would be replaced, and what it leads to would be left behind
        raise _not_writable(path, "a symlink", "put the file itself there")
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    for place in (path, folder):
        if place.exists() and not (
            place.stat().st_mode & _ANYBODY_WRITES and os.access(place, os.W_OK)
        ):
            raise _not_writable(place, "read-only")
    if folder != path.parent:
        return  # where it would be nobody sweeps
    probe = _temporary(path)
    try:
        probe.touch(exist_ok=False)
        probe.unlink(missing_ok=True)  # a run that starts just now may have swept it
    except OSError as error:
        raise _not_writable(folder, str(error.strerror)) from error


def _not_writable(place: Path, words: str, mend: str = "make it writable") -> StateError:
    hint = f"{mend}, or name another place with the ini option tracks_state"
    return StateError(Problem(str(place), 0, 0, "not-writable", words, hint))
