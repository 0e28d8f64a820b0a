"""``pytest-tracks state driver``: real branches of a real repository, merged by git itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.record import Digest
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.formats.native import load_plan
from pytest_tracks.state.facts import AttemptStarted, TaskSettled
from pytest_tracks.state.store import Store

from .calling import FOLDER, Shop
from .test_state import PLAN, STATE, git, state, verdicts

PASSED = {"BASE": "PASS", "API": "PASS", "PAGE": None, "NOTE": "PASS"}


@pytest.fixture(params=["", "apps/my shop"], ids=["at the top", "below"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Make a project, alone in its repository or one of several."""
    made = Shop.make(tmp_path / "repository" / request.param, PLAN)
    for name in ("api", "page", "note"):
        (made.root / f"{name}.txt").write_text("1")
    git(tmp_path / "repository", "init", "-q", "-b", "main")
    (made.root / ".gitignore").write_text("__pycache__\n.hypothesis\n")
    commit(made, "plan")
    return made


def commit(shop: Shop, message: str) -> None:
    git(shop.root, "add", ".")
    git(shop.root, "commit", "-qm", message)


def on_branch(shop: Shop, name: str, *, start: str = "main") -> None:
    """Go to a new branch as in a fresh clone: without a journal."""
    git(shop.root, "checkout", "-q", "-b", name, start)
    shutil.rmtree(shop.root / FOLDER / ".tracks", ignore_errors=True)


def test_two_branches_that_finished_other_tasks_join(shop: Shop) -> None:
    installed = shop.call("state", "driver")
    assert (installed.status, installed.errors) == (0, "")
    commit(shop, "driver")
    on_branch(shop, "backend")
    shop.validate("--track=01")
    commit(shop, "backend")
    on_branch(shop, "notes")
    shop.validate("--task=NOTE")
    commit(shop, "notes")
    one_way = merged(shop, "backend", "notes")
    other_way = merged(shop, "notes", "backend")
    assert one_way == other_way
    assert verdicts(shop) == PASSED
    assert "3 done" in shop.validate("--tracks=1", "-n", "0").out, "what has passed holds"


def merged(shop: Shop, ours: str, theirs: str) -> bytes:
    on_branch(shop, f"{ours}-with-{theirs}", start=ours)
    git(shop.root, "merge", theirs, "-m", "both")
    assert not shop.root.joinpath(".tracks").exists(), "no journal where there was none"
    return state(shop)


def test_two_verdicts_of_one_attempt_are_a_conflict_and_no_pass(shop: Shop) -> None:
    shop.call("state", "driver")
    commit(shop, "driver")
    for name, verdict in (("good", "PASS"), ("bad", "FAIL")):
        on_branch(shop, name)
        record(shop.root, verdict)
        commit(shop, name)
    git(shop.root, "merge", "good", "-m", "both")
    assert verdicts(shop)["BASE"] == "CONFLICT"
    assert "<<<<" not in state(shop).decode()


def record(root: Path, verdict: str) -> None:
    """Let a run end with a verdict on an attempt of which another copy tells something else."""
    store = Store.open(root, load_plan(root, FOLDER, sprints="docs/sprints", kinds=builtin_kinds()))
    run = store.start_run()
    result = {"AC-001": CriterionResult("AC-001", CriterionVerdict(verdict))}
    digest = Digest("d", "f", "", "", "")
    store.append(AttemptStarted(run, "BASE", "the-attempt", digest=digest))
    store.append(
        TaskSettled(
            run, "BASE", TaskVerdict(verdict), "the-attempt", digest=digest, criteria=result
        )
    )
    store.finish_run(0)


def test_a_dry_run_says_what_it_would_do_and_does_nothing(shop: Shop) -> None:
    answer = shop.call("state", "driver", "--dry-run")
    assert answer.status == 0
    said = answer.out.splitlines()
    assert said[0] == f"would add to .gitattributes: /{STATE} merge=tracks"
    assert said[1].startswith("would run git config merge.tracks.driver ")
    assert not (shop.root / ".gitattributes").exists()
    assert shop.call("state", "driver", "--dry-run").out == answer.out


def test_what_is_installed_stays_as_it_is(shop: Shop) -> None:
    attributes = shop.root / ".gitattributes"
    attributes.write_text("*.png binary")
    shop.call("state", "driver")
    assert attributes.read_text() == f"*.png binary\n/{STATE} merge=tracks\n"
    again = shop.call("state", "driver")
    assert again.out == "The merge driver is installed: nothing to do.\n"
    assert attributes.read_text().count("merge=tracks") == 1


def test_there_is_no_driver_without_git(tmp_path: Path) -> None:
    shop = Shop.make(tmp_path / "alone", PLAN)
    answer = shop.call("state", "driver", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert answer.status == 4
    assert answer.errors.startswith("ERROR: ")
    assert "not a git repository" in answer.errors
    assert not (shop.root / ".gitattributes").exists()
