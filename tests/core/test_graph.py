from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from pytest_tracks.core.graph import CycleError, Graph, build_graph
from pytest_tracks.core.list_schedule import Workload
from tests.core.plans import workloads

DIAMOND = {"b": ["a"], "c": ["a"], "d": ["b", "c"]}
HOURS = {"a": 1.0, "b": 2.0, "c": 5.0, "d": 1.0, "e": 3.0}


@pytest.fixture
def diamond() -> Graph[float]:
    """a → b, c → d; e alone."""
    return build_graph("abcde", DIAMOND, HOURS)


def names(graph: Graph[float], tasks: tuple[int, ...]) -> str:
    return "".join(graph.ids[task] for task in tasks)


def test_levels_and_slack(diamond: Graph[float]) -> None:
    assert diamond.b_levels() == [7, 3, 6, 1, 3]
    assert diamond.t_levels() == [0, 1, 1, 6, 0]
    assert diamond.slack() == [0, 3, 0, 0, 4]


def test_critical_path(diamond: Graph[float]) -> None:
    assert names(diamond, diamond.critical_path()) == "acd"
    assert diamond.critical_length() == 7
    assert diamond.total == 12


def test_waves_chains_and_independent(diamond: Graph[float]) -> None:
    assert [names(diamond, wave) for wave in diamond.waves()] == ["ae", "bc", "d"]
    assert [names(diamond, chain) for chain in diamond.chains()] == ["acd", "b", "e"]
    assert names(diamond, diamond.independent()) == "e"


def test_order_keeps_document_order_among_equals() -> None:
    graph = build_graph("zyxw", {"z": ["x"]}, dict.fromkeys("zyxw", 1))
    assert names(graph, graph.order) == "yxzw"


def test_cycle_is_named() -> None:
    with pytest.raises(CycleError) as caught:
        build_graph("abc", {"a": ["b"], "b": ["a"], "c": ["b"]}, dict.fromkeys("abc", 1))
    assert caught.value.tasks == ("a", "b", "c")


def test_unknown_and_repeated_predecessors_count_once() -> None:
    graph = build_graph("ab", {"b": ["a", "a", "gone"]}, {"a": 1, "b": 1})
    assert graph.predecessors == ((), (0,))


def test_empty_graph() -> None:
    graph: Graph[int] = build_graph((), {}, {})
    assert (graph.critical_path(), graph.critical_length(), graph.waves()) == ((), 0, ())
    assert graph.slack() == []


def test_chain_of_100_000_tasks_needs_no_recursion() -> None:
    ids = [str(index) for index in range(100_000)]
    after = {task: [before] for before, task in itertools.pairwise(ids)}
    graph = build_graph(ids, after, dict.fromkeys(ids, 1))
    assert graph.critical_length() == len(graph.critical_path()) == 100_000
    assert len(graph.chains()) == 1
    assert len(graph.waves()) == 100_000


@given(workloads())
def test_levels_agree_in_both_directions(workload: Workload) -> None:
    graph = workload.graph
    mirrored = graph.reversed()
    ends = [t + d for t, d in zip(graph.t_levels(), graph.durations, strict=True)]
    assert mirrored.b_levels() == ends
    assert min(graph.slack()) == 0
    assert sorted(task for chain in graph.chains() for task in chain) == list(range(len(graph)))
    path = graph.critical_path()
    assert sum(graph.durations[task] for task in path) == graph.critical_length()
    assert all(a in graph.predecessors[b] for a, b in itertools.pairwise(path))
