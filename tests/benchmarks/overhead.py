"""(b) What gating costs an item, and (c) what the plugin costs where nobody asks for it."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import yaml
from environments import Environment, Timed, clean_environment
from sleeping import TRACKS, fresh

ITEMS_A_TASK = 10
NO_TESTS_COLLECTED = 5


def write_noop_project(root: Path, tasks: int) -> None:
    """Write ``tasks`` tasks of ten criteria, each bound to a test that does nothing."""
    chance = random.Random(tasks)
    fresh(root)
    (root / "docs" / "planning").mkdir(parents=True)
    (root / "tests").mkdir()
    markers = "markers =\n    criterion(*ids, text=None): serves acceptance criteria\n"
    (root / "pytest.ini").write_text(f"[pytest]\ntestpaths = tests\n{markers}")
    entries, names = [], [f"TASK-{number:04}" for number in range(tasks)]
    for number, name in enumerate(names):
        near = names[max(0, number - 12) : max(0, number - 3)]
        before = chance.sample(near, min(len(near), 2))
        criteria = [f"Criterion {n} of {name} holds" for n in range(ITEMS_A_TASK)]
        entries.append(
            {"id": name, "title": name, "depends_on": before, "acceptance_criteria": criteria}
        )
        tests = [
            f'@pytest.mark.criterion("{name}/AC-{n + 1:03}")\ndef test_{n}():\n    pass\n'
            for n in range(ITEMS_A_TASK)
        ]
        text = "\n\n".join(["import pytest\n", *tests])
        (root / "tests" / f"test_{number:04}.py").write_text(text)
    plan = yaml.safe_dump({"project": "No-op", "tasks": entries}, sort_keys=False)
    (root / "docs" / "planning" / "tracks.yaml").write_text(plan)
    _make_repository(root)


def _make_repository(root: Path) -> None:
    """Add all to git's index, as in a real project: digests of files go through it."""
    if shutil.which("git") is not None:
        for command in (["git", "init", "-q"], ["git", "add", "-A"]):
            subprocess.run(command, cwd=root, check=True, env=clean_environment())


def forget(root: Path) -> None:
    """Remove what a run with tracks has recorded, so that the next one runs everything."""
    (root / "docs" / "planning" / ".project-state.yaml").unlink(missing_ok=True)
    shutil.rmtree(root / "docs" / "planning" / ".tracks", ignore_errors=True)


def time_tracks(environment: Environment, root: Path) -> Timed:
    """Time a gated run of everything."""
    forget(root)
    return environment.time([environment.python, "-m", "pytest", "-q", f"--tracks={TRACKS}"], root)


def time_xdist(environment: Environment, root: Path) -> Timed:
    """Time plain pytest-xdist on the same items."""
    command = [environment.python, "-m", "pytest", "-q", "-n", str(TRACKS), "--dist", "load"]
    return environment.time(command, root)


def time_empty(environment: Environment, root: Path) -> Timed:
    """Time a run in a folder without tests."""
    command = [environment.python, "-m", "pytest", "-q"]
    return environment.time(command, root, status=NO_TESTS_COLLECTED)
