from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_tracks.errors import UsageError
from pytest_tracks.project.changes import base_commit, changed_lines


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("1\n2\n3\n4\n")
    (tmp_path / "b.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_lines_that_are_new_count_committed_or_not(repository: Path) -> None:
    base, name = base_commit(repository, "")
    assert name == f"main ({base[:8]})"
    git(repository, "checkout", "-qb", "work")
    (repository / "a.py").write_text("1\ntwo\n3\n4\n5\n")
    git(repository, "commit", "-qam", "two")
    (repository / "a.py").write_text("1\ntwo\n3\n5\nsix\n")
    (repository / "new.py").write_text("1\n2\n")
    base, name = base_commit(repository, "main")
    assert name == f"main ({base[:8]})"
    assert changed_lines(repository, base, ["a.py", "b.py", "new.py"]) == {
        "a.py": frozenset({2, 4, 5}),
        "new.py": frozenset({1, 2}),
    }


def test_the_base_is_where_the_work_began_not_where_the_branch_is_now(repository: Path) -> None:
    git(repository, "checkout", "-qb", "work")
    git(repository, "checkout", "-q", "main")
    (repository / "b.py").write_text("other\n")
    git(repository, "commit", "-qam", "elsewhere")
    git(repository, "checkout", "-q", "work")
    base, _ = base_commit(repository, "main")
    assert changed_lines(repository, base, ["a.py", "b.py"]) == {}


def test_fault_61_without_a_base_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        base_commit(tmp_path, "")


def test_fault_61_a_base_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(UsageError, match="no common ancestor of HEAD and 'gone'"):
        base_commit(repository, "gone")
    git(repository, "branch", "-m", "trunk")
    with pytest.raises(UsageError, match="no default branch"):
        base_commit(repository, "")
