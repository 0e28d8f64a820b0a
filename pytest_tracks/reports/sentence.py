"""The one sentence that explains the exit status.

::

    exit 1: 1 failed, 3 UNVERIFIED (bind a check: TASK-002/AC-001, … 2 more), 5 BLOCKED by TASK-004
    exit 0: all 18 tasks PASS

It claims "all PASS" only from the counts, never from the status.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.reasons import keys_with, never_red_keys
from pytest_tracks.reports.tally import CLAIMED, NOT_RUN, RUNNING, root_causes, word
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import enumeration, plural

__all__ = ["Findings", "find", "sentence_lines"]

_PASS = TaskVerdict.PASS.value
_FAIL = TaskVerdict.FAIL.value
_BLOCKED = TaskVerdict.BLOCKED.value
_UNVERIFIED = TaskVerdict.UNVERIFIED.value
_PENDING = TaskVerdict.PENDING.value

_STATUS_WORDS = {2: "interrupted", 3: "internal error", 4: "usage error", 5: "nothing was run"}
_ADVICE = {
    TaskVerdict.FLAKY.value: "passed only when run again",
    TaskVerdict.CONFLICT.value: "shards disagree",
    TaskVerdict.INCOMPLETE.value: "only a part ran",
    TaskVerdict.INTERRUPTED.value: "run again",
    TaskVerdict.STALE.value: "changed since they passed",
    CLAIMED: "recorded with no evidence",
}
_SEVERITY = (
    _FAIL,
    TaskVerdict.FLAKY.value,
    TaskVerdict.CONFLICT.value,
    _UNVERIFIED,
    _PENDING,
    TaskVerdict.INCOMPLETE.value,
    TaskVerdict.INTERRUPTED.value,
    TaskVerdict.STALE.value,
    _BLOCKED,
    CLAIMED,
    RUNNING,
    NOT_RUN,
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run found, in plain values."""

    tasks: Mapping[str, tuple[str, ...]]
    """Verdict word → ids of the selected tasks that have it."""
    unverified: tuple[str, ...] = ()
    """Criteria that nothing checks, as ``TASK-002/AC-001``."""
    pending: tuple[str, ...] = ()
    """Criteria that await a sign-off."""
    blocked_by: tuple[str, ...] = ()
    """What blocks the blocked ones in the end."""
    blocked_from_outside: tuple[str, ...] = ()
    """Those of them that were not selected: nothing that runs here can open the gate."""
    held: int = 0
    """Tasks skipped because their PASS still holds."""
    failed_elsewhere: int = 0
    """Failed tests that belong to no task."""
    unverified_opens: bool = False
    """``tracks_unverified = open``: UNVERIFIED alone does not fail the run."""
    never_red: tuple[str, ...] = ()
    """Those of ``unverified`` that passed, and have to be seen to fail first."""

    @property
    def total(self) -> int:
        """How many tasks were selected."""
        return sum(map(len, self.tasks.values()))

    def count(self, name: str) -> int:
        """How many tasks have a verdict word."""
        return len(self.tasks.get(name, ()))


def find(
    plan: Plan,
    record: ProjectRecord,
    *,
    only: Collection[str] | None = None,
    held: int = 0,
    failed_elsewhere: int = 0,
    unverified_opens: bool = False,
) -> Findings:
    """Gather what the sentence needs from the verdicts of all tasks (``only`` these, if given)."""
    selected = [name for name in plan.tasks if only is None or name in only]
    tasks: dict[str, tuple[str, ...]] = {}
    for name in selected:
        known = word(record.task(name))
        tasks[known] = (*tasks.get(known, ()), name)
    causes = root_causes(record, selected)
    unverified = _keys(plan, record, tasks.get(_UNVERIFIED, ()), CriterionVerdict.UNVERIFIED)
    return Findings(
        tasks,
        unverified,
        _keys(plan, record, tasks.get(_PENDING, ()), CriterionVerdict.PENDING),
        causes,
        tuple(name for name in causes if name not in selected),
        held,
        failed_elsewhere,
        unverified_opens,
        tuple(
            key for name in tasks.get(_UNVERIFIED, ()) for key in never_red_keys(plan, record, name)
        ),
    )


