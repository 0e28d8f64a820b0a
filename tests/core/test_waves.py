"""Waves are completed once, by whoever has the last verdict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Location, Plan, Task
from pytest_tracks.core.waves import Wave, Waves

WAITS = {"A": (), "B": (), "C": ("A",), "D": ("A", "B"), "E": ("C", "D")}
PLACE = Location("tasks.yaml")
PLAN = Plan(
    "Shop",
    {name: Task(name, name, PLACE, predecessors=waits) for name, waits in WAITS.items()},
    ".",
)
FIRST, SECOND, THIRD = Wave(1, 3, ("A", "B")), Wave(2, 3, ("C", "D")), Wave(3, 3, ("E",))


def test_the_last_task_of_a_wave_completes_it() -> None:
    waves, passed = Waves(PLAN), set[str]()

    def settle(task: str) -> Wave | None:
        passed.add(task)
        return waves.settle(task, passed.__contains__)

    assert [settle(task) for task in "ACBDE"] == [None, None, FIRST, SECOND, THIRD]


def test_what_fails_completes_nothing() -> None:
    waves = Waves(PLAN, passed=("A",))
    assert waves.settle("B", {"A"}.__contains__) is None
    assert waves.settle("B", {"A", "B"}.__contains__) == FIRST


def test_what_passes_again_completes_nothing_again() -> None:
    waves = Waves(PLAN, passed=PLAN.tasks)
    assert [waves.settle(task, lambda _: True) for task in "ABCDE"] == [None] * 5


def test_a_pass_that_was_lost_meanwhile_is_no_part_of_it() -> None:
    waves, passed = Waves(PLAN), {"A"}
    assert waves.settle("A", passed.__contains__) is None
    assert waves.settle("B", {"B"}.__contains__) is None
    passed.add("B")
    assert waves.settle("A", passed.__contains__) == FIRST


@given(st.permutations("ABCDE"), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_of_several_runs_one_completes_each_wave(order: list[str], runs: list[int]) -> None:
    """A run hears of its own verdict when it knows those that came before it, and no others."""
    waves = [Waves(PLAN) for _ in range(3)]
    passed: set[str] = set()
    told = []
    for task, run in zip(order, runs, strict=True):
        passed.add(task)
        told.append(waves[run].settle(task, passed.__contains__))
    found = [wave for wave in told if wave is not None]
    assert sorted(found, key=lambda wave: wave.number) == [FIRST, SECOND, THIRD]
