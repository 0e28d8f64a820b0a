"""From a list schedule to a short one: justification and restarts until the bound or the budget.

::

    keys ──► forward ──► backward ──► forward ──► …      while it gets shorter (justification)
      ▲                                  │
      └────────── perturbed ◄────────────┘               until the bound is met or the budget spent

Keys say how urgent a task is, smallest first: the b-level, or the start in the best schedule so
far, with some noise. The noise comes from a generator with a fixed seed, of which only ``random()``
is used (its sequence is guaranteed), so that every platform makes the same plan. Justification:
Valls, Ballestín and Quintanilla, "Justification and RCPSP", 2005.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import count

from pytest_tracks.core.bounds import lower_bound, proven_bound
from pytest_tracks.core.graph import Graph
from pytest_tracks.core.list_schedule import ANY, Choose, Schedule, Workload, list_schedule
from pytest_tracks.core.passes import Pass, event_pass, insertion_pass, rank_by_key

__all__ = ["BUDGET", "improve", "is_plain", "start_order"]

BUDGET = 100_000
"""Visits of tasks that a plan may cost: 2,000 passes over 50 tasks, 100 over 1,000."""

_MOST_PASSES = 2_500
"""A small plan has no more to offer: in 12 tasks nothing better was found after that many."""

_LEAST_PASSES = 15
"""What a plan too large for the budget gets all the same."""

_SIMULATION_COST = 4
"""How much longer a pass takes where tracks or resources are fixed."""

_SEED = 20_061

Sweep = Callable[[bool, list[float]], list[int]]
"""(backwards?, keys) → end of every task, in the direction of the sweep."""


def is_plain(workload: Workload) -> bool:
    """Whether any task may go to any track and none needs a resource."""
    return not workload.demands and all(track == ANY for track in workload.fixed)


def improve(workload: Workload, budget: int = BUDGET) -> Schedule:
    """Find a short schedule; never longer than the list schedule by b-level.

    ``budget`` counts visits of tasks; a plan too large for it gets a few passes in any case. Of a
    plain workload only the starts are decided, ``tracks`` is empty: ``core.handovers`` places the
    tasks.
    """
    count = len(workload.graph)
    search = _Search(workload, max(min(budget, _MOST_PASSES * count), _LEAST_PASSES * count))
    search.run()
    return search.schedule()


def least_claimed(workload: Workload) -> Choose:
    """Choose the free track with the least fixed work, then that of the most predecessors."""
    claimed = [0] * workload.tracks
    for task, track in enumerate(workload.fixed):
        if track != ANY:
            claimed[track] += workload.graph.durations[task]
    predecessors = workload.graph.predecessors

    def choose(task: int, free: Sequence[int], placed: Sequence[int]) -> int:
        before = [placed[other] for other in predecessors[task]]
        return min(free, key=lambda track: (claimed[track], -before.count(track)))

    return choose


class _Search:
    def __init__(self, workload: Workload, budget: int) -> None:
        self.workload, self.choose = workload, least_claimed(workload)
        self.graph = workload.graph
        self.mirror = workload.graph.reversed()
        self.levels = self.graph.b_levels()
        self.bound = lower_bound(workload)
        self.visits_left = budget
        self.random = random.Random(_SEED).random
        self.best: int | None = None
        self.starts: list[int] = []
        self.tracks: Sequence[int] = ()
        self._last_tracks: Sequence[int] = ()

    def run(self) -> None:
        sweeps = self._sweeps()
        for attempt in count():
            self._justify(self._keys(attempt, len(sweeps)), sweeps[attempt % len(sweeps)])
            if attempt == 0 and self.best is not None:
                self.bound = proven_bound(self.workload, self.best)
            if self.best == self.bound or self.visits_left <= 0:
                return

    def schedule(self) -> Schedule:
        assert self.best is not None
        return Schedule(tuple(self.starts), tuple(self.tracks), self.best)

    def _sweeps(self) -> list[Sweep]:
        if is_plain(self.workload):
            return [self._plain(event_pass), self._plain(insertion_pass)]
        return [self._with_tracks]

    def _plain(self, one_pass: Pass) -> Sweep:
        def sweep(backwards: bool, keys: list[float]) -> list[int]:
            graph = self.mirror if backwards else self.graph
            return one_pass(graph, self.workload.tracks, *rank_by_key(graph, keys))

        return sweep

    def _with_tracks(self, backwards: bool, keys: list[float]) -> list[int]:
        graph = self.mirror if backwards else self.graph
        _, ranks = rank_by_key(graph, keys)
        workload = self.workload
        if backwards:
            workload = Workload(
                graph, workload.tracks, workload.fixed, workload.demands, workload.capacities
            )
        schedule = list_schedule(workload, ranks, self.choose)
        self.visits_left -= (_SIMULATION_COST - 1) * len(graph)
        self._last_tracks = schedule.tracks
        return [
            start + duration
            for start, duration in zip(schedule.starts, graph.durations, strict=True)
        ]

    def _justify(self, keys: list[float], sweep: Sweep) -> None:
        ends = sweep(False, keys)
        makespan = self._keep(ends)
        while self.best != self.bound and self.visits_left > 0:
            ends = sweep(True, [-end for end in ends])
            ends = sweep(False, [-end for end in ends])
            self.visits_left -= len(ends)
            shorter = self._keep(ends)
            if shorter >= makespan:
                return
            makespan = shorter

    def _keep(self, ends: Sequence[int]) -> int:
        """Remember the schedule if it is as short as the best so far; return its makespan."""
        self.visits_left -= max(1, len(ends))
        makespan = max(ends, default=0)
        if self.best is None or makespan <= self.best:
            self.best = makespan
            self.tracks = self._last_tracks
            self.starts = [
                end - duration for end, duration in zip(ends, self.graph.durations, strict=True)
            ]
        return makespan

    def _keys(self, attempt: int, first: int) -> list[float]:
        """Choose how to perturb: each way finds optima that the others miss on some graphs."""
        if attempt < first:
            return [-level for level in self.levels]
        die = self.random()
        if die < 0.25:
            return self._noisy_levels(0.6 * self.random())
        if die < 0.35:
            return self._noisy_levels(2.0 * self.random())
        if die < 0.6:
            return self._noisy_starts(0.3 * self.random())
        return self._few_moved()

    def _noisy_levels(self, width: float) -> list[float]:
        noise = self.random
        return [-level * (1 + width * (noise() - 0.5)) for level in self.levels]

    def _noisy_starts(self, share: float) -> list[float]:
        noise, width = self.random, share * (self.best or 0)
        return [start + width * noise() for start in self.starts]

    def _few_moved(self) -> list[float]:
        keys: list[float] = list(self.starts)
        for _ in range(1 + int(self.random() * 4)):
            task = int(self.random() * len(keys))
            keys[task] += (self.random() - 0.5) * 0.6 * (self.best or 0)
        return keys


def start_order(graph: Graph[int], starts: Sequence[int]) -> list[int]:
    """Tasks as they start; at the same moment those that take no time first, in graph order."""
    return sorted(graph.order, key=lambda task: (starts[task], graph.durations[task] > 0))
