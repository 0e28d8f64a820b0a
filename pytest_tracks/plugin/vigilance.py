"""Doubts about criteria before they run: checks that cannot fail, and checks that never have.

::

    plan ──► lints ───────────────┐ warnings; with --tracks-strict no run
    roster ──► idle tests ────────┤ warnings; with --tracks-strict FAIL
           └─► require_red ───────┘ UNVERIFIED until it was seen to fail
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pytest_tracks.checks.lint import lint_plan
from pytest_tracks.core.red import demand_red
from pytest_tracks.core.verdict import Outcome
from pytest_tracks.errors import PlanError
from pytest_tracks.project.idle_tests import IdleTests
from pytest_tracks.project.remembering import never_red

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.core.roster import Collected, Participant
    from pytest_tracks.errors import Problem
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["Doubts", "plan_doubts", "shown", "warn_of_idle_tests"]

MOST_SHOWN = 5
"""Warnings of one sort: more would push the run's own lines out of sight."""


def plan_doubts(plan: Plan, settings: Settings) -> list[Problem]:
    """Lint the plan; raises PlanError where lints are errors."""
    problems = lint_plan(plan)
    if problems and settings.strict:
        raise PlanError(*problems)
    return problems


def shown(problems: Collection[Problem], *, verbose: bool) -> list[str]:
    """Write warnings, the first few unless somebody asked for all."""
    lines = [f"warning: {problem}" for problem in problems]
    if verbose or len(lines) <= MOST_SHOWN + 1:
        return lines
    left = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], f"warning: {left} more criteria like these (-v shows all)"]


def warn_of_idle_tests(
    view: TerminalView, root: Path, collected: Collected, *, verbose: bool
) -> None:
    """Warn of tests that assert nothing, where they are known without a collection."""
    idle = IdleTests(root).among(one.handle for one in collected.items)
    view.doubtful(shown(idle, verbose=verbose))


class Doubts:
    """What is held against the tasks of a run; ``roster`` is as it runs."""

    def __init__(
        self,
        plan: Plan,
        roster: Mapping[str, Participant],
        record: ProjectRecord,
        settings: Settings,
        holding: Collection[str],
    ) -> None:
        idle = IdleTests(settings.root)
        self._strict = settings.strict
        self._found = {
            name: {part.criterion.id: idle.among(part.tests) for part in participant.parts}
            for name, participant in roster.items()
            if settings.strict or name not in holding
        }
        unseen = {
            name: never_red(plan, record, participant.task)
            for name, participant in roster.items()
            if name not in holding or settings.rerun
        }
        self.roster = demand_red(self._refused(roster), unseen)

    @property
    def problems(self) -> list[Problem]:
        """The tests that assert nothing, each once."""
        every = (found for parts in self._found.values() for found in parts.values())
        return list(dict.fromkeys(problem for problems in every for problem in problems))

    @property
    def refused(self) -> frozenset[str]:
        """Tasks of which no PASS holds, since a test of theirs asserts nothing."""
        if not self._strict:
            return frozenset()
        return frozenset(name for name, parts in self._found.items() if any(parts.values()))

    def _refused(self, roster: Mapping[str, Participant]) -> dict[str, Participant]:
        return {
            name: self._failing(participant) if name in self.refused else participant
            for name, participant in roster.items()
        }

    def _failing(self, participant: Participant) -> Participant:
        found = self._found[participant.task.id]
        parts = tuple(
            dataclasses.replace(
                part,
                given=(
                    *part.given,
                    *((Outcome.FAILED, str(one)) for one in found[part.criterion.id]),
                ),
            )
            for part in participant.parts
        )
        return dataclasses.replace(participant, parts=parts)
