"""How many tasks can run at the same moment at most: the largest antichain of the graph.

By Dilworth's theorem it is as large as the smallest number of chains that cover all tasks, which
is the number of tasks less a largest matching "task → a later task". Instead of building the
transitive closure, a match may pass through tasks on its way:

::

    out(a) ──► in(b) ──► end         a is followed by b in its chain
                 │
                 └─► out(b) ──► …    …or by something after b

A largest flow through this network is found by Dinic's algorithm (phases of shortest paths), so
that memory and time per phase stay in proportion to the number of dependencies.
"""

from __future__ import annotations

import itertools
from collections import Counter
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
    """The flow: ``out(task)`` is the node ``task``, ``in(task)`` is the node ``count + task``."""

    def __init__(self, graph: Graph[int] | Graph[float]) -> None:
        self.graph, self.count = graph, len(graph)
        self.leaves = [False] * self.count
        self.entered = [False] * self.count
        self.passing = [0] * self.count
        """Flow in(task) → out(task)."""
        self.flow: list[Counter[int]] = [Counter() for _ in range(self.count)]
        """Per task: flow from each predecessor's ``out`` to its ``in``."""

    def run(self) -> int:
        matched = self._match_neighbours()
        while self._measure_distances():
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

    def _neighbours(self, node: int) -> list[int]:
        """Nodes that the residual network leads to."""
        count = self.count
        if node < count:
            nodes = [count + after for after in self.graph.successors[node]]
            if self.passing[node]:
                nodes.append(count + node)
            return nodes
        task = node - count
        return [task, *self.flow[task]]

    def _measure_distances(self) -> bool:
        """Measure how far each node is from a task without follower; True if the end is near."""
        self.distance = [_NONE] * (2 * self.count)
        layer = [task for task in range(self.count) if not self.leaves[task]]
        for node in layer:
            self.distance[node] = 0
        depth = 0
        while layer:
            if any(node >= self.count and not self.entered[node - self.count] for node in layer):
                return True
            depth += 1
            following: list[int] = []
            for node in layer:
                for other in self._neighbours(node):
                    if self.distance[other] == _NONE:
                        self.distance[other] = depth
                        following.append(other)
            layer = following
        return False

    def _augment(self) -> int:
        """Send a unit along shortest paths until none is left; return how many were sent."""
        self.untried: list[list[int] | None] = [None] * (2 * self.count)
        sent = 0
        for task in range(self.count):
            if not self.leaves[task]:
                path = self._shortest_path(task)
                if path:
                    self._send(path)
                    sent += 1
        return sent

    def _shortest_path(self, source: int) -> list[int]:
        path = [source]
        while path:
            node = path[-1]
            if node >= self.count and not self.entered[node - self.count]:
                return path
            following = self._advance(node)
            if following == _NONE:
                path.pop()
                self.distance[node] = _NONE
            else:
                path.append(following)
        return path

    def _advance(self, node: int) -> int:
        untried = self.untried[node]
        if untried is None:
            untried = self.untried[node] = self._neighbours(node)
        while untried:
            other = untried[-1]
            if self.distance[other] == self.distance[node] + 1 and self._is_open(node, other):
                return other
            untried.pop()
        return _NONE

    def _is_open(self, node: int, other: int) -> bool:
        """Whether a backward arc still carries flow: paths of this phase may have used it up."""
        if node < self.count:
            return other != self.count + node or self.passing[node] > 0
        task = node - self.count
        return other == task or self.flow[task][other] > 0

    def _send(self, path: list[int]) -> None:
        count = self.count
        self.leaves[path[0]] = True
        self.entered[path[-1] - count] = True
        for node, other in itertools.pairwise(path):
            if node >= count:
                self._leave_in(node - count, other)
            elif other == count + node:
                self.passing[node] -= 1
            else:
                self.flow[other - count][node] += 1

    def _leave_in(self, task: int, other: int) -> None:
        if other == task:
            self.passing[task] += 1
        else:
            self.flow[task][other] -= 1
            if not self.flow[task][other]:
                del self.flow[task][other]
