"""Nodes without a YAML loader, and the context of a real run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_tracks.core.kinds import CheckContext, CheckKind, CheckResult
from pytest_tracks.core.model import Check, Criterion, Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Reader, Scalar
from pytest_tracks.errors import Problem

PLACE = Location("docs/planning/tasks/TASK-004.yaml", 12, 13)


def node(value: object) -> Node:
    """Texts, lists and mappings as a loader would give them; bytes stand for a quoted text."""
    if isinstance(value, dict):
        pairs = tuple((Scalar(str(key), PLACE), node(one)) for key, one in value.items())
        return Keys(pairs, PLACE)
    if isinstance(value, list):
        return Items(tuple(node(one) for one in value), PLACE)
    if isinstance(value, bytes):
        return Scalar(value.decode(), PLACE, plain=False)
    return Scalar(str(value), PLACE)


@dataclass
class Read:
    check: Check | None
    errors: list[Problem]
    warnings: list[Problem]

    @property
    def error(self) -> Problem:
        """The one problem; a refused value never comes with a check."""
        assert self.check is None
        assert len(self.errors) == 1, self.errors
        return self.errors[0]

    @property
    def params(self) -> dict[str, object]:
        assert self.check is not None, self.errors
        assert not self.errors
        return dict(self.check.params)


@pytest.fixture
def read() -> Callable[..., Read]:
    def read_with(kind: CheckKind, value: object, **options: object) -> Read:
        problems = Problems()
        criterion = node({"text": "It works", kind.name: value, **options})
        assert isinstance(criterion, Keys)
        check = kind.read(node(value), criterion, Reader(problems))
        return Read(check, problems.errors, problems.warnings)

    return read_with


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def context(root: Path, tmp_path: Path) -> CheckContext:
    return CheckContext(
        root=str(root),
        task="TASK-004",
        track="01",
        criterion="AC-002",
        location=PLACE,
        scratch=str(tmp_path / "scratch"),
        environment={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )


@pytest.fixture
def carry_out(read: Callable[..., Read], context: CheckContext) -> Callable[..., CheckResult]:
    """Read a check as a plan gives it, then run it."""

    def run(kind, value: object, *, text: str = "It works", **options: object) -> CheckResult:
        check = read(kind, value, **options).check
        assert check is not None
        return kind.run(Criterion("AC-002", text, check, PLACE), context)

    return run
