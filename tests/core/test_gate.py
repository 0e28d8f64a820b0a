from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.gate import Blocked, Gate
from tests.core.strategies import OUTSIDE, Dag, dags

CHANCE = st.randoms(use_true_random=False)


@dataclass
class Play:
    """A gate that was driven to its end, with everything that it handed out."""

    gate: Gate
    released: list[str] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    gates: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)


def play(dag: Dag, chance: random.Random) -> Play:
    """Settle released tasks in any order; check every release and every block when it comes."""
    done = Play(Gate(dag.waiting, passed=dag.passed, pure=dag.pure), opened=set(dag.passed))
    done.closed = set(OUTSIDE) - dag.passed
    running: list[str] = []
    while True:
        for gate in done.gate.take_passed_gates():
            assert done.opened.issuperset(dag.waiting[gate])
            done.opened.add(gate)
            done.gates.append(gate)
        for task in done.gate.take_released():
            assert done.opened.issuperset(dag.waiting[task])
            done.released.append(task)
            running.append(task)
        blocked = done.gate.take_blocked()
        done.closed.update(one.task for one in blocked)
        done.blocked += blocked
        assert set(done.gate.unsettled).isdisjoint(done.opened | done.closed)
        if not running:
            return done
        task = running.pop(chance.randrange(len(running)))
        done.gate.settle(task, opens=task not in dag.closes)
        (done.closed if task in dag.closes else done.opened).add(task)


@settings(deadline=None)
@given(dags(), CHANCE)
def test_every_task_comes_out_exactly_once_and_only_behind_an_open_gate(
    dag: Dag, chance: random.Random
) -> None:
    done = play(dag, chance)
    came_out = done.released + done.gates + [one.task for one in done.blocked]
    assert sorted(came_out) == sorted(dag.waiting)
    assert set(done.gates) <= dag.pure
    assert not dag.pure.intersection(done.released)
    assert not done.gate.is_active
    assert done.gate.unsettled == ()


@settings(deadline=None)
@given(dags(), CHANCE)
def test_blocked_are_exactly_those_behind_a_closed_one(dag: Dag, chance: random.Random) -> None:
    done = play(dag, chance)
    assert {one.task for one in done.blocked} == set(dag.behind_a_fault())


@settings(deadline=None)
@given(dags(), CHANCE)
def test_by_and_roots_name_what_is_closed_and_why(dag: Dag, chance: random.Random) -> None:
    done = play(dag, chance)
    faults = dag.behind_a_fault()
    for blocked in done.blocked:
        assert blocked.by
        assert [one for one in dag.waiting[blocked.task] if one in blocked.by] == [*blocked.by]
        assert done.closed.issuperset(blocked.by)
        assert blocked.roots
        assert faults[blocked.task].issuperset(blocked.roots)
        assert len(set(blocked.roots)) == len(blocked.roots)


@settings(deadline=None)
@given(dags(predecessors=1), CHANCE)
def test_with_one_predecessor_each_by_and_roots_are_exact(dag: Dag, chance: random.Random) -> None:
    faults = dag.behind_a_fault()
    for blocked in play(dag, chance).blocked:
        assert blocked.by == dag.waiting[blocked.task]
        assert set(blocked.roots) == faults[blocked.task]


def released(gate: Gate) -> list[str]:
    return gate.take_released()


def test_fault_52_a_failure_blocks_all_behind_it_and_names_the_root() -> None:
    gate = Gate({"A": [], "B": ["A"], "C": ["B"], "D": []})
    assert released(gate) == ["A", "D"]
    gate.settle("A", opens=False)
    assert gate.take_blocked() == [Blocked("B", ("A",), ("A",)), Blocked("C", ("B",), ("A",))]
    assert released(gate) == []
    assert gate.unsettled == ("D",)


def test_two_failed_predecessors_at_the_border_are_both_named() -> None:
    gate = Gate({"A": ["X", "Z", "Y"]}, passed=["Z"])
    assert gate.take_blocked() == [Blocked("A", ("X", "Y"), ("X", "Y"))]
    assert not gate.is_active


