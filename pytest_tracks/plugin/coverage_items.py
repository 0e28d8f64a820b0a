"""The item that a coverage gate is: ``…::TASK-004::coverage``, the last of its task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pytest_tracks.core.kinds import CheckResult
from pytest_tracks.core.roster import coverage_criterion
from pytest_tracks.plugin.items import CriterionItem

if TYPE_CHECKING:
    from pytest_tracks.core.model import Task
    from pytest_tracks.core.record import CoverageResult

__all__ = ["JUDGE", "CoverageItem", "GateJudge", "keep_with_their_tasks"]


class GateJudge(Protocol):
    """Knows what the items of this process executed."""

    def check(self, task: Task) -> tuple[CheckResult, CoverageResult | None]:
        """Judge the gate of a task whose items were the last to run."""
        ...


JUDGE = pytest.StashKey[GateJudge]()


class CoverageItem(CriterionItem):
    """Judges what the items of its task, which have run just before, executed."""

    @classmethod
    def of(cls, parent: Any, task: Task) -> CoverageItem:
        """Make the item of a task that has a gate."""
        assert task.coverage is not None
        criterion = coverage_criterion(task, task.coverage)
        item: CoverageItem = cls.from_parent(
            parent, name=criterion.id, task=task, criterion=criterion
        )
        return item

    def _check(self) -> CheckResult:
        result, self.coverage = self.config.stash[JUDGE].check(self.plan_task)
        return result


def keep_with_their_tasks(
    before: Sequence[pytest.Item], selected: list[pytest.Item], tasks: set[str]
) -> None:
    """Select the gates of the tasks of which anything is selected, whatever ``-k`` or ``-m`` say.

    Whether the whole task is selected, so that a gate can be judged, is for the roster to find.
    """
    known = set(selected)
    selected += [
        item
        for item in before
        if isinstance(item, CoverageItem) and item not in known and item.plan_task.id in tasks
    ]
