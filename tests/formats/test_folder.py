from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pytest_tracks.errors import PlanError
from pytest_tracks.formats.native import load_plan, plan_files

from .plans import FOLDER, PRD, SPRINTS, TASK, TRACKS, load, refuse, write


def files_of(root: Path) -> tuple[str, ...]:
    return plan_files(root, FOLDER, sprints=SPRINTS)


def test_reading_order_and_what_is_ignored(tmp_path: Path) -> None:
    sprint = f"{SPRINTS}/SPRINT-001-01.yaml"
    nested = f"{FOLDER}/tasks/api/TASK-000.yaml"
    names = [TASK, sprint, nested, PRD, TRACKS, f"{FOLDER}/tasks/b.yaml"]
    others = ["NOTES.md", "tasks/README.md", "archive/TASK-9.yaml", ".hidden.yaml", ".tracks/x"]
    content = {TRACKS: "project: x", PRD: "requirements: []", TASK: "id: A", nested: "id: B"}
    content |= {f"{FOLDER}/tasks/b.yaml": "id: C", sprint: "tasks: [A]"}
    write(tmp_path, content | {f"{FOLDER}/{name}": "x" for name in others})
    write(tmp_path, {f"{SPRINTS}/SPRINT-1.yaml": "", f"{SPRINTS}/notes.md": ""})
    plan = load(tmp_path)
    assert plan.files == (TRACKS, PRD, TASK, nested, f"{FOLDER}/tasks/b.yaml", sprint)
    assert plan.files == files_of(tmp_path)
    assert set(plan.files) == set(names)
    assert plan.ignored == (
        f"{FOLDER}/NOTES.md",
        f"{FOLDER}/archive/",
        f"{FOLDER}/tasks/README.md",
    )
    assert plan.folder == FOLDER


@pytest.mark.parametrize("others", [[], ["docs/planning/NOTES.md"], ["docs/planning/tasks/x.md"]])
def test_fault_22_no_plan_names_what_was_looked_for(tmp_path: Path, others: list[str]) -> None:
    (problem,) = refuse(tmp_path, dict.fromkeys(others, "x"))
    assert (problem.code, problem.path, problem.line) == ("no-plan", FOLDER, 0)
    for name in (TRACKS, PRD, f"{FOLDER}/tasks/**.yaml"):
        assert name in problem.message
    with pytest.raises(PlanError):
        files_of(tmp_path)


@pytest.mark.parametrize("files", [{TRACKS: "project: x"}, {PRD: "requirements: []"}])
def test_fault_22_never_no_tasks(tmp_path: Path, files: dict[str, str]) -> None:
    (problem,) = refuse(tmp_path, files)
    assert problem.code == "no-tasks"
    assert next(iter(files)) in problem.message


def test_fault_22_plan_folder_is_a_file(tmp_path: Path) -> None:
    (problem,) = refuse(tmp_path, {FOLDER: "x"})
    assert (problem.code, problem.path) == ("unreadable", FOLDER)
    assert f"errno {errno.ENOTDIR}" in problem.message


def test_fault_22_folder_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {TRACKS: "tasks: [{id: A}]", f"{FOLDER}/tasks/closed/TASK-001.yaml": "id: B"})
    really = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (problem,) = refuse(tmp_path)
    assert (problem.code, problem.path) == ("unreadable", f"{FOLDER}/tasks/closed")
    assert f"errno {errno.EACCES}" in problem.message


@pytest.mark.parametrize("name", ["tracks.yml", "Tracks.yaml", "project_prd.yaml", "tasks.yaml"])
def test_files_that_were_surely_meant_are_not_passed_over(tmp_path: Path, name: str) -> None:
    (problem,) = refuse(tmp_path, {TASK: "id: A", f"{FOLDER}/{name}": "x: 1"})
    assert (problem.code, problem.path) == ("misnamed-file", f"{FOLDER}/{name}")


