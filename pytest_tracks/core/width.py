"""How many tasks can run at the same moment at most: the largest antichain of the graph.

By Dilworth's theorem it is as large as the smallest number of chains that cover all tasks, which
is the number of tasks less a largest matching "task → a later task". Instead of building the
transitive closure, a match may pass through tasks on its way:

::

    out(a) ──► in(b) ──► end         a is followed by b in its chain
                 │
                 └─► out(b) ──► …    …or by something after b

A largest flow through this network is found as in Dinic's algorithm, in phases, so that memory and
time per phase stay in proportion to the number of dependencies. Unlike his, a phase lays the whole
network into layers, not only down to the nearest end: measured, that halves the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_tracks.core.graph import Graph

__all__ = ["EXACT_UP_TO", "Width", "width"]

EXACT_UP_TO = 10_000
"""Tasks; above that ``width`` is content with a bound."""

_NONE = -1


@dataclass(frozen=True, slots=True)
class Width:
    """The most tasks that can run together; at least that many where it is not ``exact``."""

    tasks: int
    exact: bool

    def __str__(self) -> str:
        return str(self.tasks) if self.exact else f"at least {self.tasks}"


def width(graph: Graph[int] | Graph[float], exact_up_to: int = EXACT_UP_TO) -> Width:
    """Measure the graph; with more than ``exact_up_to`` tasks return its largest wave."""
    widest_wave = max(map(len, graph.waves()), default=0)
    if len(graph) > exact_up_to:
        return Width(widest_wave, exact=False)
    return Width(len(graph) - _Chaining(graph).run(), exact=True)


class _Chaining:
    """The flow. Paths alternate: ``out`` of a task, ``in`` of a task, and so on."""

    def __init__(self, graph: Graph[int] | Graph[float]) -> None:
        self.graph, self.count = graph, len(graph)
        self.leaves = [False] * self.count
        self.entered = [False] * self.count
        self.passing = [0] * self.count
        """Flow in(task) → out(task)."""
        self.flow: list[dict[int, int]] = [{} for _ in range(self.count)]
        """Per task: flow from each predecessor's ``out`` to its ``in``, where there is any."""

    def run(self) -> int:
        matched = self._match_neighbours()
        while self._measure_depths():
            matched += self._augment()
        return matched

    def _match_neighbours(self) -> int:
        """Start with direct dependencies: most of the matching, for next to nothing."""
        matched = 0
        for task in self.graph.order:
            for before in self.graph.predecessors[task]:
                if not self.leaves[before]:
                    self.leaves[before] = self.entered[task] = True
                    self.flow[task][before] = 1
                    matched += 1
                    break
        return matched

    def _measure_depths(self) -> bool:
        """Layer the residual network from the ends of chains; True if a chain's start is found."""
        self.out_depth = [_NONE] * self.count
        self.in_depth = [_NONE] * self.count
        outs = [task for task in range(self.count) if not self.leaves[task]]
        for task in outs:
            self.out_depth[task] = 0
        depth, found = 0, False
        while outs:
            depth += 1
            ins = self._next_ins(outs, depth)
            found = found or not all(map(self.entered.__getitem__, ins))
            outs = self._next_outs(ins, depth)
        return found

    def _next_ins(self, outs: Sequence[int], depth: int) -> list[int]:
        in_depth, successors, passing = self.in_depth, self.graph.successors, self.passing
        ins: list[int] = []
        for task in outs:
            for after in successors[task]:
                if in_depth[after] == _NONE:
                    in_depth[after] = depth
                    ins.append(after)
            if passing[task] and in_depth[task] == _NONE:
                in_depth[task] = depth
                ins.append(task)
        return ins

    def _next_outs(self, ins: Sequence[int], depth: int) -> list[int]:
        out_depth, flow = self.out_depth, self.flow
        outs: list[int] = []
        for task in ins:
            if out_depth[task] == _NONE:
                out_depth[task] = depth
                outs.append(task)
            for before in flow[task]:
                if out_depth[before] == _NONE:
                    out_depth[before] = depth
                    outs.append(before)
        return outs

    def _augment(self) -> int:
        """Send a unit down the layers until there is no way left; return how many were sent."""
        self.untried_ins: dict[int, list[int]] = {}
        self.untried_outs: dict[int, list[int]] = {}
        sent = 0
        for task in range(self.count):
            if not self.leaves[task]:
                path = self._way_down(task)
                if path:
                    self._send(path)
                    sent += 1
        return sent

    def _way_down(self, source: int) -> list[int]:
        """Walk down the layers to a task that nothing enters; empty where there is no way."""
        path = [source]
        while path:
            task, at_in = path[-1], len(path) % 2 == 0
            if at_in and not self.entered[task]:
                return path
            following = self._out_after(task) if at_in else self._in_after(task)
            if following == _NONE:
                path.pop()
                (self.in_depth if at_in else self.out_depth)[task] = _NONE
            else:
                path.append(following)
        return path

    def _in_after(self, task: int) -> int:
        untried = self.untried_ins.get(task)
        if untried is None:
            untried = [*self.graph.successors[task], task]
            self.untried_ins[task] = untried
        below = self.out_depth[task] + 1
        while untried:
            other = untried[-1]
            if self.in_depth[other] == below and (other != task or self.passing[task]):
                return other
            untried.pop()
        return _NONE

    def _out_after(self, task: int) -> int:
        untried = self.untried_outs.get(task)
        if untried is None:
            untried = self.untried_outs[task] = [task, *self.flow[task]]
        depth = self.in_depth[task]
        while untried:
            other = untried[-1]
            if self.out_depth[other] == depth and (other == task or other in self.flow[task]):
                return other
            untried.pop()
        return _NONE

    def _send(self, path: Sequence[int]) -> None:
        self.leaves[path[0]] = True
        self.entered[path[-1]] = True
        for out, into in zip(path[::2], path[1::2], strict=True):
            if out == into:
                self.passing[out] -= 1
            else:
                self.flow[into][out] = self.flow[into].get(out, 0) + 1
        for into, out in zip(path[1::2], path[2::2], strict=False):
            if out == into:
                self.passing[into] += 1
            elif self.flow[into][out] > 1:
                self.flow[into][out] -= 1
            else:
                del self.flow[into][out]
