"""Why a task has the verdict that it has, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_tracks.core.coverage_gate import gate_text
from pytest_tracks.core.model import COVERAGE_ID, Plan, Task
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.red import NEVER_RED
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.reports.tally import CLAIMED, criterion_ids, met, minutes, word
from pytest_tracks.reports.text import clean, cut, display_width
from pytest_tracks.reports.wording import duration, enumeration, percent

__all__ = [
    "binding_mark",
    "criterion_text",
    "first_failure",
    "keys_with",
    "never_red_keys",
    "reason",
]

_SHORTEST_TEXT = 10
_SHORTEST_GAP = 8
"""A criterion's text is not cut below this to make room for what went wrong with it."""

_UNLIMITED = 1_000_000


def criterion_text(task: Task, criterion_id: str) -> str:
    """Say what a criterion demands; the coverage gate's text is made from its minimum."""
    if criterion_id == COVERAGE_ID and task.coverage is not None:
        return gate_text(task.coverage)
    return clean(task.criterion(criterion_id).text)


def binding_mark(task_id: str, criterion_id: str) -> str:
    """Write the mark that binds a test to a criterion."""
    return f'@pytest.mark.criterion("{CriterionKey(task_id, criterion_id)}")'


def keys_with(
    plan: Plan, record: ProjectRecord, task_id: str, verdict: CriterionVerdict
) -> tuple[str, ...]:
    """List a task's criteria that have a verdict, as ``TASK-002/AC-001``."""
    found = _with(plan.tasks[task_id], record.task(task_id), verdict)
    return tuple(_key(task_id, name) for name in found)


def never_red_keys(plan: Plan, record: ProjectRecord, task_id: str) -> tuple[str, ...]:
    """List a task's criteria that passed, and have to be seen to fail first."""
    known = record.task(task_id)
    found = _with(plan.tasks[task_id], known, CriterionVerdict.UNVERIFIED)
    return tuple(_key(task_id, name) for name in found if known.criteria[name].gap == NEVER_RED)


def _key(task_id: str, name: str) -> str:
    return str(CriterionKey(clean(task_id), clean(name)))


def reason(task: Task, record: TaskRecord, *, width: int = _UNLIMITED) -> str:
    """Explain a task's verdict in at most ``width`` columns; empty where it explains itself."""
    if record.verdict is None:
        claimed = word(record) == CLAIMED
        return cut("recorded as completed, with no evidence", width) if claimed else ""
    return cut(_REASONS[record.verdict](task, record, width), width)


def first_failure(task: Task, record: TaskRecord) -> tuple[str, str] | None:
    """Split the explanation of a failure: the criterion, and what is wrong with it."""
    if record.verdict is TaskVerdict.INCOMPLETE:
        names, why = _not_run(task, record)
        return (f"not run: {enumeration(names)}:", why) if why else None
    verdict = {TaskVerdict.FAIL: CriterionVerdict.FAIL, TaskVerdict.FLAKY: CriterionVerdict.FLAKY}
    found = _with(task, record, verdict[record.verdict]) if record.verdict in verdict else []
    if not found:
        return None
    result = record.criteria[found[0]]
    more = f" (+{len(found) - 1} more)" if len(found) > 1 else ""
    demand = f"{clean(result.id)} {criterion_text(task, result.id)}"
    return f"{demand}:", clean(result.gap) + more


def _passed(task: Task, record: TaskRecord, width: int) -> str:
    total = len(criterion_ids(task))
    if not total:
        return "all predecessors PASS"
    parts = [f"{met(task, record)}/{total} {'criterion' if total == 1 else 'criteria'}"]
    if record.coverage is not None:
        parts.append(f"{percent(record.coverage.percent)} covered")
    time = minutes(record)
    if time is not None:
        parts.append(duration(time))
    if record.assumes:
        parts.append(f"assumes {enumeration([clean(name) for name in record.assumes])}")
    return ", ".join(parts)


def _failed(task: Task, record: TaskRecord, width: int) -> str:
    return _first(task, record, CriterionVerdict.FAIL, width) or "no criterion says why"


