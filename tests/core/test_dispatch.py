from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.dispatch import Dispatch
from pytest_tracks.core.gate import Blocked, Gate
from tests.core.strategies import OUTSIDE, Dag, dags

CAPACITIES = {"database": 2}
"""And one ``port``: what is not named has one unit."""


@dataclass(frozen=True)
class Deal:
    """A graph laid on lanes, with resources, priorities and pins."""

    dag: Dag
    lanes: list[list[str]]
    needs: dict[str, dict[str, int]]
    priority: dict[str, float]
    pinned: frozenset[str]
    dynamic: bool

    def dispatch(self) -> Dispatch:
        return Dispatch(
            Gate(self.dag.waiting, passed=self.dag.passed, pure=self.dag.pure),
            self.lanes,
            priority=self.priority,
            needs=self.needs,
            capacities=CAPACITIES,
            pinned=self.pinned,
            dynamic=self.dynamic,
        )


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    dag = draw(dags(most=10, predecessors=2))
    lanes: list[list[str]] = [[] for _ in range(draw(st.integers(1, 3)))]
    needs: dict[str, dict[str, int]] = {}
    for task in dag.waiting:
        if task not in dag.pure:
            draw(st.sampled_from(lanes)).append(task)
            needs[task] = draw(
                st.sampled_from([{}, {}, {"port": 1}, {"database": 1}, {"database": 2, "port": 1}])
            )
    hours = st.sampled_from([1.0, 2.0, 5.0])
    pinned = st.frozensets(st.sampled_from(sorted(needs))) if needs else st.just(frozenset())
    return Deal(
        dag,
        lanes,
        needs,
        {task: draw(hours) for task in needs},
        pinned=draw(pinned | st.just(frozenset())),
        dynamic=draw(st.booleans()),
    )


@dataclass
class Floor:
    """A slow and obvious account of what a dispatch may do, beside the real one."""

    deal: Deal
    dispatch: Dispatch
    running: dict[str, int] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)

    def hear(self) -> None:
        for gate in self.dispatch.take_passed_gates():
            self.opened.add(gate)
            self.settled.add(gate)
        self.settled.update(one.task for one in self.dispatch.take_blocked())

    def unstarted(self, lane: int) -> list[str]:
        return [task for task in self.deal.lanes[lane] if self.is_unstarted(task)]

    def is_unstarted(self, task: str) -> bool:
        return task not in self.settled and task not in self.running

    def candidates(self, tasks: Iterable[str]) -> list[str]:
        """Those that are released and fit beside what runs, in the order that they should go."""
        fitting = [
            task
            for task in tasks
            if self.is_unstarted(task)
            and self.opened.issuperset(self.deal.dag.waiting[task])
            and self.fits(task)
        ]
        return sorted(fitting, key=lambda task: -self.deal.priority[task])  # stable: lane order

    def held(self, name: str) -> int:
        return sum(self.deal.needs[task].get(name, 0) for task in self.running)

    def fits(self, task: str) -> bool:
        return all(
            self.held(name) + units <= CAPACITIES.get(name, 1)
            for name, units in self.deal.needs[task].items()
        )

    def free(self) -> list[str]:
        return [task for lane in self.deal.lanes for task in lane if task not in self.deal.pinned]

    def take(self, lane: int) -> str | None:
        expected = self.candidates(self.deal.lanes[lane])
        if not expected and self.deal.dynamic:
            expected = self.candidates(self.free())
        task = self.dispatch.take(lane)
        assert task == (expected[0] if expected else None)
        if task is not None:
            self.running[task] = lane
            self.taken.append(task)
        for name in ("database", "port"):
            assert self.held(name) <= CAPACITIES.get(name, 1)
        return task

    def settle(self, task: str) -> None:
        opens = task not in self.deal.dag.closes
        self.dispatch.settle(task, opens=opens)
        del self.running[task]
        self.settled.add(task)
        if opens:
            self.opened.add(task)
        self.hear()

    def give_back(self, task: str) -> None:
        self.dispatch.give_back(task)
        del self.running[task]

    def check_exhaustion(self) -> None:
        free = any(self.is_unstarted(task) for task in self.free())
        for lane in range(len(self.deal.lanes)):
            more = bool(self.unstarted(lane)) or (self.deal.dynamic and free)
            assert self.dispatch.is_exhausted(lane) is not more


def open_floor(deal: Deal) -> Floor:
    floor = Floor(deal, deal.dispatch(), opened=set(deal.dag.passed) & set(OUTSIDE))
    floor.hear()
    return floor


