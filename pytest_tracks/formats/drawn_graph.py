"""Edges of a graph that is drawn with lines and arrows in a fence.

::

         Track A                 from below a label, or from its right, a line is followed
           │                     through its bends and forks, in the direction it is drawn,
           ├────────┐            until it ends at another label
           ▼        ▼
         Track C  Track G        edges: A → C, A → G

A drawing is read to be compared with the text, never to make edges of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Label", "drawn_edges"]

_DOWN, _UP, _LEFT, _RIGHT = (1, 0), (-1, 0), (0, -1), (0, 1)
_WAYS = {
    "│": (_UP, _DOWN), "|": (_UP, _DOWN), "┃": (_UP, _DOWN), "║": (_UP, _DOWN),
    "─": (_LEFT, _RIGHT), "-": (_LEFT, _RIGHT), "━": (_LEFT, _RIGHT), "═": (_LEFT, _RIGHT),
    "┌": (_DOWN, _RIGHT), "┐": (_DOWN, _LEFT), "└": (_UP, _RIGHT), "┘": (_UP, _LEFT),
    "├": (_UP, _DOWN, _RIGHT), "┤": (_UP, _DOWN, _LEFT),
    "┬": (_LEFT, _RIGHT, _DOWN), "┴": (_LEFT, _RIGHT, _UP),
    "┼": (_UP, _DOWN, _LEFT, _RIGHT), "+": (_UP, _DOWN, _LEFT, _RIGHT),
    "▼": (_UP, _DOWN), "↓": (_UP, _DOWN), "v": (_UP, _DOWN),
    "►": (_LEFT, _RIGHT), ">": (_LEFT, _RIGHT), "→": (_LEFT, _RIGHT), "▶": (_LEFT, _RIGHT),
}  # fmt: skip
_NOTE = re.compile(r"\([^()]*\)")
_MOST_STEPS = 20_000
_GAP = 3
"""Blanks that may stand between a label and the line that starts or ends at it."""


@dataclass(frozen=True, slots=True)
class Label:
    """Something named in a drawing: row and columns (``end`` not included) count from 0."""

    name: str
    row: int
    start: int
    end: int


def drawn_edges(drawing: str, pattern: re.Pattern[str]) -> dict[tuple[str, str], int]:
    """Find (from, to) of all lines between labels, each with the row of the label it starts at.

    ``pattern`` finds labels; its group ``name`` names them.
    """
    grid = drawing.split("\n")
    labels = [
        Label(found["name"], row, found.start(), found.end())
        for row, line in enumerate(grid)
        for found in pattern.finditer(line)
    ]
    edges: dict[tuple[str, str], int] = {}
    for label in labels:
        for name in _reached(grid, label, labels):
            if name != label.name:
                edges.setdefault((label.name, name), label.row)
    return edges


def _reached(grid: list[str], label: Label, labels: list[Label]) -> Iterator[str]:
    pending = list(_starts(grid, label))
    seen = set(pending)
    while pending and len(seen) < _MOST_STEPS:
        row, column, way = pending.pop()
        for following in _next(grid, row, column, way):
            target = _label_at(labels, following[0], following[1], following[2])
            if target is not None and target != label:
                yield target.name
            elif following not in seen and _sign(grid, following[0], following[1]) in _WAYS:
                seen.add(following)
                pending.append(following)


_Step = tuple[int, int, tuple[int, int]]


def _starts(grid: list[str], label: Label) -> Iterator[_Step]:
    """Find where lines leave a label: below it, and on its right."""
    row, start, end = _last_row(grid, label)
    for column in range(start, end):
        if _UP in _WAYS.get(_sign(grid, row + 1, column), ()):
            yield row + 1, column, _DOWN
    line = grid[label.row]
    rest = line[label.end :].lstrip()
    column = len(line) - len(rest)
    if rest and column - label.end <= _GAP and _LEFT in _WAYS.get(rest[0], ()):
        yield label.row, column, _RIGHT


def _last_row(grid: list[str], label: Label) -> tuple[int, int, int]:
    """Take a note in brackets below a label for a part of it."""
    below = grid[label.row + 1] if label.row + 1 < len(grid) else ""
    for note in _NOTE.finditer(below):
        if note.start() < label.end and label.start < note.end():
            return label.row + 1, min(label.start, note.start()), max(label.end, note.end())
    return label.row, label.start, label.end


def _next(grid: list[str], row: int, column: int, came: tuple[int, int]) -> Iterator[_Step]:
    """Go on from a sign of a line: never back, and up only where the line leads nowhere else."""
    sign = _sign(grid, row, column)
    for way in _WAYS.get(sign, ()):
        back = way == (-came[0], -came[1])
        if not back and (way != _UP or came == _UP or sign in "┘└"):
            yield row + way[0], column + way[1], way


def _label_at(labels: list[Label], row: int, column: int, way: tuple[int, int]) -> Label | None:
    if way not in (_DOWN, _RIGHT):
        return None  # drawings point downwards and to the right
    gap = _GAP if way == _RIGHT else 0
    for label in labels:
        if label.row == row and label.start - gap <= column < label.end:
            return label
    return None


def _sign(grid: list[str], row: int, column: int) -> str:
    if 0 <= row < len(grid) and 0 <= column < len(grid[row]):
        return grid[row][column]
    return ""
