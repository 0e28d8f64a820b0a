"""Where boxes and arrows of the SVG stand, in pixels.

::

    row label │ column 0 │ gutter │ column 1 │ gutter │ column 2
              │ [box]────────────────slot────────────▶[box]
              │ [box]────────────▶[box]

In each column a row stacks its boxes and, between them, the slots through which longer arrows
pass: one slot for all arrows that leave the same task, so that no arrow runs behind a box. Items
are stacked in the order of the middle of what leads to them, which keeps crossings few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from pytest_tracks.core.model import Track
from pytest_tracks.reports.graph_layout import Picture

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "HEAD", "MARGIN", "ROW_LABEL", "Places", "Row"]

BOX_WIDTH, BOX_HEIGHT = 208, 76
MARGIN = 20
HEAD = 92
"""From the top to the first row."""
ROW_LABEL = 128
_GUTTER = 64
_GAP = 14
_SLOT = 4
_ROW_GAP = 10
_FOOT = 44
_SWEEPS = 4

Item = tuple[str, int]
"""A task in the column of its wave (then a box), or in a later one (then a slot)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A track's stripe across the picture."""

    track: Track
    top: int
    height: int


class Places:
    """Arranges a picture."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._leads_to, self._comes_from = self._links()
        self._stacks = self._ordered_stacks()
        self.rows = self._make_rows()
        self._centre = self._centres()
        columns = len(picture.waves)
        right = self.column(columns - 1) + BOX_WIDTH + _GAP + MARGIN if columns else 400
        self.width = max(right, 560)
        self.height = (self.rows[-1].top + self.rows[-1].height if self.rows else HEAD) + _FOOT
        self.boxes: Mapping[str, tuple[float, float]] = {
            name: (self.column(node.wave), self._centre[name, node.wave] - BOX_HEIGHT / 2)
            for name, node in picture.nodes.items()
        }

    @staticmethod
    def column(number: int) -> int:
        """Return the left edge of a column."""
        return MARGIN + ROW_LABEL + number * (BOX_WIDTH + _GUTTER)

    def entry(self, name: str) -> tuple[float, float]:
        """Return the point where arrows enter a box."""
        wave = self._picture.nodes[name].wave
        return self.column(wave) - 1, self._centre[name, wave]

    def route(self, before: str, after: str) -> list[tuple[float, float]]:
        """List the points of an arrow, from the right side of a box to the left of another."""
        nodes = self._picture.nodes
        first, last = nodes[before].wave, nodes[after].wave
        points = [(float(self.column(first) + BOX_WIDTH), self._centre[before, first])]
        for wave in range(first + 1, last):
            y = self._centre[before, wave]
            points += [(self.column(wave), y), (self.column(wave) + BOX_WIDTH, y)]
        x, y = self.entry(after)
        return [*points, (x - 7, y)]

    def _links(self) -> tuple[dict[Item, list[Item]], dict[Item, list[Item]]]:
        """Join each item to those of the next column that it leads to, and back."""
        nodes = self._picture.nodes
        leads_to: dict[Item, list[Item]] = {(name, node.wave): [] for name, node in nodes.items()}
        comes_from: dict[Item, list[Item]] = {item: [] for item in leads_to}
        for before, after, _ in self._picture.edges:
            item = (before, nodes[before].wave)
            for wave in range(nodes[before].wave + 1, nodes[after].wave + 1):
                target = (before if wave < nodes[after].wave else after, wave)
                if target not in leads_to[item]:
                    leads_to[item].append(target)
                    comes_from.setdefault(target, []).append(item)
                leads_to.setdefault(target, [])
                item = target
        return leads_to, comes_from

    def _ordered_stacks(self) -> dict[tuple[int, int], list[Item]]:
        """Stack the items of each row and column, then sort by their neighbours, to and fro."""
        stacks: dict[tuple[int, int], list[Item]] = {}
        for item in self._leads_to:
            stacks.setdefault((self._picture.nodes[item[0]].track, item[1]), []).append(item)
        columns = range(len(self._picture.waves))
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            near = self._comes_from if forward else self._leads_to
            for column in columns if forward else reversed(columns):
                rank = self._ranks(stacks)
                for track in self._picture.tracks:
                    stack = stacks.get((track.number, column), [])
                    stack.sort(key=lambda item: self._middle(near[item], rank, rank[item]))
        return stacks

    def _ranks(self, stacks: Mapping[tuple[int, int], Sequence[Item]]) -> dict[Item, float]:
        """Number the places of all items from the top of the picture, row for row."""
        return {
            item: row * 1000.0 + place / max(1, len(stack) - 1)
            for row, track in enumerate(self._picture.tracks)
            for column in range(len(self._picture.waves))
            for stack in [stacks.get((track.number, column), ())]
            for place, item in enumerate(stack)
        }

    @staticmethod
    def _middle(near: Sequence[Item], rank: Mapping[Item, float], own: float) -> float:
        return mean([rank[item] for item in near]) if near else own

    def _is_box(self, item: Item) -> bool:
        return self._picture.nodes[item[0]].wave == item[1]

    def _size(self, item: Item) -> int:
        return BOX_HEIGHT if self._is_box(item) else _SLOT

    def _height(self, stack: Sequence[Item]) -> int:
        return sum(map(self._size, stack)) + _GAP * (len(stack) + 1)

    def _make_rows(self) -> tuple[Row, ...]:
        rows: list[Row] = []
        top = HEAD
        for track in self._picture.tracks:
            mine = [stack for (number, _), stack in self._stacks.items() if number == track.number]
            height = max(map(self._height, mine), default=BOX_HEIGHT + 2 * _GAP)
            rows.append(Row(track, top, height))
            top += height + _ROW_GAP
        return tuple(rows)

    def _centres(self) -> dict[Item, float]:
        centres: dict[Item, float] = {}
        top_of = {row.track.number: row.top for row in self.rows}
        for (track, _), stack in self._stacks.items():
            y = float(top_of[track] + _GAP)
            for item in stack:
                centres[item] = y + self._size(item) / 2
                y += self._size(item) + _GAP
        return centres