def play(floor: Floor, chance: random.Random, *, returns: int = 0) -> None:
    """Take, end and (``returns`` times at most) give back in any order, until all is over."""
    lanes = len(floor.deal.lanes)
    while floor.dispatch.is_active:
        floor.check_exhaustion()
        taken = [floor.take(lane) for lane in range(lanes) if chance.random() < 0.5]
        if not any(taken):
            taken = [floor.take(lane) for lane in chance.sample(range(lanes), lanes)]
            assert floor.running, "nothing runs and nothing can be taken"
            task = chance.choice(sorted(floor.running))
            if returns and chance.random() < 0.5:
                returns -= 1
                floor.give_back(task)
            else:
                floor.settle(task)
    floor.check_exhaustion()


@settings(deadline=None)
@given(deals(), st.randoms(use_true_random=False))
def test_what_is_taken_is_the_longest_that_is_released_and_fits(
    deal: Deal, chance: random.Random
) -> None:
    floor = open_floor(deal)
    play(floor, chance)
    assert len(floor.taken) == len(set(floor.taken))
    assert set(floor.taken) == set(deal.needs) - set(deal.dag.behind_a_fault())
    assert floor.dispatch.unsettled == ()


@settings(deadline=None)
@given(deals(), st.randoms(use_true_random=False))
def test_what_is_given_back_is_taken_again_under_the_same_rules(
    deal: Deal, chance: random.Random
) -> None:
    floor = open_floor(deal)
    play(floor, chance, returns=5)
    assert set(floor.taken) == set(deal.needs) - set(deal.dag.behind_a_fault())


@settings(deadline=None)
@given(deals(), st.randoms(use_true_random=False))
def test_a_pinned_task_runs_on_its_own_lane_and_an_exhausted_lane_gets_nothing(
    deal: Deal, chance: random.Random
) -> None:
    floor = open_floor(deal)
    home = {task: lane for lane, tasks in enumerate(deal.lanes) for task in tasks}
    exhausted: set[int] = set()
    while floor.dispatch.is_active:
        for lane in range(len(deal.lanes)):
            if floor.dispatch.is_exhausted(lane):
                exhausted.add(lane)
            task = floor.take(lane)
            assert task is None or lane not in exhausted
            if task in deal.pinned or not deal.dynamic:
                assert task is None or home[task] == lane
        floor.settle(chance.choice(sorted(floor.running)))


@settings(deadline=None)
@given(deals(), st.randoms(use_true_random=False), st.integers(0, 6))
def test_after_a_stop_nothing_is_taken_and_what_runs_may_end(
    deal: Deal, chance: random.Random, steps: int
) -> None:
    floor = open_floor(deal)
    for _ in range(steps):
        floor.take(chance.randrange(len(deal.lanes)))
    floor.dispatch.stop()
    assert floor.dispatch.is_stopped
    for task in sorted(floor.running):
        assert floor.dispatch.is_active
        floor.settle(task)
    for lane in range(len(deal.lanes)):
        assert floor.dispatch.is_exhausted(lane)
        assert floor.dispatch.take(lane) is None
    assert not floor.dispatch.is_active


def make(lanes: list[list[str]], **more: object) -> Dispatch:
    waiting = {task: [] for lane in lanes for task in lane}
    more.setdefault("priority", {})
    return Dispatch(Gate(waiting), lanes, **more)  # type: ignore[arg-type]


def test_equal_priorities_go_in_the_order_of_the_lane() -> None:
    dispatch = make([["B", "A"]])
    assert [dispatch.take(0), dispatch.take(0)] == ["B", "A"]


def test_a_lane_helps_with_the_longest_of_the_others() -> None:
    dispatch = make([[], ["A"], ["B"]], priority={"A": 1.0, "B": 2.0}, dynamic=True)
    assert dispatch.take(0) == "B"


def test_its_own_task_comes_before_a_longer_one_elsewhere() -> None:
    dispatch = make([["A"], ["B"]], priority={"A": 1.0, "B": 2.0}, dynamic=True)
    assert dispatch.take(0) == "A"


def test_a_task_that_does_not_fit_lets_a_shorter_one_pass_and_comes_when_it_does() -> None:
    needs = {"A": {"port": 1}, "B": {"port": 1}}
    dispatch = make([["A"], ["B", "C"]], priority={"B": 9.0}, needs=needs)
    assert dispatch.take(0) == "A"
    assert dispatch.take(1) == "C"
    assert dispatch.take(1) is None
    assert not dispatch.is_exhausted(1)
    dispatch.settle("A", opens=False)
    assert dispatch.take(1) == "B"


def test_resources_are_taken_all_at_once_or_not_at_all() -> None:
    needs = {"A": {"port": 1}, "B": {"database": 1, "port": 1}, "C": {"database": 1}}
    dispatch = make([["A"], ["B"], ["C"]], needs=needs)
    dispatch.take(0)
    assert dispatch.take(1) is None
    assert dispatch.take(2) == "C", "B must not hold the database while it waits for the port"


