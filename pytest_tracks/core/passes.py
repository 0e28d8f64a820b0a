"""The two scheduling passes of the planner, for tasks that any track may take.

``event_pass`` is list scheduling: a free track never waits while a task is ready. That is what a
run does, but some optimal schedules need a track to wait for an urgent task. ``insertion_pass``
finds those: it takes tasks in order of urgency and puts each into the first gap that holds it.
Both return the end of every task; they are the planner's innermost loops, hence their form: plain
lists, and (time, task) packed into one integer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush

from pytest_tracks.core.graph import Graph

__all__ = ["Pass", "event_pass", "insertion_pass", "rank_by_key"]

Pass = Callable[[Graph[int], int, Sequence[int], Sequence[int]], list[int]]
"""(graph, tracks, tasks by rank, rank of each task) → end of each task."""


def rank_by_key(graph: Graph[int], keys: Sequence[float]) -> tuple[list[int], list[int]]:
    """Order tasks by key, the smallest first; return the tasks by rank and the rank of each.

    Tasks that take no time come first: they free their track in the same moment.
    """
    durations = graph.durations
    by_rank = sorted(range(len(graph)), key=keys.__getitem__)
    if not all(durations):
        by_rank.sort(key=lambda task: durations[task] > 0)
    ranks = [0] * len(graph)
    for rank, task in enumerate(by_rank):
        ranks[task] = rank
    return by_rank, ranks


def event_pass(
    graph: Graph[int], tracks: int, by_rank: Sequence[int], ranks: Sequence[int]
) -> list[int]:
    """Start the most urgent ready task whenever a track is free."""
    durations, successors, count = graph.durations, graph.successors, len(graph)
    waiting_for = list(map(len, graph.predecessors))
    ready = [ranks[task] for task in range(count) if not waiting_for[task]]
    heapify(ready)
    ends = [0] * count
    running: list[int] = []
    now, free = 0, tracks
    while ready or running:
        while free and ready:
            task = by_rank[heappop(ready)]
            duration = durations[task]
            ends[task] = now + duration
            heappush(running, (now + duration) * count + task)
            free -= 1
            if not duration:
                break  # what waits for it competes in the same moment
        now = running[0] // count
        next_moment = (now + 1) * count
        while running and running[0] < next_moment:
            task = heappop(running) - now * count
            free += 1
            for after in successors[task]:
                left = waiting_for[after] - 1
                waiting_for[after] = left
                if not left:
                    heappush(ready, ranks[after])
    return ends


def insertion_pass(
    graph: Graph[int], tracks: int, by_rank: Sequence[int], ranks: Sequence[int]
) -> list[int]:
    """Put each task, the most urgent first among those whose predecessors are placed, in a gap."""
    durations, successors, predecessors = graph.durations, graph.successors, graph.predecessors
    waiting_for = list(map(len, predecessors))
    ready = [ranks[task] for task in range(len(graph)) if not waiting_for[task]]
    heapify(ready)
    ends = [0] * len(graph)
    times, busy = [0], [0]
    while ready:
        task = by_rank[heappop(ready)]
        early = 0
        for before in predecessors[task]:
            if ends[before] > early:
                early = ends[before]
        duration = durations[task]
        ends[task] = _occupy(times, busy, tracks, early, duration) if duration else early
        for after in successors[task]:
            left = waiting_for[after] - 1
            waiting_for[after] = left
            if not left:
                heappush(ready, ranks[after])
    return ends


def _occupy(times: list[int], busy: list[int], tracks: int, early: int, duration: int) -> int:
    """Take a track for the first gap from ``early`` on; return the end.

    ``busy[i]`` tracks are taken from ``times[i]`` to ``times[i + 1]``; after the last time none is.
    Neighbours with the same count are joined, so that the full stretch at the front stays short.
    """
    first = bisect_right(times, early) - 1
    start, length = early, len(times)
    while True:
        while busy[first] >= tracks:
            first += 1
            start = times[first]
        end = start + duration
        last = first + 1
        while last < length and times[last] < end and busy[last] < tracks:
            last += 1
        if last >= length or times[last] >= end:
            break
        first = last
    if times[first] != start:
        first += 1
        last += 1
        times.insert(first, start)
        busy.insert(first, busy[first - 1])
    if last == len(times) or times[last] != end:
        times.insert(last, end)
        busy.insert(last, busy[last - 1] if last < len(busy) else 0)
    for slot in range(first, last):
        busy[slot] += 1
    if busy[last] == busy[last - 1]:
        del busy[last], times[last]
    if first and busy[first] == busy[first - 1]:
        del busy[first], times[first]
    return end
