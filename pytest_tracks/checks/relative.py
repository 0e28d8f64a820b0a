"""Paths that a plan names: inside the project, relative to its root, written one way."""

from __future__ import annotations

import posixpath
import re

from pytest_tracks.core.tree import Node, Reader

__all__ = ["outside", "read_path"]

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def read_path(node: Node, what: str, reader: Reader) -> str | None:
    """Read a path below the root and write it the short way (``./a//b/`` is ``a/b``)."""
    text = reader.text(node, what)
    if text is None:
        return None
    path = text.strip()
    reason = outside(path)
    if reason:
        hint = "write it relative to rootdir, inside the project"
        reader.problems.error(node.location, "bad-path", f"{what} {path!r} {reason}", hint)
        return None
    return posixpath.normpath(path)


def outside(path: str) -> str:
    """Say why a path does not lie below the root; empty where it does."""
    if "\0" in path or "\n" in path:
        return "holds a control character"
    if path.startswith(("/", "~")) or _DRIVE.match(path):
        return "is not relative"
    if posixpath.normpath(path).split("/")[0] == "..":
        return "leads out of the project"
    return ""
