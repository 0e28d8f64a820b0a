"""The closing table: by track, sprint and task; then the totals.

::

    task                                  verdict   met  iter    time  blocked by
    -------------------------------------------------------------------------------
    Track 1 (Backend API)                 1/3 PASS  5/9     3   1.6 s
      SPRINT-001-01: Foundation           1/3 PASS  5/9     3   1.6 s
        TASK-001  Database schema design  PASS      3/3     1   0.4 s
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.line import BLANK, Line, Segment, Style, style_of
from pytest_tracks.reports.sections import Group, Section, sections
from pytest_tracks.reports.tally import (
    RUNNING,
    Tally,
    criterion_ids,
    met,
    minutes,
    present_word,
    tally,
)
from pytest_tracks.reports.text import clean, cut, display_width, pad, wrap
from pytest_tracks.reports.wording import duration, plural

__all__ = ["table_lines", "totals_lines"]

_GAP = "  "
_TITLES = ("task", "verdict", "met", "iter", "time", "blocked by")
_RIGHT = (False, False, True, True, True, False)
_INDENT = "  "
_WIDEST_BLOCKERS = 20
_NARROWEST_NAME = 12
_LAST = len(_TITLES) - 1


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    verdict: Style
    name: Style = Style.PLAIN


def table_lines(
    plan: Plan,
    record: ProjectRecord,
    *,
    only: Collection[str] | None = None,
    width: int = 80,
) -> list[Line]:
    """Write the table of all tasks (``only`` these, if given) and its totals."""
    arranged = sections(plan, record, only)
    blocks = [list(_section_rows(plan, record, section)) for section in arranged]
    widths = _widths([row for rows in blocks for row in rows], width)
    header = Line.of(_layout(_TITLES, widths), Style.HEADING).cut(width)
    rule = Line.of("-" * min(width, sum(widths) + len(_GAP) * (len(widths) - 1)))
    body: list[Line] = []
    for rows in blocks:
        body += [BLANK] * bool(body) + [_line(row, widths).cut(width) for row in rows]
    return [header, rule, *body, rule, *totals_lines(plan, record, only=only, width=width)]


def totals_lines(
    plan: Plan,
    record: ProjectRecord,
    *,
    only: Collection[str] | None = None,
    width: int = 80,
) -> list[Line]:
    """Sum up: tasks by verdict; then criteria, sprints, iterations and time."""
    arranged = sections(plan, record, only)
    sums = tally(plan, record, [name for section in arranged for name in section.members])
    verdicts = f"{plural(sums.tasks, 'task')}: {sums}" if sums.tasks else "0 tasks"
    parts = [f"{sums.criteria_met} of {plural(sums.criteria_total, 'criterion', 'criteria')} met"]
    sprints = [group for section in arranged for group in section.sprints]
    if sprints:
        complete = sum(_is_complete(record, group) for group in sprints)
        parts.append(f"{complete} of {plural(len(sprints), 'sprint')} complete")
    parts.append(plural(sums.iterations, "iteration"))
    if sums.minutes is not None:
        parts.append(f"{duration(sums.minutes)} of checks")
    hang = len(_INDENT)
    return [
        *(Line.of(text, _overall(sums)) for text in wrap(verdicts, width, hang=hang)),
        *(Line.of(text) for text in wrap(", ".join(parts), width, hang=hang)),
    ]


def _is_complete(record: ProjectRecord, group: Group) -> bool:
    return all(record.task(name).verdict is TaskVerdict.PASS for name in group.members)


def _overall(sums: Tally) -> Style:
    if sums.tasks and sums.passed == sums.tasks:
        return Style.GOOD
    failed = any(style_of(verdict) is Style.BAD for verdict in TaskVerdict if _has(sums, verdict))
    return Style.BAD if failed else Style.DOUBT


def _has(sums: Tally, verdict: TaskVerdict) -> bool:
    return verdict.value in sums.words


def _section_rows(plan: Plan, record: ProjectRecord, section: Section) -> Iterator[_Row]:
    yield _sum_row(clean(section.label), tally(plan, record, section.members))
    for group in section.groups:
        depth = 1
        if group.sprint is not None:
            title = f"{clean(group.sprint.id)}: {clean(group.sprint.title)}".rstrip(": ")
            yield _sum_row(_INDENT + title, tally(plan, record, group.members))
            depth = 2
        id_width = max(display_width(clean(name)) for name in group.members)
        for task_id in group.members:
            yield _task_row(plan, task_id, record.task(task_id), _INDENT * depth, id_width)


def _sum_row(name: str, sums: Tally) -> _Row:
    cells = (
        name,
        f"{sums.passed}/{sums.tasks} PASS",
        *_figures(sums.criteria_met, sums.criteria_total, sums.iterations, sums.minutes),
        "",
    )
    return _Row(cells, _overall(sums), Style.HEADING)


def _task_row(plan: Plan, task_id: str, known: TaskRecord, indent: str, id_width: int) -> _Row:
    task = plan.tasks[task_id]
    total = len(criterion_ids(task))
    cells = (
        f"{indent}{pad(clean(task_id), id_width)}  {clean(task.title)}",
        present_word(known),
        *_figures(met(task, known), total, known.iterations, minutes(known)),
        _blockers(known),
    )
    return _Row(cells, style_of(None if _is_running(known) else known.verdict))


def _figures(met_count: int, total: int, iterations: int, time: float | None) -> tuple[str, ...]:
    return (
        f"{met_count}/{total}" if total else "-",
        str(iterations) if iterations else "-",
        "-" if time is None else duration(time, short=True),
    )


def _is_running(known: TaskRecord) -> bool:
    return present_word(known) == RUNNING


def _blockers(known: TaskRecord) -> str:
    if _is_running(known):  # what blocked the attempt before blocks it no more
        return ""
    if known.verdict is TaskVerdict.BLOCKED:
        return _first_and_more(known.blocked_by, _WIDEST_BLOCKERS)
    if not known.assumes:
        return ""
    return f"(assumes {_first_and_more(known.assumes, _WIDEST_BLOCKERS - len('(assumes )'))})"


def _first_and_more(task_ids: Sequence[str], width: int) -> str:
    names = [clean(name) for name in task_ids]
    full = ", ".join(names)
    if display_width(full) <= width:
        return full
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return cut(names[0], width - len(more)) + more


def _widths(rows: Sequence[_Row], width: int) -> list[int]:
    """Give every column what it needs; the first takes what is left, the last may be empty."""
    needed = [
        max([display_width(title), *(display_width(row.cells[column]) for row in rows)])
        for column, title in enumerate(_TITLES)
    ]
    if not any(row.cells[_LAST] for row in rows):
        needed.pop()
    others = sum(needed[1:]) + len(_GAP) * (len(needed) - 1)
    return [max(_NARROWEST_NAME, min(needed[0], width - others)), *needed[1:]]


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        pad(cell, size, right=right)
        for cell, size, right in zip(cells, widths, _RIGHT, strict=False)
    ]


def _layout(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_padded(cells, widths)).rstrip()


def _line(row: _Row, widths: Sequence[int]) -> Line:
    name, verdict, *rest = _padded(row.cells, widths)
    return Line(
        (
            Segment(name + _GAP, row.name),
            Segment(verdict, row.verdict),
            Segment((_GAP + _GAP.join(rest)).rstrip()),
        )
    )
