from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from .calling import Answer, Shop

CORPUS = Path(__file__).parents[1] / "corpus"
TASK = "docs/planning/tasks/TASK-001.yaml"


@pytest.fixture
def bare(tmp_path: Path) -> Shop:
    """A project without a plan."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return Shop(tmp_path)


def refused(answer: Answer) -> str:
    assert answer.status == 4
    assert answer.errors.startswith("ERROR: ")
    assert "Traceback" not in answer.errors
    return answer.errors


def test_a_first_task(bare: Shop) -> None:
    answer = bare.call("init")
    assert answer.status == 0, answer.errors
    assert f"Wrote {TASK}" in answer.out
    assert "1 criterion has no check yet" in answer.out
    assert "git config merge.tracks.driver" in answer.out
    assert "# TODO no check yet" in (bare.root / TASK).read_text()
    assert bare.call("plan").status == 0


def test_a_template_runs_as_a_plan(bare: Shop) -> None:
    assert bare.call("init", "--template", "crud-api").status == 0
    answer = bare.call("plan", "4")
    assert "Using: 4 tracks" in answer.out
    answer = bare.validate("--tracks=2", "-p", "no:randomly")
    assert answer.status == 1
    assert "TASK-001" in answer.out


def test_never_over_what_is_there_without_force(bare: Shop) -> None:
    assert bare.call("init").status == 0
    (bare.root / TASK).write_text("id: TASK-001\nacceptance_criteria: [mine]\n")
    before = sorted(path for path in bare.root.rglob("*") if path.is_file())
    message = refused(bare.call("init", "--template", "ui-library"))
    assert TASK in message
    assert "--force" in message
    assert "mine" in (bare.root / TASK).read_text()
    assert sorted(path for path in bare.root.rglob("*") if path.is_file()) == before
    assert bare.call("init", "--template", "ui-library", "--force").status == 0
    assert "mine" not in (bare.root / TASK).read_text()


def test_again_is_no_change(bare: Shop) -> None:
    assert bare.call("init").status == 0
    answer = bare.call("init")
    assert answer.status == 0
    assert "Nothing to write" in answer.out


def test_the_line_for_git_is_added_once(bare: Shop) -> None:
    (bare.root / ".gitattributes").write_text("*.png binary")
    for _ in range(2):
        assert bare.call("init", "--gitattributes").status == 0
    assert (bare.root / ".gitattributes").read_text() == (
        "*.png binary\ndocs/planning/.project-state.yaml merge=tracks\n"
    )


def test_from_prose_what_nothing_checks_opens_the_gate(bare: Shop) -> None:
    shutil.copytree(CORPUS / "backlog.md/MrLesk__Backlog.md/backlog", bare.root / "backlog")
    answer = bare.call("init", "--from", "backlog")
    assert answer.status == 0, answer.errors
    assert "tracks_unverified: open" in answer.out
    tracks = yaml.safe_load((bare.root / "docs/planning/tracks.yaml").read_text())
    assert tracks["settings"] == {"tracks_unverified": "open"}
    run = bare.validate("--tracks=1", "-n", "0")
    assert "BLOCKED" not in run.out
    assert "UNVERIFIED" in run.out


def test_the_configuration_outranks_the_plan(bare: Shop) -> None:
    shutil.copytree(CORPUS / "backlog.md/MrLesk__Backlog.md/backlog", bare.root / "backlog")
    assert bare.call("init", "--from", "backlog").status == 0
    (bare.root / "pytest.ini").write_text("[pytest]\ntracks_unverified = block\n")
    assert "BLOCKED" in bare.validate("--tracks=1", "-n", "0").out


def test_a_setting_of_the_plan_must_be_known(bare: Shop) -> None:
    assert bare.call("init").status == 0
    with (bare.root / "docs/planning/tracks.yaml").open("a") as file:
        file.write("settings: {tracks_unverified: maybe}\n")
    message = refused(bare.call("status"))
    assert "tracks_unverified: maybe" in message
    assert "block or open" in message


def test_what_is_no_plan_is_refused_and_nothing_written(bare: Shop) -> None:
    (bare.root / "notes.md").write_text("# Notes\n")
    assert "no-plan" in refused(bare.call("init", "--from", "notes.md"))
    assert "outside" in refused(bare.call("init", "--from", "/etc"))
    assert not (bare.root / "docs").exists()
