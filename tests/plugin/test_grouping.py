"""How long a group of facts may grow."""

from __future__ import annotations

from queue import Queue

import pytest

from pytest_tracks.plugin import grouping
from pytest_tracks.plugin.grouping import LONGEST_GROUPING, Grouping


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(grouping.time, "monotonic", lambda: now[0])
    return now


def waiting(count: int) -> Queue[int]:
    events: Queue[int] = Queue()
    for number in range(count):
        events.put(number)
    return events


def test_without_workers_nothing_is_put_off() -> None:
    assert not Grouping(None).may_grow()


def test_a_group_grows_only_by_what_waits_already() -> None:
    events = waiting(1)
    group = Grouping(events)
    assert group.may_grow()
    events.get()
    assert not group.may_grow()


def test_a_verdict_does_not_wait_for_ever_behind_others(clock: list[float]) -> None:
    group = Grouping(waiting(1000))
    assert group.may_grow()
    clock[0] += LONGEST_GROUPING / 2
    assert group.may_grow()
    clock[0] += LONGEST_GROUPING
    assert not group.may_grow()
    group.close()
    assert group.may_grow()
