"""What other git worktrees of the repository say of a task: read for advice, never trusted.

A PASS there is of other contents than those here; to have it here, the branch is merged, and the
task holds or is run again. Whoever asks is about to say that something is blocked, and must not be
kept waiting: what cannot be read at once says nothing.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_tracks.core.model import Plan
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import StateError
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.store import Store

__all__ = ["PassedElsewhere", "find_passed_elsewhere"]

LONGEST = 0.3
"""Seconds for all of it: no worktree is begun after that."""

LARGEST = 4 * 2**20
"""Bytes of state and journal; more than this takes too long to read."""

_BRANCHES = "refs/heads/"


@dataclass(frozen=True, slots=True)
class PassedElsewhere:
    """A task that is PASS in another worktree; ``branch`` is empty where none is checked out."""

    task: str
    folder: str
    """Relative to the root here."""
    branch: str = ""

    def __str__(self) -> str:
        how = f" (git merge {self.branch})" if self.branch else ""
        return f"{self.task} is PASS in {self.folder}; merge that branch here{how}"


def find_passed_elsewhere(
    root: Path, plan: Plan, state: str, tasks: Collection[str], *, longest: float = LONGEST
) -> list[PassedElsewhere]:
    """Look for tasks in the states of the other worktrees; the first that says PASS counts.

    ``state`` is the state file, relative to ``root``. Damaged and foreign states say nothing.
    """
    deadline = time.monotonic() + longest
    worktrees = _worktrees(root, longest)
    own = next((folder for folder in worktrees if root.is_relative_to(folder)), None)
    found: dict[str, PassedElsewhere] = {}
    for folder, branch in worktrees.items():
        if own is None or time.monotonic() >= deadline:
            break
        if folder != own:
            there = folder / root.relative_to(own)
            for task in _passed(there, plan, there / state, tasks):
                name = os.path.relpath(folder, root)
                found.setdefault(task, PassedElsewhere(task, name, branch))
    return [found[task] for task in tasks if task in found]


def _worktrees(root: Path, longest: float) -> Mapping[Path, str]:
    """Map the repository's worktrees to their branches, the innermost folders first."""
    try:
        answer = subprocess.run(
            ["git", "worktree", "list", "--porcelain"],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=longest,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found: dict[Path, str] = {}
    for record in answer.stdout.split("\n\n") if answer.returncode == 0 else ():
        values = dict(line.partition(" ")[::2] for line in record.splitlines())
        if "worktree" in values and "bare" not in values:
            branch = values.get("branch", "").removeprefix(_BRANCHES)
            found[Path(values["worktree"]).resolve()] = branch
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0].parts)))


def _passed(root: Path, plan: Plan, path: Path, tasks: Collection[str]) -> Iterator[str]:
    try:
        if not 0 < _size(path) <= LARGEST:
            return
        record = Store.open(root, plan, path).record()
    except (StateError, OSError):
        return  # it is damaged, and whoever works there is told so
    yield from (task for task in tasks if record.task(task).verdict is TaskVerdict.PASS)


def _size(path: Path) -> int:
    files = (path, path.parent / FOLDER / "journal.jsonl")
    return sum(file.stat().st_size for file in files if file.exists())
