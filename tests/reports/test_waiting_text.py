from __future__ import annotations

from pytest_tracks.core.record import LiveRun
from pytest_tracks.reports.waiting_text import waiting_text

RUN = LiveRun("20251031T100000Z-4711-abc", 4711, "laptop", "2025-10-31T10:00:00.123Z")


def test_it_says_who_has_it_since_when_in_one_line() -> None:
    said = waiting_text("TASK-004", RUN, here="laptop")
    assert said == "waiting for TASK-004: process 4711 on laptop, since 2025-10-31 10:00:00 UTC"
    assert len(said) < 80


def test_of_another_host_nobody_here_can_say_that_it_is_dead() -> None:
    said = waiting_text("TASK-004", RUN, here="desktop")
    assert said.endswith(f"should it be dead: pytest-tracks state repair --close-run {RUN.run_id}")
