"""What a project has come to when its final review is done: the numbers of the closing report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.gates import is_gate, tasks_only
from pytest_tracks.core.model import Plan, Requirement, Task
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict

__all__ = ["COST_KEY", "Completion", "complete"]

COST_KEY = "cost_usd"
"""Key of ``--tracks-meta`` under which an attempt's cost in US dollars is recorded."""

_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Completion:
    """Times are hours, costs US dollars; None where nothing is recorded."""

    tasks: int
    passed: int
    gates: int
    gates_passed: int
    criteria: int
    criteria_met: int
    sprints: int
    tracks: int
    iterations: int
    tiers: Mapping[str, int]
    """Tier → tasks whose last attempt named it."""
    sequential_hours: float | None
    """Sum of the estimates; None where no task has one."""
    planned_hours: float | None
    """Length of the plan on its tracks."""
    elapsed_hours: float | None
    """From the first attempt to the last PASS."""
    track_costs: Mapping[int, float]
    gate_cost: float | None
    coverage: float | None
    """Percent: mean over the tasks with a coverage gate."""
    delivered: tuple[Requirement, ...]
    missing: tuple[Requirement, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every task and every gate is PASS."""
        return self.passed == self.tasks and self.gates_passed == self.gates

    @property
    def total_cost(self) -> float | None:
        """All that is recorded of costs."""
        known = [*self.track_costs.values()]
        known += [] if self.gate_cost is None else [self.gate_cost]
        return sum(known) if known else None


def complete(
    plan: Plan, record: ProjectRecord, *, planned_hours: float | None = None
) -> Completion:
    """Sum a project up, whether it is complete or not.

    ``planned_hours`` is the plan's length on its tracks where it is known: it takes long to find.
    """
    work = tasks_only(plan).tasks
    gates = [task for task in plan.tasks.values() if is_gate(task)]
    stated = any(task.hours is not None for task in work.values())
    delivered = [one for one in plan.requirements if _is_delivered(one, work, record)]
    return Completion(
        tasks=len(work),
        passed=_passed(work, record),
        gates=len(gates),
        gates_passed=_passed((gate.id for gate in gates), record),
        criteria=sum(len(task.criteria) for task in plan.tasks.values()),
        criteria_met=sum(_met(task, record) for task in plan.tasks.values()),
        sprints=len(plan.sprints),
        tracks=len(record.tracks),
        iterations=sum(record.task(name).iterations for name in work),
        tiers=Counter(tier for name in work if (tier := record.task(name).tier_used)),
        sequential_hours=sum(plan.durations().values()) if stated else None,
        planned_hours=_planned(plan, record, planned_hours) if stated else None,
        elapsed_hours=_elapsed(plan.tasks, record),
        track_costs=_track_costs(record),
        gate_cost=_cost((gate.id for gate in gates), record),
        coverage=_coverage(work, record),
        delivered=tuple(delivered),
        missing=tuple(one for one in plan.requirements if one not in delivered),
    )


def _passed(names: Iterable[str], record: ProjectRecord) -> int:
    return sum(record.task(name).verdict is TaskVerdict.PASS for name in names)


def _met(task: Task, record: ProjectRecord) -> int:
    results = record.task(task.id).criteria
    verdicts = (results[one.id].verdict for one in task.criteria if one.id in results)
    return sum(verdict is CriterionVerdict.PASS for verdict in verdicts)


def _is_delivered(
    requirement: Requirement, work: Mapping[str, Task], record: ProjectRecord
) -> bool:
    names = [name for name, task in work.items() if requirement.id in task.requirements]
    return bool(names) and _passed(names, record) == len(names)


def _planned(plan: Plan, record: ProjectRecord, known_hours: float | None) -> float:
    if known_hours is not None:
        return known_hours
    recorded = {name: known.track for name, known in record.tasks.items() if known.track}
    return distribute(plan, len(record.tracks) or None, recorded=recorded).makespan


def _elapsed(names: Iterable[str], record: ProjectRecord) -> float | None:
    known = [record.task(name) for name in names]
    starts = [one.started_at for one in known if one.started_at]
    ends = [one.completed_at for one in known if one.completed_at]
    if not starts or not ends:
        return None
    span = _moment(max(ends)) - _moment(min(starts))
    return max(0.0, span.total_seconds() / _SECONDS)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _track_costs(record: ProjectRecord) -> dict[int, float]:
    costs = {number: _cost(track.tasks, record) for number, track in sorted(record.tracks.items())}
    return {number: cost for number, cost in costs.items() if cost is not None}


def _cost(names: Iterable[str], record: ProjectRecord) -> float | None:
    known = [cost for name in names if (cost := _amount(record.task(name).meta)) is not None]
    return sum(known) if known else None


def _amount(meta: Mapping[str, str]) -> float | None:
    try:
        return float(meta.get(COST_KEY, ""))
    except ValueError:
        return None


def _coverage(names: Iterable[str], record: ProjectRecord) -> float | None:
    known = [found.percent for name in names if (found := record.task(name).coverage) is not None]
    return sum(known) / len(known) if known else None
