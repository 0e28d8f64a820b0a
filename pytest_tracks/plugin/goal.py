"""``--tracks-goal=no-regression``: exit status 0 asks only that nothing got worse.

The same decision as ``pytest-tracks check --against``, over what this run has settled.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_tracks.core.check import Decision, Demand, Evidence, decide
from pytest_tracks.reports.check_text import goal_lines

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.reports.line import Line

__all__ = ["Goal"]


class Goal:
    """What a run with this goal has to keep."""

    def __init__(
        self, plan: Plan, demand: Demand, taking_part: Collection[str], recorder: Recorder
    ) -> None:
        self._plan = plan
        self._demand = demand
        self._taking_part = frozenset(taking_part)
        self._recorder = recorder

    def decide(self) -> Decision:
        """Compare; of the tasks that take no part nothing is asked, and nothing is listed."""
        decision = decide(self._evidence(), self._demand)
        inside = self._taking_part
        return replace(
            decision,
            passed=tuple(name for name in decision.passed if name in inside),
            open=tuple(reason for reason in decision.open if reason.subject in inside),
        )

    def lines(self, exit_status: int, failed_elsewhere: int, *, width: int) -> list[Line]:
        """Explain the exit status."""
        return goal_lines(
            exit_status,
            self.decide(),
            self._demand,
            self._evidence(),
            failed_elsewhere=failed_elsewhere,
            width=width,
        )

    def _evidence(self) -> Evidence:
        return Evidence(self._plan, self._recorder.display())
