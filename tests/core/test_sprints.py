from __future__ import annotations

import dataclasses

import pytest

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Location, Sprint, TaskKind
from pytest_tracks.core.sprints import cut_sprints
from tests.core.plans import plan, source_plan, task
from tests.core.test_distribute import SOURCE_PINS


def test_the_sources_plan_gives_two_sprints_on_each_of_three_tracks() -> None:
    source = source_plan(SOURCE_PINS)
    sprints = cut_sprints(source, distribute(source, 3))
    assert [(sprint.id, sprint.hours) for sprint in sprints] == [
        ("SPRINT-001-01", 24),
        ("SPRINT-001-02", 20),
        ("SPRINT-001-03", 12),
        ("SPRINT-002-01", 28),
        ("SPRINT-002-02", 24),
        ("SPRINT-002-03", 20),
    ]
    assert sprints[0].tasks == ("TASK-001", "TASK-004", "TASK-008")
    assert sprints[0].title == "backend, part 1 of 2"
    assert sprints[3].depends_on == ("SPRINT-001-01",)


def test_a_task_is_never_in_an_earlier_sprint_than_its_predecessor() -> None:
    # Track 2 is nearly all waiting: by its hours alone B would be cut into the first sprint.
    given = plan(
        task("A1", 30, pin=1),
        task("A2", 30, ["A1"], pin=1),
        task("B1", 1, ["A2"], pin=2),
        task("B2", 1, ["B1"], pin=2),
    )
    sprints = cut_sprints(given, distribute(given, 2))
    number_of = {item: sprint.number for sprint in sprints for item in sprint.tasks}
    for item in given.tasks.values():
        assert all(number_of[before] <= number_of[item.id] for before in item.predecessors)
    assert number_of["B1"] == 2
    assert sprints[1].tasks == ()
    assert sprints[3].depends_on == ()  # A2 is in the sprint that runs beside it


def test_gates_are_in_no_sprint_but_hold_back_what_follows() -> None:
    given = plan(
        task("A", 50, pin=1),
        task("SYNC-01", 0, ["A"], pin=2, kind=TaskKind.SYNC_POINT),
        task("B", 30, ["SYNC-01"], pin=2),
    )
    sprints = cut_sprints(given, distribute(given, 2))
    assert sorted(item for sprint in sprints for item in sprint.tasks) == ["A", "B"]


def test_given_titles_are_kept() -> None:
    given = dataclasses.replace(
        source_plan(),
        sprints=(Sprint("SPRINT-001-02", 2, "Foundation", (), Location("s.yaml")),),
    )
    titles = [sprint.title for sprint in cut_sprints(given, distribute(given, 3))]
    assert titles[:2] == ["backend, part 1 of 2", "Foundation"]


def test_a_plan_that_fits_is_one_sprint() -> None:
    given = plan(task("A", 40, component="api"))
    assert [sprint.title for sprint in cut_sprints(given, distribute(given, 1))] == ["api"]


def test_a_sprint_needs_hours() -> None:
    given = plan(task("A"))
    with pytest.raises(ValueError):
        cut_sprints(given, distribute(given, 1), sprint_hours=0)
