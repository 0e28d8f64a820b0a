"""What a run is held to: ``--tracks-goal``, ``--tracks-seal``, ``--tracks-verify``."""

from __future__ import annotations

import pytest

from tests.gitrepo import Repository
from tests.plugin.conftest import Project

HERE = ("--tracks=1", "-n", "0")
B = "docs/planning/tasks/B.yaml::B"
GOAL = (*HERE, "--tracks-goal=no-regression")


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def half(project: Project) -> Repository:
    """A is PASS and committed, B behind it fails."""
    for name, after in (("A", ()), ("B", ("A",))):
        check = {"text": f"{name} is ok", "run": f"grep -q ok {name.lower()}.txt"}
        project.task(name, check, after=after, files=[f"{name.lower()}.txt"])
    project.write("a.txt", "ok")
    project.write("b.txt", "no")
    repository = Repository.make(project.root)
    assert project.run(*HERE).status == 1
    repository.commit("Half done")
    return repository


def test_a_task_that_never_passed_may_fail(project: Project, half: Repository) -> None:
    ran = project.run(*GOAL)
    assert ran.status == 0
    assert ran.counts["failed"] == 1
    assert ran.sentence == (
        "exit 0: no regression against HEAD (1 still PASS); not yet PASS: B FAIL"
    )
    assert project.run(*HERE).status == 1  # the default goal is all


def test_what_was_pass_must_be(project: Project, half: Repository) -> None:
    project.write("a.txt", "no")
    for _ in range(2):  # what is recorded meanwhile changes nothing: HEAD is the measure
        ran = project.run(*GOAL)
        assert ran.status == 1
        assert "1 regression against HEAD: A was PASS at HEAD and is FAIL" in flat(ran.sentence)


def test_a_ref_may_be_named(project: Project, half: Repository) -> None:
    project.write("b.txt", "ok")
    project.run(*HERE)
    half.commit("Done")
    project.write("b.txt", "no")
    assert project.run(*GOAL).status == 1
    assert project.run(*GOAL, "--tracks-against=HEAD~1").status == 0
    project.ini("tracks_goal = no-regression", "tracks_against = HEAD~1")
    half.commit("Settings")
    assert project.run(*HERE).status == 1  # HEAD~1 is another commit now
    assert project.run(*HERE, "--tracks-against=HEAD~2").status == 0


def test_without_git_the_record_is_the_measure(project: Project) -> None:
    project.task("A", {"text": "ok", "run": "grep -q ok a.txt"}, files=["a.txt"])
    project.write("a.txt", "no")
    assert project.run(*GOAL).status == 0
    project.write("a.txt", "ok")
    assert "1 newly" in project.run(*GOAL).sentence
    project.write("a.txt", "no")
    assert "against what was recorded: A was PASS" in project.run(*GOAL).sentence


def test_only_selected_tasks_are_compared(project: Project, half: Repository) -> None:
    project.write("a.txt", "no")
    assert project.run("--task=B", "--tracks-goal=no-regression").status == 0
    assert project.run("--task=A", "--tracks-goal=no-regression").status == 1


def test_failures_outside_the_plan_still_count(project: Project, half: Repository) -> None:
    project.write("tests/test_loose.py", "def test_loose():\n    assert 0\n")
    ran = project.run(*GOAL, "tests")
    assert ran.status == 1
    assert "1 test outside the plan failed" in ran.sentence


def test_with_workers(project: Project, half: Repository) -> None:
    options = ("--tracks=2", "--tracks-goal=no-regression")
    assert project.run(*options).status == 0
    project.write("a.txt", "no")
    assert project.run(*options).status == 1


def test_a_task_that_has_vanished(project: Project, half: Repository) -> None:
    (project.root / "docs/planning/tasks/A.yaml").unlink()
    project.task("B", {"text": "B is ok", "run": "grep -q ok b.txt"}, files=["b.txt"])
    ran = project.run(*GOAL)
    assert ran.status == 1
    assert "A was PASS at HEAD and is gone from the plan" in flat(ran.sentence)


@pytest.mark.parametrize(
    "arguments",
    [("--tracks-goal=none",), ("--tracks-goal=no-regression", "--tracks-against=nowhere")],
)
def test_what_cannot_be_a_goal(
    project: Project, half: Repository, arguments: tuple[str, ...]
) -> None:
    ran = project.run(*HERE, *arguments)
    assert ran.status == 4
    assert "Traceback" not in ran.errors


# -- the seal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [HERE, ("--tracks=2",)], ids=["in process", "workers"])
def test_a_sealed_run_is_held_to_the_plan_of_the_ref(
    project: Project, half: Repository, way: tuple[str, ...]
) -> None:
    project.task("B", {"text": "B is ok", "run": "test -e b.txt"}, after=("A",), files=["b.txt"])
    assert project.run(*way).status == 0  # weakened in the tree
    ran = project.run(*way, "--tracks-seal=HEAD")
    assert ran.status == 1
    assert "sealed: plan and thresholds are those of HEAD" in ran.out
    assert project.verdicts()["B"] == "FAIL"
    started = [line for line in project.journal_file.read_text().splitlines() if '"seal"' in line]
    assert '"seal":"HEAD"' in started[-1].replace(" ", "")


def test_a_seal_takes_the_settings_too(project: Project, half: Repository) -> None:
    project.task("C", "Nobody checks this")
    half.commit("Prose")
    project.write("b.txt", "ok")
    project.ini("tracks_unverified = open", "tracks_digest_ignore = *.txt")
    assert project.run(*HERE).status == 0
    assert project.run(*HERE, "--tracks-seal=HEAD").status == 1


def test_a_sealed_plan_file_that_is_gone(project: Project, half: Repository) -> None:
    (project.root / "docs/planning/tasks/B.yaml").unlink()
    assert project.run(*HERE).status == 0
    ran = project.run(*HERE, "--tracks-seal=HEAD")
    assert ran.status == 4
    assert "docs/planning/tasks/B.yaml: sealed-file is part of the plan at HEAD" in ran.errors
    assert "git checkout HEAD -- docs/planning/tasks/B.yaml" in ran.errors


def test_new_tasks_disturb_no_sealed_run(project: Project, half: Repository) -> None:
    project.write("b.txt", "ok")
    project.task("NEW", "Something")
    project.write(
        "tests/test_new.py",
        'import pytest\n\n@pytest.mark.criterion("NEW/AC-001")\ndef test_it():\n    assert 1\n',
    )
    ran = project.run(*HERE, "--tracks-seal=HEAD", "-W", "error")
    assert ran.status == 0
    assert "all 2 tasks PASS" in ran.sentence


# -- verify ----------------------------------------------------------------------------------------


def test_verify_fails_on_what_it_did_not_run(project: Project, half: Repository) -> None:
    project.write("b.txt", "ok")
    assert project.run(*HERE).status == 0
    assert project.run(*HERE, "--tracks-verify").status == 0
    ran = project.run(*HERE, "--tracks-verify", "--deselect", B)
    assert ran.status == 1
    assert "verify: B did not run" in ran.out


def test_verify_says_what_differs(project: Project, half: Repository) -> None:
    project.write("b.txt", "ok")
    ran = project.run(*HERE, "--tracks-verify")
    assert ran.status == 1
    assert "verify: B is recorded as FAIL, and is PASS here" in ran.out
