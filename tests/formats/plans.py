"""Tiny plans on disk or in memory, and the smallest kinds of check."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Check, Plan
from pytest_tracks.core.tree import Keys, Node, Problems, Reader
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.folder import Listing
from pytest_tracks.formats.native import interpret, load_plan

FOLDER = "docs/planning"
SPRINTS = "docs/sprints"
TASK = f"{FOLDER}/tasks/TASK-001.yaml"
TRACKS = f"{FOLDER}/tracks.yaml"
PRD = f"{FOLDER}/PROJECT_PRD.yaml"


@dataclass(frozen=True)
class FakeKind:
    """A kind whose value is a text."""

    name: str
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        text = reader.text(value, self.name)
        seconds = criterion.get("timeout")
        if seconds is not None:
            reader.number(seconds, "timeout", low=0, high=86400, exclusive=True)
        return None if text is None else Check(self.name, {self.name: text})


KINDS: Mapping[str, CheckKind] = {
    "prose": FakeKind("prose"),
    "run": FakeKind("run", frozenset({"timeout"})),
    "test": FakeKind("test"),
}


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files relative to root; texts are dedented."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content if isinstance(content, bytes) else textwrap.dedent(content).encode()
        )
    return root


def load(root: Path, files: Mapping[str, str | bytes] | None = None) -> Plan:
    write(root, files or {})
    return load_plan(root, FOLDER, sprints=SPRINTS, kinds=KINDS)


def load_task(root: Path, content: str | bytes) -> Plan:
    return load(root, {TASK: content})


def refuse(root: Path, files: Mapping[str, str | bytes] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as caught:
        load(root, files)
    assert caught.value.problems, "an error that names no problem"
    return caught.value.problems


def refuse_task(root: Path, content: str | bytes) -> Problem:
    """Load a plan of one file that has exactly one problem."""
    problems = refuse(root, {TASK: content})
    assert len(problems) == 1, str(problems)
    assert problems[0].path == TASK
    return problems[0]


def place(problem: Problem) -> tuple[str, int]:
    return problem.path.rpartition("/")[2], problem.line


def in_memory(files: Mapping[str, bytes]) -> Plan:
    """Interpret contents by the names of their files, without a disk."""
    names = tuple(files)
    listing = Listing(
        FOLDER,
        tracks=tuple(name for name in names if name == TRACKS),
        prd=tuple(name for name in names if name == PRD),
        tasks=tuple(name for name in names if "/tasks/" in name),
        sprints=tuple(name for name in names if name.startswith(SPRINTS)),
    )
    return interpret(listing, files, kinds=KINDS, name="project", problems=Problems())
