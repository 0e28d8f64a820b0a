from __future__ import annotations

import pytest

from pytest_tracks.reports.live_text import RunningTask, TrackProgress, live_lines, plain_line
from pytest_tracks.reports.text import display_width

RUNNING = RunningTask("TASK-012", 2, 4, 12.0)
TRACKS = [
    TrackProgress("1 Backend API", 7, {"PASS": 4}, (RUNNING,), rest=40.0),
    TrackProgress("2 Frontend", 6, {"PASS": 2, "FAIL": 1}, waits_for=("TASK-012",)),
    TrackProgress("3 Infrastructure", 7, {"PASS": 7}),
    TrackProgress("Reviews", 2, {"BLOCKED": 2}),
    TrackProgress("5", 12, {}),
]


def test_a_line_a_track_and_one_for_all() -> None:
    assert live_lines(TRACKS, 92.0) == [
        "1 Backend API     [#####.....]  4/7  TASK-012 2/4  12 s, ~40 s left",
        "2 Frontend        [#####.....]  3/6  waiting for TASK-012  (1 FAIL)",
        "3 Infrastructure  [##########]  7/7  complete",
        "Reviews           [##########]  2/2  2 BLOCKED",
        "5                 [..........]  0/12 ready",
        "16/34 tasks, 1 FAIL, 2 BLOCKED, 1:32",
    ]


def test_where_there_is_little_room_what_runs_and_waits_is_shown() -> None:
    assert live_lines(TRACKS, 92.0, height=4) == [
        "1 Backend API     [#####.....]  4/7  TASK-012 2/4  12 s, ~40 s left",
        "2 Frontend        [#####.....]  3/6  waiting for TASK-012  (1 FAIL)",
        "5                 [..........]  0/12 ready",
        "16/34 tasks, 1 FAIL, 2 BLOCKED, 1:32 (3 of 5 tracks shown)",
    ]
    assert len(live_lines(TRACKS, 0, height=1)) == 1


def test_the_same_in_one_line() -> None:
    assert plain_line(TRACKS, 3.2) == (
        "tracks: 16/34 tasks, 1 FAIL, 2 BLOCKED, 0:03; running TASK-012 2/4"
    )


def test_a_sprint_is_named_and_what_is_not_known_is_left_out() -> None:
    track = TrackProgress("1", 3, {}, (RUNNING,), sprint="SPRINT-001-01")
    assert "SPRINT-001-01 TASK-012 2/4  12 s" in live_lines([track], 0)[0]
    assert "left" not in live_lines([track], 0)[0]


@pytest.mark.parametrize("width", [40, 79, 120])
def test_no_line_is_too_wide(width: int) -> None:
    hostile = TrackProgress("漢字\x1b[31m" * 20, 1, {}, waits_for=("T" * 90, "U" * 90))
    assert all(display_width(line) <= width for line in live_lines([hostile], 0, width=width))
    assert "\x1b" not in "".join(live_lines([hostile], 0))