def test_giving_back_frees_the_resources() -> None:
    dispatch = make([["A"], ["B"]], needs={"A": {"port": 1}, "B": {"port": 1}})
    dispatch.take(0)
    assert dispatch.take(1) is None
    dispatch.give_back("A")
    assert dispatch.take(1) == "B"
    assert not dispatch.is_exhausted(0)


def test_only_a_task_with_resources_is_sent_alone() -> None:
    dispatch = make([["A", "B", "C"]], needs={"A": {"port": 1}, "B": {}})
    assert [dispatch.needs_resources(task) for task in "ABC"] == [True, False, False]


def test_blocked_tasks_and_pure_gates_are_handed_out_once() -> None:
    gate = Gate({"A": ["X"], "SYNC": []}, pure=["SYNC"])
    dispatch = Dispatch(gate, [["A"]], priority={})
    assert dispatch.is_exhausted(0)
    assert dispatch.take_blocked() == [Blocked("A", ("X",), ("X",))]
    assert dispatch.take_passed_gates() == ["SYNC"]
    assert (dispatch.take_blocked(), dispatch.take_passed_gates()) == ([], [])


@pytest.mark.parametrize("task", ["A", "NOBODY"])
def test_only_what_runs_can_end_or_be_given_back(task: str) -> None:
    dispatch = make([["A"]])
    with pytest.raises(ValueError, match=f"^{task} does not run$"):
        dispatch.settle(task, opens=True)
    with pytest.raises(ValueError, match=f"^{task} does not run$"):
        dispatch.give_back(task)
    assert dispatch.take(0) == "A"


def test_a_busy_lane_gets_ahead_only_what_it_runs_next_in_any_case() -> None:
    gate = Gate({"A": [], "B": ["X"], "X": [], "C": []})
    order = {"A": 4.0, "B": 3.0, "C": 2.0, "X": 1.0}
    dispatch = Dispatch(gate, [["A", "B", "C"], ["X"]], priority=order)
    assert dispatch.take(0) == "A"
    assert dispatch.take_ahead(0, in_order=True) is None, "B may still come before C"
    assert dispatch.take(1) == "X"
    dispatch.settle("X", opens=True)
    assert dispatch.take_ahead(0, in_order=True) == "B"
    dispatch.give_back("B")
    assert dispatch.take_ahead(0, in_order=True) == "B"
    assert dispatch.take_ahead(0, in_order=True) == "C"
    assert dispatch.is_exhausted(0)


def test_a_busy_lane_gets_ahead_whatever_is_ready_where_order_does_not_matter() -> None:
    gate = Gate({"A": [], "B": ["A"], "C": []})
    dispatch = Dispatch(gate, [["A", "B", "C"]], priority={"A": 3.0, "B": 2.0, "C": 1.0})
    dispatch.take(0)
    assert dispatch.take_ahead(0, in_order=False) == "C"


def test_nothing_is_hoarded_ahead() -> None:
    needy = make([["A", "B"]], needs={"B": {"port": 1}})
    needy.take(0)
    assert needy.take_ahead(0, in_order=False) is None
    shared = make([["A", "B"], []], dynamic=True)
    shared.take(0)
    assert shared.take_ahead(0, in_order=True) is None
    stopped = make([["A", "B"]])
    stopped.take(0)
    stopped.stop()
    assert stopped.take_ahead(0, in_order=True) is None


def test_what_an_unrecorded_verdict_releases_waits_to_be_admitted() -> None:
    gate = Gate({"A": [], "Y": [], "B": ["A"], "S": ["A"], "C": ["S", "Y"]}, pure=["S"])
    dispatch = Dispatch(gate, [["A", "B"], ["Y", "C"]], priority={})
    assert [dispatch.take(0), dispatch.take(1)] == ["A", "Y"]
    dispatch.settle("A", opens=True, hold=True)
    dispatch.settle("Y", opens=True)
    assert [dispatch.take(0), dispatch.take(1)] == [None, None]
    assert [dispatch.is_held_back(0), dispatch.is_held_back(1)] == [True, True], "also by a gate"
    assert not dispatch.is_exhausted(0)
    dispatch.admit()
    assert [dispatch.take(0), dispatch.take(1)] == ["B", "C"]
    assert not dispatch.is_held_back(0)


def test_what_comes_behind_a_held_task_of_its_lane_waits_with_it() -> None:
    gate = Gate({"A": [], "B": ["A"], "C": [], "D": []})
    order = {"A": 4.0, "B": 3.0, "C": 2.0, "D": 1.0}
    dispatch = Dispatch(gate, [["A", "B", "C"], ["D"]], priority=order)
    dispatch.take(0)
    dispatch.settle("A", opens=True, hold=True)
    assert dispatch.take(0) is None
    assert dispatch.take_ahead(0, in_order=False) is None
    assert dispatch.take(1) == "D", "another lane does not wait for it"
    dispatch.admit()
    assert [dispatch.take(0), dispatch.take(0)] == ["B", "C"]
