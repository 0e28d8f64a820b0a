from __future__ import annotations

import random

import pytest

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.gates import (
    late_gates,
    tasks_only,
    tracks_of_gates,
    wanted_gates,
    work_before,
)
from pytest_tracks.core.model import Plan, TaskKind
from tests.core.worlds import make_plan, make_task

SYNC, FINAL = TaskKind.SYNC_POINT, TaskKind.FINAL_REVIEW


def gated() -> Plan:
    return make_plan(
        make_task("A", pin=1),
        make_task("B", pin=2),
        make_task("SYNC-01", ("A", "B"), kind=SYNC),
        make_task("C", ("SYNC-01",), pin=1),
        make_task("SYNC-02", ("SYNC-01",), items=0, kind=SYNC),
        make_task("D", ("SYNC-02",), pin=2),
        make_task("REVIEW-TRACK-02", ("B", "D"), kind=TaskKind.TRACK_REVIEW, pin=2),
        make_task("REVIEW-FINAL", ("C", "REVIEW-TRACK-02"), kind=FINAL),
    )


def test_the_planner_sees_through_gates() -> None:
    plain = tasks_only(gated())
    assert {name: task.predecessors for name, task in plain.tasks.items()} == {
        "A": (),
        "B": (),
        "C": ("A", "B"),
        "D": ("A", "B"),
    }
    assert analyse(gated()).critical_path_hours == 2
    assert set(distribute(gated(), 2).track_of()) == {"A", "B", "C", "D"}


def test_a_plan_without_gates_is_left_as_it_is() -> None:
    plan = make_plan(make_task("A"))
    assert tasks_only(plan) is plan


def test_a_long_chain_of_gates_is_no_recursion() -> None:
    names = [f"SYNC-{number}" for number in range(5_000)]
    gates = [
        make_task(name, (before,), items=0, kind=SYNC)
        for name, before in zip(names, ["A", *names], strict=False)
    ]
    plan = make_plan(make_task("A"), *reversed(gates), make_task("B", (names[-1],)))
    assert work_before(plan)["B"] == ("A",)


def test_a_part_of_the_plan_carries_out_what_stands_directly_before_it() -> None:
    assert wanted_gates(gated(), ["C"]) == ("SYNC-01",)
    assert wanted_gates(gated(), ["D"]) == ("SYNC-01", "SYNC-02")
    assert wanted_gates(gated(), ["A"]) == ()


def test_what_nothing_here_waits_for_comes_late() -> None:
    assert late_gates(gated(), ["A"]) == ("SYNC-01", "SYNC-02", "REVIEW-FINAL")
    assert late_gates(gated(), ["A", "C"]) == ("SYNC-02", "REVIEW-FINAL")
    assert late_gates(gated(), list(gated().tasks)) == ()


def test_gates_are_shown_beside_a_track() -> None:
    assert tracks_of_gates(gated(), {"A": 1, "C": 1, "B": 2, "D": 2}) == {
        "SYNC-01": 2,
        "SYNC-02": 2,
        "REVIEW-TRACK-02": 2,
        "REVIEW-FINAL": 2,
    }


@pytest.mark.parametrize("seed", range(40))
def test_seen_through_gates_the_same_tasks_come_before(seed: int) -> None:
    chance = random.Random(seed)
    tasks = []
    for number in range(chance.randint(1, 25)):
        before = tuple(task.id for task in tasks if chance.random() < 0.2)
        kind = chance.choice([SYNC, TaskKind.TASK])
        tasks.append(make_task(f"T{number}", before, items=0, kind=kind))
    plan = make_plan(*tasks)
    plain = tasks_only(plan)
    for name in plain.tasks:
        assert ancestors(plain, name) == ancestors(plan, name) & plain.tasks.keys()


def ancestors(plan: Plan, name: str) -> set[str]:
    direct = plan.tasks[name].predecessors
    return {*direct}.union(*(ancestors(plan, one) for one in direct))
