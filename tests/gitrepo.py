"""A git repository of a test: commits, branches, clones; nothing of the person's own git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Repository"]

_WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True)
class Repository:
    """A work tree with its repository."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Repository:
        """Make an empty one, on branch main."""
        repository = cls(root)
        repository.git("init", "-q", "-b", "main")
        return repository

    def git(self, *arguments: str) -> str:
        """Run git and return what it says."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **_WHO},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything that is not ignored; returns the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str = "main") -> None:
        """Start a branch, and be on it."""
        self.git("checkout", "-q", "-b", name, start)

    def switch(self, name: str) -> None:
        """Check a branch out."""
        self.git("checkout", "-q", name)

    def clone(self, root: Path, branch: str = "main") -> Repository:
        """Clone one branch, as a CI job does: nothing that is ignored comes along."""
        self.git("clone", "-q", "-b", branch, str(self.root), str(root))
        return Repository(root)