def test_a_task_behind_two_failures_is_blocked_once() -> None:
    gate = Gate({"A": [], "B": [], "C": ["A", "B"]})
    released(gate)
    gate.settle("A", opens=False)
    gate.settle("B", opens=False)
    assert gate.take_blocked() == [Blocked("C", ("A",), ("A",))]


def test_a_block_is_known_before_the_other_predecessors_have_ended() -> None:
    gate = Gate({"A": [], "B": [], "C": ["A", "B"]})
    released(gate)
    gate.settle("A", opens=False)
    assert [one.task for one in gate.take_blocked()] == ["C"]
    gate.settle("B", opens=True)
    assert released(gate) == []


def test_a_pass_outside_the_run_opens_and_inside_it_says_nothing() -> None:
    gate = Gate({"A": ["X"], "B": ["A"]}, passed=["X", "A"])
    assert released(gate) == ["A"]
    assert gate.unsettled == ("A", "B")


def test_pure_gates_pass_through_a_chain_and_release_what_is_behind() -> None:
    waiting = {"END": ["SYNC-2"], "SYNC-2": ["SYNC-1"], "SYNC-1": ["A"], "A": []}
    gate = Gate(waiting, pure=["SYNC-1", "SYNC-2"])
    assert gate.take_passed_gates() == []
    assert released(gate) == ["A"]
    gate.settle("A", opens=True)
    assert gate.take_passed_gates() == ["SYNC-1", "SYNC-2"]
    assert released(gate) == ["END"]


def test_a_pure_gate_without_predecessors_passes_at_once() -> None:
    gate = Gate({"SYNC": [], "A": ["SYNC"]}, pure=["SYNC"])
    assert gate.take_passed_gates() == ["SYNC"]
    assert released(gate) == ["A"]


def test_a_pure_gate_behind_a_failure_is_blocked() -> None:
    gate = Gate({"A": [], "SYNC": ["A"], "B": ["SYNC"]}, pure=["SYNC"])
    released(gate)
    gate.settle("A", opens=False)
    assert [one.task for one in gate.take_blocked()] == ["SYNC", "B"]
    assert gate.take_passed_gates() == []


def test_everything_is_handed_out_once() -> None:
    gate = Gate({"A": [], "B": ["X"], "SYNC": []}, pure=["SYNC"])
    assert gate.take_released()
    assert gate.take_blocked()
    assert gate.take_passed_gates()
    assert (gate.take_released(), gate.take_blocked(), gate.take_passed_gates()) == ([], [], [])


def test_a_chain_of_any_length_needs_no_recursion() -> None:
    names = [f"T{number}" for number in range(20_000)]
    waiting = {name: names[max(0, n - 1) : n] for n, name in enumerate(names)}
    opening = Gate(waiting, pure=names)
    assert opening.take_passed_gates() == names
    closing = Gate(waiting)
    released(closing)
    closing.settle("T0", opens=False)
    assert len(closing.take_blocked()) == len(names) - 1


@pytest.fixture
def begun() -> Gate:
    gate = Gate({"A": [], "B": ["A"], "C": ["X"], "D": []})
    gate.take_released()
    return gate


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("NOBODY", "NOBODY is not in this run"),
        ("X", "X is not in this run"),
        ("B", "B was never released"),
        ("C", "C has been settled before"),
    ],
)
def test_misuse_is_refused_by_name_and_changes_nothing(
    begun: Gate, task: str, message: str, opens: bool
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        begun.settle(task, opens=opens)
    assert begun.unsettled == ("A", "B", "D")


@pytest.mark.parametrize("opens", [True, False])
def test_a_task_is_settled_once(begun: Gate, opens: bool) -> None:
    begun.settle("A", opens=opens)
    with pytest.raises(ValueError, match=r"^A has been settled before$"):
        begun.settle("A", opens=True)


def test_what_was_released_but_not_handed_out_cannot_end() -> None:
    gate = Gate({"A": []})
    with pytest.raises(ValueError, match=r"^A was never released$"):
        gate.settle("A", opens=True)
