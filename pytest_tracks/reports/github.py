"""What GitHub Actions shows of a run beside its log: annotations at the plan's lines.

Written as workflow commands; https://docs.github.com/actions says which characters they escape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pytest_tracks.core.model import Location, Plan, Task
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.reports.reasons import reason
from pytest_tracks.reports.text import clean

__all__ = ["annotation_lines"]

_MOST = 50
"""GitHub shows ten of a kind in a step and fifty in a run."""

_LEVELS = {
    CriterionVerdict.FAIL: "error",
    CriterionVerdict.FLAKY: "error",
    CriterionVerdict.UNVERIFIED: "warning",
    CriterionVerdict.PENDING: "warning",
}


def annotation_lines(plan: Plan, record: ProjectRecord, only: Collection[str]) -> list[str]:
    """Write a line for each criterion that is not met, errors first, and each blocked task."""
    found = [line for name in only for line in _of_task(plan.tasks[name], record.task(name))]
    return sorted(found, key=lambda line: not line.startswith("::error"))[:_MOST]


def _of_task(task: Task, known: TaskRecord) -> Iterator[str]:
    if known.verdict is TaskVerdict.BLOCKED:
        text = f"BLOCKED {reason(task, known)}"
        yield _command("notice", task.location, f"{task.id} {task.title}", text)
        return
    for criterion in task.criteria:
        result = known.criteria.get(criterion.id)
        if result is not None and result.verdict in _LEVELS:
            title = f"{task.id}/{criterion.id} {criterion.text}"
            text = f"{result.verdict.value}: {result.gap}"
            yield _command(_LEVELS[result.verdict], criterion.location, title, text)


def _command(level: str, place: Location, title: str, text: str) -> str:
    where = f"file={_property(place.path)},line={place.line},title={_property(clean(title))}"
    return f"::{level} {where}::{_data(clean(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
