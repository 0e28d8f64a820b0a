"""On GitHub Actions: a step's summary, annotations at the plan's lines, and the matrix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin.conftest import Project, logs


@pytest.fixture
def step(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    summary = project.root.parent / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("API_TOKEN", "hunter2-hunter2")
    project.plan(tracks={1: "One", 2: "Two"})
    project.task("A", logs("A", then='echo "$API_TOKEN" >&2; exit 3'), track=1)
    project.task("B", logs("B"), after=("A",), track=2)
    return summary


def test_a_failed_gate_is_told_where_it_is_looked_at(
    project: Project, step: Path, way: tuple[str, ...]
) -> None:
    ran = project.run(*way)
    assert ran.status == 1
    errors = [line for line in ran.lines if line.startswith("::")]
    assert errors[0].startswith("::error file=docs/planning/tasks/A.yaml,line=")
    assert errors[1].startswith("::notice file=docs/planning/tasks/B.yaml,line=")
    text = step.read_text(encoding="utf-8")
    assert "exit 1: 1 failed, 1 BLOCKED by A" in text
    assert "```mermaid\nflowchart LR" in text
    assert "hunter2" not in text + ran.out


def test_elsewhere_nothing_is_said(
    project: Project, step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    ran = project.run("--tracks=2")
    assert not any(line.startswith("::") for line in ran.lines)
    assert not step.exists()


def test_the_matrix_lists_the_tracks(project: Project, step: Path) -> None:
    assert not step.exists()
    result = project.command("ci", "github", "--matrix")
    assert json.loads(result.stdout.str()) == {
        "include": [{"track": "01", "name": "One"}, {"track": "02", "name": "Two"}]
    }
    assert "jobs:" in project.command("ci", "github").stdout.str()
