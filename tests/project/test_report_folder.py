"""The folder of a report: what it refuses, what it takes over, what it removes."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.errors import UsageError
from pytest_tracks.project.report_folder import ReportFolder
from pytest_tracks.project.report_names import WRITTEN, names_in
from pytest_tracks.reports.page_facts import Output, PageFacts
from pytest_tracks.state.patterns import ignore_pattern
from tests.reports import ecommerce

PLAN = ecommerce.make_plan()
MADE_AT = "2026-11-21T10:00:00Z"


def facts(
    record: ProjectRecord, outputs: dict[str, dict[str, tuple[Output, ...]]] | None = None
) -> PageFacts:
    return PageFacts(PLAN, record, distribute(PLAN, None), MADE_AT, {}, outputs or {})


def attempted(attempt: str) -> ProjectRecord:
    record = ecommerce.make_record(PLAN)
    known = replace(record.task("TASK-001"), attempt=attempt)
    return replace(record, tasks={**record.tasks, "TASK-001": known})


def folder(root: Path, name: str = "out") -> ReportFolder:
    return ReportFolder(root / name, root, "docs/planning")


@pytest.mark.parametrize("name", [".", "docs", "docs/planning", "docs/planning/tasks", ".."])
def test_it_stands_apart_from_project_and_plan(tmp_path: Path, name: str) -> None:
    root = tmp_path / "up" / "project"
    root.mkdir(parents=True)
    path = Path(f"{root}/{name}").resolve()
    with pytest.raises(UsageError, match="would stand among"):
        ReportFolder(path, root, "docs/planning")


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds files that are no report"):
        folder(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"generator": "other"}', "\0"])
def test_a_report_json_of_somebody_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text(text)
    with pytest.raises(UsageError, match=r"report\.json is not"):
        folder(tmp_path)


def test_everything_that_is_written_is_known_by_name(tmp_path: Path) -> None:
    output = {"TASK-001": {"AC-001": (Output("shown", "text"),)}}
    folder(tmp_path).write(facts(attempted("r1/TASK-001"), output))
    ignored = ignore_pattern(names_in("out"))
    written = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    files = [name for name in written if (tmp_path / name).is_file()]
    assert len(files) > 40
    assert all(ignored.fullmatch(name) for name in files)
    assert not ignored.fullmatch("out/code.py"), "nothing else is left out of digests"
    assert not ignored.fullmatch("elsewhere/index.html")


def test_outputs_stay_as_long_as_their_attempt_is_the_last(tmp_path: Path) -> None:
    output = {"TASK-001": {"AC-001": (Output("shown", "seen in r1"),)}}
    folder(tmp_path).write(facts(attempted("r1/TASK-001"), output))
    again = folder(tmp_path)
    assert again.remembered(attempted("r1/TASK-001")) == output
    assert again.remembered(attempted("r2/TASK-001")) == {}
    again.write(facts(attempted("r2/TASK-001")))
    assert not (tmp_path / "out/tasks/TASK-001.txt").exists()


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"TASK-001": 1},
        {"TASK-001": {"attempt": "r1/TASK-001", "criteria": []}},
        {"TASK-001": {"attempt": "r1/TASK-001", "criteria": {"AC-001": [["only one"]]}}},
    ],
)
def test_outputs_of_another_shape_are_left_out(tmp_path: Path, told: object) -> None:
    (tmp_path / "out").mkdir()
    document = {"generator": "pytest-tracks", "outputs": told}
    (tmp_path / "out" / "report.json").write_text(json.dumps(document))
    assert folder(tmp_path).remembered(attempted("r1/TASK-001")) == {}


def test_a_list_of_files_that_was_tampered_with_removes_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / "out" / "tasks").mkdir(parents=True)
    (tmp_path / "keep.md").write_text("mine")
    (tmp_path / "out" / "notes.rst").write_text("mine")
    (tmp_path / "out" / "tasks" / "TASK-099.md").write_text("of a task that is no more")
    names = ["../keep.md", "notes.rst", str(tmp_path / "keep.md"), 7, "tasks/TASK-099.md"]
    document = {"generator": "pytest-tracks", "files": names}
    (tmp_path / "out" / "report.json").write_text(json.dumps(document))
    folder(tmp_path).write(facts(ecommerce.make_record(PLAN)))
    assert (tmp_path / "keep.md").exists()
    assert (tmp_path / "out" / "notes.rst").exists()
    assert not (tmp_path / "out" / "tasks" / "TASK-099.md").exists()


def test_sprints_tracks_and_the_project_have_reports(tmp_path: Path) -> None:
    folder(tmp_path).write(facts(ecommerce.make_broken_record(PLAN)))
    sprint = (tmp_path / "out/sprints/SPRINT-001-01.md").read_text(encoding="utf-8")
    assert sprint.startswith("# SPRINT\\-001\\-01 Foundation\n\n**NOT COMPLETE**: 1 PASS, 1 FAIL")
    assert "[TASK\\-004](../tasks/TASK-004.md)" in sprint
    track = (tmp_path / "out/tracks/TRACK-02.md").read_text(encoding="utf-8")
    assert "**COMPLETE**: 6 PASS" in track
    closing = (tmp_path / "out/completion.md").read_text(encoding="utf-8")
    assert "PROJECT NOT COMPLETE" in closing
    assert "- Total tasks: 14/18 completed" in closing
    folder(tmp_path).write(facts(ecommerce.make_record(PLAN)))
    closing = (tmp_path / "out/completion.md").read_text(encoding="utf-8")
    assert "PROJECT COMPLETION SUCCESSFUL" in closing
    assert closing.rstrip().endswith("Ready for deployment\\!")


def test_a_name_in_written_is_no_way_out() -> None:
    assert not any(name.startswith(("/", "..")) or "**" in name for name in WRITTEN)


def times(path: Path) -> dict[str, int]:
    return {
        file.relative_to(path).as_posix(): file.stat().st_mtime_ns
        for file in path.rglob("*")
        if file.is_file()
    }


def test_what_says_the_same_is_left_as_it_is(tmp_path: Path) -> None:
    record = ecommerce.make_record(PLAN)
    folder(tmp_path).write(facts(record))
    for name in times(tmp_path / "out"):
        os.utime(tmp_path / "out" / name, ns=(1, 1))
    failed = replace(record, tasks={**record.tasks, "TASK-004": ecommerce.reset_is_missing(PLAN)})
    folder(tmp_path).write(facts(failed))
    fresh = {name for name, time in times(tmp_path / "out").items() if time != 1}
    assert {"index.html", "tasks/TASK-004.md", "tasks/TASK-004.json"} <= fresh
    assert not {"tasks/TASK-001.md", "tasks/TASK-017.json", "tracks/TRACK-02.md"} & fresh


@pytest.mark.parametrize("text", ["", "somebody else's", None], ids=["emptied", "edited", "gone"])
def test_what_was_changed_by_hand_is_written_again(tmp_path: Path, text: str | None) -> None:
    record = ecommerce.make_record(PLAN)
    folder(tmp_path).write(facts(record))
    path = tmp_path / "out" / "tasks" / "TASK-001.md"
    before = path.read_bytes()
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text.encode().ljust(len(before)) if text else b"")
    folder(tmp_path).write(facts(record))
    assert path.read_bytes() == before


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_report_that_a_full_disk_cut_short_can_be_made_again(tmp_path: Path) -> None:
    record = attempted("run-1/TASK-001")
    outputs = {"TASK-001": {"AC-001": (Output("tests/test_it.py", "said"),)}}
    folder(tmp_path).write(facts(record, outputs))
    with full_disk(100), pytest.raises(OSError, match="File too large"):
        folder(tmp_path).write(facts(record))
    assert folder(tmp_path).remembered(record) == outputs
    folder(tmp_path).write(facts(record))


def test_a_report_that_was_killed_at_its_first_file_can_be_made_again(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json.77-abc123.tracks-tmp").write_text('{"version": 1, "gener')
    assert folder(tmp_path).write(facts(ecommerce.make_record(PLAN))).exists()
