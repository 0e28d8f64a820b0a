"""The park item: what a worker holds in its hand while it waits for its next task.

A worker fetches its next item before it runs the present one, so its last item would wait for a
successor for ever while the controller holds the successors back. Every batch therefore ends in
this hidden item: it is never reported, and it does nothing but let the items before it run and
tear their fixtures down. Only where a worker is shut down while it is parked, the fixtures of the
session are torn down here.
"""

from __future__ import annotations

import time

import pytest

from pytest_tracks.plugin.waiting import POLL_SECONDS

__all__ = ["PARK_NAME", "ParkItem", "ParkProtocol"]

PARK_NAME = "tracks-park"


class ParkItem(pytest.Item):
    """Hidden: collected by nobody, reported by nobody."""

    def runtest(self) -> None:
        """Do nothing: parking is waiting."""

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Name no place: there is none."""
        return ("", None, PARK_NAME)


class ParkProtocol:
    """Appends the item where xdist has counted already, and runs it without a report."""

    def __init__(self, *, append: bool) -> None:
        self._append = append

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Append behind what xdist's own hook has sent to the controller."""
        if self._append:
            session.items.append(ParkItem.from_parent(session, name=PARK_NAME))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run a park item without logging; with nothing behind it, take the session down."""
        if not isinstance(item, ParkItem):
            return None
        if nextitem is None:
            take_down(item)
        elif isinstance(nextitem, ParkItem):  # a lane that ticks while it waits for the outside
            time.sleep(POLL_SECONDS)
        return True


def take_down(park: ParkItem) -> None:
    """Tear down what is still set up, and report only a failure.

    The report is made by hand: plugins that hook into making reports expect a real item.
    """
    hook = park.ihook
    pytest.CallInfo.from_call(lambda: hook.pytest_runtest_setup(item=park), when="setup")
    call = pytest.CallInfo.from_call(
        lambda: hook.pytest_runtest_teardown(item=park, nextitem=None), when="teardown"
    )
    report = pytest.TestReport.from_item_and_call(park, call)
    if report.failed:
        hook.pytest_runtest_logreport(report=report)
