"""Counting what is known: words for verdicts, criteria met, times, and who blocks whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_tracks.core.model import COVERAGE_ID, Plan, Task
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, Status, TaskVerdict

__all__ = [
    "CLAIMED",
    "NOT_RUN",
    "RUNNING",
    "Tally",
    "criterion_ids",
    "met",
    "minutes",
    "present_word",
    "root_causes",
    "tally",
    "total_minutes",
    "word",
]

CLAIMED = "claimed"
RUNNING = "running"
NOT_RUN = "not run"
_ORDER = (*(verdict.value for verdict in TaskVerdict), CLAIMED, RUNNING, NOT_RUN)


def word(record: TaskRecord) -> str:
    """Say what is known of a task: its verdict; ``claimed``: done, but nothing supports it."""
    if record.verdict is not None:
        return record.verdict.value
    if record.open:
        return RUNNING
    return CLAIMED if record.claim == Status.COMPLETED.value else NOT_RUN


def present_word(record: TaskRecord) -> str:
    """Say what a task is just now: ``running`` where an attempt goes on, unless a PASS stands."""
    is_tried = record.open and record.verdict is not TaskVerdict.PASS
    return RUNNING if is_tried else word(record)


def criterion_ids(task: Task) -> tuple[str, ...]:
    """List all that a task has to meet: its criteria, and its coverage gate where it has one."""
    ids = [criterion.id for criterion in task.criteria]
    return (*ids, COVERAGE_ID) if task.coverage is not None else tuple(ids)


def met(task: Task, record: TaskRecord) -> int:
    """Count the criteria of the present plan that are PASS; never more than it has."""
    found = [record.criteria.get(name) for name in criterion_ids(task)]
    return [result.verdict for result in found if result].count(CriterionVerdict.PASS)


def minutes(record: TaskRecord, *, work: bool = False) -> float | None:
    """Return how long the last validation took; ``work``: from first attempt to PASS.

    Each stands in for the other where only one is recorded; None where neither is.
    """
    run = None if record.run_seconds is None else record.run_seconds / 60
    choices = (record.duration_minutes, run) if work else (run, record.duration_minutes)
    return next((choice for choice in choices if choice is not None), None)


def total_minutes(records: Iterable[TaskRecord], *, work: bool = False) -> float | None:
    """Add up the times that are known; None where none is."""
    known = [time for record in records if (time := minutes(record, work=work)) is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some tasks; ``words`` counts them by ``present_word``, best first."""

    words: Mapping[str, int]
    criteria_met: int
    criteria_total: int
    iterations: int
    minutes: float | None

    @property
    def tasks(self) -> int:
        """How many tasks were counted."""
        return sum(self.words.values())

    @property
    def passed(self) -> int:
        """How many of them are PASS."""
        return self.words.get(TaskVerdict.PASS.value, 0)

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in self.words.items())


def tally(plan: Plan, record: ProjectRecord, task_ids: Iterable[str]) -> Tally:
    """Count the named tasks of the plan."""
    pairs = [(plan.tasks[task_id], record.task(task_id)) for task_id in task_ids]
    words = Counter(present_word(known) for _, known in pairs)
    return Tally(
        {name: words[name] for name in _ORDER if words[name]},
        sum(met(task, known) for task, known in pairs),
        sum(len(criterion_ids(task)) for task, _ in pairs),
        sum(known.iterations for _, known in pairs),
        total_minutes(known for _, known in pairs),
    )


def root_causes(record: ProjectRecord, task_ids: Iterable[str]) -> tuple[str, ...]:
    """Find what blocks the BLOCKED ones of these tasks in the end: predecessors not blocked."""
    causes: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [name for name in task_ids if _is_blocked(record.task(name))][::-1]
    while waiting:
        task_id = waiting.pop()
        if task_id in seen:
            continue
        seen.add(task_id)
        known = record.task(task_id)
        if _is_blocked(known) and known.blocked_by:
            waiting.extend(reversed(known.blocked_by))
        elif not _is_blocked(known):
            causes[task_id] = None
    return tuple(causes)


def _is_blocked(record: TaskRecord) -> bool:
    return record.verdict is TaskVerdict.BLOCKED
