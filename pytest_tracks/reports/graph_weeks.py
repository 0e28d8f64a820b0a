"""Which track does what in which week, and what it waits for there.

::

    Week | Track          | Tasks              | Parallelizable
    -----|----------------|--------------------|-------------------
    1    | 1 Backend API  | TASK-001, TASK-004 | Yes (with 2, 3)
    2    | 3 Deployment   | TASK-016           | After 1
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from pytest_tracks.core.model import Track
from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.text import clean, cut, display_width, pad, wrap
from pytest_tracks.reports.wording import enumeration

__all__ = ["HOURS_A_WEEK", "week_lines"]

HOURS_A_WEEK = 40
_TITLES = ("Week", "Track", "Tasks", "Parallelizable")
_SHARE = 4
"""Of the line, at most, for the names of tracks, and for the last column: a fourth each."""
_MOST_NAMED = 4


def week_lines(picture: Picture, *, width: int = 80) -> list[Line]:
    """Write the table: a row for each track in each week in which it has a task."""
    rows = [
        (str(week + 1), _name(track), ", ".join(picture.nodes[name].id for name in members), how)
        for week, plan in enumerate(_weeks(picture))
        for track, members, how in _rows(picture, plan)
    ]
    names = max(display_width(title) for title in (_TITLES[1], *(row[1] for row in rows)))
    last = max(display_width(title) for title in (_TITLES[3], *(row[3] for row in rows)))
    most = width // _SHARE
    fixed = (len(_TITLES[0]), min(names, most), min(last, most))
    tasks = width - sum(fixed) - 3 * len(" | ")
    widest = max(display_width(text) for text in (_TITLES[2], *(row[2] for row in rows)))
    widths = (fixed[0], fixed[1], min(tasks, widest), fixed[2])
    rule = "-|-".join("-" * each for each in widths)
    head = [Line.of(_joined(_TITLES, widths), Style.HEADING), Line.of(rule)]
    return [*head, *(line for row in rows for line in _row_lines(row, widths))]


def _name(track: Track) -> str:
    return clean(f"{track.number} {track.name}")


def _weeks(picture: Picture) -> Iterator[Mapping[int, Sequence[str]]]:
    """Give for each week the tasks that each track works on, in the order of their start."""
    layout = picture.layout
    weeks: list[dict[int, list[str]]] = [{} for _ in range(_week_after(layout.makespan))]
    for name, start in layout.start.items():
        first = math.floor(start / HOURS_A_WEEK)
        for week in weeks[first : max(first + 1, _week_after(layout.end[name]))]:
            week.setdefault(picture.nodes[name].track, []).append(name)
    yield from weeks


def _week_after(hours: float) -> int:
    return max(1, math.ceil(hours / HOURS_A_WEEK))


def _rows(
    picture: Picture, week: Mapping[int, Sequence[str]]
) -> Iterator[tuple[Track, Sequence[str], str]]:
    track_of = {name: number for number, members in week.items() for name in members}
    for track in picture.tracks:
        if track.number in week:
            members = week[track.number]
            yield track, members, _how(picture, track.number, members, track_of)


def _how(picture: Picture, own: int, members: Sequence[str], track_of: Mapping[str, int]) -> str:
    """Say how free a track is in a week: it waits there for no other track, for one, for all."""
    waits_for = [
        {track_of[one] for one in picture.predecessors[name] if one in track_of} - {own}
        for name in members
    ]
    blockers = sorted(set().union(*waits_for))
    others = sorted({*track_of.values()} - {own})
    if not others:
        return "Sequential"
    if not blockers:
        return f"Yes (with {_numbers(others)})"
    # What comes first on a track holds back all that follows on it.
    return f"{'After' if waits_for[0] else 'Partially, after'} {_numbers(blockers)}"


def _numbers(tracks: Sequence[int]) -> str:
    return enumeration([str(number) for number in tracks], most=_MOST_NAMED)


def _row_lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[Line]:
    columns = [
        [cut(row[0], widths[0])],
        *(wrap(text, width) for text, width in zip(row[1:], widths[1:], strict=True)),
    ]
    for cells in zip_longest(*columns, fillvalue=""):
        yield Line.of(_joined(cells, widths))


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " | ".join(pad(cell, width) for cell, width in zip(cells, widths, strict=True))
