"""Every public plan of the field: counted independently, and damaged in many ways."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.loading import load_plan

from .corpus import (
    CORPUS,
    SPEC_KIT,
    Count,
    count_backlog,
    count_devteam,
    count_gsd,
    count_task_master,
)
from .mutations import mutate, mutate_json

# folder                format                        tasks edges criteria runnable  counted by
TABLE: list[tuple[str, str, Count, Callable[[], Count]]] = [
    ("devteam", "plan of tasks and sprints", Count(20, 35, 83, 0), count_devteam),
    ("gsd", "GSD plan", Count(10, 15, 158, 108), count_gsd),
    ("taskmaster", "Task Master file", Count(145, 498, 145, 0), count_task_master),
    ("spec-kit", "spec-kit task list", Count(42, 95, 42, 0), lambda: SPEC_KIT),
    ("backlog.md", "Backlog.md task", Count(9, 1, 51, 0), count_backlog),
]
FOLDERS = [row[0] for row in TABLE]


def load(root: Path) -> Plan:
    return load_plan(root, "plan", sprints="docs/sprints", kinds=builtin_kinds())


def count(plan: Plan) -> Count:
    """Count what the documents write themselves: the edges of gates are in the gates' own tests."""
    tasks = {
        name: task
        for name, task in plan.tasks.items()
        if task.kind is TaskKind.TASK and "outside" not in task.tags
    }
    criteria = [criterion for task in tasks.values() for criterion in task.criteria]
    return Count(
        len(tasks),
        sum(1 for task in tasks.values() for one in task.predecessors if one[:5] != "SYNC-"),
        len(criteria),
        sum(1 for criterion in criteria if criterion.check.kind != "prose"),
    )


@pytest.fixture
def at_home(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    shutil.copytree(CORPUS / request.param, tmp_path / "plan")
    return tmp_path


@pytest.mark.parametrize(
    ("at_home", "name", "expected", "independent"), TABLE, indirect=["at_home"], ids=FOLDERS
)
def test_counts_agree_with_an_independent_count(
    at_home: Path, name: str, expected: Count, independent: Callable[[], Count]
) -> None:
    plan = load(at_home)
    assert plan.format == name
    assert count(plan) == expected
    assert independent() == expected


@pytest.mark.parametrize("at_home", FOLDERS, indirect=True, ids=FOLDERS)
def test_every_task_and_criterion_stands_where_it_says(at_home: Path) -> None:
    for task in load(at_home).tasks.values():
        for place in (task.location, *(criterion.location for criterion in task.criteria)):
            lines = (at_home / place.path).read_text().splitlines()
            assert 1 <= place.line <= len(lines)


def test_a_dangling_dependency_is_a_gate_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(CORPUS / "backlog.md", tmp_path / "plan")
    plan = load(tmp_path)
    outside = plan.tasks["BACK-545"]
    assert plan.tasks["BACK-548"].predecessors == ("BACK-545",)
    assert [criterion.check.kind for criterion in outside.criteria] == ["prose"]
    gaps = ("no-hours", "unchecked")
    (warning,) = [one for one in plan.warnings if one.code not in gaps]
    assert warning.code == "outside-predecessor"
    assert warning.path.endswith("dependency-graphs-in-task-details.md")
    assert warning.line == 14


def _is_placed(problem: Problem, root: Path) -> bool:
    """Whether a problem names a line of a file; only "no plan at all" may mean the folder."""
    if problem.code in ("no-plan", "not-this-format"):
        return True
    return problem.line > 0 and (root / problem.path).is_file()


def _damage(path: Path, dice: random.Random) -> str:
    text = path.read_text()
    if path.suffix == ".json" and dice.random() < 0.6:
        value: Any = json.loads(text)
        mutate_json(value, dice)
        return json.dumps(value, indent=2)
    return mutate(text, dice)


def _survives(root: Path, times: int) -> None:
    """Damage one file after the other: a plan or problems with their lines, never a traceback."""
    files = sorted(path for path in (root / "plan").rglob("*") if path.is_file())
    dice = random.Random(20)
    for _ in range(times):
        path = dice.choice(files)
        whole = path.read_text()
        path.write_text(_damage(path, dice))
        try:
            problems = load(root).warnings
        except PlanError as error:
            problems = error.problems
        assert [one for one in problems if not _is_placed(one, root)] == [], path.read_text()
        path.write_text(whole)


@pytest.mark.parametrize("at_home", FOLDERS, indirect=True, ids=FOLDERS)
def test_survives_damage(at_home: Path) -> None:
    _survives(at_home, 12)


@pytest.mark.slow
@pytest.mark.skipif("TRACKS_DAMAGES" not in os.environ, reason="minutes: TRACKS_DAMAGES=1")
@pytest.mark.parametrize("at_home", FOLDERS, indirect=True, ids=FOLDERS)
def test_survives_2000_damages(at_home: Path) -> None:
    _survives(at_home, 400)
