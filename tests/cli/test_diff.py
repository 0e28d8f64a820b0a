"""``pytest-tracks diff``, and that looking at a stranger's branch runs nothing of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cheats import Site, make_site
from tests.cli.calling import FOLDER, Shop


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_site(tmp_path_factory.mktemp("honest") / "site").root


@pytest.fixture
def site(honest: Path, tmp_path: Path) -> Site:
    site = Site(shutil.copytree(honest, tmp_path / "site", symlinks=True))
    site.git.branch("change")
    return site


def test_nothing_became_weaker(site: Site) -> None:
    site.edit_test("assert answer() == 42", "assert answer() == 42\n    assert answer() > 0")
    site.write("tests/conftest.py", "NAME = 'x'\n")
    answer = site.call("pytest-tracks", "diff", "main")
    assert (answer.status, answer.out) == (0, "diff: nothing became weaker since main\n")


def test_each_weakening_with_the_line_that_acknowledges_it(site: Site) -> None:
    site.edit_plan("min_lines: 2", "min_lines: 1")
    site.edit_test("assert answer() == 42", "answer()")
    site.ini("tracks_unverified = open")
    answer = site.call("pytest-tracks", "diff", "main")
    assert answer.status == 1
    lines = answer.out.splitlines()
    assert lines[0] == "COMMAND/LONG: min_lines is 1, was 2"
    assert lines[1].startswith('  - {id: "COMMAND/LONG min_lines", digest: "')
    assert "test_answer asserts 0 things, was 1" in answer.out
    assert "pytest.ini: tracks_unverified = open: UNVERIFIED opens the gate" in answer.out
    assert "diff: 3 weakenings since main, 0 acknowledged" in lines
    assert max(map(len, lines)) <= 100  # lines to be copied are not cut


def test_what_is_acknowledged_until_it_is_weakened_again(site: Site) -> None:
    site.edit_plan("min_lines: 2", "min_lines: 1")
    line = site.call("pytest-tracks", "diff", "main").out.splitlines()[1]
    plan = site.root / FOLDER / "tracks.yaml"
    words = line.replace("reason: }", "reason: shorter is better}")
    plan.write_text(plan.read_text() + f"acknowledged:\n{words}\n")
    answer = site.call("pytest-tracks", "diff", "main", "--json")
    assert answer.status == 0
    (found,) = answer.json["weakenings"]
    assert (found["before"], found["after"], found["reason"]) == (2, 1, "shorter is better")
    site.edit_plan("command.py, min_lines: 1", "command.py")
    assert site.call("pytest-tracks", "diff", "main").status == 1


def test_a_state_that_was_edited(site: Site) -> None:
    state = f"{FOLDER}/.project-state.yaml"
    site.edit(state, "iterations: 1", "iterations: 7")
    answer = site.call("pytest-tracks", "diff", "main", "--json")
    assert answer.status == 1
    assert {one["id"] for one in answer.json["weakenings"]} == {f"{state} edited"}


@pytest.mark.parametrize(
    ("base", "said"),
    [("nowhere", "there is no commit 'nowhere'"), ("main^", "there is no plan in docs/planning")],
)
def test_what_cannot_be_compared(site: Site, base: str, said: str) -> None:
    if base == "main^":
        site.git.git("checkout", "-q", "--orphan", "empty")
        site.git.git("rm", "-rq", "--cached", ".")
        (site.root / "only.txt").write_text("x")
        site.git.git("add", "only.txt")
        site.git.git("commit", "-qm", "Nothing")
        base = "empty"
    answer = site.call("pytest-tracks", "diff", base)
    assert answer.status == 4
    assert said in answer.errors


@pytest.mark.fault(65)
def test_fault_65_a_plan_of_a_stranger_runs_nothing_unless_asked(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    criterion = {"text": "x", "run": ["touch", str(trap)]}
    task = {"id": "A", "title": "A", "acceptance_criteria": [criterion]}
    shop = Shop.make(tmp_path / "shop", json.dumps({"tasks": [task]}))
    (shop.root / "test_a.py").write_text("def test_a():\n    assert 1\n")
    site = Site(shop.root)
    site.git.git("init", "-q", "-b", "main")
    site.git.commit("A stranger's")
    assert shop.validate().status == 0
    assert shop.validate("--collect-only", "--tracks=1", "-n", "0").status == 0
    for command in (("check",), ("check", "--against=main"), ("diff", "main"), ("status",)):
        assert shop.call(*command).status in (0, 1)
    assert not trap.exists()
    assert shop.validate("--tracks=1", "-n", "0").status == 0
    assert trap.exists()


def test_a_plan_that_opens_the_gate_to_what_nothing_verifies(site: Site) -> None:
    plan = site.root / FOLDER / "tracks.yaml"
    plan.write_text(plan.read_text() + "settings: {tracks_unverified: open}\n")
    answer = site.call("pytest-tracks", "diff", "main")
    assert answer.status == 1
    message = "settings: tracks_unverified = open: UNVERIFIED opens the gate"
    assert answer.out.splitlines()[0] == message
