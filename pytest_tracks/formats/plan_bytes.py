"""The digest of a plan's files as they are now, without reading what they say.

A plan that was made of files with this digest is the plan: loading is a function of the names and
bytes of the files (and of the kinds of check) alone. Files are opened relative to their folder,
which spares the system looking up the same path a thousand times.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import posixpath
from collections.abc import Iterable

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.folder import Listing, list_plan
from pytest_tracks.formats.source import MAX_BYTES

__all__ = ["digest_files", "list_quietly"]

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def list_quietly(root: str, folder: str, sprints: str) -> Listing | None:
    """List a plan's files; None where there is anything wrong with them. ``root`` is real."""
    problems = Problems()
    listing = list_plan(root, folder, sprints, problems)
    return None if problems.errors else listing


def digest_files(root: str, files: Iterable[str]) -> str:
    """Digest names and bytes, each after its length, so that no two plans look alike.

    Raises OSError where one cannot be read. Of what is no plan file (a pipe, a file that is too
    large) the digest is that of no plan.
    """
    digest = hashlib.sha256()
    for folder, paths in itertools.groupby(files, posixpath.dirname):
        base = os.open(os.path.join(root, folder), os.O_RDONLY)
        try:
            for path in paths:
                for part in (path.encode(), _content(posixpath.basename(path), base)):
                    digest.update(b"%d:" % len(part))
                    digest.update(part)
        finally:
            os.close(base)
    return digest.hexdigest()


def _content(name: str, folder: int) -> bytes:
    descriptor = os.open(name, _FLAGS, dir_fd=folder)
    try:
        return os.read(descriptor, MAX_BYTES + 1)
    finally:
        os.close(descriptor)
