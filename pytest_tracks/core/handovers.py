"""Among schedules of equal length the one that people like: few hand-overs, fair, in components.

A hand-over is a dependency whose two ends are on different tracks: somebody has to wait for
somebody else. Tasks, or groups of tasks that hang together on one track, are moved to another
track, or changed for a group from there, as long as that lowers (hand-overs, imbalance, work
outside its component's track) in this order and the schedule stays as short as it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from pytest_tracks.core.graph import Graph
from pytest_tracks.core.improve import is_plain, start_order
from pytest_tracks.core.list_schedule import ANY, Schedule, Workload, list_schedule

__all__ = ["count_handovers", "settle"]

BUDGET = 16_000
"""Visits of tasks: at most 320 evaluated moves of a plan with 50 tasks."""

_LEAST_EVALUATIONS = 3
"""What a plan too large for the budget gets all the same."""

_SIMULATION_COST = 6
"""How much longer than appending it takes to simulate a schedule with resources."""

_SEED = 18_052

Appeal = tuple[int, int, int]
"""(hand-overs, sum of squared loads, work outside its component's main track), less is better."""

Move = dict[int, int]
"""Tasks with the track that each goes to."""


def count_handovers(graph: Graph[int], tracks: Sequence[int]) -> int:
    """Count the dependencies whose ends are on different tracks."""
    return sum(
        tracks[before] != tracks[task]
        for task in range(len(graph))
        for before in graph.predecessors[task]
    )


def settle(
    workload: Workload, schedule: Schedule, components: Sequence[int], budget: int = BUDGET
) -> Schedule:
    """Move tasks between tracks while that makes the schedule more pleasant and no longer.

    ``components`` holds a number per task, -1 for none. The result is never longer.
    """
    if is_plain(workload):
        kept = place_together(workload, schedule.starts, components)
        schedule = Schedule(schedule.starts, kept, schedule.makespan)
    if workload.tracks == 1 or all(track != ANY for track in workload.fixed):
        return schedule
    search = _Settling(workload, schedule, components)
    search.run(max(budget, _LEAST_EVALUATIONS * len(workload.graph)))
    return search.schedule()


def place_together(
    workload: Workload, starts: Sequence[int], components: Sequence[int]
) -> tuple[int, ...]:
    """Place tasks on tracks that are free when they start: with a predecessor, else the component.

    Of the tasks that start in one moment those with a predecessor on a free track choose first,
    and before them those that take no time: they leave their track free.
    """
    graph = workload.graph
    placing = _Placing(graph, starts, components, workload.tracks)
    for _, moment in groupby(start_order(graph, starts), key=starts.__getitem__):
        late = []
        for task in moment:
            if placing.beside_predecessor(task):
                continue
            if graph.durations[task]:
                late.append(task)
            else:
                placing.anywhere(task)
        for task in late:
            placing.anywhere(task)
    return tuple(placing.placed)


class _Placing:
    def __init__(
        self, graph: Graph[int], starts: Sequence[int], components: Sequence[int], tracks: int
    ) -> None:
        self.graph, self.starts, self.components = graph, starts, components
        self.placed = [ANY] * len(graph)
        self.free_from = [0] * tracks
        self.home: dict[int, int] = {}

    def beside_predecessor(self, task: int) -> bool:
        """Place the task where most of its predecessors are; False where no such track is free."""
        before = Counter(self.placed[other] for other in self.graph.predecessors[task])
        free = [track for track in before if self.free_from[track] <= self.starts[task]]
        if free:
            self._place(task, min(free, key=lambda track: (-before[track], track)))
        return bool(free)

    def anywhere(self, task: int) -> None:
        """Place the task where its component was last, else on the track that is free longest."""
        home = self.home.get(self.components[task], ANY)
        if home == ANY or self.free_from[home] > self.starts[task]:
            home = min(range(len(self.free_from)), key=self.free_from.__getitem__)
        self._place(task, home)

    def _place(self, task: int, track: int) -> None:
        self.placed[task] = track
        self.free_from[track] = self.starts[task] + self.graph.durations[task]
        if self.components[task] != ANY:
            self.home[self.components[task]] = track


class _Settling:
    def __init__(self, workload: Workload, schedule: Schedule, components: Sequence[int]) -> None:
        self.workload, self.graph = workload, workload.graph
        self.components = components
        self.limit = schedule.makespan
        self.starts: Sequence[int] = schedule.starts
        self.order = start_order(self.graph, schedule.starts)
        self.tracks = list(schedule.tracks)
        self.neighbours = [
            self.graph.predecessors[task] + self.graph.successors[task]
            for task in range(len(self.graph))
        ]
        self.movable = [task for task, track in enumerate(workload.fixed) if track == ANY]
        self.loads = [0] * workload.tracks
        self.worked: dict[tuple[int, int], int] = {}
        for task, track in enumerate(self.tracks):
            self._put(task, track, 1)
        self.handovers = count_handovers(self.graph, self.tracks)
        self.random = random.Random(_SEED).random

    def run(self, visits: int) -> None:
        evaluation = len(self.graph) * (_SIMULATION_COST if self.workload.demands else 1)
        current = self._appeal()
        least = self._least_appeal()
        while visits > 0 and current > least:
            move = self._propose()
            visits -= 10 + 2 * len(move)
            back = self._apply(move)
            # Hand-overs are known at once; the rest is looked at only where they allow it.
            if self.handovers <= current[0] and (appeal := self._appeal()) <= current:
                visits -= evaluation
                starts = self._evaluate()
                if starts is not None:
                    self.order, current = start_order(self.graph, starts), appeal
                    self.starts = starts
                    continue
            self._apply(back)

    def schedule(self) -> Schedule:
        durations = self.graph.durations
        ends = [start + length for start, length in zip(self.starts, durations, strict=True)]
        return Schedule(tuple(self.starts), tuple(self.tracks), max(ends, default=0))

    def _appeal(self) -> Appeal:
        return self.handovers, sum(load * load for load in self.loads), self._strayed()

    def _least_appeal(self) -> Appeal:
        """Return what no layout can beat: where it is met, there is nothing left to look for."""
        share, longer = divmod(self.graph.total, self.workload.tracks)
        count = self.workload.tracks
        return 0, longer * (share + 1) ** 2 + (count - longer) * share**2, 0

    def _strayed(self) -> int:
        """Work that is not on the track which has most of its component's work."""
        total: dict[int, int] = {}
        most: dict[int, int] = {}
        for (component, _), work in self.worked.items():
            total[component] = total.get(component, 0) + work
            most[component] = max(most.get(component, 0), work)
        return sum(total.values()) - sum(most.values())

    def _put(self, task: int, track: int, sign: int) -> None:
        work = sign * self.graph.durations[task]
        self.loads[track] += work
        component = self.components[task]
        if component != ANY:
            key = (component, track)
            self.worked[key] = self.worked.get(key, 0) + work

    def _apply(self, move: Move) -> Move:
        """Carry the move out; return the one that takes it back."""
        tracks = self.tracks
        back = {task: tracks[task] for task in move}
        self.handovers -= self._crossing(move)
        for task, track in move.items():
            self._put(task, tracks[task], -1)
            tracks[task] = track
            self._put(task, track, 1)
        self.handovers += self._crossing(move)
        return back

    def _crossing(self, tasks: Iterable[int]) -> int:
        """Hand-overs at these tasks; one between two of them counts once."""
        tracks, members = self.tracks, set(tasks)
        return sum(
            tracks[task] != tracks[other] and (other not in members or task < other)
            for task in members
            for other in self.neighbours[task]
        )

    def _propose(self) -> Move:
        task = self._pick(self.movable)
        source = self.tracks[task]
        beside = [self.tracks[other] for other in self.neighbours[task]]
        elsewhere = [track for track in beside if track != source]
        if elsewhere and self.random() < 0.7:
            target = self._pick(elsewhere)
        else:
            target = (source + 1 + int(self.random() * (len(self.loads) - 1))) % len(self.loads)
        targets = dict.fromkeys(self._group(task), target)
        if self.random() < 0.4:
            other = self._pick(self.movable)
            if self.tracks[other] == target:
                targets.update(dict.fromkeys(self._group(other), source))
        return targets

    def _pick(self, among: Sequence[int]) -> int:
        return among[int(self.random() * len(among))]

    def _group(self, task: int) -> list[int]:
        """Return the task with some of those that hang together with it on its track."""
        most = 1 + int(len(self.movable) * self.random() ** 4)
        group, seen = [task], {task}
        for member in group:
            for other in self.neighbours[member]:
                if len(group) >= most:
                    return group
                movable = self.workload.fixed[other] == ANY
                if movable and other not in seen and self.tracks[other] == self.tracks[task]:
                    seen.add(other)
                    group.append(other)
        return group

    def _evaluate(self) -> Sequence[int] | None:
        """Schedule with these tracks; None where that is longer than the limit."""
        if self.workload.demands:
            return self._simulate()
        free_from = [0] * self.workload.tracks
        starts = [0] * len(self.graph)
        ends = [0] * len(self.graph)
        durations, predecessors, tracks = self.graph.durations, self.graph.predecessors, self.tracks
        for task in self.order:
            start = free_from[tracks[task]]
            for before in predecessors[task]:
                if ends[before] > start:
                    start = ends[before]
            starts[task] = start
            ends[task] = free_from[tracks[task]] = start + durations[task]
            if ends[task] > self.limit:
                return None
        return starts

    def _simulate(self) -> Sequence[int] | None:
        ranks = [0] * len(self.order)
        for rank, task in enumerate(self.order):
            ranks[task] = rank
        given = self.workload
        workload = Workload(
            self.graph, given.tracks, tuple(self.tracks), given.demands, given.capacities
        )
        schedule = list_schedule(workload, ranks)
        return schedule.starts if schedule.makespan <= self.limit else None
