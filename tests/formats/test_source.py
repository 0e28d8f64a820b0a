from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from pytest_tracks.core.tree import Problems
from pytest_tracks.errors import Problem
from pytest_tracks.formats import source
from pytest_tracks.formats.source import MAX_BYTES, is_inside, read_bytes

from .plans import FOLDER, TASK, load, refuse, write


def read(root: Path, name: str) -> tuple[bytes | None, list[Problem]]:
    problems = Problems()
    return read_bytes(os.path.realpath(root), name, problems), problems.errors


def test_reads_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\r\n")
    assert read(tmp_path, "a.yaml") == (b"a: 1\r\n", [])


def test_follows_a_link_that_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert read(tmp_path, "b.yaml") == (b"a: 1", [])


def test_a_sibling_with_the_same_beginning_is_outside() -> None:
    assert is_inside("/a/b", "/a/b")
    assert is_inside("/a/b", "/a/b/c")
    assert is_inside("/", "/a")
    assert not is_inside("/a/b", "/a/bc")


def test_fault_12_over_the_size_limit_before_parsing(tmp_path: Path) -> None:
    path = tmp_path / TASK
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    started = time.perf_counter()
    (problem,) = refuse(tmp_path)
    assert time.perf_counter() - started < 0.1
    assert problem.code == "too-large"
    assert "over the size limit" in problem.message


def test_fault_12_the_limit_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"#" * MAX_BYTES)
    content, problems = read(tmp_path, "a")
    assert content is not None
    assert not problems


def test_fault_12_a_file_that_grows_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"#" * 20)
    really = os.fstat

    def before_it_grew(descriptor: int) -> os.stat_result:
        monkeypatch.setattr(source, "MAX_BYTES", 10)
        fields = list(really(descriptor))
        fields[6] = 5
        return os.stat_result(fields)

    monkeypatch.setattr(os, "fstat", before_it_grew)
    content, problems = read(tmp_path, "a")
    assert content is None
    assert [problem.code for problem in problems] == ["too-large"]


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "../outside.yaml"])
def test_fault_21_link_out_of_the_root(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    link = root / TASK
    link.parent.mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("id: TASK-001")
    link.symlink_to(target if target.startswith("/") else tmp_path / "outside.yaml")
    (problem,) = refuse(root)
    assert (problem.code, problem.path) == ("outside-root", TASK)


def test_fault_21_link_to_itself(tmp_path: Path) -> None:
    link = tmp_path / TASK
    link.parent.mkdir(parents=True)
    link.symlink_to(link.name)
    (problem,) = refuse(tmp_path)
    assert (problem.code, problem.path) == ("unreadable", TASK)
    assert f"errno {errno.ELOOP}" in problem.message


def test_fault_21_fifo_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / TASK
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    (problem,) = refuse(tmp_path)
    assert (problem.code, problem.path) == ("not-a-file", TASK)


@pytest.mark.parametrize("name", [TASK, f"{FOLDER}/tracks.yaml", f"{FOLDER}/PROJECT_PRD.yaml"])
def test_fault_22_a_folder_in_the_place_of_a_file(tmp_path: Path, name: str) -> None:
    write(tmp_path, {f"{FOLDER}/tasks/a.yaml": "id: A"})
    (tmp_path / name).mkdir()
    if name == TASK:  # a folder of tasks with an odd name
        assert list(load(tmp_path).tasks) == ["A"]
    else:
        assert [(p.path, p.code) for p in refuse(tmp_path)] == [(name, "not-a-file")]


def test_fault_22_broken_link_is_named_with_its_errno(tmp_path: Path) -> None:
    link = tmp_path / TASK
    link.parent.mkdir(parents=True)
    link.symlink_to("gone.yaml")
    (problem,) = refuse(tmp_path)
    assert (problem.code, problem.path) == ("unreadable", TASK)
    assert f"errno {errno.ENOENT}" in problem.message


def test_fault_22_no_permission_is_named_with_its_errno(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By a patch: the super-user of a container may read everything.
    (tmp_path / "a.yaml").write_text("id: A")

    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    content, problems = read(tmp_path, "a.yaml")
    assert content is None
    assert str(problems[0]).startswith(
        f"a.yaml: unreadable cannot be read: Permission denied (errno {errno.EACCES})"
    )


def test_fault_22_read_error_after_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("id: A")

    def broken(*_: object) -> os.stat_result:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:  # pytest's own capture needs it back
        patch.setattr(os, "fstat", broken)
        content, problems = read(tmp_path, "a.yaml")
    assert content is None
    assert f"errno {errno.EIO}" in problems[0].message
