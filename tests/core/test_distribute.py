from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.distribute import distribute, lay_on_lanes
from pytest_tracks.core.model import Plan, Track
from pytest_tracks.core.workload import id_order
from pytest_tracks.errors import UsageError
from tests.core.plans import assert_layout_holds, plan, source_plan, task

SOURCE_PINS = {
    **dict.fromkeys(["001", "004", "008", "012", "016", "006", "018"], 1),
    **dict.fromkeys(["002", "005", "009", "013", "017", "010"], 2),
    **dict.fromkeys(["003", "007", "011", "015", "014"], 3),
}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 9))
    hours = st.sampled_from([None, 0.0, 0.1, 0.5, 1.5, 2.0, 8.0])
    component = st.sampled_from([None, "api", "ui"])
    tasks = []
    for number in range(count):
        before = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        tasks.append(
            task(
                f"T-{number}",
                draw(hours),
                [f"T-{other}" for other in sorted(before)],
                component=draw(component),
                pin=draw(st.sampled_from([None, None, 1, 2])),
                resources=draw(st.sampled_from([{}, {}, {"db": 1}, {"db": 2}])),
            )
        )
    return plan(*tasks, capacities={"db": 2})


def test_source_plan_takes_44_hours_on_three_tracks() -> None:
    source = source_plan()
    layout = distribute(source, 3)
    assert_layout_holds(source, layout)
    assert (layout.makespan, layout.lower_bound, layout.gap) == (44, 44, 0)
    assert [track.name for track in layout.tracks] == ["backend", "frontend", "infrastructure"]
    track_of = layout.track_of()
    for item in source.tasks.values():
        assert all(track_of[before] == track_of[item.id] for before in item.predecessors)


def test_source_plan_with_the_sources_pins_takes_its_52_hours() -> None:
    layout = distribute(source_plan(SOURCE_PINS), 3)
    hours = source_plan().durations()
    work = [sum(hours[item] for item in track.tasks) for track in layout.tracks]
    assert work == [52, 44, 32]
    assert layout.makespan == layout.lower_bound == 52


@given(plans(), st.integers(2, 4))
@settings(deadline=None, max_examples=50)
def test_every_layout_respects_precedence_pins_and_resources(given: Plan, tracks: int) -> None:
    layout = distribute(given, tracks)
    assert_layout_holds(given, layout)
    track_of = layout.track_of()
    for item in given.tasks.values():
        assert item.pin in (None, track_of[item.id])
    for moment in layout.start.values():
        running = [
            item
            for item in given.tasks.values()
            if layout.start[item.id] <= moment < layout.end[item.id]
        ]
        assert sum(item.resources.get("db", 0) for item in running) <= 2


@given(plans(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_the_order_of_the_files_changes_nothing(given: Plan, shuffle: object) -> None:
    items = list(given.tasks.items())
    shuffle.shuffle(items)  # type: ignore[attr-defined]
    assert distribute(dataclasses.replace(given, tasks=dict(items)), 3) == distribute(given, 3)


def test_declared_tracks_keep_number_and_name_and_attract_their_component() -> None:
    declared = (Track(1, "Cloud", "infrastructure"), Track(2, "Web", "frontend"), Track(3, "API"))
    layout = distribute(source_plan(tracks=declared), None)
    assert [track.name for track in layout.tracks] == ["Cloud", "Web", "API"]
    assert "TASK-003" in layout.tracks[0].tasks
    assert "TASK-002" in layout.tracks[1].tasks
    assert "TASK-001" in layout.tracks[2].tasks


def test_declared_numbers_need_not_be_consecutive() -> None:
    given = plan(task("A"), task("B"), tracks=[Track(2, "x"), Track(7, "y")])
    assert [track.number for track in distribute(given, None).tracks] == [2, 7]
    assert [track.number for track in distribute(given, 3).tracks] == [1, 2, 7]


def test_recorded_tracks_are_kept_and_pins_go_first() -> None:
    given = plan(task("A", pin=2), task("B"), task("C"))
    layout = distribute(given, 2, recorded={"A": 1, "B": 2, "C": 9})
    track_of = layout.track_of()
    assert (track_of["A"], track_of["B"], track_of["C"]) == (2, 2, 1)


def test_without_tracks_the_recorded_ones_count() -> None:
    given = plan(task("A"), task("B"))
    assert len(distribute(given, None).tracks) == 1
    layout = distribute(given, None, recorded={"A": 1, "B": 3})
    assert [track.number for track in layout.tracks] == [1, 3]


def test_tracks_of_one_component_get_different_names() -> None:
    layout = distribute(plan(*(task(name, component="api") for name in "AB")), 2)
    assert [track.name for track in layout.tracks] == ["api", "api 2"]


def test_more_tracks_than_tasks_leaves_some_empty() -> None:
    layout = distribute(plan(task("A")), 3)
    assert [track.tasks for track in layout.tracks] == [("A",), (), ()]


def test_a_pin_above_the_number_of_tracks_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"A is pinned to track 3 .*only 2 tracks"):
        distribute(plan(task("A", pin=3)), 2)


def test_a_need_above_the_capacity_is_an_error() -> None:
    with pytest.raises(UsageError, match="A needs 2 units of gpu but there are only 1"):
        distribute(plan(task("A", resources={"gpu": 2})), 1)


@pytest.mark.parametrize("ask", [distribute, lambda plan, count: lay_on_lanes({}, {}, count)])
def test_no_tracks_at_all_is_an_error(ask: object) -> None:
    with pytest.raises(UsageError, match="at least one"):
        ask(plan(task("A")), 0)  # type: ignore[operator]


def test_resources_keep_tasks_apart() -> None:
    given = plan(*(task(name, 2, resources={"db": 1}) for name in "ABC"))
    layout = distribute(given, 3)
    assert layout.makespan == layout.lower_bound == 6


def test_fractional_hours_are_exact() -> None:
    given = plan(*(task(name, 0.1) for name in "ABC"))
    assert distribute(given, 1).makespan == 0.3


def test_ids_sort_as_people_do() -> None:
    assert sorted(["TASK-10", "TASK-9", "TASK-09", "SYNC-1"], key=id_order) == [
        "SYNC-1",
        "TASK-09",
        "TASK-9",
        "TASK-10",
    ]


LANE_HOURS = dict(zip("abcd", (5.0, 4.0, 3.0, 2.0), strict=True))
LANE_TRACKS = {1: ["a"], 2: ["b"], 3: ["c"], 4: ["d"]}


class TestLanes:
    def test_whole_tracks_are_balanced_over_fewer_lanes(self) -> None:
        assert lay_on_lanes(LANE_TRACKS, LANE_HOURS, 2) == ((1, 4), (2, 3))

    def test_each_track_has_its_own_lane_and_spare_lanes_are_empty(self) -> None:
        assert lay_on_lanes(LANE_TRACKS, LANE_HOURS, 5) == ((1,), (2,), (3,), (4,), ())

    def test_tracks_without_hours_are_spread_all_the_same(self) -> None:
        assert lay_on_lanes(LANE_TRACKS, dict.fromkeys("abcd", 0.0), 2) == ((1, 3), (2, 4))
