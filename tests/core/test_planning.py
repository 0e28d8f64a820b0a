from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Location, Plan, Sprint, Track
from pytest_tracks.core.planning import PLANNED_MODE, Planning, Request, make_planning
from pytest_tracks.core.record import RUN_MODE, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import UsageError
from tests.core.plans import assert_layout_holds, plan, source_plan, task
from tests.core.test_distribute import SOURCE_PINS, plans

NOTHING = ProjectRecord()


def recorded(
    planning: Planning, passed: dict[str, float] | None = None, mode: str = PLANNED_MODE
) -> ProjectRecord:
    """Remember a planning, with the minutes that some of its tasks took."""
    minutes = passed or {}
    tasks = {
        name: TaskRecord(
            TaskVerdict.PASS if name in minutes else None,
            track=number,
            duration_minutes=minutes.get(name),
        )
        for name, number in planning.layout.track_of().items()
    }
    tracks = {one.number: TrackRecord(one.number, one.name) for one in planning.layout.tracks}
    return ProjectRecord(tasks, tracks, mode=mode)


def test_the_sources_18_tasks_take_44_hours_on_three_tracks() -> None:
    planning = make_planning(source_plan(), NOTHING, Request(3))
    assert (planning.used, planning.layout.makespan, planning.analysis.max_tracks) == (3, 44, 3)
    assert len(planning.sprints) == 6
    assert (planning.moves, planning.notes, planning.warnings) == ((), (), ())


def test_the_sources_own_plan_as_pins_takes_its_52_hours() -> None:
    planning = make_planning(source_plan(SOURCE_PINS), NOTHING, Request(3))
    assert [sprint.hours for sprint in planning.sprints] == [24, 20, 12, 28, 24, 20]
    assert planning.layout.makespan == 52
    assert "pins-lengthen" in {problem.code for problem in planning.warnings}


def test_a_number_above_the_useful_maximum_is_cut() -> None:
    planning = make_planning(source_plan(), NOTHING, Request(5))
    assert planning.used == 3
    assert planning.notes == ("Requested 5 tracks, but max possible is 3. Using 3 tracks.",)


def test_the_cut_leaves_the_tracks_that_pins_need() -> None:
    planning = make_planning(source_plan({"018": 4}), NOTHING, Request(9))
    assert planning.used == 4
    assert planning.notes[0].endswith("Using 4 tracks, which the document's pins need.")


def test_a_pin_above_the_number_of_tracks_is_an_error() -> None:
    with pytest.raises(UsageError, match="TASK-018 is pinned to track 4"):
        make_planning(source_plan({"018": 4}), NOTHING, Request(3))


def test_without_a_number_the_useful_maximum_the_document_and_the_last_planning_decide() -> None:
    assert make_planning(source_plan(), NOTHING, Request()).used == 3
    declared = source_plan(tracks=[Track(number) for number in range(1, 6)])
    assert make_planning(declared, NOTHING, Request()).used == 5
    before = recorded(make_planning(declared, NOTHING, Request(2)))
    again = make_planning(declared, before, Request())
    assert (again.used, again.moves) == (2, ())


def test_a_replan_keeps_what_has_passed_and_says_what_moved() -> None:
    before = make_planning(source_plan(), NOTHING, Request(2))
    done = dict.fromkeys(["TASK-003", "TASK-007", "TASK-002"], 30.0)
    after = make_planning(source_plan(), recorded(before, done), Request(3))
    then, now = before.layout.track_of(), after.layout.track_of()
    assert set(after.completed) == set(done)
    assert all(now[name] == then[name] for name in done)
    assert after.layout.makespan < before.layout.makespan
    moved = {move.task: (move.before, move.after) for move in after.moves}
    assert moved == {name: (then[name], now[name]) for name in then if then[name] != now[name]}
    assert moved


