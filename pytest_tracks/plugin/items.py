"""The plan's files as nodes of pytest's tree.

::

    docs/planning/tasks/TASK-004.yaml        PlanFile
    └── TASK-004                             TaskNode
        └── AC-002                           CriterionItem
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import pytest

from pytest_tracks.core.binding import BOUND_KINDS
from pytest_tracks.core.kinds import (
    CheckContext,
    CheckKind,
    CheckResult,
    Remembered,
    RunnableKind,
)
from pytest_tracks.core.model import Criterion, Plan, Task
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.verdict import Outcome

__all__ = ["SHARED", "CriterionItem", "CriterionReports", "PlanFile", "Shared", "TaskNode"]


@dataclass(slots=True)
class Shared:
    """What the nodes of one process have in common."""

    plan: Plan
    taking_part: frozenset[str]
    kinds: Mapping[str, CheckKind]
    scratch: str
    tracks: Mapping[str, int] = field(default_factory=dict)
    """Task → number of its track."""
    only: tuple[str, ...] = ()
    """Criteria that node ids name; none: all of the tasks that take part."""
    remembered: Mapping[str, Remembered] = field(default_factory=dict)
    """Criterion's key → what the state knows of it, where its check asks."""
    started_ns: int = 0
    """When the run began, as files are stamped."""
    nodes: dict[str, TaskNode] = field(default_factory=dict)
    """Tasks that have been collected, in the order of their files."""
    environment: Callable[[Task], dict[str, str]] = lambda task: dict(os.environ)
    """What the commands of a task start from."""


SHARED = pytest.StashKey[Shared]()


_NOTHING = Remembered()


class CheckFailedError(Exception):
    """A check did not pass; carries to the report what it showed."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.gap)
        self.result = result


class PlanFile(pytest.File):
    """A file of the plan that holds tasks."""

    def collect(self) -> Iterable[TaskNode]:
        """Yield its tasks that take part in this run."""
        shared = self.config.stash[SHARED]
        path = self.path.relative_to(self.config.rootpath).as_posix()
        for task in shared.plan.tasks.values():
            if task.location.path == path and task.id in shared.taking_part:
                yield TaskNode.from_parent(self, name=task.id, task=task)


class TaskNode(pytest.Collector):
    """A task; its children are its criteria."""

    def __init__(self, *, task: Task, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_task = task

    def collect(self) -> Iterable[CriterionItem]:
        """Yield an item for each criterion that runs something of its own, in plan order.

        Others are mostly represented by tests: where none is bound, ``collection`` makes the item.
        """
        self.config.stash[SHARED].nodes[self.plan_task.id] = self
        for criterion in self.plan_task.criteria:
            if criterion.check.kind not in BOUND_KINDS:
                yield self.own_item(criterion)
        if self.plan_task.coverage is not None:
            from pytest_tracks.plugin.coverage_items import CoverageItem

            yield CoverageItem.of(self, self.plan_task)

    def own_item(self, criterion: Criterion) -> CriterionItem:
        """Make the item of one of its criteria."""
        return CriterionItem.from_parent(
            self, name=criterion.id, task=self.plan_task, criterion=criterion
        )


class CriterionItem(pytest.Item):
    """A criterion's own item: it runs the check, or says why nothing can be run."""

    def __init__(self, *, task: Task, criterion: Criterion, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_task = task
        self.criterion = criterion
        self.result: CheckResult | None = None
        self.coverage: CoverageResult | None = None

    @property
    def key(self) -> CriterionKey:
        """Which criterion of which task."""
        return CriterionKey(self.plan_task.id, self.criterion.id)

    def reportinfo(self) -> tuple[str, int, str]:
        """Point at the criterion's line in the plan."""
        place = self.criterion.location
        return (place.path, place.line - 1, f"{self.key}: {self.criterion.text}")

    def runtest(self) -> None:
        """Carry the check out; anything but a pass is raised."""
        self.result = self._check()
        if self.result.outcome is not Outcome.PASSED:
            raise CheckFailedError(self.result)

    def _check(self) -> CheckResult:
        shared = self.config.stash[SHARED]
        kind: Any = shared.kinds.get(self.criterion.check.kind)
        if hasattr(kind, "run"):
            return self._run(kind, shared)
        return _nothing_bound(self)

    def _run(self, kind: RunnableKind, shared: Shared) -> CheckResult:
        track = shared.tracks.get(self.plan_task.id)
        context = CheckContext(
            root=str(self.config.rootpath),
            task=self.plan_task.id,
            track="" if track is None else f"{track:02}",
            criterion=self.criterion.id,
            location=self.criterion.location,
            scratch=shared.scratch,
            environment=shared.environment(self.plan_task),
            remembered=shared.remembered.get(str(self.key), _NOTHING),
            started_ns=shared.started_ns,
        )
        return kind.run(self.criterion, context)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what the check showed in the place of a traceback."""
        if isinstance(excinfo.value, CheckFailedError):
            result = excinfo.value.result
            where = f"{self.criterion.location}: {self.key} {self.criterion.text}"
            fix = f"fix: {result.recommended_fix}" if result.recommended_fix else ""
            return "\n".join(part for part in (where, result.gap, result.detail, fix) if part)
        return super().repr_failure(excinfo, style)


def _nothing_bound(item: CriterionItem) -> CheckResult:
    kind, params = item.criterion.check.kind, item.criterion.check.params
    if kind == "test":
        ids = params["ids"]
        named = ", ".join(str(one) for one in ids) if isinstance(ids, Sequence) else str(ids)
        return _failed(item, f"collected 0: no test matches {named}")
    if kind == "mark":
        return _failed(item, f"collected 0: no test matches the mark {params['expression']!r}")
    bind = f'bind a test with @pytest.mark.criterion("{item.key}"), or give it test:, run: or file:'
    return CheckResult(Outcome.UNVERIFIED, "nothing checks it", recommended_fix=bind)


def _failed(item: CriterionItem, gap: str) -> CheckResult:
    advice = f"correct the check at {item.criterion.location}, or add the test"
    return CheckResult(Outcome.FAILED, gap, recommended_fix=advice)


class CriterionReports:
    """Gives the reports of criteria their own words: UNVERIFIED and PENDING are no failures."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note on the report what the check showed, in a form that survives workers."""
        report = yield
        if isinstance(item, CriterionItem) and report.when == "call" and item.result is not None:
            result = item.result
            report.tracks_gap = result.gap  # type: ignore[attr-defined]
            report.tracks_evidence = list(result.evidence)  # type: ignore[attr-defined]
            if result.measured is not None:
                number = (result.measured.value, result.measured.unit)
                report.tracks_measured = number  # type: ignore[attr-defined]
            report.tracks_fix = result.recommended_fix  # type: ignore[attr-defined]
            if item.coverage is not None:
                report.tracks_coverage = astuple(item.coverage)  # type: ignore[attr-defined]
            if result.outcome in (Outcome.UNVERIFIED, Outcome.PENDING):
                place = item.criterion.location
                reason = f"{result.outcome.name}: {result.gap} ({result.recommended_fix})"
                report.outcome = "skipped"
                report.longrepr = (place.path, place.line, reason)
                report.tracks_outcome = result.outcome.value  # type: ignore[attr-defined]
        return report
