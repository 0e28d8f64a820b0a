"""List scheduling: whenever a track is free, the most urgent task that may start on it starts.

The workload is in whole numbers (see ``whole_hours``), so that equal makespans are equal and every
platform makes the same schedule. Tasks may be fixed to a track and may need units of resources,
which are taken all at once and held while the task runs.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_tracks.core.graph import Graph

__all__ = [
    "ANY",
    "Schedule",
    "Workload",
    "list_schedule",
    "whole_hours",
]

ANY = -1
"""In ``Workload.fixed``: the task may go to any track."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is to be scheduled: a graph in whole units of time on ``tracks`` identical tracks."""

    graph: Graph[int]
    tracks: int
    fixed: tuple[int, ...]
    """Per task the index of its track, or ANY."""
    demands: tuple[tuple[tuple[int, int], ...], ...] = ()
    """Per task (resource, units); empty where no task needs any."""
    capacities: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When and where each task runs, by index."""

    starts: tuple[int, ...]
    tracks: tuple[int, ...]
    makespan: int


def whole_hours(hours: Iterable[float]) -> tuple[list[int], Fraction]:
    """Turn decimal hours into whole multiples of the largest unit that measures them all.

    Returns the multiples and the unit in hours. ``0.1`` means one tenth, as it was written, not
    the binary number beside it.
    """
    exact: dict[float, Fraction] = {}
    given = list(hours)
    for value in given:
        if value not in exact:
            exact[value] = Fraction(repr(float(value)))
    denominator = math.lcm(*(value.denominator for value in exact.values()))
    divisor = math.gcd(*(int(value * denominator) for value in exact.values())) or 1
    unit = Fraction(divisor, denominator)
    multiples = {value: int(fraction / unit) for value, fraction in exact.items()}
    return [multiples[value] for value in given], unit


Choose = Callable[[int, Sequence[int], Sequence[int]], int]
"""(task, free tracks, track of every task placed so far) → the free track to take."""


def list_schedule(
    workload: Workload, ranks: Sequence[int], choose: Choose | None = None
) -> Schedule:
    """Schedule by rank; ``choose`` decides between free tracks for a task that is not fixed."""
    return _Simulation(workload, ranks, choose or _first_free).run()


def _first_free(task: int, free: Sequence[int], placed: Sequence[int]) -> int:
    return free[0]


class _Simulation:
    """One pass over the events of a schedule; the state of the tracks at ``now``."""

    def __init__(self, workload: Workload, ranks: Sequence[int], choose: Choose) -> None:
        graph = workload.graph
        self.workload, self.graph, self.choose = workload, graph, choose
        self.ranks = ranks
        self.task_of_rank = [0] * len(graph)
        for task, rank in enumerate(ranks):
            self.task_of_rank[rank] = task
        self.waiting_for = [len(before) for before in graph.predecessors]
        self.starts = [0] * len(graph)
        self.placed = [ANY] * len(graph)
        self.free = list(range(workload.tracks))
        self.units = list(workload.capacities)
        # One queue for each track's fixed tasks, and (last, so index ANY) one for all others.
        self.queues: list[list[int]] = [[] for _ in range(workload.tracks + 1)]
        self.parked: list[list[int]] = [[] for _ in workload.capacities]
        self.running: list[tuple[int, int]] = []
        self.now = 0

    def run(self) -> Schedule:
        for task, count in enumerate(self.waiting_for):
            if not count:
                self._enqueue(task)
        self._start_what_can()
        while self.running:
            self._finish_what_ends()
            self._start_what_can()
        return Schedule(tuple(self.starts), tuple(self.placed), self.now)

    def _enqueue(self, task: int) -> None:
        heapq.heappush(self.queues[self.workload.fixed[task]], self.ranks[task])

    def _start_what_can(self) -> None:
        while self.free:
            queue = self._most_urgent_queue()
            if queue is None:
                return
            task = self.task_of_rank[heapq.heappop(queue)]
            if self._take_resources(task):
                self._start(task)
                if not self.graph.durations[task]:
                    return  # what waits for it competes in the same moment

    def _most_urgent_queue(self) -> list[int] | None:
        queues = [self.queues[track] for track in self.free if self.queues[track]]
        if self.queues[ANY]:
            queues.append(self.queues[ANY])
        return min(queues, key=lambda queue: queue[0], default=None)

    def _start(self, task: int) -> None:
        fixed = self.workload.fixed[task]
        track = self.choose(task, self.free, self.placed) if fixed == ANY else fixed
        self.free.remove(track)
        self.placed[task] = track
        self.starts[task] = self.now
        heapq.heappush(self.running, (self.now + self.graph.durations[task], task))

    def _take_resources(self, task: int) -> bool:
        """Take all that the task needs, or park it until a unit of what is missing comes back."""
        if not self.workload.demands:
            return True
        needs = self.workload.demands[task]
        for resource, wanted in needs:
            if self.units[resource] < wanted:
                self.parked[resource].append(task)
                return False
        for resource, wanted in needs:
            self.units[resource] -= wanted
        return True

    def _finish_what_ends(self) -> None:
        self.now = self.running[0][0]
        while self.running and self.running[0][0] == self.now:
            _, task = heapq.heappop(self.running)
            self._return_resources(task)
            self.free.append(self.placed[task])
            for after in self.graph.successors[task]:
                self.waiting_for[after] -= 1
                if not self.waiting_for[after]:
                    self._enqueue(after)
        self.free.sort()

    def _return_resources(self, task: int) -> None:
        if not self.workload.demands:
            return
        for resource, units in self.workload.demands[task]:
            self.units[resource] += units
            for parked in self.parked[resource]:
                self._enqueue(parked)
            self.parked[resource].clear()
