"""Which lane runs what next: lanes, priorities and resources over the gate.

A lane is one worker's queue in one run. Within a lane there is no fixed order: it takes *any*
released task, longest remaining path first, so no order of lanes can deadlock.

::

    settle ──► released ──► ready: may be taken
                  └─ held while a verdict behind it is unrecorded ──► admit ──┘
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pytest_tracks.core.gate import Blocked, Gate

__all__ = ["Dispatch", "Lender"]


class Lender(Protocol):
    """Who has the resources that other runs use too."""

    def take(self, task: str, needs: Mapping[str, int]) -> bool:
        """Take all units that a task needs; False, with nothing taken, where others have them."""
        ...

    def free(self, task: str) -> None:
        """Give back what a task has taken; nothing where it has not."""
        ...


class Dispatch:
    """Hands released tasks to lanes and takes their ends back.

    ``lanes`` holds the tasks of each lane, together all of the gate's but the pure gates;
    ``priority`` the longest remaining path of a task (hours, or any unit). ``needs`` maps tasks
    to units of resources, of which ``capacities`` exist (1 where nothing is said). With
    ``dynamic`` an idle lane takes released tasks of other lanes, but never those in ``pinned``.
    Tasks ``on_hold`` are handed to nobody: they are settled from elsewhere. What the ``lender``
    refuses is asked for again whenever its lane takes.
    """

    def __init__(
        self,
        gate: Gate,
        lanes: Sequence[Sequence[str]],
        *,
        priority: Mapping[str, float],
        needs: Mapping[str, Mapping[str, int]] | None = None,
        capacities: Mapping[str, int] | None = None,
        pinned: Collection[str] = (),
        dynamic: bool = False,
        on_hold: Collection[str] = (),
        lender: Lender | None = None,
    ) -> None:
        self._gate = gate
        self._home = {task: lane for lane, tasks in enumerate(lanes) for task in tasks}
        self._rank = {task: rank for rank, task in enumerate(self._home)}
        self._priority = priority
        self._needs = {task: dict(units) for task, units in (needs or {}).items() if units}
        self._capacities = capacities or {}
        self._held: dict[str, int] = {}
        self._pinned = frozenset(pinned)
        self._dynamic = dynamic
        self._ready: list[list[tuple[float, int, str]]] = [[] for _ in lanes]
        self._ready_pinned: list[list[tuple[float, int, str]]] = [[] for _ in lanes]
        self._order = [sorted(map(self._entry, tasks), reverse=True) for tasks in lanes]
        """What each lane has not begun, in order, the next one last; see ``_next_of``."""
        self._is_holding = False
        self._held_release: list[str] = []
        self._starved: list[str] = []
        self._on_hold = set(on_hold)
        self._lender = lender
        self._refused: dict[str, None] = {}
        self._waiting: dict[str, None] = {}
        self._running: dict[str, int] = {}
        self._unstarted: list[set[str]] = [set() for _ in lanes]
        self._unstarted_free = 0
        self._stopped = False
        for task in self._home:
            self._count(task, 1)
        self._blocked: list[Blocked] = []
        self._passed_gates: list[str] = []
        self._collect()

    @property
    def is_active(self) -> bool:
        """Whether anything runs or can still be released."""
        return bool(self._running) or (self._gate.is_active and not self._stopped)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Tasks without a verdict: running, or never reached."""
        return self._gate.unsettled

    def take(self, lane: int) -> str | None:
        """Give a lane its next task and hold the task's resources; None where it has to wait."""
        if self._stopped:
            return None
        for refused in [task for task in self._refused if self._home[task] == lane]:
            del self._refused[refused]
            self._enqueue(refused)
        queues = [self._ready_pinned[lane], self._ready[lane]]
        task = self._take_best(queues)
        if task is None and self._dynamic:
            task = self._take_best(self._ready)
        return self._start(task, lane)

    def take_ahead(self, lane: int, *, in_order: bool) -> str | None:
        """Give a lane that is busy a task to run next.

        With ``in_order`` only the first of all that it has left, which it would run next whatever
        ends meanwhile. None where nothing is ready, where the task holds resources, or another
        lane may want it (``dynamic``).
        """
        filled = [queue for queue in (self._ready_pinned[lane], self._ready[lane]) if queue]
        if self._stopped or self._dynamic or not filled:
            return None
        queue = min(filled)
        task = queue[0][2]
        if task in self._needs or self._is_behind_held(queue[0]):
            return None
        if in_order and task != self._next_of(lane):
            return None
        heapq.heappop(queue)
        return self._start(task, lane)

    def _start(self, task: str | None, lane: int) -> str | None:
        if task is not None:
            self._running[task] = lane
            self._count(task, -1)
            self._seize(task)
        return task

    def _next_of(self, lane: int) -> str | None:
        order, unstarted = self._order[lane], self._unstarted[lane]
        while order and order[-1][2] not in unstarted:
            order.pop()
        return order[-1][2] if order else None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Released tasks that wait for others: to settle them, or to free their resources."""
        return (*self._waiting, *self._refused)

    @property
    def refused(self) -> tuple[str, ...]:
        """Those of them whose resources other runs have."""
        return tuple(self._refused)

    def settle_elsewhere(self, task: str, *, opens: bool) -> None:
        """Take the end of a task on hold; raises ValueError where it does not wait."""
        if task not in self._waiting and task not in self._refused:
            raise ValueError(f"{task} does not wait for anybody")
        self._waiting.pop(task, None)
        self._refused.pop(task, None)
        self._count(task, -1)
        self._gate.settle(task, opens=opens)
        self._collect()

    def take_off_hold(self, task: str) -> None:
        """Let a lane have a task that nobody else will settle after all."""
        self._on_hold.discard(task)
        if task in self._waiting:
            del self._waiting[task]
            self._enqueue(task)

    def needs_resources(self, task: str) -> bool:
        """Whether a task holds resources while it runs (and is sent alone, so as not to hoard)."""
        return task in self._needs

    def hold_resources(self, task: str) -> bool:
        """Take the resources of a task that runs outside the gate; False where it has to wait."""
        if not self._fits(task):
            return False
        self._seize(task)
        return True

    def free_resources(self, task: str) -> None:
        """Give back what ``hold_resources`` took: whoever waits for it competes again."""
        for name, units in self._needs.get(task, {}).items():
            self._held[name] -= units
        if task in self._needs:
            if self._lender is not None:
                self._lender.free(task)
            starved, self._starved = self._starved, []
            for waiting in starved:
                self._enqueue(waiting)

    def settle(self, task: str, *, opens: bool, hold: bool = False) -> None:
        """Take the end of a running task; its resources are free, its gate opens or closes.

        With ``hold`` nothing that is released from now on can be taken before ``admit``.
        Raises ValueError where it does not run.
        """
        self._release(task)
        self._is_holding |= hold and opens
        self._gate.settle(task, opens=opens)
        self._collect()

    def is_held_back(self, lane: int) -> bool:
        """Whether a lane could have a task if it were admitted."""
        held = self._held_release
        return bool(held) and (self._dynamic or any(self._home[task] == lane for task in held))

    def admit(self) -> None:
        """Let what was held back be taken: the verdicts that it was released by are recorded."""
        self._is_holding = False
        admitted, self._held_release = self._held_release, []
        for task in admitted:
            self._enqueue(task)

    def give_back(self, task: str) -> None:
        """Put a task that was taken but never began back into its lane.

        Raises ValueError where it does not run.
        """
        self._release(task)
        self._count(task, 1)
        self._order[self._home[task]].append(self._entry(task))
        self._order[self._home[task]].sort(reverse=True)
        self._enqueue(task)

    def stop(self) -> None:
        """Release nothing more; what runs may end."""
        self._stopped = True

    @property
    def is_stopped(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopped

    def is_exhausted(self, lane: int) -> bool:
        """Whether nothing can come to a lane any more, apart from what it runs."""
        if self._stopped:
            return True
        return not (self._unstarted[lane] or (self._dynamic and self._unstarted_free))

    def take_blocked(self) -> list[Blocked]:
        """Hand out the tasks that have been blocked since the last call."""
        blocked, self._blocked = self._blocked, []
        return blocked

    def take_passed_gates(self) -> list[str]:
        """Hand out the pure gates that have passed since the last call."""
        passed, self._passed_gates = self._passed_gates, []
        return passed

    def _collect(self) -> None:
        for task in self._gate.take_released():
            if self._is_holding:
                self._held_release.append(task)
            else:
                self._enqueue(task)
        for task in self._gate.take_passed_gates():
            self._count(task, -1)
            self._passed_gates.append(task)
        for blocked in self._gate.take_blocked():
            self._count(blocked.task, -1)
            self._blocked.append(blocked)

    def _count(self, task: str, change: int) -> None:
        if task in self._home:  # a pure gate has no lane
            unstarted = self._unstarted[self._home[task]]
            (unstarted.add if change > 0 else unstarted.discard)(task)
            if task not in self._pinned:
                self._unstarted_free += change

    def _enqueue(self, task: str) -> None:
        if task in self._on_hold:
            self._waiting[task] = None
            return
        queues = self._ready_pinned if task in self._pinned else self._ready
        heapq.heappush(queues[self._home[task]], self._entry(task))

    def _entry(self, task: str) -> tuple[float, int, str]:
        return (-self._priority.get(task, 0.0), self._rank[task], task)

    def _release(self, task: str) -> None:
        if self._running.pop(task, None) is None:
            raise ValueError(f"{task} does not run")
        self.free_resources(task)

    def _seize(self, task: str) -> None:
        for name, units in self._needs.get(task, {}).items():
            self._held[name] = self._held.get(name, 0) + units

    def _take_best(self, queues: Sequence[list[tuple[float, int, str]]]) -> str | None:
        while True:
            filled = [queue for queue in queues if queue]
            if not filled or self._is_behind_held(min(filled)[0]):
                return None
            _, _, task = heapq.heappop(min(filled))
            if not self._fits(task):
                self._starved.append(task)
            elif self._borrow(task):
                return task
            else:
                self._refused[task] = None

    def _borrow(self, task: str) -> bool:
        needs = self._needs.get(task)
        return not needs or self._lender is None or self._lender.take(task, needs)

    def _is_behind_held(self, entry: tuple[float, int, str]) -> bool:
        """Whether a task that only waits to be admitted comes before this one in its lane."""
        lane = self._home[entry[2]]
        return any(
            self._home[held] == lane and self._entry(held) < entry for held in self._held_release
        )

    def _fits(self, task: str) -> bool:
        return all(
            self._held.get(name, 0) + units <= self._capacities.get(name, 1)
            for name, units in self._needs.get(task, {}).items()
        )
