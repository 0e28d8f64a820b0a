from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from pytest_tracks.core.model import Check, Criterion, Location, Plan, Track
from pytest_tracks.core.planning import Planning, Request, make_planning
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.errors import Problem
from pytest_tracks.reports.analysis_text import analysis_lines
from pytest_tracks.reports.gantt import gantt_lines
from pytest_tracks.reports.lengths import length
from pytest_tracks.reports.plan_json import plan_json
from pytest_tracks.reports.plan_overview import overview_text
from pytest_tracks.reports.plan_text import plan_lines, run_lines, warning_lines
from pytest_tracks.reports.text import display_width
from tests.core.plans import plan, source_plan, task
from tests.core.test_distribute import SOURCE_PINS


def planned(given: Plan, tracks: int | None = None) -> Planning:
    return make_planning(given, ProjectRecord(), Request(tracks))


def wide_plan() -> Plan:
    """Many chains, long names, decimals: what does not fit in a line by itself."""
    tasks = []
    for chain in range(40):
        for place in range(1 + chain % 30):
            before = [f"SOMETHING-{chain:02}-{place - 1:02}"] if place else []
            title = "A title that is much too long for one line of a terminal " * 2
            name = f"SOMETHING-{chain:02}-{place:02}"
            made = task(name, 0.1 + place * 0.7, before, component=f"component {chain % 3}")
            tasks.append(made)
    return plan(*tasks, tracks=[Track(1, title.strip(), "component 1")])


@pytest.mark.parametrize("width", [50, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    planning = planned(wide_plan(), 5)
    lines = [
        *analysis_lines(planning.plan, planning.analysis, width=width),
        *plan_lines(planning, width=width),
        *gantt_lines(planning, width=width),
        *warning_lines(planning.warnings, width=width),
    ]
    assert len(lines) > 100
    assert max(display_width(str(line)) for line in lines) <= width


def text_of(planning: Planning) -> str:
    lines = [*analysis_lines(planning.plan, planning.analysis), *plan_lines(planning)]
    return "\n".join(map(str, lines))


def test_a_long_list_says_how_much_more_there_is() -> None:
    text = text_of(planned(wide_plan(), 2))
    assert re.search(r"… 26 more chains: \d+ tasks \(\S+ hours\)", text)
    assert re.search(r"… 18 more waves: \d+ tasks", text)
    assert re.search(r"… \d+ more tasks, up to [\d.]+ h", text)


def test_a_plan_without_hours_says_what_it_counts_with() -> None:
    text = text_of(planned(plan(*(task(name, None) for name in "AB"))))
    assert "No task states its hours: each counts as one hour." in text


def test_one_track_may_be_enough() -> None:
    text = text_of(planned(plan(task("A"), task("B", 1, ["A"]))))
    assert "A single track is enough: all tasks form one chain." in text
    assert "Recommendation: pytest-tracks plan 1" in text


def test_a_gap_is_stated() -> None:
    tasks = [task(name, hours) for name, hours in zip("ABCDE", (5, 5, 5, 4, 4), strict=True)]
    assert "Lower bound: 12 hours, gap 8.3%" in text_of(planned(plan(*tasks), 2))


def test_the_sources_own_plan_reads_like_the_source() -> None:
    declared = [Track(1, "Backend API"), Track(2, "Frontend"), Track(3, "Infrastructure")]
    text = text_of(planned(source_plan(SOURCE_PINS, declared), 3))
    for line in (
        "Track 1 (Backend API):",
        "  Total: 7 tasks, 52 hours across 2 sprints",
        "  - SPRINT-001-03: infrastructure, part 1 of 2 (2 tasks, 12 hours)",
        "Parallel execution time: ~52 hours (vs 128 sequential)",
        "Time savings: 59%",
    ):
        assert line in text.splitlines()


def test_the_three_ways_to_run() -> None:
    lines = [str(line) for line in run_lines(planned(source_plan(), 3), "Ready to execute:")]
    assert "  pytest --tracks=3" in lines
    assert "  pytest --track=02    (Track 2 only)" in lines
    assert "  Terminal 3: pytest --track=03" in lines


def test_of_many_warnings_of_one_kind_the_first_few_are_listed() -> None:
    many = [Problem("tasks.yaml", line, 1, "task-too-long", f"T-{line}") for line in range(1, 8)]
    lines = [str(line) for line in warning_lines([*many, Problem("x", 0, 0, "other", "one")])]
    assert lines[0] == "warning: tasks.yaml:1:1: task-too-long T-1"
    assert lines[5:] == [
        "warning: 2 more task-too-long (--json lists all)",
        "warning: x: other one",
    ]


class TestGantt:
    def test_tasks_stand_where_they_run(self) -> None:
        given = plan(
            task("T-1", 10), task("T-2", 10, ["T-1"]), task("T-3", 5), tracks=[Track(1, "a")]
        )
        rows = [str(line) for line in gantt_lines(planned(given, 2), width=46)]
        assert rows[2:5] == [
            "     0         5         10        15    20 h",
            "1 a  [1=================][2=================]",
            "2    [3-------]..............................",
        ]

    def test_a_plan_that_takes_no_time_is_drawn_all_the_same(self) -> None:
        rows = gantt_lines(planned(plan(task("A", 0), task("B", 0)), 1))
        assert len(rows) > 4


@pytest.mark.parametrize(
    ("hours", "text"),
    [(42, "42 hours"), (0.5, "0.5 hours"), (0, "0 hours"), (0.01, "36 s"), (0.75, "45 min")],
)
def test_lengths(hours: float, text: str) -> None:
    assert length(hours) == text


def test_json_has_exactly_the_promised_keys() -> None:
    check = Check("file", {"path": "a", "contains": ("x", "y"), "odd": {1: object}})
    criterion = Criterion("AC-001", "There is a file", check, Location("a.yaml"))
    given = plan(task("A", 20, criteria=(criterion,)), task("B", 1, ["A"]))
    document: Mapping[str, object] = json.loads(json.dumps(plan_json(planned(given, 5))))
    assert list(document) == [
        *("project", "total_hours", "makespan", "lower_bound", "max_tracks", "width"),
        *("critical_path", "critical_path_hours", "tracks", "tasks", "sprints", "waves"),
        "warnings",
    ]
    assert document["tracks"] == [
        {
            "id": 1,
            "name": "",
            "tasks": [
                {"id": "A", "start": 0.0, "end": 20.0},
                {"id": "B", "start": 20.0, "end": 21.0},
            ],
            "hours": 21,
        }
    ]
    (first, second) = document["tasks"]  # type: ignore[misc]
    assert list(first) == ["id", "title", "kind", "hours", "track", "predecessors", "criteria"]
    assert (second["predecessors"], second["kind"]) == (["A"], "task")
    shown = first["criteria"][0]["check"]
    assert (shown["kind"], shown["contains"]) == ("file", ["x", "y"])
    found = {one["code"]: one for one in document["warnings"]}  # type: ignore[attr-defined]
    assert found["note"]["message"].startswith("Requested 5 tracks, but max possible is 1.")
    assert found["task-too-long"]["path"] == "plan.yaml"
    assert found["task-too-long"]["line"] == 1
    assert document["waves"] == [["A"], ["B"]]


def test_the_overview_is_a_table_that_no_title_breaks() -> None:
    given = plan(task("A", 1, component="a | b <script>"))
    text = overview_text(planned(given))
    assert "| SPRINT-001-01 | a \\| b &lt;script> | A | 1 h |  |" in text.splitlines()
