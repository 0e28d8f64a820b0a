"""The project as it was committed: its files at a git ref, read from git's objects.

Nothing is checked out, and no filter of the repository runs (``git show`` of a blob runs none). A
name that a branch gives to a file is a path on this machine only below a folder of our own.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.errors import UsageError

__all__ = ["Commit"]

_LINK = "120000"
_FILE = "100"
_MOST_LINKS = 8
"""Symbolic links that lead on to one another; more is a loop."""


@dataclass(frozen=True)
class Commit:
    """One commit, seen from a folder of the work tree; paths are relative to that folder."""

    ref: str
    """As the person named it."""
    id: str
    root: Path
    entries: Mapping[str, tuple[str, str]]
    """Path → mode and id of its object."""

    @classmethod
    def find(cls, root: Path, ref: str) -> Commit:
        """Look a ref up; raises UsageError where there is no such commit here."""
        wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
        commit = _git(root, *wanted, may_fail=True).decode().strip() if ref.strip() else ""
        if not commit:
            raise UsageError(
                f"there is no commit {ref!r} in this repository "
                "(name a branch, tag or commit; a shallow clone needs: git fetch origin BRANCH)"
            )
        return cls(ref, commit, root, _entries(_git(root, "ls-tree", "-r", "-z", commit)))

    @property
    def paths(self) -> list[str]:
        """All files."""
        return list(self.entries)

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Read files, all at once; those that are not there, or no files, are left out."""
        objects = self._follow_links({path: self.entries.get(path) for path in paths})
        contents = self._contents({name for name in objects.values() if name})
        return {path: contents[name] for path, name in objects.items() if name in contents}

    @contextmanager
    def laid_out(self, paths: Iterable[str]) -> Iterator[Path]:
        """Write files to a folder that lasts as long as the block, called as the project's is.

        Links are written as the files that they lead to. Raises UsageError where that cannot be.
        """
        with tempfile.TemporaryDirectory(prefix="pytest-tracks-") as folder:
            root = Path(folder).resolve() / (self.root.resolve().name or "project")
            root.mkdir()
            for path, content in self.read(paths).items():
                place = Path(os.path.abspath(root / path))
                if root not in place.parents:
                    raise UsageError(f"{self.ref}:{path}: is no name of a file below the root")
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
                except OSError as error:
                    raise UsageError(f"cannot lay out {self.ref}:{path}: {error}") from error
            yield root

    def _follow_links(self, wanted: Mapping[str, tuple[str, str] | None]) -> dict[str, str]:
        found: dict[str, str] = {}
        places = {path: path for path in wanted}
        for _ in range(_MOST_LINKS):
            known = {path: self.entries.get(place) for path, place in places.items()}
            found |= {p: entry[1] for p, entry in known.items() if entry and entry[0][:3] == _FILE}
            links = {path: entry[1] for path, entry in known.items() if entry and entry[0] == _LINK}
            targets = self._contents(set(links.values())) if links else {}
            places = {
                path: _joined(places[path], os.fsdecode(targets[name]))
                for path, name in links.items()
                if name in targets
            }
        return found

    def _contents(self, objects: set[str]) -> dict[str, bytes]:
        names = sorted(objects)
        asked = "".join(f"{name}\n" for name in names).encode()
        answer = _git(self.root, "cat-file", "--batch", given=asked)
        contents: dict[str, bytes] = {}
        place = 0
        for name in names:
            end = answer.find(b"\n", place)
            head = answer[place:end].split()
            if end < 0 or len(head) != 3:
                raise UsageError(f"git cannot read {self.ref}: object {name} is missing")
            size = int(head[2])
            contents[name] = answer[end + 1 : end + 1 + size]
            place = end + 1 + size + 1
        return contents


def _joined(link: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))


def _entries(listing: bytes) -> dict[str, tuple[str, str]]:
    entries = {}
    for line in os.fsdecode(listing).split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, _, name = about.split(" ")
        entries[path] = (mode, name)
    return entries


def _git(root: Path, *arguments: str, given: bytes | None = None, may_fail: bool = False) -> bytes:
    """Ask git; raises UsageError where there is none, or where it refuses and must not.

    What cannot be read must not look like nothing: against nothing there is no regression.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *arguments],
            cwd=root,
            env={**environment, "GIT_OPTIONAL_LOCKS": "0"},
            input=given or b"",
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UsageError(f"a ref needs git: {error.strerror}") from error
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return b""
    said = done.stderr.decode("utf-8", "replace").strip()
    raise UsageError(f"git {arguments[0]} failed with status {done.returncode}: {said}")
