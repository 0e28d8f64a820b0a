"""The waves of a plan, and who completes one: the source saves a checkpoint after each.

::

    wave 1      wave 2      wave 3         a task's wave is the length of its longest ancestry
    A ────────► C ────────► E
    B ────────► D                          C and D have passed: wave 2 is complete

Several runs may work on one plan. Each verdict has its place in their common order, so that just
one of them completes a wave: the run that tells this object first hears of its own verdict, and
knows of exactly those that came before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Plan

__all__ = ["Wave", "Waves"]


@dataclass(frozen=True, slots=True)
class Wave:
    """``number`` counts from 1 to ``of``."""

    number: int
    of: int
    tasks: tuple[str, ...]


class Waves:
    """Which tasks of each wave have still to pass; ``passed`` are those that have already."""

    def __init__(self, plan: Plan, passed: Collection[str] = ()) -> None:
        waits = {name: task.predecessors for name, task in plan.tasks.items()}
        graph = build_graph(plan.tasks, waits, dict.fromkeys(plan.tasks, 1))
        groups = graph.waves()
        self._waves = [
            Wave(number, len(groups), tuple(graph.ids[index] for index in group))
            for number, group in enumerate(groups, 1)
        ]
        self._wave_of = {task: wave for wave in self._waves for task in wave.tasks}
        self._left = {
            wave.number: dict.fromkeys(task for task in wave.tasks if task not in passed)
            for wave in self._waves
        }

    def settle(self, task: str, has_passed: Callable[[str], bool]) -> Wave | None:
        """Take note that a task has a verdict; returns the wave that is complete by it, if any.

        ``has_passed`` tells of every task whether it has passed by now. Amortised over a run the
        cost does not depend on the size of the wave.
        """
        wave = self._wave_of[task]
        left = self._left[wave.number]
        if not has_passed(task):
            left[task] = None
            return None
        if task not in left:  # it had passed before: nothing is complete that was not
            return None
        del left[task]
        while left and has_passed(other := next(iter(left))):
            del left[other]
        if left:
            return None
        left.update(dict.fromkeys(other for other in wave.tasks if not has_passed(other)))
        return None if left else wave
