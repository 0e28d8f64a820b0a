"""Criteria that cannot fail, a rule a function: warnings, or errors with ``--tracks-strict``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from pytest_tracks.checks.command_lint import Fault, faults_in_command
from pytest_tracks.core.model import Criterion, Plan, Task, TaskKind
from pytest_tracks.errors import Problem

__all__ = ["lint_plan"]


def lint_plan(plan: Plan) -> list[Problem]:
    """Look at every criterion as it is written, in document order."""
    return [
        _problem(task, criterion, fault)
        for task in plan.tasks.values()
        for criterion in task.criteria
        for rule in _RULES
        for fault in rule(plan, task, criterion)
    ]


def _problem(task: Task, criterion: Criterion, fault: Fault) -> Problem:
    code, message, hint = fault
    at = criterion.location
    return Problem(at.path, at.line, at.col, code, f"{task.id}/{criterion.id}: {message}", hint)


def _command(plan: Plan, task: Task, criterion: Criterion) -> Iterator[Fault]:
    params = criterion.check.params
    key = {"run": "command", "metric": "run"}.get(criterion.check.kind, "")
    if key in params:
        faults = faults_in_command(cast("str | tuple[str, ...]", params[key]))
        # A metric fails by its number; only that its command's failure is hidden counts there.
        is_metric = criterion.check.kind == "metric"
        yield from (fault for fault in faults if not is_metric or fault[0] != "cannot-fail")


def _file(plan: Plan, task: Task, criterion: Criterion) -> Iterator[Fault]:
    if criterion.check.kind == "file" and criterion.check.params.keys() == {"path"}:
        path = criterion.check.params["path"]
        hint = "add contains, matches or min_lines"
        yield "only-exists", f"{path} may be empty and passes", hint


def _reviewers(plan: Plan, task: Task, criterion: Criterion) -> Iterator[Fault]:
    if criterion.check.kind == "manual" and plan.reviewers is None:
        hint = "name reviewers in tracks.yaml: reviewers: [ada]"
        yield "no-reviewers", "anybody may sign it", hint


def _covers(plan: Plan, task: Task, criterion: Criterion) -> Iterator[Fault]:
    is_work = task.kind is TaskKind.TASK  # a review is about everything
    is_about_all = is_work and not task.files and "covers" not in criterion.check.params
    if criterion.check.kind == "manual" and is_about_all:
        hint = "say what it is about with covers: [paths], or give the task files"
        yield "covers-all", "every edit of the project voids its signature", hint


_RULES: tuple[Callable[[Plan, Task, Criterion], Iterator[Fault]], ...] = (
    _command,
    _file,
    _reviewers,
    _covers,
)