@pytest.mark.parametrize("name", ["TASK-2.yml", "TASK-2.YAML", "deep/er/TASK-2.Yml"])
def test_task_files_with_another_ending_are_not_passed_over(tmp_path: Path, name: str) -> None:
    (problem,) = refuse(tmp_path, {TASK: "id: A", f"{FOLDER}/tasks/{name}": "id: B"})
    assert (problem.code, problem.path) == ("misnamed-file", f"{FOLDER}/tasks/{name}")
    assert "TASK-2.yaml" in problem.hint


def test_tasks_must_be_a_folder(tmp_path: Path) -> None:
    files = {TRACKS: "tasks: [{id: A}]", f"{FOLDER}/tasks": "id: B"}
    (problem,) = refuse(tmp_path, files)
    assert problem.path == f"{FOLDER}/tasks"


def test_fault_21_folder_loop(tmp_path: Path) -> None:
    write(tmp_path, {TASK: "id: A"})
    (tmp_path / FOLDER / "tasks" / "again").symlink_to("..", target_is_directory=True)
    problems = refuse(tmp_path)
    assert "symlink-loop" in {problem.code for problem in problems}


def test_fault_21_folder_link_to_itself(tmp_path: Path) -> None:
    write(tmp_path, {TASK: "id: A"})
    (tmp_path / FOLDER / "tasks" / "self").symlink_to("self")
    assert load(tmp_path).ignored == (f"{FOLDER}/tasks/self",)
    (tmp_path / FOLDER / "tasks" / "self.yaml").symlink_to("self.yaml")
    assert [problem.code for problem in refuse(tmp_path)] == ["unreadable"]


@pytest.mark.parametrize("link", [FOLDER, f"{FOLDER}/tasks", f"{FOLDER}/tasks/more", SPRINTS])
def test_fault_21_folder_out_of_the_root(tmp_path: Path, link: str) -> None:
    root = write(tmp_path / "root", {})
    outside = write(tmp_path / "outside", {"a.yaml": "id: A", "SPRINT-001-01.yaml": "tasks: [A]"})
    if link != FOLDER:
        write(root, {TRACKS: "tasks: [{id: B}]"})
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(outside, target_is_directory=True)
    (problem,) = refuse(root)
    assert (problem.code, problem.path) == ("outside-root", link)


@pytest.mark.parametrize("folder", ["..", "../plan", "docs/../../plan", "/etc"])
def test_fault_21_plan_outside_the_root_is_refused(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {"plan/tasks/a.yaml": "id: A", "root/plan/tasks/a.yaml": "id: A"})
    for plan, sprints in ((folder, SPRINTS), ("plan", folder)):
        with pytest.raises(PlanError) as caught:
            load_plan(tmp_path / "root", plan, sprints=sprints, kinds={})
        assert [problem.code for problem in caught.value.problems] == ["outside-root"]


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    write(tmp_path, {"plans/now/tasks/a.yaml": "id: A", "docs/x": ""})
    (tmp_path / FOLDER).symlink_to(tmp_path / "plans/now", target_is_directory=True)
    assert load(tmp_path).files == (f"{FOLDER}/tasks/a.yaml",)


@pytest.mark.parametrize("folder", [".", "", "./"])
def test_the_root_itself_can_be_the_plan_folder(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {"tasks/a.yaml": "id: A", "SPRINT-001-01.yaml": "tasks: [A]", "src/x.py": ""})
    plan = load_plan(tmp_path, folder, sprints=folder, kinds={})
    assert plan.files == ("tasks/a.yaml", "SPRINT-001-01.yaml")
    assert plan.ignored == ("src/",)
    assert plan.folder == ""
    assert plan.tasks["A"].location.path == "tasks/a.yaml"


@pytest.mark.parametrize(
    "name", ["a::b.yaml", "a\nb.yaml", "a\x1b.yaml", os.fsdecode(b"a\xff.yaml")]
)
def test_names_that_no_node_id_can_hold(tmp_path: Path, name: str) -> None:
    write(tmp_path, {TASK: "id: A"})
    (tmp_path / FOLDER / "tasks" / name).write_text("id: B")
    (problem,) = refuse(tmp_path)
    assert problem.code == "bad-file-name"
    assert str(problem).encode()
    assert "\n" not in str(problem)
