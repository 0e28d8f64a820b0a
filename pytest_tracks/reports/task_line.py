"""One line per settled task; a failure that does not fit goes on in a second one.

::

    TASK-004 User authentication API   FAIL     AC-002 Password can be reset:
             AssertionError: assert 404 == 200
    TASK-008 Product catalog API       BLOCKED  by TASK-004
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_tracks.core.model import Plan, Task
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.reports.line import Line, Segment, Style, style_of
from pytest_tracks.reports.reasons import first_failure, reason
from pytest_tracks.reports.tally import criterion_ids, met, word
from pytest_tracks.reports.text import clean, cut, display_width, pad
from pytest_tracks.reports.wording import plural

__all__ = ["TaskLines"]

_WORD_WIDTH = 7
"""Of PASS, FAIL and BLOCKED; the rarer longer words push what follows to the right."""
_SHARE = 0.3
"""Of the line, at most, for the id, and as much for the title: the reason needs the rest."""


@dataclass(frozen=True, slots=True)
class TaskLines:
    """Writes the lines of one plan's tasks, aligned; all widths in columns."""

    id_width: int
    title_width: int
    width: int = 80

    @classmethod
    def of(cls, plan: Plan, *, width: int = 80) -> TaskLines:
        """Choose the columns: what the plan needs, up to their share of the line."""
        ids = max((display_width(clean(name)) for name in plan.tasks), default=0)
        titles = max((display_width(clean(task.title)) for task in plan.tasks.values()), default=0)
        most = int(width * _SHARE)
        return cls(min(ids, most), min(titles, most), width)

    def lines(self, task: Task, record: TaskRecord, *, done: bool = False) -> list[Line]:
        """Write of a task whose verdict is in; ``done``: it held, and was skipped."""
        name = f"{pad(clean(task.id), self.id_width)} {pad(clean(task.title), self.title_width)}  "
        verdict = pad("done" if done else word(record), max(_WORD_WIDTH, len(word(record)))) + "  "
        room = self.width - display_width(name + verdict)
        why = _held(task, record) if done else reason(task, record)
        more = ""
        if not done and display_width(why) > room:
            why, more = first_failure(task, record) or (reason(task, record, width=room), "")
        segments = (
            Segment(name),
            Segment(verdict, style_of(record.verdict)),
            Segment(cut(why, room), Style.DIM if done else Style.PLAIN),
        )
        first = Line(segments).cut(self.width)
        indent = " " * (self.id_width + 1)
        return [first, Line.of(indent + more).cut(self.width)] if more else [first]


def _held(task: Task, record: TaskRecord) -> str:
    total = len(criterion_ids(task))
    whole = f", {met(task, record)}/{plural(total, 'criterion', 'criteria')}" if total else ""
    return f"held{whole} (skipping)"
