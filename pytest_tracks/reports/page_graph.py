"""The report's graph as SVG: columns by wave, rows by track, coloured by the page's style sheet.

::

    up to 120 tasks: boxes and arrows      more: a mark a task
              ┌────┐    ┌────┐                     ✓✓✓✓  ✓✓✕
    Track 1   │ 001├───▶│ 004│             Track 1 ✓✓✓   ◆
              └────┘    └────┘             Track 2 ✓✓✓✓  ✓✓

Each task is a link to its section, and one stop for the tabulator in all: the arrow keys go on
from there. What leads to a task, and what waits for it, the script highlights; the arrows of a
large graph it draws then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.graph_places import BOX_HEIGHT, BOX_WIDTH, HEAD, MARGIN, Places
from pytest_tracks.reports.graph_svg import rounded_path
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.page_data import STYLES
from pytest_tracks.reports.text import cut, wrap

__all__ = ["Graph", "graph"]

MOST_BOXES = 120
"""Above that boxes with titles are a wall of text, and marks show more."""

_TOP = HEAD - 34
"""The page has its own heading: the one of a picture on its own is cut off."""
_COLUMNS = 25
"""Characters of a title's line in a box."""
_PITCH = 18
_PER_LINE = 8
_LABEL = 150
_GAP = 22
_SHAPES: Mapping[Style, str] = {
    Style.GOOD: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",
    Style.BAD: "M-6-6h12v12h-12z",
    Style.DOUBT: "M0-7l7 7-7 7-7-7z",
    Style.DIM: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
}
_PLAIN: Mapping[Style, str] = {
    Style.GOOD: '<circle r="6"/>',
    Style.BAD: '<path d="M-7-7h14v14h-14z"/>',
    Style.DOUBT: '<path d="M0-8l8 8-8 8-8-8z"/>',
    Style.DIM: '<circle r="5"/>',
}
"""Thousands of marks are drawn without their inner sign."""
_MARKS: Mapping[Style, str] = {
    Style.GOOD: "M-3 0l2 3 4-6",
    Style.BAD: "M-3-3l6 6M3-3l-6 6",
    Style.DOUBT: "M0-3v3.5M0 2.6v.8",
    Style.DIM: "",
}


@dataclass(frozen=True, slots=True)
class Graph:
    """``svg`` is safe markup; ``centres`` are the places of the tasks, where marks are drawn."""

    svg: str
    width: int
    height: int
    is_compact: bool


def graph(picture: Picture) -> Graph:
    """Draw the plan; its texts are escaped."""
    if len(picture.nodes) > MOST_BOXES:
        return _marks(picture)
    return _boxes(picture)


def _svg(width: int, height: int, top: int, parts: Iterator[str], *, compact: bool) -> Graph:
    text = (
        f'<svg id="graph" class="{"compact" if compact else "boxes"}" role="group"'
        f' aria-label="Graph of the plan" width="{width}" height="{height}"'
        f' viewBox="0 {top} {width} {height}">{_definitions()}{"".join(parts)}</svg>'
    )
    return Graph(text, width, height, compact)


def _link(node: Node, place: int, x: float, y: float, label: str = "") -> str:
    classes = f"n {STYLES[node.style]}{' c' if node.is_critical else ''}"
    named = f' aria-label="{escape(label)}"' if label else ""
    return (
        f'<a class="{classes}" id="n{place}" href="#{quote(node.id)}"{named}'
        f' transform="translate({x:g} {y:g})">'
    )


# -- boxes -----------------------------------------------------------------------------------------


def _boxes(picture: Picture) -> Graph:
    places = Places(picture)
    height = int(places.height - _TOP - 40)
    return _svg(int(places.width), height, _TOP, _boxed(picture, places), compact=False)


def _boxed(picture: Picture, places: Places) -> Iterator[str]:
    for row in places.rows:
        yield (
            f'<rect class="row" x="{MARGIN}" y="{row.top}" width="{places.width - 2 * MARGIN}"'
            f' height="{row.height}" rx="8"/>'
        )
        for number, text in enumerate(wrap(row.track.label, 17)[:4]):
            top = row.top + 26 + 16 * number
            yield f'<text class="track" x="{MARGIN + 12}" y="{top}">{escape(text)}</text>'
    for number in range(len(picture.waves)):
        x = places.column(number) + BOX_WIDTH / 2
        yield f'<text class="wave" x="{x:g}" y="{HEAD - 10}">Wave {number + 1}</text>'
    at = {name: index for index, name in enumerate(picture.nodes)}
    for before, after, is_critical in sorted(picture.edges, key=lambda edge: edge[2]):
        x, y = places.entry(after)
        kind = "e c" if is_critical else "e"
        path = rounded_path(places.route(before, after))
        yield (
            f'<path class="{kind}" data-e="{at[before]} {at[after]}"'
            f' d="{path}M{x - 8:g} {y - 4:g}l8 4l-8 4"/>'
        )
    for name, node in picture.nodes.items():
        yield _box(node, at[name], *places.boxes[name])


