"""Where boxes and arrows of the SVG stand, in pixels.

::

    row label │ column 0 │ gutter │ column 1 │ gutter │ column 2
              │ [box]───────┬─────────slot───────────▶[box]
              │             └────▶[box]
                          lane

In each column a row stacks its boxes and, between them, the slots through which longer arrows
pass, so that no arrow runs behind a box. Up and down an arrow goes in a gutter, in the lane of
the task that it leaves: slots and lanes are shared by the arrows of one task and by no others.
Items are stacked in the order of the middle of what leads to them, which keeps crossings few.
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
ROW_LABEL = 152
_LEAST_GUTTER = 64
_LANE = 8
_BESIDE = 12
_GUTTER_EDGE = 22
"""Left and right of the lanes: room for the corner, and for the arrow's head."""
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
        self._lanes = [self._lanes_of(wave) for wave in range(len(picture.waves))]
        self._lefts = self._left_edges()
        columns = len(picture.waves)
        right = self.column(columns - 1) + BOX_WIDTH + _GAP + MARGIN if columns else 400
        self.width = max(right, 560)
        self.height = (self.rows[-1].top + self.rows[-1].height if self.rows else HEAD) + _FOOT
        self.boxes: Mapping[str, tuple[float, float]] = {
            name: (self.column(node.wave), self._centre[name, node.wave] - BOX_HEIGHT / 2)
            for name, node in picture.nodes.items()
        }

    def column(self, number: int) -> int:
        """Return the left edge of a column."""
        return self._lefts[number]

    def entry(self, name: str) -> tuple[float, float]:
        """Return the point where arrows enter a box."""
        wave = self._picture.nodes[name].wave
        return self.column(wave) - 1, self._centre[name, wave]

    def route(self, before: str, after: str) -> list[tuple[float, float]]:
        """List the corners of an arrow, from the right side of a box to the left of another."""
        nodes = self._picture.nodes
        first, last = nodes[before].wave, nodes[after].wave
        y = self._exit(before)
        points = [(float(self.column(first) + BOX_WIDTH), y)]
        for wave in range(first + 1, last + 1):
            target = self._centre[(before if wave < last else after), wave]
            if target != y:
                x = self._lane(before, wave - 1)
                points += [(x, y), (x, target)]
                y = target
        return [*points, (self.column(last) - 8, y)]

    def _exit(self, name: str) -> float:
        """Return the height at which arrows leave a box: beside that at which others enter one.

        Where they only go straight on they may leave at the same.
        """
        item = (name, self._picture.nodes[name].wave)
        centre = self._centre[item]
        is_straight = all(self._centre[target] == centre for target in self._leads_to[item])
        return centre if is_straight else centre + _BESIDE

    def _lane(self, name: str, wave: int) -> float:
        right = self.column(wave) + BOX_WIDTH
        return right + _GUTTER_EDGE + _LANE * self._lanes[wave][name, wave]

    def _lanes_of(self, wave: int) -> dict[Item, int]:
        """Give lanes right of a column to its items: the topmost that goes down is rightmost."""
        going_up: list[Item] = []
        going_down: list[Item] = []
        for item, targets in self._leads_to.items():
            ways = [self._centre[target] - self._centre[item] for target in targets]
            if item[1] == wave and any(ways):
                (going_down if sum(ways) > 0 else going_up).append(item)
        going_up.sort(key=self._centre.__getitem__)
        going_down.sort(key=self._centre.__getitem__, reverse=True)
        return {item: number for number, item in enumerate([*going_up, *going_down])}

    def _left_edges(self) -> list[int]:
        edges = [MARGIN + ROW_LABEL]
        for lanes in self._lanes:
            gutter = max(_LEAST_GUTTER, 2 * _GUTTER_EDGE + _LANE * len(lanes))
            edges.append(edges[-1] + BOX_WIDTH + gutter)
        return edges

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
        """Give every item its place from the top of the picture."""
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
