"""From the outcomes of items to the verdict of a criterion, and from there to that of a task.

::

    outcomes of items ──► criterion ──► task ──► gate
    passed, failed, …     PASS, FAIL…   PASS…    open only for PASS

PASS comes only from positive evidence: every rule below names what is *not* enough for it.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_tracks.core.measure import Measured

__all__ = [
    "CriterionResult",
    "CriterionVerdict",
    "Outcome",
    "Status",
    "TaskVerdict",
    "judge_criterion",
    "judge_task",
    "status_of",
]


class Outcome(enum.Enum):
    """What running one item once showed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    FLAKY = "flaky"
    """Failed first and passed when it was run again."""
    UNVERIFIED = "unverified"
    PENDING = "pending"
    NOT_RUN = "not run"
    """Deselected, or never reached."""


class CriterionVerdict(enum.Enum):
    """What is known of one acceptance criterion."""

    PASS = "PASS"
    FAIL = "FAIL"
    FLAKY = "FLAKY"
    UNVERIFIED = "UNVERIFIED"
    PENDING = "PENDING"
    NOT_RUN = "NOT_RUN"


class TaskVerdict(enum.Enum):
    """What is known of one task; only PASS opens the gate."""

    PASS = "PASS"
    FAIL = "FAIL"
    BLOCKED = "BLOCKED"
    UNVERIFIED = "UNVERIFIED"
    PENDING = "PENDING"
    FLAKY = "FLAKY"
    INCOMPLETE = "INCOMPLETE"
    INTERRUPTED = "INTERRUPTED"
    STALE = "STALE"
    CONFLICT = "CONFLICT"


class Status(enum.Enum):
    """The state file's word for a task; the five sum to the number of tasks."""

    COMPLETED = "completed"
    FAILED = "failed"
    BLOCKED = "blocked"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"


_STATUS = {
    TaskVerdict.PASS: Status.COMPLETED,
    TaskVerdict.FAIL: Status.FAILED,
    TaskVerdict.FLAKY: Status.FAILED,
    TaskVerdict.CONFLICT: Status.FAILED,
    TaskVerdict.BLOCKED: Status.BLOCKED,
    TaskVerdict.UNVERIFIED: Status.IN_PROGRESS,
    TaskVerdict.PENDING: Status.IN_PROGRESS,
    TaskVerdict.INCOMPLETE: Status.IN_PROGRESS,
    TaskVerdict.INTERRUPTED: Status.IN_PROGRESS,
    TaskVerdict.STALE: Status.IN_PROGRESS,
}


def status_of(verdict: TaskVerdict | None) -> Status:
    """Map a verdict to the state file's word; None is a task that was never attempted."""
    return Status.PENDING if verdict is None else _STATUS[verdict]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """The verdict of one criterion, with what is missing and what was seen."""

    id: str
    verdict: CriterionVerdict
    gap: str = ""
    """Why it is not PASS, in a line; empty for PASS."""
    evidence: tuple[str, ...] = ()
    """Node ids of the items that were run for it."""
    shown: bool = False
    """Whether a report of one of these items shows the failure."""
    measured: Measured | None = None
    fix: str = ""
    """What the check says to do about it; empty where it says nothing."""


def judge_criterion(outcomes: Collection[Outcome], allow: Collection[str] = ()) -> CriterionVerdict:
    """Decide a criterion from the outcomes of all items that serve it.

    No item at all is FAIL: a check that collected nothing has shown nothing. (A prose criterion
    that nothing is bound to has its own item, whose outcome is UNVERIFIED.) ``allow`` holds the
    plan's exceptions: ``skip``, ``xfail``, ``flaky``.
    """
    seen = {_forgiven(outcome, allow) for outcome in outcomes}
    if not seen or Outcome.FAILED in seen:
        return CriterionVerdict.FAIL
    if seen & {Outcome.XFAILED, Outcome.XPASSED} or seen == {Outcome.SKIPPED}:
        return CriterionVerdict.FAIL
    if Outcome.FLAKY in seen:
        return CriterionVerdict.FLAKY
    if Outcome.NOT_RUN in seen or Outcome.SKIPPED in seen:
        return CriterionVerdict.NOT_RUN
    if Outcome.UNVERIFIED in seen:
        return CriterionVerdict.UNVERIFIED
    if Outcome.PENDING in seen:
        return CriterionVerdict.PENDING
    return CriterionVerdict.PASS


def _forgiven(outcome: Outcome, allow: Collection[str]) -> Outcome:
    exception = {
        Outcome.SKIPPED: "skip",
        Outcome.XFAILED: "xfail",
        Outcome.XPASSED: "xfail",
        Outcome.FLAKY: "flaky",
    }.get(outcome)
    return Outcome.PASSED if exception is not None and exception in allow else outcome


_TASK_VERDICT_BY_WORST_CRITERION: Sequence[tuple[CriterionVerdict, TaskVerdict]] = (
    (CriterionVerdict.FAIL, TaskVerdict.FAIL),
    (CriterionVerdict.FLAKY, TaskVerdict.FLAKY),
    (CriterionVerdict.NOT_RUN, TaskVerdict.INCOMPLETE),
    (CriterionVerdict.UNVERIFIED, TaskVerdict.UNVERIFIED),
    (CriterionVerdict.PENDING, TaskVerdict.PENDING),
)


def judge_task(verdicts: Iterable[CriterionVerdict]) -> TaskVerdict:
    """Decide a task whose attempt has ended from all its criteria, not only the selected ones.

    A task without criteria is UNVERIFIED: nothing shows that it is done. (A pure gate is not
    attempted at all; the gate settles it.)
    """
    seen = set(verdicts)
    if not seen:
        return TaskVerdict.UNVERIFIED
    for criterion_verdict, task_verdict in _TASK_VERDICT_BY_WORST_CRITERION:
        if criterion_verdict in seen:
            return task_verdict
    return TaskVerdict.PASS


def count_met(results: Mapping[str, CriterionVerdict]) -> int:
    """Count the criteria that are PASS."""
    return sum(verdict is CriterionVerdict.PASS for verdict in results.values())
