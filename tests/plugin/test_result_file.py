"""``--tracks-json``: what a program reads of a run, also of one that was cut short."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.conftest import Project

HERE = ("--tracks=1", "-n", "0")


def results(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def shop(project: Project) -> Project:
    project.task(
        "A",
        {"text": "Passes", "run": "true"},
        {"text": "Fails", "run": "echo no; exit 3"},
        {"text": "Is there", "file": "missing.txt"},
        "Nothing checks this",
        {"text": "No test", "test": "tests/none.py"},
        files=["a.txt"],
    )
    project.task("B", "Waits", after=("A",), files=["b.txt"])
    return project


def test_a_run_with_all_kinds_of_gaps(shop: Project, way: tuple[str, ...]) -> None:
    path = shop.root / "out/results.json"
    assert shop.run(*way, f"--tracks-json={path}").status == 1
    found = results(path)
    assert found["run"]["exit_status"] == 1
    assert found["totals"]["by_status"] == {"BLOCKED": 1, "FAIL": 1}
    first, second = found["validation_results"]
    assert first["summary"] == {"criteria_total": 5, "passed": 1, "failed": 3}
    fixes = [one["recommended_fix"] for one in first["criteria"]]
    assert fixes[0] == ""
    assert fixes[1] == "mend what its output says"
    assert fixes[2].startswith(
        "write missing.txt so that it holds what docs/planning/tasks/A.yaml:"
    )
    assert fixes[3].startswith('bind a test with @pytest.mark.criterion("A/AC-004")')
    assert fixes[4].startswith("correct the check at docs/planning/tasks/A.yaml:")
    assert second["criteria"][0]["recommended_fix"].startswith("bring A to PASS first")
    # The file is none that a verdict rests on, although it lies in the project.
    assert shop.run(*way, f"--tracks-json={path}").status == 1


def test_only_what_was_asked_for(shop: Project) -> None:
    path = shop.root / "results.json"
    shop.run("--task=A", "--tracks-json=results.json")
    assert [one["task_id"] for one in results(path)["validation_results"]] == ["A"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupted_run(project: Project, number: signal.Signals) -> None:
    project.task("A", {"text": "Passes", "run": "true"}, files=["a.txt"])
    stop = f"import os\n\ndef test_it():\n    os.kill(os.getpid(), {int(number)})\n    assert 0\n"
    project.write("tests/test_b.py", stop)
    project.task("B", {"text": "Stops", "test": "tests/test_b.py"}, after=("A",), files=["b.txt"])
    project.task("C", {"text": "Never", "run": "true"}, after=("B",), files=["c.txt"])
    assert project.run(*HERE, "--tracks-json=results.json").status == 2
    found = results(project.root / "results.json")
    assert found["run"]["exit_status"] == 2
    statuses = {one["task_id"]: one["status"] for one in found["validation_results"]}
    assert statuses["A"] == "PASS"
    assert statuses["B"] in ("INTERRUPTED", "INCOMPLETE")
    assert statuses["C"] != "PASS"


@pytest.mark.parametrize("place", [".", "a.txt/results.json"])
def test_a_place_that_cannot_be_written_stops_before_anything_runs(
    project: Project, place: str
) -> None:
    project.write("a.txt", "no folder")
    project.task("A", {"text": "Logs", "run": 'echo ran >> "$LOG"'})
    ran = project.run(*HERE, f"--tracks-json={place}")
    assert ran.status == 4
    assert "--tracks-json=" in ran.errors
    assert project.logged() == []
