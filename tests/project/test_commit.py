from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.errors import PlanError, StateError, UsageError
from pytest_tracks.formats.native import load_plan
from pytest_tracks.project.base import Base
from pytest_tracks.project.commit import Commit
from pytest_tracks.project.ini import read_ini
from tests.gitrepo import Repository

TASK = "{id: %s, title: x, acceptance_criteria: [It works]}\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "shop"
    root.mkdir()
    return Repository.make(root)


def test_files_of_a_commit_are_those_of_then(repository: Repository) -> None:
    write(repository.root, **{"a.txt": "old", "folder/b.txt": "b", "ümlaut name": "ü"})
    os.symlink("folder/b.txt", repository.root / "link")
    os.symlink("loop", repository.root / "loop")
    os.symlink("/etc/passwd", repository.root / "out")
    repository.commit("One")
    write(repository.root, **{"a.txt": "new", "c.txt": "c"})
    commit = Commit.find(repository.root, "HEAD")
    assert set(commit.paths) >= {"a.txt", "folder/b.txt", "ümlaut name", "link"}
    wanted = ["a.txt", "c.txt", "link", "loop", "out", "ümlaut name"]
    assert commit.read(wanted) == {"a.txt": b"old", "link": b"b", "ümlaut name": "ü".encode()}
    below = Commit.find(repository.root / "folder", "main")
    assert below.read(["b.txt"]) == {"b.txt": b"b"}


@pytest.mark.parametrize("ref", ["", "nowhere", "--all", "HEAD:a.txt", "HEAD~7", "-h"])
def test_what_is_no_commit(repository: Repository, ref: str) -> None:
    write(repository.root, **{"a.txt": "a"})
    repository.commit("One")
    with pytest.raises(UsageError, match="there is no commit"):
        Commit.find(repository.root, ref)


def test_a_commit_that_cannot_be_read_does_not_look_empty(repository: Repository) -> None:
    write(repository.root, **{"a.txt": "a"})
    repository.commit("One")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    (repository.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(UsageError, match="git ls-tree failed"):
        Commit.find(repository.root, "HEAD")


def test_the_plan_of_a_commit_is_the_plan_that_was_checked_out(repository: Repository) -> None:
    folder = "docs/planning"
    write(
        repository.root,
        **{
            f"{folder}/tracks.yaml": "project: Shop\ntracks: {1: Backend}\n",
            f"{folder}/PROJECT_PRD.yaml": "requirements: [{id: REQ-1, title: Sell}]\n",
            f"{folder}/tasks/b/B.yaml": TASK % "B",
            f"{folder}/tasks/A.yaml": TASK % "A",
            f"{folder}/tasks/.hidden.yaml": "no",
            f"{folder}/notes.md": "no",
            "docs/sprints/SPRINT-001-01.yaml": "{id: SPRINT-001-01, title: x, tasks: [A]}\n",
            "docs/sprints/other.yaml": "no",
        },
    )
    repository.commit("Plan")
    kinds = builtin_kinds()
    there = load_plan(repository.root, folder, sprints="docs/sprints", kinds=kinds)
    base = Base.find(repository.root, "HEAD", kinds)
    assert base.plan.digest == there.digest
    assert base.plan.tasks == there.tasks
    assert base.plan.sprints == there.sprints
    assert base.snapshot.content is None


def test_problems_of_a_base_name_the_ref(repository: Repository) -> None:
    state = "docs/planning/.project-state.yaml"
    write(repository.root, **{"docs/planning/tracks.yaml": "tasks: 1\n", state: "tasks: [\n"})
    repository.commit("Broken")
    base = Base.find(repository.root, "HEAD", builtin_kinds())
    with pytest.raises(PlanError, match=r"HEAD:docs/planning/tracks.yaml:1:8"):
        _ = base.plan
    with pytest.raises(StateError, match=r"HEAD:docs/planning/.project-state.yaml"):
        _ = base.snapshot


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pytest.ini": "[pytest]\na = 1\n"}, {"a": ("1",)}),
        ({"pytest.ini": ""}, {}),
        ({"tox.ini": "[pytest]\na = 1\n", "pytest.ini": "[pytest]\na = 2\n"}, {"a": ("2",)}),
        ({"tox.ini": "[tox]\n", "setup.cfg": "[tool:pytest]\na =\n  x\n  y\n"}, {"a": ("x", "y")}),
        ({"pyproject.toml": "[tool.pytest.ini_options]\na = ['x']\nb = true\n"}, None),
        ({"pytest.toml": "[pytest]\na = ['x']\nb = true\n"}, None),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, {}),
    ],
)
def test_ini_values(files: dict[str, str], expected: dict[str, tuple[str, ...]] | None) -> None:
    found = read_ini({name: text.encode() for name, text in files.items()})
    assert found == ({"a": ("x",), "b": ("true",)} if expected is None else expected)


def test_a_chosen_file_comes_first() -> None:
    files = {"ci/pytest.ini": b"[pytest]\na = 1\n", "pytest.ini": b"[pytest]\na = 2\n"}
    assert read_ini(files, "ci/pytest.ini") == {"a": ("1",)}
    with pytest.raises(UsageError, match="cannot be read"):
        read_ini({"pytest.ini": b"a = 1\n"})
