from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_tracks.core.planning import Request, make_planning
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.errors import UsageError
from pytest_tracks.project.plan_files import Change, PlanFiles, is_untouched
from tests.core.plans import plan, source_plan, task


@pytest.fixture
def files(tmp_path: Path) -> PlanFiles:
    return PlanFiles(tmp_path, "sprints")


def written(files: PlanFiles, tracks: int = 3) -> dict[str, bytes]:
    given = source_plan()
    planning = make_planning(given, ProjectRecord(), Request(tracks))
    changes = files.changes(planning, given, force=False)
    files.apply(changes)
    return {change.path: change.content or b"" for change in changes}


def test_what_a_planning_wrote_is_known_by_its_checksum(files: PlanFiles) -> None:
    content = written(files)
    assert len(content) == 7
    assert all(map(is_untouched, content.values()))
    assert (files.root / "sprints/SPRINT-001-02.yaml").read_bytes().startswith(b"# Written by")
    assert written(files) == {}


@given(st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_any_change_makes_a_file_a_persons(place: int, inserted: bytes) -> None:
    planning = make_planning(source_plan(), ProjectRecord(), Request(3))
    files = PlanFiles(Path("nowhere"), "sprints")
    (content, *_) = (one.content for one in files.changes(planning, source_plan(), force=True))
    assert content is not None
    place = min(place, len(content))
    changed = content[:place] + inserted + content[place:]
    first_line = content.index(b"\n")
    # What stands behind the checksum in the first line is no part of the content.
    assert not is_untouched(changed) or place <= first_line


@pytest.mark.parametrize("content", [b"", b"id: SPRINT-001-01\n", b"\xff\xfe"])
def test_all_other_files_are_a_persons(content: bytes) -> None:
    assert not is_untouched(content)


@given(st.text(min_size=1))
@example("no")
@example("\u2028 \ufeff \x85")
def test_any_title_comes_back(title: str) -> None:
    given = plan(task("A", component=title))
    planning = make_planning(given, ProjectRecord(), Request(1))
    (sprint, _) = PlanFiles(Path("nowhere"), "sprints").changes(planning, given, force=True)
    assert yaml.safe_load(sprint.content or b"")["title"] == planning.sprints[0].title


def test_where_one_file_cannot_be_written_none_is(files: PlanFiles) -> None:
    (files.root / "in-the-way").write_text("a file")
    changes = [Change("first", b"1", None), Change("in-the-way/second", b"2", None)]
    with pytest.raises(UsageError, match="cannot write in-the-way/second"):
        files.apply(changes)
    assert [path.name for path in files.root.iterdir()] == ["in-the-way"]


def test_undo_puts_everything_back(files: PlanFiles) -> None:
    (files.root / "old").write_bytes(b"before")
    (files.root / "gone").write_bytes(b"here")
    changes = [
        Change("old", b"after", b"before"),
        Change("new", b"1", None),
        Change("gone", None, b"here"),
    ]
    files.apply(changes)
    assert {path.name for path in files.root.iterdir()} == {"old", "new"}
    files.undo(changes)
    assert {path.name: path.read_bytes() for path in files.root.iterdir()} == {
        "old": b"before",
        "gone": b"here",
    }


def test_more_sprints_than_ids_are_refused(files: PlanFiles) -> None:
    given = plan(*(task(f"T-{number}", 2) for number in range(1000)))
    planning = make_planning(given, ProjectRecord(), Request(1, sprint_hours=2))
    with pytest.raises(UsageError, match="999 sprints at most"):
        files.changes(planning, given, force=False)
