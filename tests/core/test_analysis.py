from __future__ import annotations

import re

import pytest

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.model import Track
from tests.core.plans import plan, source_plan, task


def test_the_sources_18_tasks() -> None:
    found = analyse(source_plan())
    assert [(chain.name, chain.hours, len(chain.tasks)) for chain in found.chains] == [
        ("backend", 42, 5),
        ("frontend", 38, 5),
        ("infrastructure", 28, 4),
    ]
    assert found.independent == ("TASK-006", "TASK-010", "TASK-014", "TASK-018")
    assert (found.independent_hours, found.total_hours) == (20, 128)
    assert found.critical_path == ("TASK-001", "TASK-004", "TASK-008", "TASK-012", "TASK-016")
    assert (found.critical_path_hours, found.max_tracks, found.single_track) == (42, 3, None)
    assert found.slack["TASK-002"] == 4
    assert found.width.tasks == 7
    assert [len(wave) for wave in found.waves] == [7, 3, 3, 3, 2]


def test_the_table_compares_numbers_of_tracks() -> None:
    found = analyse(source_plan(), tracks=6)
    assert [(row.tracks, row.makespan) for row in found.table] == [
        (1, 128),
        (2, 64),
        (3, 44),
        (4, 42),
        (6, 42),
    ]
    three = found.speed(3)
    assert three.speed_up == pytest.approx(128 / 44)
    assert three.efficiency == pytest.approx(128 / 132)
    assert three.idle_hours == 4
    with pytest.raises(KeyError):
        found.speed(5)


def test_reasons_are_sentences() -> None:
    assert analyse(source_plan()).reasons == (
        "3 independent dependency chains exist",
        "At peak, 7 tasks can run simultaneously",
        "With 3 tracks the plan takes 44 h (4 h idle)",
        "With 2 it would take 64 h",
        "No number of tracks takes less than 42 h",
    )


@pytest.mark.parametrize(
    ("waits", "why"),
    [
        ({}, "No task waits for another"),
        ({"B": ["A"]}, "1 dependency chain exists"),
        ({"B": ["A"], "D": ["C"]}, "2 independent dependency chains exist"),
        (
            {"B": ["A"], "D": ["C", "A"], "F": ["E"]},
            "3 dependency chains exist, in 2 independent groups",
        ),
        (
            {"B": ["A"], "D": ["C", "A"]},
            "2 dependency chains exist, that all hang together",
        ),
    ],
)
def test_chains_are_independent_only_where_they_are(waits: dict[str, list[str]], why: str) -> None:
    found = analyse(plan(*(task(name, 1, waits.get(name, ())) for name in "ABCDEFGH")))
    assert found.reasons[0] == why


def test_a_chain_is_called_as_the_track_declared_for_its_component() -> None:
    declared = Track(1, "Backend API", "backend")
    assert analyse(source_plan(tracks=[declared])).chains[0].name == "Backend API"


def test_pins_do_not_hide_what_is_possible() -> None:
    pinned = plan(*(task(f"T-{number}", 4, pin=1) for number in range(4)))
    assert analyse(pinned).max_tracks == 4


def test_a_resource_limits_the_useful_tracks() -> None:
    tasks = [task(f"T-{number}", 4, resources={"db": 1}) for number in range(6)]
    assert analyse(plan(*tasks)).max_tracks == 1


def test_a_chain_is_named_by_its_track_where_no_component_is_given() -> None:
    tasks = task("A", pin=2), task("B", after=["A"], pin=2)
    assert analyse(plan(*tasks, tracks=[Track(2, "Data")])).chains[0].name == "Data"
    assert analyse(plan(*tasks)).chains[0].name == "Track 2"


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ([task("A"), task("B")], "fewer than 10 tasks"),
        ([task("A"), task("B", after=["A"])], "form one chain"),
        (
            [task("A", 100), *(task(f"B-{number}", 1) for number in range(12))],
            r"tightly coupled \(89 % of the work",
        ),
    ],
)
def test_one_track_may_be_enough(tasks: list[object], why: str) -> None:
    sentence = analyse(plan(*tasks)).single_track  # type: ignore[arg-type]
    assert sentence is not None
    assert sentence.startswith("A single track is enough: ")
    assert re.search(why, sentence)


def test_a_plan_without_hours_to_share_needs_one_track() -> None:
    assert analyse(plan(task("A", 0), task("B", 0))).max_tracks == 1


def test_a_large_useful_maximum_makes_the_table_grow_in_doubling_steps() -> None:
    found = analyse(plan(*(task(f"T-{number}", 1) for number in range(40))))
    assert found.max_tracks == 40
    assert [row.tracks for row in found.table] == [1, 2, 3, 4, 5, 6, 12, 24, 40, 41]
    assert found.speed(41).makespan == 1
