"""The plan as one self-contained SVG: columns by wave, rows by track, no script, no font to load.

A verdict shows as colour, as a shape and as a word; the critical path as thick lines, double
borders and a word. ``graph_places`` says where everything stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.graph_places import (
    BOX_HEIGHT,
    BOX_WIDTH,
    HEAD,
    MARGIN,
    ROW_LABEL,
    Places,
    Row,
)
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.text import clean, cut, display_width, wrap
from pytest_tracks.reports.wording import hours, plural

__all__ = ["rounded_path", "svg_text"]

_INK = "#1b1f24"
_FILL: Mapping[Style, str] = {
    Style.GOOD: "#e3f4e6",
    Style.BAD: "#fde7e7",
    Style.DOUBT: "#fff3d6",
    Style.DIM: "#ffffff",
}
_STROKE: Mapping[Style, str] = {
    Style.GOOD: "#17722f",
    Style.BAD: "#b42318",
    Style.DOUBT: "#8a5a00",
    Style.DIM: "#57606a",
}
"""On white and on the fills these have a contrast of 4.5 and more."""
_EDGES = ("#3b5b92", "#6b4f9e", "#1f7a8c", "#8a5a00", "#9b3d73", "#4a6b2a")
"""Arrows that leave one task share a colour, so that crossing ones can be told apart."""
_MARKS: Mapping[Style, str] = {
    Style.GOOD: '<path d="M-4 0 L-1 4 L5 -4" fill="none" stroke-width="2.2"/>',
    Style.BAD: '<path d="M-4 -4 L4 4 M4 -4 L-4 4" fill="none" stroke-width="2.2"/>',
    Style.DOUBT: '<path d="M0 -5 L5 0 L0 5 L-5 0 Z" fill="none" stroke-width="1.8"/>',
    Style.DIM: '<circle r="4" fill="none" stroke-width="1.8"/>',
}
_SMALL, _LARGE = 11, 12
_ADVANCE = 0.61
"""Width of a monospaced character, as a share of its size."""
_PADDING = 10
_CORNER = 7
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = (
    "text{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    f"fill:{_INK};font-size:{_SMALL}px}}"
    ".id{font-weight:700;font-size:12px}.head{font-weight:700;font-size:16px}"
    ".soft{fill:#4b535c}.row{font-weight:700;font-size:12px}"
)


def svg_text(picture: Picture) -> str:
    """Write the whole image."""
    places = Places(picture)
    width, height = places.width, places.height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img">',
        f"<title>{_text(picture.project)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_heading(picture, width),
        *_rows(places),
        *_wave_labels(picture, places),
        *_edges(picture, places),
        *(_box(picture.nodes[name], *place) for name, place in places.boxes.items()),
        *_legend(picture, places),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))


def _fit(text: str, room: float, size: int = _SMALL) -> str:
    """Shorten a text to ``room`` pixels."""
    return cut(text, max(1, int(room / (size * _ADVANCE))))


def _heading(picture: Picture, width: int) -> Iterator[str]:
    makespan = hours(picture.layout.makespan, short=True)
    facts = (
        f"{plural(len(picture.nodes), 'task')}, {plural(len(picture.tracks), 'track')}, "
        f"{makespan} (vs {hours(picture.total, short=True)} sequential)"
    )
    title = _text(_fit(picture.project, width - 2 * MARGIN, 16))
    yield f'<text class="head" x="{MARGIN}" y="{MARGIN + 10}">{title}</text>'
    yield f'<text class="soft" x="{MARGIN}" y="{MARGIN + 28}">{_text(facts)}</text>'


def _rows(places: Places) -> Iterator[str]:
    for number, row in enumerate(places.rows):
        fill = "#f6f8fa" if number % 2 == 0 else "#eef1f5"
        yield (
            f'<rect x="{MARGIN}" y="{row.top}" width="{places.width - 2 * MARGIN}"'
            f' height="{row.height}" rx="6" fill="{fill}"/>'
        )
        yield from _row_label(row)


def _row_label(row: Row) -> Iterator[str]:
    columns = int((ROW_LABEL - 2 * _PADDING) / (_LARGE * _ADVANCE))
    most = max(1, (row.height - 16) // 15)
    parts = wrap(clean(row.track.label), columns)
    if len(parts) > most:
        parts = [*parts[: most - 1], cut(parts[most - 1] + " …", columns)]
    top = row.top + row.height / 2 - 7.5 * len(parts) + 11
    for number, part in enumerate(parts):
        y = top + 15 * number
        yield f'<text class="row" x="{MARGIN + _PADDING}" y="{y:g}">{_text(part)}</text>'


def _wave_labels(picture: Picture, places: Places) -> Iterator[str]:
    for number in range(len(picture.waves)):
        x = places.column(number) + BOX_WIDTH / 2
        yield (
            f'<text class="soft" x="{x:g}" y="{HEAD - 10}" text-anchor="middle">'
            f"Wave {number + 1}</text>"
        )


def _edges(picture: Picture, places: Places) -> Iterator[str]:
    colours = {name: _EDGES[at % len(_EDGES)] for at, name in enumerate(picture.nodes)}
    ordered = sorted(picture.edges, key=lambda edge: edge[2])  # the critical ones on top
    for before, after, is_critical in ordered:
        path = rounded_path(places.route(before, after))
        colour, width = (_INK, 3) if is_critical else (colours[before], 1.5)
        # A white border lifts an arrow off those that it crosses.
        yield f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="{width + 3}"/>'
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        x, y = places.entry(after)
        yield f'<path d="M{x:g} {y:g} l-8 -4 v8 Z" fill="{colour}"/>'


def rounded_path(points: Sequence[tuple[float, float]]) -> str:
    """Draw a line of level and upright parts with rounded corners."""
    parts = ["M{:g} {:g}".format(*points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        (x, y), (to_x, to_y) = _near(corner, before, radius), _near(corner, after, radius)
        parts.append(f"L{x:g} {y:g}Q{corner[0]:g} {corner[1]:g} {to_x:g} {to_y:g}")
    return "".join([*parts, "L{:g} {:g}".format(*points[-1])])


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _near(
    corner: tuple[float, float], other: tuple[float, float], radius: float
) -> tuple[float, float]:
    share = radius / (_distance(corner, other) or 1)
    return (
        corner[0] + (other[0] - corner[0]) * share,
        corner[1] + (other[1] - corner[1]) * share,
    )


def _box(node: Node, x: float, y: float) -> str:
    stroke, room = _STROKE[node.style], BOX_WIDTH - 2 * _PADDING
    border = 3 if node.is_critical else 1.3
    outline = _INK if node.is_critical else stroke
    word = node.word
    name_room = room - (len(word) + 1) * _SMALL * _ADVANCE - 18
    title = wrap(node.title, int(room / (_SMALL * _ADVANCE)))
    lines = title if len(title) < 3 else [title[0], _fit(title[1] + " …", room)]
    tooltip = f"{node.id}: {node.title} ({word}, {node.facts})"
    parts = [
        f'<g transform="translate({x:g} {y:g})"><title>{_text(tooltip)}</title>',
        f'<rect width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="{_FILL[node.style]}"'
        f' stroke="{outline}" stroke-width="{border}"/>',
        f'<rect x="3" y="3" width="4" height="{BOX_HEIGHT - 6}" rx="2" fill="{stroke}"/>',
        f'<text class="id" x="{_PADDING + 4}" y="18">{_text(_fit(node.id, name_room, 12))}</text>',
        f'<g transform="translate({BOX_WIDTH - 14} 14)" stroke="{stroke}">{_MARKS[node.style]}</g>',
        f'<text x="{BOX_WIDTH - 24}" y="18" text-anchor="end" style="fill:{stroke}">'
        f"{_text(word)}</text>",
    ]
    for number, line in enumerate(lines):
        shown = _text(_fit(line, room))
        parts.append(f'<text x="{_PADDING + 4}" y="{34 + 14 * number}">{shown}</text>')
    facts = _text(node.facts)
    parts.append(f'<text class="soft" x="{_PADDING + 4}" y="{BOX_HEIGHT - 8}">{facts}</text></g>')
    return "".join(parts)


def _legend(picture: Picture, places: Places) -> Iterator[str]:
    words: dict[Style, dict[str, None]] = {}
    for node in picture.nodes.values():
        words.setdefault(node.style, {})[node.word] = None
    x, y = float(MARGIN + _PADDING), places.height - MARGIN - 4
    for style, known in words.items():
        label = ", ".join(known)
        yield f'<g transform="translate({x:g} {y - 4})" stroke="{_STROKE[style]}">'
        yield f'{_MARKS[style]}</g><text x="{x + 12:g}" y="{y}">{_text(label)}</text>'
        x += display_width(label) * _SMALL * _ADVANCE + 40
    yield f'<path d="M{x:g} {y - 4} h28" stroke="{_INK}" stroke-width="3"/>'
    yield f'<text x="{x + 36:g}" y="{y}">critical path</text>'
