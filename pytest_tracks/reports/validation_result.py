"""What a validation showed, for a program that is to act on it: ``validation_result``.

::

    plan + record ──► validation_result(task)      one task, as DESIGN states it
                 └──► validation_results(tasks)    a run: totals, and one object a task

Both are pure; ``validation_result.schema.json`` beside this file is their JSON Schema. What a
criterion's check recommends stands first; where it says nothing, the kind of check decides.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from pytest_tracks.core.model import COVERAGE_ID, Plan, Task
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.reasons import binding_mark, criterion_text
from pytest_tracks.reports.tally import criterion_ids
from pytest_tracks.reports.text import clean

__all__ = [
    "CriterionDocument",
    "ResultsDocument",
    "RunDocument",
    "RunFacts",
    "SummaryDocument",
    "TotalsDocument",
    "ValidationResult",
    "recommended_fix",
    "results_of",
    "validation_result",
    "validation_results",
]

VERSION = 1
NOT_RUN = CriterionVerdict.NOT_RUN.value
"""Also the status of a task that has no verdict."""


class SummaryDocument(TypedDict):
    """Counts of criteria; ``failed`` are FAIL or FLAKY, the rest was not decided."""

    criteria_total: int
    passed: int
    failed: int


class CriterionDocument(TypedDict):
    """One criterion; ``evidence`` names the items that ran for it, ``gap`` is empty for PASS."""

    id: str
    description: str
    status: str
    evidence: list[str]
    gap: str
    recommended_fix: str


class ValidationResult(TypedDict):
    """One task; ``timestamp`` is ISO 8601 in UTC: of its PASS, else of the run."""

    task_id: str
    status: str
    timestamp: str
    summary: SummaryDocument
    criteria: list[CriterionDocument]
    outstanding_requirements: list[str]


class RunDocument(TypedDict):
    """The run that the results come from; ``exit_status`` is pytest's."""

    finished_at: str
    exit_status: int
    goal: str
    against: str | None
    sealed: str | None
    verified: bool
    plan: str
    plan_digest: str


class TotalsDocument(TypedDict):
    """Tasks in all and by status, and the sum of their criteria."""

    tasks: int
    by_status: dict[str, int]
    criteria_total: int
    criteria_passed: int
    criteria_failed: int


