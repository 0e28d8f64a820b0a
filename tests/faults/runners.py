"""What runs a plan, and how what it has recorded is read: this project, and one that is naive."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["NAIVE", "PATIENCE", "TRACKS", "Runner"]

PATIENCE = 30.0
"""Seconds for a command line that only reads."""
_NAIVE_RUN = str(Path(__file__).with_name("naive_run.py"))


@dataclass(frozen=True)
class Runner:
    """One that is run in the folder of a project."""

    command: Callable[[Sequence[str]], list[str]]
    """Makes the command line from options of pytest."""
    tasks: Callable[[Path, Mapping[str, str]], dict[str, Any]]
    """Reads all that is recorded of each task: at least its verdict."""
    has_passed: Callable[[Path], bool]
    """Whether task A has, as far as one can see from outside."""
    grows: Callable[[Path], Path]
    """Names the file that grows from run to run."""


def _tracks(options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *options]


def _tasks_of_tracks(root: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    shown = subprocess.run(
        [sys.executable, "-m", "pytest_tracks", "status", "--json"],
        cwd=root,
        env=environment,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    tasks: dict[str, Any] = json.loads(shown.stdout or b"{}").get("tasks", {})
    return tasks


def _journal(root: Path) -> Path:
    return root / "docs" / "planning" / ".tracks" / "journal.jsonl"


def _has_passed_in_tracks(root: Path) -> bool:
    journal = _journal(root)
    text = journal.read_text() if journal.exists() else ""
    return any('"task-settled"' in line and '"task":"A"' in line for line in text.splitlines())


def _naive(_: Sequence[str]) -> list[str]:
    return [sys.executable, _NAIVE_RUN]


def _tasks_of_naive(root: Path, _: Mapping[str, str]) -> dict[str, Any]:
    path = _state(root)
    found = yaml.safe_load(path.read_text()) if path.exists() else {}
    return {name: {"verdict": verdict} for name, verdict in (found or {}).items()}


def _state(root: Path) -> Path:
    return root / "state.yaml"


TRACKS = Runner(_tracks, _tasks_of_tracks, _has_passed_in_tracks, _journal)
NAIVE = Runner(_naive, _tasks_of_naive, lambda root: True, _state)
