from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.header import header_lines, path_text
from pytest_tracks.reports.text import display_width

from .ecommerce import CRITICAL_PATH, make_broken_record, make_plan, make_task


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (52, "TASK-001 → TASK-004 → TASK-008 → TASK-012 → TASK-016"),
        (51, "TASK-001 → TASK-004 → TASK-008 → … → TASK-016"),
        (40, "TASK-001 → TASK-004 → … → TASK-016"),
        (1, "TASK-001 → … → TASK-016"),
    ],
)
def test_a_long_path_keeps_both_ends(width: int, shown: str) -> None:
    assert path_text(CRITICAL_PATH, width) == shown


@given(st.lists(st.text("a漢", min_size=1, max_size=4), min_size=3, max_size=9), st.integers(0, 60))
def test_of_a_long_path_as_much_is_kept_as_fits(names: list[str], width: int) -> None:
    full, shown = " → ".join(names), path_text(names, width)
    if display_width(full) <= width:
        assert shown == full
        return
    kept = len(shown.split(" → …")[0].split(" → "))
    assert shown == " → ".join([*names[:kept], "…", names[-1]])
    assert display_width(shown) <= width or kept == 1
    longer = " → ".join([*names[: kept + 1], "…", names[-1]])
    assert kept == len(names) - 2 or display_width(longer) > width


def test_seven_tracks_on_two_lanes_are_mapped() -> None:
    plan = make_plan()
    shown = list(map(str, header_lines(plan, ProjectRecord(), lanes=[[1, 3], [2]])))
    assert "lanes: 1 3 | 2" in shown
    assert any(line.startswith("tracks: 3 on 2 lanes: 1 Backend API (7 tasks") for line in shown)


def test_what_is_known() -> None:
    plan = make_plan()
    *_, known = header_lines(plan, make_broken_record(plan), held=14)
    assert str(known) == "recorded: 14 PASS, 1 FAIL, 3 BLOCKED (14 held: skipped)"


def test_a_plan_without_hours_counts_tasks() -> None:
    tasks = {name: make_task(name, name) for name in "AB"}
    plan = Plan("", tasks, "docs")
    shown = header_lines(plan, ProjectRecord(), critical_path="AB", critical_hours=2)
    assert list(map(str, shown)) == [
        "plan: docs: 2 tasks, 2 criteria",
        "critical path: A → B (2 tasks)",
        "recorded: nothing yet",
    ]
