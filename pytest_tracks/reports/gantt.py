"""A layout as bars: one row a track, time from left to right.

::

                0         10        20        30        40 44 h
    1 Backend   [001==][004=====][008=][012==][016=====]
    2 Frontend  [002-][005-][009---][013---][010-][017-----]

Bars carry the part of the id in which the tasks differ, where there is room for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from pytest_tracks.core.distribute import LaidTrack
from pytest_tracks.core.planning import Planning
from pytest_tracks.reports.lengths import length
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.text import clean, display_width, pad

__all__ = ["gantt_lines"]

_LONGEST_NAME = 24
_LEAST_COLUMNS = 20
_MARK_EVERY = 10
_STEPS = (1, 2, 5)


def gantt_lines(planning: Planning, *, width: int = 80) -> list[Line]:
    """Draw the tracks; tasks on the critical path are filled with ``=``."""
    tracks = planning.layout.tracks
    names = [clean(f"{track.number} {track.name}") for track in tracks]
    column = min(max(map(display_width, names), default=0), _LONGEST_NAME, width // 3)
    # The end of the scale, such as "44 h", may stick out.
    scale = _Scale(planning.layout.makespan, max(_LEAST_COLUMNS, width - column - 3))
    bars = _Bars(planning, scale)
    rows = [f"{pad('', column)}  {scale.ruler()}"]
    rows += [
        f"{pad(name, column)}  {bars.row(track)}" for name, track in zip(names, tracks, strict=True)
    ]
    legend = "= on the critical path, - not, | short, . idle"
    if bars.prefix:
        legend += f"; bars leave out {clean(bars.prefix)!r}"
    return [
        Line.of("Gantt Chart:", Style.HEADING),
        BLANK,
        *(Line.of(row) for row in rows),
        BLANK,
        Line.of(legend, Style.DIM).cut(width),
    ]


class _Scale:
    """Hours to columns."""

    def __init__(self, makespan: float, columns: int) -> None:
        self.makespan, self.columns = makespan, columns

    def column(self, moment: float) -> int:
        return round(self.columns * moment / self.makespan) if self.makespan else 0

    def ruler(self) -> str:
        """Mark round hours where there is room, and the end."""
        end = length(self.makespan, short=True)
        last = self.columns - len(end)
        cells = [" "] * last + list(end)
        step = self._step()
        for number in range(int(self.makespan / step) + 1):
            label = f"{number * step:g}"
            place = self.column(number * step)
            if place + len(label) < last:
                cells[place : place + len(label)] = label
        return "".join(cells)

    def _step(self) -> float:
        """Choose a round number of hours that takes about as many columns as a mark needs."""
        wanted = self.makespan * _MARK_EVERY / self.columns
        power = 10.0 ** (len(str(int(wanted))) - 1) if wanted >= 1 else 0.1
        steps = [one * power * ten for ten in (1, 10, 100) for one in _STEPS]
        return next((step for step in steps if step >= wanted), steps[-1])


class _Bars:
    """Draws the tasks of a track."""

    def __init__(self, planning: Planning, scale: _Scale) -> None:
        self.layout, self.scale = planning.layout, scale
        self.critical: Collection[str] = frozenset(planning.analysis.critical_path)
        self.prefix = _common_prefix(tuple(planning.plan.tasks))

    def row(self, track: LaidTrack) -> str:
        cells = ["."] * self.scale.columns
        for task in track.tasks:
            start = self.scale.column(self.layout.start[task])
            end = self.scale.column(self.layout.end[task])
            cells[start:end] = self._bar(task, end - start)
        return "".join(cells)

    def _bar(self, task: str, columns: int) -> str:
        fill = "=" if task in self.critical else "-"
        if columns < 3:
            return "|" * min(columns, 1) + fill * (columns - 1)
        label = clean(task.removeprefix(self.prefix))
        inside = columns - 2
        text = label if len(label) <= inside and label.isascii() else ""
        return f"[{text}{fill * (inside - len(text))}]"


def _common_prefix(ids: Sequence[str]) -> str:
    """Find what all ids begin with, up to a mark of separation: ``TASK-``."""
    first, last = min(ids, default=""), max(ids, default="")
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = "".join(one for one, _ in pairs)
    return common[: max(common.rfind(mark) for mark in "-_./:") + 1]
