"""``pytest-tracks state``: real runs in copies of a small project, as CI's jobs make them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .calling import FOLDER, Answer, Shop

PLAN = """\
project: Shop
tracks: {1: {name: Backend}, 2: {name: Frontend}}
tasks:
  - {id: BASE, title: Schema, track: 1, files: [base.txt],
     acceptance_criteria: [{text: It is there, file: base.txt}]}
  - {id: API, title: Endpoints, track: 1, depends_on: [BASE], files: [api.txt],
     acceptance_criteria: [{text: It is there, run: test -e api.txt}]}
  - {id: PAGE, title: Pages, track: 2, depends_on: [API], files: [page.txt],
     acceptance_criteria: [{text: It is there, file: page.txt}]}
  - {id: NOTE, title: Notes, track: 2, files: [note.txt],
     acceptance_criteria: [{text: It is there, file: note.txt}]}
"""
STATE = f"{FOLDER}/.project-state.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop.make(tmp_path / "shop", PLAN)
    for name in ("api", "page", "note"):
        (made.root / f"{name}.txt").write_text("1")
    return made


def copy(shop: Shop, name: str) -> Shop:
    """Check the same commit out on another machine."""
    root = shop.root.parent / name
    shutil.copytree(shop.root, root, ignore=shutil.ignore_patterns(".tracks"))
    return Shop(root)


def job(shop: Shop, track: str, name: str = "") -> Path:
    """Let one CI job validate a track; returns the folder of its artifact, the state file."""
    machine = copy(shop, f"job-{name or track}")
    machine.validate(f"--track={track}")
    artifact = shop.root.parent / f"artifact-{name or track}"
    artifact.mkdir()
    shutil.copy(machine.root / STATE, artifact)
    return artifact


def merge(shop: Shop, *shards: Path) -> Answer:
    return shop.call("state", "merge", *(os.path.relpath(path, shop.root) for path in shards))


def state(shop: Shop) -> bytes:
    return (shop.root / STATE).read_bytes()


def verdicts(shop: Shop) -> dict[str, str | None]:
    tasks = shop.call("status", "--json").json["tasks"]
    return {name: task["verdict"] for name, task in tasks.items()}


def last_line(answer: Answer) -> str:
    return answer.out.splitlines()[-1]


# -- merge -------------------------------------------------------------------------------------


def test_jobs_one_after_another_gate_on_the_merged_state(shop: Shop) -> None:
    first, beside = job(shop, "01"), job(shop, "02")
    answer = merge(shop, first, beside)
    assert (answer.status, answer.errors) == (1, "")
    assert last_line(answer) == "exit 1: 0 failed, 1 BLOCKED by API"
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    second = job(shop, "02", "02-after-01")
    answer = merge(shop, second)
    assert (answer.status, last_line(answer)) == (0, "exit 0: all 4 tasks PASS")
    after = state(shop)
    again = merge(shop, beside, second, first)
    assert again.status == 0
    assert again.out.startswith("Nothing new")
    assert state(shop) == after
    assert "4 done" in shop.validate("--tracks=1", "-n", "0").out, "nothing is run again"


def test_any_order_gives_identical_bytes(shop: Shop) -> None:
    artifacts = [job(shop, "01"), job(shop, "02")]
    one, other = copy(shop, "one"), copy(shop, "other")
    merge(one, *artifacts)
    for artifact in reversed(artifacts):
        merge(other, artifact)
    assert state(one) == state(other)


def test_fault_39_a_missing_shard_is_incomplete_by_name(shop: Shop) -> None:
    answer = merge(shop, job(shop, "01"))
    assert answer.status == 1
    assert "No shard has a verdict for Track 2 (Frontend) (NOTE, PAGE)" in answer.out
    assert last_line(answer) == "exit 1: 0 failed, 2 INCOMPLETE (only a part ran: PAGE, NOTE)"
    assert verdicts(shop) == {"BASE": "PASS", "API": "PASS", "PAGE": None, "NOTE": None}


def test_a_folder_without_a_state_is_named_and_nothing_is_merged(shop: Shop) -> None:
    artifact = job(shop, "01")
    answer = merge(shop, artifact, shop.root.parent / "nowhere")
    assert answer.status == 4
    assert "no state in ../nowhere" in answer.errors
    assert not (shop.root / STATE).exists()


def test_fault_39_a_foreign_lineage_is_refused(shop: Shop, tmp_path: Path) -> None:
    other = Shop.make(tmp_path / "other", PLAN.replace("Shop", "Other"))
    other.validate("--task=BASE")
    answer = merge(shop, job(shop, "01"), other.root)
    assert answer.status == 4
    assert "ERROR: ../other: foreign-lineage is the state of another project" in answer.errors
    assert not (shop.root / STATE).exists()


def test_shards_that_disagree_are_not_pass(shop: Shop) -> None:
    """The same contents, a command with two outcomes: one machine lacks what it needs."""
    (shop.root / FOLDER / "tracks.yaml").write_text(PLAN.replace("test -e api.txt", "test $IT"))
    artifacts = []
    for name, value in (("good", "1 = 1"), ("bad", "1 = 2")):
        machine = copy(shop, name)
        machine._run("pytest", "-q", "-p", "no:cacheprovider", "--track=01", IT=value)
        artifacts.append(machine.root)
    assert [verdicts(Shop(root))["API"] for root in artifacts] == ["PASS", "FAIL"]
    for order in (artifacts, artifacts[::-1]):
        assert merge(shop, *order).status == 1
        assert verdicts(shop)["API"] == "FAIL"


def git(root: Path, *arguments: str, status: int = 0) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr


def two_branches(shop: Shop) -> None:
    """Validate a track on each of two branches, and commit the state on both."""
    root = shop.root
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text("__pycache__\n.hypothesis\n")
    shop.validate("--task=NOTE")
    git(root, "add", ".")
    git(root, "commit", "-qm", "base")
    git(root, "checkout", "-qb", "side")
    shop.validate("--track=01")
    git(root, "commit", "-qam", "backend")
    git(root, "checkout", "-q", "main")
    shutil.rmtree(root / FOLDER / ".tracks")
    shop.validate("--tracks-rerun", "--task=NOTE")
    git(root, "commit", "-qam", "again")


def test_fault_29_two_branches_in_conflict_are_joined_by_the_command_that_is_named(
    shop: Shop,
) -> None:
    two_branches(shop)
    git(shop.root, "merge", "side", status=1)
    conflicted = state(shop)
    refused = shop.call("status")
    assert refused.status == 4
    assert f"pytest-tracks state merge {STATE}" in refused.errors
    assert state(shop) == conflicted
    answer = shop.call("state", "merge", STATE)
    assert answer.status == 1
    assert last_line(answer) == "exit 1: 0 failed, 1 INCOMPLETE (only a part ran: PAGE)"
    assert verdicts(shop) == {"BASE": "PASS", "API": "PASS", "PAGE": None, "NOTE": "PASS"}


def test_conflict_markers_without_git_are_joined_as_they_stand(shop: Shop) -> None:
    sides = [(job(shop, "01") / ".project-state.yaml"), (job(shop, "02") / ".project-state.yaml")]
    ours, theirs = (side.read_text() for side in sides)
    (shop.root / STATE).write_text(f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> side\n")
    assert merge(shop, shop.root / STATE).status == 1
    assert verdicts(shop) == {"BASE": "PASS", "API": "PASS", "PAGE": "BLOCKED", "NOTE": "PASS"}


def test_a_merge_driver_joins_two_branches(shop: Shop) -> None:
    two_branches(shop)
    root = shop.root
    driver = f"{sys.executable} -m pytest_tracks state merge --into %A %B"
    git(root, "config", "merge.tracks.driver", driver)
    (root / ".git/info/attributes").write_text(f"{STATE} merge=tracks\n")
    git(root, "merge", "side", "-m", "both")
    assert verdicts(shop) == {"BASE": "PASS", "API": "PASS", "PAGE": None, "NOTE": "PASS"}
    assert not (root / ".tracks").exists(), "no journal at the root of the repository"


# -- repair ------------------------------------------------------------------------------------


def kept(shop: Shop) -> list[Path]:
    return list((shop.root / FOLDER).glob(".project-state.yaml.corrupt-*"))


def test_there_is_nothing_to_repair(shop: Shop) -> None:
    shop.validate("--track=01")
    before = state(shop)
    answer = shop.call("state", "repair")
    assert (answer.status, answer.out) == (0, f"{STATE} is whole: nothing to repair.\n")
    assert (state(shop), kept(shop)) == (before, [])


def test_fault_26_a_truncated_state_is_written_anew(shop: Shop) -> None:
    shop.validate("--track=01")
    whole = state(shop)
    (shop.root / STATE).write_bytes(whole[:700])
    tried = shop.call("state", "repair", "--dry-run")
    assert tried.status == 0
    assert "the state file is damaged: recovered from the journal" in tried.out
    assert "would keep the damaged file as .project-state.yaml.corrupt-<time>" in tried.out
    assert f"would write {STATE} with the verdicts of 2 tasks" in tried.out
    assert (state(shop), kept(shop)) == (whole[:700], [])
    assert shop.call("state", "repair").status == 0
    assert state(shop) == whole
    assert [path.read_bytes() for path in kept(shop)] == [whole[:700]]
    assert "nothing to repair" in shop.call("state", "repair").out


def test_a_state_that_is_gone_is_written_anew(shop: Shop) -> None:
    shop.validate("--track=01")
    whole = state(shop)
    (shop.root / STATE).unlink()
    answer = shop.call("state", "repair")
    assert answer.status == 0
    assert f"wrote {STATE} with the verdicts of 2 tasks" in answer.out
    assert (state(shop), kept(shop)) == (whole, [])


def test_fault_28_a_verdict_edited_by_hand_is_repaired_to_a_claim(shop: Shop) -> None:
    shop.validate("--track=01")
    text = state(shop).decode().replace("iterations: 1", "iterations: 7", 1)
    (shop.root / STATE).write_text(text)
    answer = shop.call("state", "repair")
    assert "BASE was changed by hand" in answer.out
    assert verdicts(shop)["BASE"] == "UNVERIFIED"
    assert "nothing to repair" in shop.call("state", "repair").out


def test_what_cannot_be_recovered_is_an_error_and_stays(shop: Shop) -> None:
    shop.validate("--track=01")
    damaged = state(shop)[:700]
    (shop.root / STATE).write_bytes(damaged)
    shutil.rmtree(shop.root / FOLDER / ".tracks")
    answer = shop.call("state", "repair")
    assert answer.status == 4
    assert "restore it from version control" in answer.errors
    assert (state(shop), kept(shop)) == (damaged, [])


# -- log ---------------------------------------------------------------------------------------


def test_the_trail_says_who_found_what_when_and_by_what(shop: Shop) -> None:
    git(shop.root, "init", "-q")
    git(shop.root, "add", ".")
    git(shop.root, "commit", "-qm", "base")
    (shop.root / "api.txt").unlink()
    shop.validate("--track=01")
    (shop.root / "api.txt").write_text("1")
    shop.validate("--track=01")
    events = shop.call("state", "log", "--json").json["events"]
    found = [(each["task"], each["verdict"]) for each in events if each["verdict"]]
    assert found == [("BASE", "PASS"), ("API", "FAIL"), ("API", "PASS")]
    failed = next(each for each in events if each["verdict"] == "FAIL")
    assert failed["host"] == os.uname().nodename
    assert failed["pid"] > 0
    assert len(failed["commit"]) == 40
    assert failed["attempt"] == f"{failed['run']}/API"
    assert failed["criteria"][0]["gap"]
    assert [each["serial"] for each in events] == sorted(each["serial"] for each in events)
    answer = shop.call("state", "log", "API")
    assert answer.status == 0
    assert "API  FAIL" in answer.out
    assert f"commit {failed['commit'][:12]}" in answer.out
    assert "BASE" not in answer.out
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    assert [each["task"] for each in shop.call("state", "log", "api", "--json").json["events"]] == [
        "API"
    ] * answer.out.count("API  ")


def test_what_shards_brought_is_in_the_trail(shop: Shop) -> None:
    merge(shop, job(shop, "01"))
    events = shop.call("state", "log", "--json").json["events"]
    assert [(each["task"], each["verdict"], each["what"]) for each in events] == [
        ("BASE", "PASS", "from a shard"),
        ("API", "PASS", "from a shard"),
    ]
    assert "merged from ../artifact-01" in events[0]["detail"]


def test_a_checkout_without_a_journal_says_so(shop: Shop) -> None:
    answer = shop.call("state", "log")
    assert (answer.status, json.loads(shop.call("state", "log", "--json").out)["events"]) == (0, [])
    assert "Nothing is recorded" in answer.out


def test_an_unknown_task_has_no_trail(shop: Shop) -> None:
    answer = shop.call("state", "log", "APO")
    assert answer.status == 4
    assert "did you mean API?" in answer.errors
