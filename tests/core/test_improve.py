"""The planner's engine: feasible, never above the list schedule, optimal where that is known."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.bounds import lower_bound, proven_bound, window_bound
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.handovers import count_handovers, settle
from pytest_tracks.core.improve import improve, is_plain
from pytest_tracks.core.list_schedule import (
    ANY,
    Workload,
    list_schedule,
    whole_hours,
)
from pytest_tracks.core.passes import event_pass, insertion_pass, rank_by_key
from tests.core.plans import assert_feasible, workloads


def urgency(workload: Workload) -> list[int]:
    _, ranks = rank_by_key(workload.graph, [-level for level in workload.graph.b_levels()])
    return ranks


def hlfet(workload: Workload) -> int:
    """Plain list scheduling by b-level, written apart from the planner, without its tie rules."""
    graph = workload.graph
    levels = graph.b_levels()
    free_from = [0] * workload.tracks
    ends: dict[int, int] = {}
    now = 0
    while len(ends) < len(graph):
        started = False
        ready = [
            task
            for task in range(len(graph))
            if task not in ends
            and all(ends.get(other, now + 1) <= now for other in graph.predecessors[task])
        ]
        for task in sorted(ready, key=lambda task: -levels[task]):
            track = min(range(workload.tracks), key=free_from.__getitem__)
            if free_from[track] <= now:
                ends[task] = free_from[track] = now + graph.durations[task]
                started = True
        if not started:
            now = min(time for time in [*ends.values(), *free_from] if time > now)
    return max(ends.values(), default=0)


def optimum(workload: Workload) -> int:
    """Try every order of tasks, each as early as its predecessors and a free track allow."""
    graph, best = workload.graph, None
    for order in permutations(range(len(graph))):
        ends: dict[int, int] = {}
        free_from = [0] * workload.tracks
        for task in order:
            if any(other not in ends for other in graph.predecessors[task]):
                break
            early = max((ends[other] for other in graph.predecessors[task]), default=0)
            duration = graph.durations[task]
            fitting = [time for time in free_from if time <= early]
            taken = max(fitting) if fitting else min(free_from)
            ends[task] = max(early, taken) + duration
            if duration:
                free_from[free_from.index(taken)] = ends[task]
            else:
                ends[task] = early
        else:
            makespan = max(ends.values(), default=0)
            best = makespan if best is None else min(best, makespan)
    assert best is not None
    return best


@given(workloads())
def test_list_schedule_is_feasible(workload: Workload) -> None:
    ranks = urgency(workload)
    schedule = list_schedule(workload, ranks)
    assert_feasible(workload, schedule)
    assert schedule.makespan >= lower_bound(workload)


@given(workloads())
@settings(deadline=None, max_examples=60)
def test_a_settled_plan_is_feasible_and_no_longer(workload: Workload) -> None:
    improved = improve(workload, budget=2_000)
    ranks = urgency(workload)
    assert improved.makespan >= proven_bound(workload, improved.makespan)
    settled = settle(workload, improved, [0] * len(workload.graph), budget=2_000)
    assert_feasible(workload, settled)
    assert settled.makespan <= improved.makespan
    if is_plain(workload):
        assert settled.makespan <= list_schedule(workload, ranks).makespan


@given(workloads(most=16, plain=True))
@settings(deadline=None, max_examples=60)
def test_never_longer_than_plain_list_scheduling(workload: Workload) -> None:
    settled = settle(workload, improve(workload, budget=3_000), [ANY] * len(workload.graph), 2_000)
    assert_feasible(workload, settled)
    assert settled.makespan <= hlfet(workload)


@given(workloads(most=6, plain=True))
@settings(deadline=None, max_examples=25)
def test_small_plans_are_optimal(workload: Workload) -> None:
    best = optimum(workload)
    assert improve(workload, budget=20_000).makespan == best
    assert window_bound(workload.graph, workload.tracks) <= best


@given(workloads(plain=True))
def test_both_passes_hold_precedence_and_capacity(workload: Workload) -> None:
    graph = workload.graph
    for one_pass in (event_pass, insertion_pass):
        ends = one_pass(graph, workload.tracks, *rank_by_key(graph, [0.0] * len(graph)))
        starts = [end - length for end, length in zip(ends, graph.durations, strict=True)]
        for task in range(len(graph)):
            assert all(ends[other] <= starts[task] for other in graph.predecessors[task])
            busy = sum(a <= starts[task] < b for a, b in zip(starts, ends, strict=True))
            assert busy <= workload.tracks


def test_a_track_waits_for_an_urgent_task_where_that_is_shorter() -> None:
    # a ─► b, c ─► d; x alone. Where x starts at once, c is late and with it d.
    graph = build_graph(
        "abcdx",
        {"b": ["a"], "c": ["a"], "d": ["b", "c"]},
        {"a": 1, "b": 3, "c": 3, "d": 4, "x": 2},
    )
    workload = Workload(graph, 2, (ANY,) * 5)
    assert hlfet(workload) == 9
    assert improve(workload).makespan == 8


def test_handovers_are_saved_where_that_costs_nothing() -> None:
    ids = "abcdefgh"
    graph = build_graph(
        ids,
        {"c": ["a"], "e": ["c"], "g": ["e"], "d": ["b"], "f": ["d"], "h": ["f"]},
        dict.fromkeys(ids, 2),
    )
    workload = Workload(graph, 2, (ANY,) * 8)
    settled = settle(workload, improve(workload), [ANY] * 8)
    assert settled.makespan == 8
    assert count_handovers(graph, settled.tracks) == 0


def test_the_same_plan_every_time() -> None:
    graph = build_graph(
        map(str, range(30)),
        {str(task): [str(task // 2), str(task // 3)] for task in range(2, 30)},
        {str(task): 1 + task * task % 7 for task in range(30)},
    )
    workload = Workload(graph, 3, (ANY,) * 30)
    plans = {settle(workload, improve(workload), [ANY] * 30) for _ in range(2)}
    assert len(plans) == 1


@given(st.lists(st.sampled_from([0, 0.1, 0.25, 0.5, 1, 1.2, 40, 1e-5, 0.3]), max_size=6))
def test_hours_are_whole_multiples_of_the_unit(hours: list[float]) -> None:
    whole, unit = whole_hours(hours)
    assert [multiple * unit for multiple in whole] == [Fraction(str(value)) for value in hours]


def test_the_unit_is_the_largest() -> None:
    assert whole_hours([0.5, 1.5, 2]) == ([1, 3, 4], Fraction(1, 2))
    assert whole_hours([8, 12]) == ([2, 3], Fraction(4))
    assert whole_hours([0, 0])[0] == [0, 0]
    assert whole_hours([])[0] == []
