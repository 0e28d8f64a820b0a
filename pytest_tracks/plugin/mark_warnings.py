"""Warnings of marks that name a criterion which the plan does not have, or cannot bind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.tree import nearest

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan

__all__ = ["MarkWarnings"]


class MarkWarnings:
    """Warns once of each name."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._warned: set[str] = set()

    def warn_of(self, unknown: Iterable[str], plan: Plan) -> None:
        """Warn of the names; raises pytest.UsageError where warnings are errors."""
        known = [
            str(CriterionKey(task.id, criterion.id))
            for task in plan.tasks.values()
            for criterion in task.criteria
        ]
        for name in unknown:
            if name not in self._warned:
                self._warned.add(name)
                self._warn(_unknown_text(name, known))

    def _warn(self, text: str) -> None:
        """Warn; where warnings are errors (``-W error``) end the run in words."""
        try:
            self._config.issue_config_time_warning(pytest.PytestWarning(text), stacklevel=2)
        except pytest.PytestWarning as warning:
            raise pytest.UsageError(str(warning)) from None


def _unknown_text(name: str, known: Sequence[str]) -> str:
    if name in known:
        return f"criterion mark: {name} has a check of its own in the plan; the mark is not used"
    match = nearest(name, known)
    advice = f"did you mean {match}?" if match else "write TASK/CRITERION, as in the plan"
    return f"criterion mark: the plan has no {name} ({advice})"