class ResultsDocument(TypedDict):
    """All of a run."""

    version: int
    project: str
    run: RunDocument
    totals: TotalsDocument
    validation_results: list[ValidationResult]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is said of a run beside its verdicts."""

    finished_at: str
    exit_status: int
    goal: str = "all"
    against: str = ""
    sealed: str = ""
    verified: bool = False


def validation_result(
    plan: Plan, record: ProjectRecord, task_id: str, *, at: str
) -> ValidationResult:
    """Say what is known of a task; ``at`` is the time of a verdict that is no PASS."""
    task, known = plan.tasks[task_id], record.task(task_id)
    criteria = [_criterion(task, known, name) for name in criterion_ids(task)]
    words = [one["status"] for one in criteria]
    passed, failed = words.count(_PASS), sum(map(words.count, _FAILED))
    is_passed = known.verdict is TaskVerdict.PASS
    return {
        "task_id": clean(task_id),
        "status": known.verdict.value if known.verdict else NOT_RUN,
        "timestamp": (known.completed_at if is_passed else None) or at,
        "summary": {"criteria_total": len(criteria), "passed": passed, "failed": failed},
        "criteria": criteria,
        "outstanding_requirements": _outstanding(plan, record, task, criteria),
    }


_PASS = CriterionVerdict.PASS.value
_FAILED = (CriterionVerdict.FAIL.value, CriterionVerdict.FLAKY.value)


def _criterion(task: Task, known: TaskRecord, name: str) -> CriterionDocument:
    result = known.criteria.get(name) or CriterionResult(name, CriterionVerdict.NOT_RUN)
    return {
        "id": clean(name),
        "description": criterion_text(task, name),
        "status": result.verdict.value,
        "evidence": [clean(one) for one in result.evidence],
        "gap": _gap(result),
        "recommended_fix": clean(recommended_fix(task, known, result)),
    }


def _gap(result: CriterionResult) -> str:
    if result.verdict is CriterionVerdict.PASS:
        return ""
    return clean(result.gap) or _UNEXPLAINED.get(result.verdict, "it was not run")


_UNEXPLAINED = {
    CriterionVerdict.FAIL: "it failed",
    CriterionVerdict.FLAKY: "it passed only when it was run again",
    CriterionVerdict.UNVERIFIED: "nothing checks it",
    CriterionVerdict.PENDING: "it awaits a sign-off",
}


def recommended_fix(task: Task, known: TaskRecord, result: CriterionResult) -> str:
    """Say what to do about a criterion; never empty unless it is PASS."""
    if result.verdict is CriterionVerdict.PASS:
        return ""
    if result.fix:
        return result.fix
    if result.verdict is CriterionVerdict.UNVERIFIED:
        if result.id == COVERAGE_ID:
            return f"see {task.location}"
        bind = binding_mark(task.id, result.id)
        return f"bind a test with {bind}, or give the criterion a check at {task.location}"
    if result.verdict is CriterionVerdict.PENDING:
        return f"pytest-tracks sign-off {shlex.quote(task.id)} {shlex.quote(result.id)}"
    if result.verdict is CriterionVerdict.NOT_RUN:
        return _how_to_run(task, known, result)
    return _how_to_mend(task, result)


def _how_to_run(task: Task, known: TaskRecord, result: CriterionResult) -> str:
    if known.verdict is TaskVerdict.BLOCKED and known.blocked_by:
        first = ", ".join(known.blocked_by)
        commands = " ".join(shlex.quote(f"--task={one}") for one in known.blocked_by)
        return f"bring {first} to PASS first: pytest {commands}"
    if result.gap.startswith("skipped"):
        return "let none of its tests be skipped, or say allow: [skip] at its criterion"
    return f"run it: {command_for(task.id)}"


def _how_to_mend(task: Task, result: CriterionResult) -> str:
    again = command_for(task.id)
    if result.verdict is CriterionVerdict.FLAKY:
        return f"make it pass at the first attempt, or say allow: [flaky]; then {again}"
    if result.gap.startswith("skipped"):
        return f"let its tests run, or say allow: [skip] at its criterion; then {again}"
    if "expected to fail" in result.gap:
        return f"take the xfail off, or say allow: [xfail] at its criterion; then {again}"
    if "could not be loaded" in result.gap:
        return f"mend the file so that it can be imported; then {again}"
    tests = [one for one in result.evidence if not _is_own(task, one)]
    if tests:
        return f"make {tests[0]} pass: pytest {shlex.quote(tests[0])}; then {again}"
    if result.gap.startswith("collected 0"):
        return f"add the test, or correct the check at {_place(task, result.id)}; then {again}"
    return f"do what {_place(task, result.id)} asks for; then {again}"


def _is_own(task: Task, handle: str) -> bool:
    return handle.startswith(task.location.path + SEPARATOR)


def _place(task: Task, criterion_id: str) -> str:
    found = [one.location for one in task.criteria if one.id == criterion_id]
    return str(found[0] if found else task.location)


def _outstanding(
    plan: Plan, record: ProjectRecord, task: Task, criteria: list[CriterionDocument]
) -> list[str]:
    """List what is still missing, predecessors first, in a line each."""
    if record.task(task.id).verdict is TaskVerdict.PASS:
        return []
    waits = [
        f"{clean(name)} is not PASS"
        for name in task.predecessors
        if record.task(name).verdict is not TaskVerdict.PASS
    ]
    if not criteria:
        return [*waits, f"it has no acceptance criteria: write them at {task.location}"]
    open_ones = [one for one in criteria if one["status"] != _PASS]
    return waits + [f"{one['id']} {one['description']}: {one['gap']}" for one in open_ones]


def results_of(plan: Plan, record: ProjectRecord, *, at: str) -> dict[str, ValidationResult]:
    """Say what is known of every task of a plan, by its id."""
    return {name: validation_result(plan, record, name, at=at) for name in plan.tasks}


def validation_results(
    plan: Plan, record: ProjectRecord, task_ids: Iterable[str], run: RunFacts
) -> ResultsDocument:
    """Say what is known of the tasks of a run, with totals."""
    results = [validation_result(plan, record, name, at=run.finished_at) for name in task_ids]
    summaries = [one["summary"] for one in results]
    return {
        "version": VERSION,
        "project": clean(plan.project),
        "run": {
            "finished_at": run.finished_at,
            "exit_status": run.exit_status,
            "goal": run.goal,
            "against": run.against or None,
            "sealed": run.sealed or None,
            "verified": run.verified,
            "plan": clean(plan.folder),
            "plan_digest": plan.digest,
        },
        "totals": {
            "tasks": len(results),
            "by_status": dict(sorted(Counter(one["status"] for one in results).items())),
            "criteria_total": sum(one["criteria_total"] for one in summaries),
            "criteria_passed": sum(one["passed"] for one in summaries),
            "criteria_failed": sum(one["failed"] for one in summaries),
        },
        "validation_results": results,
    }
