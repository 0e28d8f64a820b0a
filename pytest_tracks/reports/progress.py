"""What of a plan is PASS at a moment of a run, and what it has taken so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.tally import total_minutes

__all__ = ["Progress"]


class Progress:
    """Follows a run: what held at its start, and what has settled since."""

    def __init__(
        self,
        plan: Plan,
        record: ProjectRecord,
        running: Collection[str],
        costs: Mapping[str, float],
    ) -> None:
        self.running = frozenset(running)
        """Tasks that the run will try; a PASS that one of them had does not count before."""
        self.held = frozenset(
            task_id
            for task_id in plan.tasks
            if task_id not in self.running and record.task(task_id).verdict is TaskVerdict.PASS
        )
        """Tasks that are PASS from before and are skipped."""
        self._passed = set(self.held)
        self._records = dict(record.tasks)
        self._costs = dict(costs)

    def settle(self, task_id: str, known: TaskRecord, *, passed: bool, cost: float | None) -> None:
        """Take in how a task ended; a ``cost`` (US dollars) is added to what it has cost before."""
        self._records[task_id] = known
        if cost is not None:
            self._costs[task_id] = self._costs.get(task_id, 0.0) + cost
        (self._passed.add if passed else self._passed.discard)(task_id)

    def are_passed(self, task_ids: Iterable[str]) -> bool:
        """Whether all of these are PASS."""
        return self._passed.issuperset(task_ids)

    def minutes(self, task_ids: Iterable[str]) -> float | None:
        """Add up the work on these tasks; None where no time is known."""
        known = (self._records[name] for name in task_ids if name in self._records)
        return total_minutes(known, work=True)

    def cost(self, task_ids: Iterable[str]) -> float | None:
        """Add up the cost of these tasks in US dollars; None where none is recorded."""
        known = [self._costs[name] for name in task_ids if name in self._costs]
        return sum(known) if known else None
