"""The way to run in one process: a loop of our own over the same engine.

Sorting the items once would not do: what runs next depends on what has passed. ``nextitem`` is
the known successor, else a park item (fixtures of modules come down, those of the session stay),
and None only at the end.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.plugin.park import PARK_NAME, ParkItem, take_down
from pytest_tracks.plugin.waiting import POLL_SECONDS

if TYPE_CHECKING:
    from pytest_tracks.core.run import Assignment
    from pytest_tracks.plugin.conductor import Conductor

__all__ = ["InProcessLoop"]


class InProcessLoop:
    """Replaces pytest's own loop where tracks run without workers."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._needs_take_down = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the plan; like pytest's own loop it stops on collection errors."""
        option = session.config.option
        if option.collectonly:
            return None
        if session.testsfailed and not option.continue_on_collection_errors:
            plural = "s" if session.testsfailed != 1 else ""
            raise session.Interrupted(f"{session.testsfailed} error{plural} during collection")
        self._conductor.assemble_here(session)
        self._loop(session)
        return True

    def _loop(self, session: pytest.Session) -> None:
        items = {item.nodeid: item for item in session.items}
        park = ParkItem.from_parent(session, name=PARK_NAME)
        loose = deque(self._conductor.loose_items())
        run = self._conductor.run
        try:
            while True:
                assignment = self._take()
                if assignment is not None:
                    self._run_task(session, assignment, items, park, bool(loose))
                elif loose:
                    self._run_loose(session, loose, items, park)
                elif not run.waits_for:
                    break
                elif not self._conductor.look_elsewhere():
                    time.sleep(POLL_SECONDS)
                self._conductor.publish()
                _stop_where_asked(session)
        finally:
            if self._needs_take_down:
                take_down(park)
        if run.is_active:
            raise RuntimeError("the run is over, but tasks are still unsettled")

    def _take(self) -> Assignment | None:
        run = self._conductor.run
        while True:
            self._conductor.publish()
            for lane in range(run.lanes):
                assignment = run.take(lane)
                if assignment is not None:
                    return assignment
            if not run.has_events:  # what was settled on the way may release more
                return None

    def _run_task(
        self,
        session: pytest.Session,
        assignment: Assignment,
        items: dict[str, pytest.Item],
        park: ParkItem,
        more: bool,
    ) -> None:
        run = self._conductor.run
        self._conductor.begin(assignment.task)
        self._conductor.publish()
        last_task = not more and all(run.is_exhausted(lane) for lane in range(run.lanes))
        following = [*assignment.handles[1:], None]
        for handle, successor in zip(assignment.handles, following, strict=True):
            self._conductor.now_running = (assignment.task, handle)
            end = None if last_task else park
            nextitem = items[successor] if successor is not None else end
            self._run_item(items[handle], nextitem)
            self._conductor.item_ended(assignment.task, handle)
            if successor is not None:
                _stop_where_asked(session)
        self._conductor.end(assignment.task)

    def _run_loose(
        self,
        session: pytest.Session,
        loose: deque[str],
        items: dict[str, pytest.Item],
        park: ParkItem,
    ) -> None:
        item = items[loose.popleft()]
        nextitem: pytest.Item = items[loose[0]] if loose else park
        self._conductor.now_running = None
        self._run_item(item, nextitem)

    def _run_item(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        self._needs_take_down = True
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        self._needs_take_down = nextitem is not None
        self._conductor.now_running = None


def _stop_where_asked(session: pytest.Session) -> None:
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