def _keys(
    plan: Plan, record: ProjectRecord, task_ids: Collection[str], verdict: CriterionVerdict
) -> tuple[str, ...]:
    return tuple(key for name in task_ids for key in keys_with(plan, record, name, verdict))


def sentence_lines(exit_status: int, findings: Findings, *, width: int = 80) -> list[Line]:
    """Explain the exit status; a sentence that is too long goes on in the next line."""
    opening = f"exit {exit_status}: "
    style = Style.GOOD if exit_status == 0 else Style.BAD
    lines = wrap(opening + _explanation(exit_status, findings), width, hang=len(opening))
    return [Line.of(line, style) for line in lines]


def _explanation(exit_status: int, findings: Findings) -> str:
    opening = _STATUS_WORDS.get(exit_status, "")
    if not findings.total:
        parts = _elsewhere(findings) or (() if opening else ("no task was selected",))
        return "; ".join(filter(None, (opening, *parts)))
    if findings.count(_PASS) == findings.total:
        return _all_passed(exit_status, findings, opening)
    found = _defects(findings, from_failed=exit_status == 1)
    passed = findings.count(_PASS)
    if exit_status != 1 and passed:
        found = (f"{passed} of {plural(findings.total, 'task')} PASS", *found)
    return "; ".join(filter(None, (opening, ", ".join((*found, *_elsewhere(findings))))))


def _all_passed(exit_status: int, findings: Findings, opening: str) -> str:
    total = findings.total
    said = f"all {total} tasks PASS" if total > 1 else "1 task PASS"
    if findings.held:
        said += f" ({findings.held} before, skipped)"
    if opening:
        return f"{opening}; {said}"
    blame = "".join(_elsewhere(findings)) or ("see the errors above" if exit_status else "")
    return f"{said}, but {blame}" if blame else said


def _elsewhere(findings: Findings) -> tuple[str, ...]:
    count = findings.failed_elsewhere
    return (f"{plural(count, 'test')} outside the plan failed",) if count else ()


def _defects(findings: Findings, *, from_failed: bool) -> tuple[str, ...]:
    """Name every verdict but PASS; ``from_failed`` begins with the failures even if 0."""
    return tuple(
        _defect(name, findings)
        for name in _SEVERITY
        if findings.count(name) or (name == _FAIL and from_failed)
    )


def _defect(name: str, findings: Findings) -> str:
    count = findings.count(name)
    if name == _FAIL:
        return f"{count} failed"
    if name == _BLOCKED:
        by = f" by {_named(findings.blocked_by)}" if findings.blocked_by else ""
        first = "".join(f" --task={clean(name)}" for name in findings.blocked_from_outside[:3])
        advice = f" (run first: pytest{first})" if first else ""
        return f"{count} BLOCKED{by}{advice}"
    if name == _UNVERIFIED:
        return f"{count} UNVERIFIED ({_how_to_verify(findings)})"
    if name == _PENDING:
        return f"{count} PENDING (sign off: {_named(findings.pending or findings.tasks[name])})"
    advice = f"{_ADVICE[name]}: " if name in _ADVICE else ""
    return f"{count} {name} ({advice}{_named(findings.tasks[name])})"


def _how_to_verify(findings: Findings) -> str:
    opens = "tracks_unverified = open; " if findings.unverified_opens else ""
    if not findings.unverified:
        return f"{opens}give them criteria: {_named(findings.tasks[_UNVERIFIED])}"
    unbound = [key for key in findings.unverified if key not in findings.never_red]
    told = [f"bind a check: {_named(unbound)}"] if unbound else []
    told += [f"see it fail once: {_named(findings.never_red)}"] if findings.never_red else []
    return opens + "; ".join(told)


def _named(names: Collection[str]) -> str:
    return enumeration([clean(name) for name in names])
