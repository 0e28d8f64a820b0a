"""Random precedence graphs for the tests of the engine."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

OUTSIDE = ("X", "Y")
"""Predecessors that are not in the run."""


@dataclass(frozen=True)
class Dag:
    """A run's tasks in any document order; their names sort topologically."""

    waiting: dict[str, tuple[str, ...]]
    passed: frozenset[str]
    """Of those outside."""
    pure: frozenset[str]
    closes: frozenset[str]
    """Tasks that end without opening the gate."""

    @property
    def faults(self) -> frozenset[str]:
        """Where a gate can be closed for a reason of its own."""
        return frozenset(OUTSIDE) - self.passed | self.closes - self.pure

    def behind_a_fault(self) -> dict[str, set[str]]:
        """Map each task that can never run to the faults that it is behind."""
        reach: dict[str, set[str]] = {}
        for task in sorted(self.waiting):
            faults = {one for one in self.waiting[task] if one in self.faults and one not in reach}
            behind = faults.union(*(reach.get(one, set()) for one in self.waiting[task]))
            if behind:
                reach[task] = behind
        return reach


@st.composite
def dags(draw: st.DrawFn, *, most: int = 9, predecessors: int = 4) -> Dag:
    """Draw a graph of up to ``most`` tasks, some of them with predecessors outside the run."""
    names = [f"T{number}" for number in range(draw(st.integers(0, most)))]
    waiting = {}
    for number, name in enumerate(names):
        earlier = st.sampled_from([*names[:number], *OUTSIDE][-predecessors - 2 :])
        chosen = st.lists(earlier, unique=True, max_size=predecessors) if number else st.just([])
        waiting[name] = tuple(draw(chosen))
    order = draw(st.permutations(names))
    subsets = st.frozensets(st.sampled_from(names)) if names else st.just(frozenset())
    return Dag(
        {name: waiting[name] for name in order},
        passed=draw(st.sampled_from([frozenset(OUTSIDE), frozenset(OUTSIDE), frozenset("X")])),
        pure=draw(subsets | st.just(frozenset())),
        closes=draw(subsets | st.just(frozenset())),
    )
