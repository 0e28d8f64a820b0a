"""What a document says of its own plan, beside what follows from it: totals, waves, durations.

A claim is never evidence and never an edge. It is compared with what is computed, so that a
document that contradicts itself is noticed, and one that does not is confirmed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Location, Statement, Task, TaskKind

__all__ = ["Claim", "ClaimKind", "compare"]

_POINT = 1.0
_SHARE = 0.01
_MOST_NAMES = 12


class ClaimKind(enum.Enum):
    """What is claimed, and in which form ``Claim.value`` says it."""

    TASKS = "tasks"
    """Number of tasks: ``(4,)``."""
    PARALLEL_TASKS = "parallel tasks"
    """Number of tasks that run beside another one: ``(2,)``."""
    WAVE = "wave"
    """One wave: its number (from 1) and its tasks: ``(2, "PHASE-2", "PHASE-3")``."""
    SEQUENTIAL_HOURS = "sequential hours"
    """Least and most of the sum of all durations: ``(6.0, 8.0)``."""
    PARALLEL_HOURS = "parallel hours"
    """Least and most of the makespan with as many tracks as help: ``(3.0, 3.0)``."""
    SAVING = "saving"
    """Least and most of what is saved, in percent of the sequential time: ``(30.0, 40.0)``."""
    BESIDE = "beside"
    """A task and those that can run beside it: ``("STAGE-9.1", "STAGE-9.2")``."""
    GROUP = "group"
    """A name and the tasks of it, which can all run beside each other: ``("A", "STAGE-9.1")``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a document says of its plan."""

    kind: ClaimKind
    value: tuple[str | float, ...]
    location: Location
    text: str = ""
    """As the document writes it."""


def compare(claims: Iterable[Claim], tasks: Mapping[str, Task]) -> tuple[Statement, ...]:
    """Compare what can be compared; reviews and gates take no part.

    Durations are compared only where every task states its hours. Percentages agree within one
    point and hours within one percent: documents round.
    """
    judge = _Judge(tasks)
    found = ((claim, judge.find(claim)) for claim in claims)
    return tuple(
        Statement(claim.text, *answer, claim.location)
        for claim, answer in found
        if answer is not None
    )


_Answer: TypeAlias = "tuple[str, bool] | None"


class _Judge:
    """Computes what claims are about."""

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._tasks = {name: task for name, task in tasks.items() if task.kind is TaskKind.TASK}
        hours = {name: task.hours or 0.0 for name, task in self._tasks.items()}
        before = {name: task.predecessors for name, task in self._tasks.items()}
        self._graph = build_graph(self._tasks, before, hours)
        self._waves = [
            frozenset(self._graph.ids[index] for index in wave) for wave in self._graph.waves()
        ]
        self._is_timed = all(task.hours for task in self._tasks.values())
        self._answers: dict[ClaimKind, Callable[[Claim], _Answer]] = {
            ClaimKind.TASKS: self._count,
            ClaimKind.PARALLEL_TASKS: self._parallel,
            ClaimKind.WAVE: self._wave,
            ClaimKind.SEQUENTIAL_HOURS: self._sequential,
            ClaimKind.PARALLEL_HOURS: self._makespan,
            ClaimKind.SAVING: self._saving,
            ClaimKind.BESIDE: self._beside,
            ClaimKind.GROUP: self._beside,
        }

    def find(self, claim: Claim) -> _Answer:
        return self._answers[claim.kind](claim)

    def _count(self, claim: Claim) -> _Answer:
        return f"{len(self._tasks)} tasks", claim.value[0] == len(self._tasks)

    def _parallel(self, claim: Claim) -> _Answer:
        beside = sum(len(wave) for wave in self._waves if len(wave) > 1)
        return f"{beside} tasks share a wave", claim.value[0] == beside

    def _wave(self, claim: Claim) -> _Answer:
        number, members = int(float(claim.value[0])), frozenset(map(str, claim.value[1:]))
        found = self._waves[number - 1] if 0 < number <= len(self._waves) else frozenset()
        return f"wave {number} is {_listed(found, self._tasks)}", found == members

    def _sequential(self, claim: Claim) -> _Answer:
        if not self._is_timed:
            return None
        total = self._graph.total
        return f"{_time(total)} one after the other", _is_within(total, claim.value)

    def _makespan(self, claim: Claim) -> _Answer:
        if not self._is_timed:
            return None
        longest = self._graph.critical_length()
        return f"{_time(longest)} side by side", _is_within(longest, claim.value)

    def _saving(self, claim: Claim) -> _Answer:
        total = self._graph.total
        if not self._is_timed or not total:
            return None
        longest = self._graph.critical_length()
        percent = 100 * (total - longest) / total
        low, high = float(claim.value[0]), float(claim.value[-1])
        words = f"{_time(total)} → {_time(longest)}, {percent:.0f} % saved"
        return words, low - _POINT <= percent <= high + _POINT

    def _beside(self, claim: Claim) -> _Answer:
        """Members that are tasks must not wait for each other, also not through others."""
        names = [str(name) for name in claim.value if name in self._tasks]
        if claim.kind is ClaimKind.GROUP:
            names = [str(name) for name in claim.value[1:] if name in self._tasks]
            pairs = [(one, other) for one in names for other in names if one != other]
        else:
            pairs = [(names[0], other) for other in names[1:]] if names else []
            pairs += [(other, one) for one, other in pairs]
        waiting = next(((one, other) for one, other in pairs if self._waits(one, other)), None)
        if waiting is None:
            return f"{_listed(names, self._tasks)} can run beside each other", True
        return f"{waiting[0]} waits for {waiting[1]}", False

    def _waits(self, one: str, other: str) -> bool:
        pending, seen = [one], {one}
        while pending:
            for before in self._tasks[pending.pop()].predecessors:
                if before == other:
                    return True
                if before in self._tasks and before not in seen:
                    seen.add(before)
                    pending.append(before)
        return False


def _listed(names: Iterable[str], order: Mapping[str, Task]) -> str:
    found = set(names)
    listed = [name for name in order if name in found]
    if not listed:
        return "nothing"
    return ", ".join(listed[:_MOST_NAMES]) + (", …" if len(listed) > _MOST_NAMES else "")


def _time(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.4g} h"


def _is_within(value: float, span: Sequence[str | float]) -> bool:
    low, high = float(span[0]), float(span[-1])
    return low * (1 - _SHARE) <= value <= high * (1 + _SHARE)
