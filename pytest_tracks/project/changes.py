"""Which lines of the work tree have changed since a commit: what ``diff_min`` asks about."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pytest_tracks.errors import UsageError

__all__ = ["base_commit", "changed_lines"]

_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def base_commit(root: Path, ref: str) -> tuple[str, str]:
    """Find the commit that the work started from, and a name for it.

    It is the merge base of HEAD and ``ref``; where that is empty, of HEAD and the default branch.
    Raises UsageError where there is none, with what to do.
    """
    # A ref that looks like an option must stay a ref.
    if ref.startswith("-"):
        raise UsageError(f"tracks_base is no ref: {ref!r}")
    if not _answers(root, "rev-parse", "--verify", "--quiet", "HEAD"):
        raise UsageError("there is no git repository with a commit here")
    for name in (ref,) if ref else _DEFAULT_BRANCHES:
        base = _git(root, "merge-base", "HEAD", name, check=False).strip()
        if base:
            shown = name if ref else _git(root, "rev-parse", "--abbrev-ref", name).strip()
            return base, f"{shown} ({base[:8]})"
    if ref:
        raise UsageError(f"git knows no common ancestor of HEAD and {ref!r}")
    raise UsageError(f"there is no default branch (looked for {', '.join(_DEFAULT_BRANCHES)})")


def changed_lines(root: Path, base: str, paths: Sequence[str]) -> dict[str, frozenset[int]]:
    """Map the paths (relative to ``root``) that differ from ``base`` to lines that are new there.

    What is not committed yet counts; of a file that git does not know every line does.
    """
    changed = {}
    for path in paths:
        if _answers(root, "ls-files", "--error-unmatch", "--", path):
            lines = _new_lines(_git(root, *_DIFF, base, "--", path))
        else:
            lines = frozenset(range(1, _count_lines(root / path) + 1))
        if lines:
            changed[path] = lines
    return changed


_DIFF = ("diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")


def _new_lines(diff: str) -> frozenset[int]:
    lines: set[int] = set()
    for line in diff.splitlines():
        if found := _HUNK.match(line):
            start, count = int(found[1]), int(found[2] or 1)
            lines.update(range(start, start + count))
    return frozenset(lines)


def _count_lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def _answers(root: Path, *arguments: str) -> bool:
    return _run(root, arguments).returncode == 0


def _git(root: Path, *arguments: str, check: bool = True) -> str:
    answer = _run(root, arguments)
    if check and answer.returncode:
        raise UsageError(f"git {arguments[0]}: {answer.stderr.strip()}")
    return answer.stdout


def _run(root: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise UsageError(f"git cannot be started: {error.strerror}") from None
