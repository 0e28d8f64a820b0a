"""The way to run with xdist workers: each worker is a lane, and tasks are sent when released.

::

    worker's queue   [items of a task …, PARK] [items of the next …, PARK]
                      ▲ head: runs now                                 ▲ held while it waits

This adapter translates; what runs when is ``core.run``'s. A worker does not start its last item
before it has a successor, so every task's items end in the park item (see ``park``), or in the
worker's shutdown.

What a lane runs next in any case is queued behind what it runs now, so that only a verdict which
somebody waits for costs a hand-over. Such a verdict is recorded at once, and what it releases is
sent; it is made durable and shown when no other event waits to be taken.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pytest_tracks.plugin.seat import LARGEST_BATCH, Seat, Sent

if TYPE_CHECKING:
    from pytest_tracks.core.run import Assignment
    from pytest_tracks.plugin.crew import Crew, Node

__all__ = ["TrackScheduling"]


class TrackScheduling:
    """Xdist's ``Scheduling`` protocol over a ``Run``."""

    def __init__(self, crew: Crew, config: object = None) -> None:
        self.config = config
        """Not used here: plugins look for it on whatever schedules (pytest-rerunfailures)."""
        self._crew = crew
        self._seats: dict[Node, Seat] = {}
        self._free_lanes = list(range(crew.lanes))
        self._loose: deque[str] = deque()
        self._assembled = False
        self._disagreement = False

    # -- what xdist asks -------------------------------------------------------------------------

    @property
    def nodes(self) -> list[Node]:
        """List the workers that take part."""
        return list(self._seats)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all lanes have a worker that has collected, or have had one."""
        if self._assembled:
            return True
        ready = [seat for seat in self._seats.values() if seat.index_of or seat.park >= 0]
        return len(ready) >= self._crew.lanes

    @property
    def tests_finished(self) -> bool:
        """Whether nothing runs and nothing more will.

        Xdist reads it after every event: so O(lanes), and the place to record what was put off.
        """
        if self._disagreement:
            return True
        if not self._assembled:
            return False
        if (self._crew.run.has_events or self._crew.has_unshown) and not self._crew.may_put_off:
            self._advance()
        return not self._has_work and all(seat.is_waiting for seat in self._seats.values())

    @property
    def has_pending(self) -> bool:
        """Whether anything is still to be sent, or running."""
        return self._assembled and (self._has_work or any(s.queue for s in self._seats.values()))

    @property
    def _has_work(self) -> bool:
        return bool(self._loose) or self._crew.run.is_active

    def add_node(self, node: Node) -> None:
        """Give a new worker a lane, and every free lane with work that nobody else can do.

        A worker can be gone for good while its lane still gets work back (from a worker that had
        helped out and died), so lanes must not stay without a worker; a worker that comes when
        none is free takes one over from whoever has most.
        """
        if not self._assembled:
            lanes = [self._free_lanes.pop(0)]
        else:
            lanes = [lane for lane in self._free_lanes if not self._crew.run.is_exhausted(lane)]
            self._free_lanes = [lane for lane in self._free_lanes if lane not in lanes]
            lanes = lanes or self._take_over()
        self._seats[node] = Seat(lanes)

    def _take_over(self) -> list[int]:
        most = max((seat.lanes for seat in self._seats.values()), key=len, default=[])
        return [most.pop()] if len(most) > 1 else []

    def add_node_collection(self, node: Node, collection: Sequence[str]) -> None:
        """Learn the indices of a worker; the first one's collection makes the run."""
        seat = self._seats[node]
        seat.index_of = {handle: index for index, handle in enumerate(collection)}
        seat.park = len(collection)
        if not self._assembled and self.collection_is_completed:
            agreeing = [
                self._crew.agrees(one, list(self._seats[one].index_of)) for one in self._seats
            ]
            if not all(agreeing):
                self._disagreement = True
                return
            self._crew.assemble(node, collection)
            self._loose.extend(self._crew.loose_items())
            self._assembled = True
        elif self._assembled and not self._crew.agrees(node, collection):
            self._stop()
            seat.closed = True
            node.shutdown()

    def schedule(self) -> None:
        """Feed every lane that waits; called again for each replacement worker."""
        if self._assembled:
            self._advance()

    def mark_test_complete(self, node: Node, item_index: int, duration: float = 0) -> None:
        """Take the end of an item; the last one of a task settles it."""
        seat = self._seats[node]
        sent = seat.queue.popleft()
        if sent.index != item_index:
            raise ValueError(f"{node} ran item {item_index}, {sent.index} was next")
        seat.note_end(sent, duration)
        if sent.task is not None and sent.handle is not None:
            self._crew.item_ended(sent.task, sent.handle)
            if sent.ends_task:
                self._crew.end(sent.task)
        if sent.ends_task or sent.task is None:
            self._begin_head(seat)
        if self._crew.should_stop and self._assembled:
            self._stop()
        if sent.ends_task or seat.is_waiting:
            self._advance()

    def remove_node(self, node: Node) -> str | None:
        """Take a worker out; returns the id of the item that it crashed in, if it did.

        Raises KeyError for a worker that is not there.
        """
        seat = self._seats.pop(node)
        self._free_lanes.extend(seat.lanes)
        if not self._assembled:
            return None
        crashed = seat.queue.popleft() if seat.queue and seat.queue[0].handle is not None else None
        if crashed is not None and crashed.task is not None and crashed.handle is not None:
            self._crew.item_crashed(crashed.task, crashed.handle)
            self._crew.end(crashed.task)
        self._take_back(seat.queue, crashed)
        if self._crew.should_stop:
            self._stop()
        self._advance()
        return crashed.handle if crashed is not None else None

    def mark_test_pending(self, item: str) -> None:
        """Refuse: an item that crashed is not run again behind the gate's back."""
        raise NotImplementedError

    def remove_pending_tests_from_node(self, node: Node, indices: Sequence[int]) -> None:
        """Refuse: nothing is stolen from a worker's queue."""
        raise NotImplementedError

    # -- for the controller's reports ------------------------------------------------------------

    def running(self, node: Node) -> Sent | None:
        """Say what a worker runs now: reports of an item come before its end does."""
        seat = self._seats.get(node)
        return seat.queue[0] if seat is not None and seat.queue else None

    # -- sending ---------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._crew.run.stop()
        self._loose.clear()

    def _advance(self) -> None:
        """Send what may run, record what has been settled, send what that has released.

        Where no lane waits for a verdict, recording it can be put off for other events; making it
        durable and showing it can in any case.
        """
        self._feed()
        run = self._crew.run
        while run.has_events and (self._somebody_waits() or not self._crew.may_put_off):
            self._crew.record()
            self._feed()
        if self._crew.has_unshown and not self._crew.may_put_off:
            self._crew.show()

    def _somebody_waits(self) -> bool:
        idle = (seat for _, seat in self._idle())
        return any(self._crew.run.is_held_back(lane) for seat in idle for lane in seat.lanes)

    def _feed(self) -> None:
        """Send to every lane that waits; where it waits for other runs, look what they did."""
        settled = -1
        while settled != len(self._crew.run.verdicts):
            # What one lane settles without its worker may be what another has waited for.
            settled = len(self._crew.run.verdicts)
            self._feed_lanes()
        while self._crew.run.waits_for and self._idle() and self._crew.look_elsewhere():
            self._feed_lanes()
        if self._crew.run.waits_for:
            self._tick()

    def _feed_lanes(self) -> None:
        ahead = self._crew.may_queue_ahead
        for node, seat in self._seats.items():
            if seat.park < 0 or seat.closed or node.shutting_down:
                continue
            if seat.is_waiting:
                self._feed_lane(node, seat)
            elif ahead:
                self._queue_ahead(node, seat)

    def _idle(self) -> list[tuple[Node, Seat]]:
        return [
            (node, seat)
            for node, seat in self._seats.items()
            if seat.park >= 0 and seat.is_waiting and not node.shutting_down
        ]

    def _tick(self) -> None:
        """Keep one idle lane going from park to park: xdist calls us only when something ends."""
        idle = self._idle()
        if not idle or any(len(seat.queue) > 1 for _, seat in idle):
            return
        node, seat = idle[0]
        parks = [Sent(seat.park) for _ in range(2 - len(seat.queue))]
        seat.queue.extend(parks)
        self._send(node, parks)

    def _feed_lane(self, node: Node, seat: Seat) -> None:
        seat.adapt()
        entries: list[Sent] = []
        for assignment in self._assignments(seat):
            entries += self._entries(seat, assignment)
        if not entries:
            entries = self._loose_entries(seat)
        over = not self._loose and all(map(self._crew.run.is_exhausted, seat.lanes))
        if over and entries:
            entries.pop()  # the shutdown, not a park item, is what follows the last one
        if entries:
            seat.queue.extend(entries)
            self._begin_head(seat)
            self._send(node, entries)
        if over:
            seat.closed = True
            node.shutdown()

    def _queue_ahead(self, node: Node, seat: Seat) -> None:
        """Send a busy lane what it will run next in any case, before it runs dry."""
        if seat.waiting_tasks > seat.batch // 2 + 1 or not seat.waiting_tasks:
            return
        seat.adapt()
        entries: list[Sent] = []
        while not self._is_full(seat) and (ahead := self._take_ahead(seat)) is not None:
            entries += self._entries(seat, ahead)
        if entries:
            seat.queue.extend(entries)
            self._send(node, entries)

    def _assignments(self, seat: Seat) -> Iterable[Assignment]:
        takes = map(self._crew.run.take, seat.lanes)
        assignment = next((taken for taken in takes if taken is not None), None)
        while assignment is not None:
            yield assignment
            if self._is_full(seat) or self._crew.run.goes_alone(assignment.task):
                return
            assignment = self._take_ahead(seat)

    def _is_full(self, seat: Seat) -> bool:
        """Whether a lane has its batch, and where that is allowed one task to run next."""
        return seat.waiting_tasks >= seat.batch + self._crew.may_queue_ahead

    def _take_ahead(self, seat: Seat) -> Assignment | None:
        """Take what comes next in any case; where tasks are trivial, whatever is ready.

        Out of order a lane drifts away from its layout, which trivial tasks cannot.
        """
        take = partial(self._crew.run.take_ahead, in_order=seat.batch < LARGEST_BATCH)
        return next((taken for taken in map(take, seat.lanes) if taken is not None), None)

    def _entries(self, seat: Seat, assignment: Assignment) -> list[Sent]:
        entries = [
            Sent(seat.index_of[handle], handle, assignment.task) for handle in assignment.handles
        ]
        entries[-1].ends_task = True
        seat.waiting_tasks += 1
        return [*entries, Sent(seat.park)]

    def _loose_entries(self, seat: Seat) -> list[Sent]:
        count = min(seat.loose_batch, len(self._loose))
        handles = [self._loose.popleft() for _ in range(count)]
        entries = [Sent(seat.index_of[handle], handle) for handle in handles]
        return [*entries, Sent(seat.park)] if entries else []

    def _begin_head(self, seat: Seat) -> None:
        """Start the task whose first item a worker now comes to."""
        for sent in seat.queue:
            if sent.handle is not None:
                if sent.task is not None:
                    self._crew.begin(sent.task)
                return

    def _send(self, node: Node, entries: Sequence[Sent]) -> None:
        with contextlib.suppress(OSError):  # it is dead; its end is on its way to remove_node
            node.send_runtest_some([sent.index for sent in entries])

    def _take_back(self, queue: Iterable[Sent], crashed: Sent | None) -> None:
        """Return what a dead worker never came to."""
        dead = crashed.task if crashed is not None else None
        loose = []
        for sent in queue:
            if sent.handle is not None and sent.task is None:
                loose.append(sent.handle)
            elif sent.ends_task and sent.task is not None and sent.task != dead:
                self._crew.run.give_back(sent.task)
        self._loose.extendleft(reversed(loose))