def _flaky(task: Task, record: TaskRecord, width: int) -> str:
    return _first(task, record, CriterionVerdict.FLAKY, width) or "failed first, then passed"


def _first(task: Task, record: TaskRecord, verdict: CriterionVerdict, width: int) -> str:
    found = _with(task, record, verdict)
    if not found:
        return ""
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    result = record.criteria[found[0]]
    return _demand_and_gap(task, result, width - len(more)) + more


def _demand_and_gap(task: Task, result: CriterionResult, width: int) -> str:
    """Name the criterion and its gap; where room is short the gap gives way before the text."""
    name, text, gap = clean(result.id), criterion_text(task, result.id), clean(result.gap)
    if not gap:
        return cut(f"{name} {text}", width)
    room = width - display_width(f"{name} : ") - min(_SHORTEST_GAP, display_width(gap))
    return cut(f"{name} {cut(text, max(room, _SHORTEST_TEXT))}: {gap}", width)


def _blocked(task: Task, record: TaskRecord, width: int) -> str:
    names = [clean(name) for name in record.blocked_by]
    return f"by {enumeration(names)}" if names else "by a predecessor"


def _unverified(task: Task, record: TaskRecord, width: int) -> str:
    found = _with(task, record, CriterionVerdict.UNVERIFIED)
    if not found:
        return "no acceptance criteria" if not criterion_ids(task) else "nothing checks it"
    if all(record.criteria[name].gap == NEVER_RED for name in found):
        return f"see red once: {enumeration([clean(name) for name in found])} never failed"
    short = f"nothing checks {enumeration([clean(name) for name in found])}"
    full = f"{short}: {clean(binding_mark(task.id, found[0]))}"
    return full if display_width(full) <= width else short


def _stale(task: Task, record: TaskRecord, width: int) -> str:
    what = f": {enumeration(record.changed)}" if record.changed else ""
    return f"changed since it passed{what}"


def _pending(task: Task, record: TaskRecord, width: int) -> str:
    names = [clean(name) for name in _with(task, record, CriterionVerdict.PENDING)]
    return f"awaits a sign-off: {enumeration(names)}" if names else "awaits a sign-off"


def _incomplete(task: Task, record: TaskRecord, width: int) -> str:
    names, why = _not_run(task, record)
    if not names:
        return "only a part ran"
    return f"not run: {enumeration(names)}" + (f" ({why})" if why else "")


def _not_run(task: Task, record: TaskRecord) -> tuple[list[str], str]:
    """List the criteria that did not run, and the first reason that one of them has."""
    done = {name for name in record.criteria if _ran(record.criteria[name])}
    names = [name for name in criterion_ids(task) if name not in done]
    gaps = [clean(record.criteria[name].gap) for name in names if name in record.criteria]
    return [clean(name) for name in names], next((gap for gap in gaps if gap), "")


def _ran(result: CriterionResult) -> bool:
    return result.verdict is not CriterionVerdict.NOT_RUN


def _with(task: Task, record: TaskRecord, verdict: CriterionVerdict) -> list[str]:
    return [
        name
        for name in criterion_ids(task)
        if name in record.criteria and record.criteria[name].verdict is verdict
    ]


_Explain = Callable[[Task, TaskRecord, int], str]


def _always(text: str) -> _Explain:
    return lambda task, record, width: text


_REASONS: Mapping[TaskVerdict, _Explain] = {
    TaskVerdict.PASS: _passed,
    TaskVerdict.FAIL: _failed,
    TaskVerdict.BLOCKED: _blocked,
    TaskVerdict.UNVERIFIED: _unverified,
    TaskVerdict.PENDING: _pending,
    TaskVerdict.FLAKY: _flaky,
    TaskVerdict.INCOMPLETE: _incomplete,
    TaskVerdict.INTERRUPTED: _always("the run ended before it did"),
    TaskVerdict.STALE: _stale,
    TaskVerdict.CONFLICT: _always("shards disagree"),
}