@given(plans(), st.integers(1, 3), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_nothing_moves_for_nothing(given: Plan, tracks: int, noise: object) -> None:
    given = dataclasses.replace(given, capacities={"db": 2})
    tracks = max([tracks, *(one.pin or 0 for one in given.tasks.values())])
    before = make_planning(given, NOTHING, Request(tracks))
    chance = noise.random  # type: ignore[attr-defined]
    done = {name: 6.0 for name in given.tasks if chance() < 0.5}
    after = make_planning(given, recorded(before, done), Request(before.used))
    assert_layout_holds(given, after.layout)
    assert after.moves == ()
    assert after.layout.track_of() == before.layout.track_of()


def test_tracks_that_a_run_made_for_itself_hold_nothing() -> None:
    before = make_planning(source_plan(), NOTHING, Request(2))
    done = dict.fromkeys(before.plan.tasks, 30.0)
    after = make_planning(source_plan(), recorded(before, done, RUN_MODE), Request(3))
    assert (after.layout.makespan, after.completed, after.moves) == (44, (), ())


def test_history_takes_the_place_of_estimates() -> None:
    before = make_planning(source_plan(), NOTHING, Request(3))
    record = recorded(before, {"TASK-001": 90.0})
    after = make_planning(source_plan(), record, Request(3, from_history=True))
    assert after.analysis.total_hours == 128 - 8 + 1.5
    assert after.notes == (
        "1 of 18 tasks have a recorded duration; the others count with their estimates.",
    )


def test_history_of_a_plan_without_estimates_leaves_the_others_an_hour() -> None:
    given = plan(task("A", None), task("B", None))
    record = ProjectRecord({"A": TaskRecord(TaskVerdict.PASS, duration_minutes=30.0)})
    assert make_planning(given, record, Request(1, from_history=True)).layout.makespan == 1.5


def test_sprints_that_are_given_stay_and_the_others_are_cut_around_them() -> None:
    mine = Sprint("SPRINT-002-01", 1, "Mine", ("TASK-018", "TASK-016"), Location("mine.yaml"))
    given = dataclasses.replace(source_plan(), sprints=(mine,))
    planning = make_planning(given, NOTHING, Request(3))
    by_id = {sprint.id: sprint for sprint in planning.sprints}
    assert (by_id[mine.id].tasks, by_id[mine.id].title) == (mine.tasks, "Mine")
    laid = [name for sprint in planning.sprints for name in sprint.tasks]
    assert sorted(laid) == sorted(given.tasks)
    assert {sprint.number for sprint in planning.sprints} == {1, 2}


class TestByOwner:
    def test_tracks_of_one_owner_are_one_stream(self) -> None:
        declared = [Track(1, "API", owner="Ann"), Track(2, "UI", owner="Bob"), Track(3, "Ops")]
        tasks = [
            task("A", 3, pin=1),
            task("B", 2, pin=2),
            task("C", 4, pin=3, owner="Ann"),
            task("D", 1, ["C"], pin=3),
        ]
        planning = make_planning(plan(*tasks, tracks=declared), NOTHING, Request(by_owner=True))
        streams = {track.name: set(track.tasks) for track in planning.layout.tracks}
        assert streams == {"Ann": {"A", "C", "D"}, "Bob": {"B"}}
        assert planning.layout.makespan == 8
        assert "pins-lengthen" not in {problem.code for problem in planning.warnings}

    def test_a_track_without_an_owner_is_a_stream_of_its_own(self) -> None:
        declared = [Track(1, "API", owner="Ann"), Track(2)]
        given = plan(task("A", pin=1), task("B", pin=2), tracks=declared)
        planning = make_planning(given, NOTHING, Request(by_owner=True))
        assert [track.name for track in planning.layout.tracks] == ["Ann", "Track 2"]

    def test_nobody_owns_anything(self) -> None:
        with pytest.raises(UsageError, match="no track has an owner"):
            make_planning(source_plan(), NOTHING, Request(by_owner=True))