def _box(node: Node, place: int, x: float, y: float) -> str:
    title = wrap(node.title, _COLUMNS)
    lines = title if len(title) < 3 else [title[0], cut(title[1] + " …", _COLUMNS)]
    room = 24 - len(node.word)
    texts = [
        f'<text x="14" y="{36 + 14 * number}">{escape(cut(line, _COLUMNS + 2))}</text>'
        for number, line in enumerate(lines)
    ]
    # Blanks between the texts: together they are the link's name.
    return " ".join(
        [
            _link(node, place, x, y),
            f'<rect class="box" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7"/>',
            f'<text class="id" x="14" y="19">{escape(cut(node.id, max(room, 8)))}</text>',
            f'<text class="word" x="{BOX_WIDTH - 27}" y="19">{escape(node.word)}</text>',
            f'<g transform="translate({BOX_WIDTH - 15} 15)">{_mark(node)}</g>',
            *texts,
            f'<text class="facts" x="14" y="{BOX_HEIGHT - 8}">{escape(node.facts)}</text></a>',
        ]
    )


def _mark(node: Node) -> str:
    return f'<use href="#m-{STYLES[node.style]}"/>'


def _definitions() -> str:
    shapes = (
        f'<g id="m-{name}"><path class="s" d="{_SHAPES[style]}"/>'
        f'<path class="k" d="{_MARKS[style]}"/></g>'
        for style, name in STYLES.items()
    )
    return f"<defs>{''.join(shapes)}</defs>"


# -- marks -----------------------------------------------------------------------------------------


def _marks(picture: Picture) -> Graph:
    cells: dict[tuple[int, int], list[str]] = {}
    for name, node in picture.nodes.items():
        cells.setdefault((node.track, node.wave), []).append(name)
    lefts, right = [], _LABEL
    for wave in range(len(picture.waves)):
        most = max(len(cells.get((track.number, wave), ())) for track in picture.tracks)
        lefts.append(right)
        right += _PITCH * max(1, min(most, _PER_LINE)) + _GAP
    tops, bottom = {}, 34
    for track in picture.tracks:
        most = max((len(cell) for (number, _), cell in cells.items() if number == track.number))
        tops[track.number] = bottom
        bottom += max(44, _PITCH * -(-most // _PER_LINE) + 16) + 6
    parts = _marked(picture, cells, lefts, tops, right, bottom)
    return _svg(right, bottom, 0, parts, compact=True)


def _marked(
    picture: Picture,
    cells: Mapping[tuple[int, int], list[str]],
    lefts: list[int],
    tops: Mapping[int, int],
    right: int,
    bottom: int,
) -> Iterator[str]:
    ends = [*list(tops.values())[1:], bottom]
    for track, end in zip(picture.tracks, ends, strict=True):
        top = tops[track.number]
        yield f'<rect class="row" y="{top}" width="{right}" height="{end - top - 6}" rx="8"/>'
        for number, text in enumerate(wrap(track.label, 17)[:2]):
            y = top + 20 + 15 * number
            yield f'<text class="track" x="12" y="{y}">{escape(text)}</text>'
    for number, left in enumerate(lefts):
        yield f'<text class="wave left" x="{left}" y="24">{number + 1}</text>'
    centres: dict[str, tuple[int, int]] = {}
    for (track_number, wave), cell in cells.items():
        for number, name in enumerate(cell):
            line, column = divmod(number, _PER_LINE)
            x = lefts[wave] + _PITCH * column + 7
            centres[name] = x, tops[track_number] + _PITCH * line + 17
    yield _critical(picture, centres)
    yield '<path id="ways" class="e on" d=""/>'
    for place, (name, node) in enumerate(picture.nodes.items()):
        label = f"{node.id} {node.word}{', critical' if node.is_critical else ''}"
        yield f"{_link(node, place, *centres[name], label)}{_PLAIN[node.style]}</a>"


def _critical(picture: Picture, centres: Mapping[str, tuple[int, int]]) -> str:
    points = " ".join(f"{x} {y}" for x, y in (centres[name] for name in picture.critical))
    return f'<path class="e c" d="M{points}"/>' if points else ""
