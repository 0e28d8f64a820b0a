"""The files of the work tree and the identity of their contents.

Under git: what is tracked or could be (ignored files do not matter); a file that git knows to be
unchanged has its object id for nothing. Elsewhere: all files, less what tools leave behind.
Contents are named as git names blobs, with the executable bit, so that a commit, or a copy
without git, changes no identity.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tracks.state.identities import Identities

__all__ = ["WorkTree"]

LEFT_BEHIND = frozenset(
    {
        ".coverage",
        ".git",
        ".hg",
        ".hypothesis",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".tracks",
        ".venv",
        "__pycache__",
        "htmlcov",
        "node_modules",
        "venv",
    }
)
"""Names of folders and files that no digest is about."""
_PREFIXES = (".coverage.",)
_SUFFIXES = (".pyc", ".pyo", ".egg-info", ".tracks-tmp")
_WATCHFUL = tuple(
    word
    for setting in ("core.fsmonitor=false", "core.trustctime=true", "core.checkStat=default")
    for word in ("-c", setting)
)
"""What a repository's own settings must not take from git's eye."""
_UNCHANGED = "H"
_CHANGED = "C"
_OTHER = "?"
_GITLINK = "160000"
_LINK = "120000"


class WorkTree:
    """All files below a root, listed when it is made; each is read at most once, when asked for.

    ``memory`` knows what files held when another process read them.
    """

    def __init__(self, root: Path, memory: Identities | None = None) -> None:
        self._root = root
        self._memory = memory
        self._known = _from_git(root) or dict.fromkeys(_walk(root, ""), "")
        """Path → identity; empty where the content has to be read."""
        self.paths = sorted(self._known)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def freeze(self) -> None:
        """Read everything now, so that what is asked later is of this moment."""
        for path in self.paths:
            self.identity(path)
        if self._memory is not None:
            self._memory.save()

    def identity(self, path: str) -> str:
        """Name the content of a file; ``absent`` where there is no such file."""
        known = self._known.get(path)
        if not known:
            known = self._known[path] = self._identify(path)
        return known

    def _identify(self, path: str) -> str:
        if self._memory is None:
            return _identify(self._root / path)
        try:
            status = (self._root / path).lstat()
        except OSError:
            return _identify(self._root / path)
        known = self._memory.recall(path, status)
        if known is None:
            known = _identify(self._root / path)
            self._memory.note(path, status, known)
        return known


def _identify(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return _name(_LINK, os.fsencode(os.readlink(path)) + b"\0" + _target(path))
        if stat.S_ISREG(mode):
            return _name("100755" if mode & stat.S_IXUSR else "100644", path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except PermissionError:
        return "unreadable"
    return "special"


def _target(link: Path) -> bytes:
    """Read what a link leads to: who names the link means that. Nothing for all but files."""
    try:
        return link.read_bytes() if stat.S_ISREG(link.stat().st_mode) else b""
    except OSError:
        return b""


def _name(mode: str, content: bytes) -> str:
    # SHA-1 because it is git's name for the content; nothing here is signed.
    blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    blob.update(content)
    return f"{mode} {blob.hexdigest()}"


def _from_git(root: Path) -> dict[str, str]:
    """List by git; nothing where it does not apply (no git, no repository, all of it ignored)."""
    lines = _git_lines(root)
    known: dict[str, str] = {}
    for line in lines:
        tag, rest = line[0], line[2:]
        about, _, path = rest.partition("\t") if tag != _OTHER else ("", "", rest)
        if about.startswith(_GITLINK) or path.endswith("/"):
            known.update(dict.fromkeys(_walk(root, path.rstrip("/")), ""))
        elif tag != _OTHER or not _is_left_behind(path):  # what is tracked counts
            known[path] = _object(tag, about)
    changed = [line.partition("\t")[2] for line in lines if line[0] == _CHANGED]
    known.update({path: "" for path in changed if path in known})
    # git lists a tracked file that was removed: it is gone, not empty.
    return {path: name for path, name in known.items() if name or os.path.lexists(root / path)}


def _object(tag: str, about: str) -> str:
    mode, _, rest = about.partition(" ")
    name, _, stage = rest.partition(" ")
    # Other tags: unmerged, or hidden from git's eye (assume-unchanged, skip-worktree).
    is_known = tag == _UNCHANGED and stage == "0" and len(name) == 40 and mode != _LINK
    return f"{mode} {name}" if is_known else ""


def _git_lines(root: Path) -> list[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    listing = ["ls-files", "-z", "-v", "-c", "-m", "-o", "-s", "--exclude-standard"]
    try:
        done = subprocess.run(
            ["git", *_WATCHFUL, *listing],
            cwd=root,
            env={**environment, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return []
    return os.fsdecode(done.stdout).split("\0")[:-1] if done.returncode == 0 else []


def _walk(root: Path, below: str) -> Iterator[str]:
    """List the files under ``root/below``, relative to the root; follows no symlink."""
    try:
        found = list(os.scandir(root / below))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for entry in found:
        path = f"{below}/{entry.name}" if below else entry.name
        if _is_left_behind(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        else:
            yield path


def _is_left_behind(path: str) -> bool:
    return any(
        part in LEFT_BEHIND or part.startswith(_PREFIXES) or part.endswith(_SUFFIXES)
        for part in path.split("/")
    )
