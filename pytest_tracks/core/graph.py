"""The precedence graph of a plan as integers: levels, critical path, slack, waves, chains.

::

    t-level        own       rest
    ├──────────┤├───────┤├──────────┤      t-level + b-level + slack = critical path
                └─────b-level──────┘

Tasks are indices into ``ids``; a level is in the unit of ``durations`` (hours, or whole parts of
them). Nothing here recurses, so a chain of 100,000 tasks is as good as any other graph.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["CycleError", "Graph", "build_graph", "topological_order"]

Length = TypeVar("Length", int, float)


class CycleError(ValueError):
    """The precedence relation has a cycle; ``tasks`` are those that never become ready."""

    def __init__(self, tasks: tuple[str, ...]) -> None:
        super().__init__(f"no order exists: {', '.join(tasks[:5])} wait for each other")
        self.tasks = tasks


def topological_order(
    predecessors: Sequence[Sequence[int]], successors: Sequence[Sequence[int]]
) -> tuple[int, ...]:
    """Order indices so that predecessors come first, the smallest index first among equals.

    Shorter than the input where there is a cycle: its members and what follows them are left out.
    """
    waiting_for = [len(before) for before in predecessors]
    ready = [index for index, count in enumerate(waiting_for) if not count]
    order: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for after in successors[index]:
            waiting_for[after] -= 1
            if not waiting_for[after]:
                heapq.heappush(ready, after)
    return tuple(order)


@dataclass(frozen=True, slots=True)
class Graph(Generic[Length]):
    """Tasks, what each waits for, and how long each takes."""

    ids: tuple[str, ...]
    durations: tuple[Length, ...]
    predecessors: tuple[tuple[int, ...], ...]
    successors: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    """Indices, predecessors first, document order among equals."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def total(self) -> Length:
        """Sum of all durations."""
        return sum(self.durations)

    def b_levels(self) -> list[Length]:
        """Longest path from the start of each task to the end of the plan."""
        levels = list(self.durations)
        for index in reversed(self.order):
            after = self.successors[index]
            if after:
                levels[index] += max([levels[other] for other in after])
        return levels

    def t_levels(self) -> list[Length]:
        """Longest path from the start of the plan to the start of each task."""
        levels: list[Length] = [self.durations[0] * 0] * len(self) if self.ids else []
        for index in self.order:
            end = levels[index] + self.durations[index]
            for after in self.successors[index]:
                if levels[after] < end:
                    levels[after] = end
        return levels

    def critical_path(self) -> tuple[int, ...]:
        """One longest path, as indices from first to last; document order among equals."""
        if not self.ids:
            return ()
        levels = self.b_levels()
        sources = [index for index in self.order if not self.predecessors[index]]
        path = [max(sources, key=levels.__getitem__)]
        while after := self.successors[path[-1]]:
            path.append(max(after, key=levels.__getitem__))
        return tuple(path)

    def critical_length(self) -> Length:
        """Length of the longest path: no number of tracks is faster."""
        return max(self.b_levels()) if self.ids else sum(self.durations)

    def slack(self) -> list[Length]:
        """How long each task can be late without delaying the end of the plan."""
        before, rest = self.t_levels(), self.b_levels()
        longest = max(rest, default=sum(self.durations))
        # A float's sum depends on its order: a slack of -1e-15 is none.
        return [
            max(longest - early - late, longest * 0)
            for early, late in zip(before, rest, strict=True)
        ]

    def waves(self) -> tuple[tuple[int, ...], ...]:
        """Group what can run together: a task's wave is the length of its longest ancestry."""
        depth = [0] * len(self)
        for index in self.order:
            below = depth[index] + 1
            for after in self.successors[index]:
                if depth[after] < below:
                    depth[after] = below
        groups: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
        for index, level in enumerate(depth):
            groups[level].append(index)
        return tuple(map(tuple, groups))

    def chains(self) -> tuple[tuple[int, ...], ...]:
        """Cut the graph into chains, longest remaining path first; every task is in one of them.

        A chain starts at the task with the longest path of tasks not yet in a chain and follows
        that path. A task without neighbours is a chain of one.
        """
        taken = [False] * len(self)
        levels = self.b_levels()
        found: list[tuple[int, ...]] = []
        for start in sorted(self.order, key=lambda index: -levels[index]):
            if taken[start]:
                continue
            chain = [start]
            taken[start] = True
            while after := [other for other in self.successors[chain[-1]] if not taken[other]]:
                best = max(after, key=levels.__getitem__)
                taken[best] = True
                chain.append(best)
            found.append(tuple(chain))
        return tuple(found)

    def independent(self) -> tuple[int, ...]:
        """Tasks that wait for nothing and that nothing waits for."""
        return tuple(
            index
            for index in range(len(self))
            if not self.predecessors[index] and not self.successors[index]
        )

    def reversed(self) -> Graph[Length]:
        """Return the same graph with time running backwards."""
        return Graph(self.ids, self.durations, self.successors, self.predecessors, self.order[::-1])


def build_graph(
    ids: Iterable[str],
    predecessors: Mapping[str, Sequence[str]],
    durations: Mapping[str, Length],
) -> Graph[Length]:
    """Build the graph; a predecessor that is not among ``ids`` is left out.

    Raises CycleError where no order exists.
    """
    names = tuple(ids)
    index_of = {name: index for index, name in enumerate(names)}
    before: list[tuple[int, ...]] = []
    after: list[list[int]] = [[] for _ in names]
    for index, name in enumerate(names):
        known = {index_of[other] for other in predecessors.get(name, ()) if other in index_of}
        before.append(tuple(sorted(known)))
        for other in before[-1]:
            after[other].append(index)
    successors = tuple(map(tuple, after))
    order = topological_order(before, successors)
    if len(order) < len(names):
        stuck = set(range(len(names))).difference(order)
        raise CycleError(tuple(names[index] for index in sorted(stuck)))
    return Graph(names, tuple(durations[name] for name in names), tuple(before), successors, order)
