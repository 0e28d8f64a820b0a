"""What awaits a signature, and the command that gives it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TypeAlias, TypedDict

from pytest_tracks.core.model import Plan, Task
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.sign_off import Standing
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.reasons import criterion_text
from pytest_tracks.reports.text import clean, wrap

__all__ = ["AwaitingDocument", "awaiting", "awaiting_lines", "sign_command"]

Standings: TypeAlias = Mapping[CriterionKey, Standing]


class AwaitingDocument(TypedDict):
    """A criterion that a person decides; ``signed`` says that the next run will count it."""

    id: str
    text: str
    signed: bool
    standing: str
    command: str


def sign_command(key: CriterionKey) -> str:
    """Write the command that signs a criterion, for a shell."""
    return f"pytest-tracks sign-off {shlex.quote(key.task)} {shlex.quote(key.criterion)} --by NAME"


def awaiting(task: Task, record: TaskRecord, standings: Standings) -> list[AwaitingDocument]:
    """List the criteria of a task that wait for a signature, or for the run that counts it."""
    return [
        {
            "id": key.criterion,
            "text": criterion_text(task, key.criterion),
            "signed": standing.is_signed,
            "standing": clean(standing.words),
            "command": f"pytest --task={task.id}" if standing.is_signed else sign_command(key),
        }
        for key, standing in standings.items()
        if key.task == task.id and _waits(key, record, standing)
    ]


def _waits(key: CriterionKey, record: TaskRecord, standing: Standing) -> bool:
    seen = record.criteria.get(key.criterion)
    was_pending = seen is not None and seen.verdict is CriterionVerdict.PENDING
    return was_pending or (record.verdict is TaskVerdict.STALE and not standing.is_signed)


def awaiting_lines(
    plan: Plan, record: ProjectRecord, standings: Standings, *, width: int
) -> list[Line]:
    """Write two lines for each: what it is, and how it is signed."""
    lines = []
    for name in dict.fromkeys(key.task for key in standings):
        for one in awaiting(plan.tasks[name], record.task(name), standings):
            text = f"awaits a sign-off: {name}/{one['id']} {one['text']}: {one['standing']}"
            lines += [Line.of(line, Style.DOUBT) for line in wrap(clean(text), width, hang=2)]
            lines.append(Line.of(f"  {clean(one['command'])}"))
    return lines
