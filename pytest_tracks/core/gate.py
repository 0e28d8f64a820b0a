"""The gate: a task is released when all its predecessors have passed, and not before.

::

    prepare ──► released() … settle(task, opens) ──► released(), blocked()

Like graphlib's sorter, with one difference: a task that settles without opening the gate closes
it for everything behind it, and those tasks are settled as blocked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Blocked", "Gate"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A task that will not run: ``by`` are direct predecessors, ``roots`` where the fault lies."""

    task: str
    by: tuple[str, ...]
    roots: tuple[str, ...]


class Gate:
    """Knows for every task of a run whether it waits, is released, or is settled.

    ``waiting`` maps each task of the run to its predecessors, in order of the document. A
    predecessor outside the run counts by what is known of it: it opens the gate if it is in
    ``passed``. Tasks in ``pure`` are settled by the gate itself, PASS when they are released.
    """

    def __init__(
        self,
        waiting: Mapping[str, Collection[str]],
        *,
        passed: Collection[str] = (),
        pure: Collection[str] = (),
    ) -> None:
        self._predecessors = {task: tuple(waiting[task]) for task in waiting}
        self._successors: dict[str, list[str]] = {}
        self._missing: dict[str, int] = {}
        self._pure = frozenset(pure)
        self._open = {task for task in passed if task not in self._predecessors}
        self._closed: dict[str, tuple[str, ...]] = {}
        self._unsettled = dict.fromkeys(self._predecessors)
        self._released: list[str] = []
        self._blocked: list[Blocked] = []
        self._passed_gates: list[str] = []
        self._handed_out: set[str] = set()
        for task, predecessors in self._predecessors.items():
            self._missing[task] = sum(one in self._predecessors for one in predecessors)
            for predecessor in predecessors:
                self._successors.setdefault(predecessor, []).append(task)
        outside = [one for one in self._successors if one not in self._predecessors]
        self._close(*(one for one in outside if one not in self._open))
        for task in [one for one in self._unsettled if not self._missing[one]]:
            self._release(task)

    @property
    def is_active(self) -> bool:
        """Whether any task of the run is unsettled."""
        return bool(self._unsettled)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Tasks that have no verdict yet, in order of the document."""
        return tuple(self._unsettled)

    def take_released(self) -> list[str]:
        """Hand out the tasks that may run now and have not been handed out before."""
        released, self._released = self._released, []
        self._handed_out.update(released)
        return released

    def take_blocked(self) -> list[Blocked]:
        """Hand out the tasks that have been blocked since the last call."""
        blocked, self._blocked = self._blocked, []
        return blocked

    def take_passed_gates(self) -> list[str]:
        """Hand out the pure gates that have passed since the last call."""
        passed, self._passed_gates = self._passed_gates, []
        return passed

    def settle(self, task: str, *, opens: bool) -> None:
        """Record that a task which was handed out has ended, and whether its gate opens.

        Raises ValueError for a task that is not in the run, was never handed out, or has been
        settled before.
        """
        if task not in self._predecessors:
            raise ValueError(f"{task} is not in this run")
        if task not in self._unsettled:
            raise ValueError(f"{task} has been settled before")
        if task not in self._handed_out:
            raise ValueError(f"{task} was never released")
        if opens:
            self._pass(task)
        else:
            del self._unsettled[task]
            self._close(task)

    def _pass(self, task: str) -> None:
        opening = [task]
        while opening:
            passed = opening.pop()
            del self._unsettled[passed]
            self._open.add(passed)
            for successor in self._successors.get(passed, ()):
                self._missing[successor] -= 1
                if not self._missing[successor] and successor in self._unsettled:
                    if successor in self._pure:
                        self._passed_gates.append(successor)
                        opening.append(successor)
                    else:
                        self._released.append(successor)

    def _release(self, task: str) -> None:
        if task in self._pure:
            self._passed_gates.append(task)
            self._pass(task)
        else:
            self._released.append(task)

    def _close(self, *faults: str) -> None:
        """Close all behind, a task after all its predecessors that close: it names them all."""
        self._closed.update((fault, (fault,)) for fault in faults)
        waits = self._closing_predecessors(faults)
        closing = list(faults)
        for closed in closing:
            for successor in self._successors.get(closed, ()):
                if successor in waits:
                    waits[successor] -= 1
                    if not waits[successor]:
                        self._close_one(successor)
                        closing.append(successor)

    def _closing_predecessors(self, faults: Iterable[str]) -> dict[str, int]:
        """Count for each unsettled task behind the faults how many edges lead to it from there."""
        count: dict[str, int] = {}
        behind = list(faults)
        while behind:
            for successor in self._successors.get(behind.pop(), ()):
                if successor in self._unsettled:
                    if successor not in count:
                        behind.append(successor)
                    count[successor] = count.get(successor, 0) + 1
        return count

    def _close_one(self, task: str) -> None:
        del self._unsettled[task]
        by = tuple(one for one in self._predecessors[task] if one in self._closed)
        roots = tuple(dict.fromkeys(root for one in by for root in self._closed[one]))
        self._closed[task] = roots
        self._blocked.append(Blocked(task, by, roots))
