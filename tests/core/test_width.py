from __future__ import annotations

from itertools import combinations

from hypothesis import given

from pytest_tracks.core.graph import Graph, build_graph
from pytest_tracks.core.list_schedule import Workload
from pytest_tracks.core.width import Width, width
from tests.core.plans import workloads


def largest_antichain(graph: Graph[int]) -> int:
    """Try all sets of tasks."""
    after = [0] * len(graph)
    for task in reversed(graph.order):
        for other in graph.successors[task]:
            after[task] |= after[other] | 1 << other
    related = {
        (one, two)
        for one in range(len(graph))
        for two in range(len(graph))
        if after[one] >> two & 1 or after[two] >> one & 1
    }
    return max(
        size
        for size in range(1, len(graph) + 1)
        for group in combinations(range(len(graph)), size)
        if not any(pair in related for pair in combinations(group, 2))
    )


@given(workloads(most=9))
def test_width_is_the_largest_antichain(workload: Workload) -> None:
    assert width(workload.graph) == Width(largest_antichain(workload.graph), exact=True)


def test_a_match_may_pass_through_a_task_of_another_chain() -> None:
    # a and b go through m to c and d: two chains cover all five only if both use m.
    graph = build_graph(
        "abmcd", {"m": ["a", "b"], "c": ["m"], "d": ["m"]}, dict.fromkeys("abmcd", 1)
    )
    assert width(graph).tasks == 2


def test_above_the_limit_it_is_a_bound_and_says_so() -> None:
    graph = build_graph("abc", {"b": ["a"]}, dict.fromkeys("abc", 1))
    assert str(width(graph, exact_up_to=2)) == "at least 2"
    assert str(width(graph)) == "2"


def test_empty_graph_has_width_zero() -> None:
    graph: Graph[int] = build_graph((), {}, {})
    assert width(graph) == Width(0, exact=True)
