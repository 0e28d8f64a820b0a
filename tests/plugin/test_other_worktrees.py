"""Other git worktrees of the repository are read for advice, and never trusted."""

from __future__ import annotations

import subprocess

import pytest

from tests.plugin.conftest import Project, logs

ADVICE = "A is PASS in ../ahead; merge that branch here (git merge ahead)"


def git(project: Project, *arguments: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True)


@pytest.fixture
def ahead(project: Project) -> Project:
    """Make a repository with two tracks, and a worktree ``ahead`` in which A has passed."""
    project.task("A", logs("A"), files=["a.txt"], track=1)
    project.task("B", logs("B"), after=("A",), files=["b.txt"], track=2)
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "plan")
    git(project, "worktree", "add", "-q", "-b", "ahead", "../ahead")
    ahead = Project(project._pytester, project.root.parent / "ahead")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ahead.root)
        assert ahead.run("--track=1").status == 0
    assert ahead.verdicts()["A"] == "PASS"
    return ahead


@pytest.mark.parametrize("way", [("--track=2",), ("--tracks=2", "--task=B")])
def test_who_is_blocked_learns_where_it_has_passed(
    project: Project, ahead: Project, way: tuple[str, ...]
) -> None:
    ran = project.run(*way)
    assert ran.status == 1
    assert ran.lines[-2] == ADVICE
    assert "1 BLOCKED by A" in ran.lines[-1]
    assert project.verdicts()["B"] == "BLOCKED"


def test_nothing_is_said_where_nothing_is_blocked(project: Project, ahead: Project) -> None:
    assert "ahead" not in project.run("--track=1").out
    assert "ahead" not in project.run("--track=2").out


def test_a_damaged_state_there_is_passed_over(project: Project, ahead: Project) -> None:
    content = ahead.state_file.read_bytes()
    ahead.state_file.write_bytes(content[: len(content) // 2])
    ahead.journal_file.unlink()
    ran = project.run("--track=2")
    assert "ahead" not in ran.out + ran.errors
    assert "1 BLOCKED by A" in ran.sentence


def test_a_worktree_that_is_gone_is_passed_over(project: Project, ahead: Project) -> None:
    ahead.root.rename(ahead.root.with_name("moved"))
    ran = project.run("--track=2")
    assert "PASS in" not in ran.out
    assert "1 BLOCKED by A" in ran.sentence
