"""The commands that a plan would run, for people who have not written it.

::

    commands: 6 of docs/plan.md (phase plan) have never run here; pytest
      --tracks-no-run lists them
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_tracks.core.model import Criterion, Plan, Task
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict
from pytest_tracks.reports.line import BLANK, Line
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import plural

__all__ = ["command_lines", "first_run_text"]

_PARAMETER = "command"
"""What every kind of check calls a command that it starts."""


@dataclass(frozen=True, slots=True)
class _Command:
    task: Task
    criterion: Criterion

    @property
    def text(self) -> str:
        given = self.criterion.check.params[_PARAMETER]
        return given if isinstance(given, str) else " ".join(map(str, given))  # type: ignore[call-overload]


def _commands(plan: Plan) -> Iterator[_Command]:
    for task in plan.tasks.values():
        for criterion in task.criteria:
            if _PARAMETER in criterion.check.params:
                yield _Command(task, criterion)


def first_run_text(plan: Plan, record: ProjectRecord) -> str:
    """Say how many commands of a foreign document have never run; empty where none is new."""
    if not plan.format:
        return ""
    new = [one for one in _commands(plan) if not _has_run(one, record)]
    if not new:
        return ""
    sources = ", ".join(dict.fromkeys(one.criterion.location.path for one in new))
    return (
        f"commands: {len(new)} of {clean(sources)} ({plan.format}) "
        f"{'has' if len(new) == 1 else 'have'} never run here; --tracks-no-run lists them"
    )


def _has_run(command: _Command, record: ProjectRecord) -> bool:
    result = record.task(command.task.id).criteria.get(command.criterion.id)
    return result is not None and result.verdict is not CriterionVerdict.NOT_RUN


def command_lines(plan: Plan, *, width: int = 80) -> Iterator[Line]:
    """List every command with its place and criterion; nothing has run."""
    commands = list(_commands(plan))
    for one in commands:
        head = (
            f"{clean(str(one.criterion.location))}: {clean(one.task.id)}/{clean(one.criterion.id)}"
            f" {clean(one.criterion.text)}"
        )
        yield from (Line.of(line) for line in wrap(head, width, hang=4))
        for line in one.text.split("\n"):
            yield Line.of(f"    {clean(line)}")
    if commands:
        yield BLANK
    where = f" in {clean(', '.join(plan.files[:3]))}"
    words = f"{plural(len(commands), 'command')}{where}; nothing has run."
    yield from (Line.of(line) for line in wrap(words, width))
