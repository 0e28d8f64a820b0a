from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.graph_places import BOX_HEIGHT, BOX_WIDTH, Places
from pytest_tracks.reports.graph_svg import _EDGES, _FILL, _STROKE, svg_text
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.text import clean, display_width

from .conftest import Golden
from .pictures import HOSTILE, ecommerce, large

SVG = "{http://www.w3.org/2000/svg}"


def test_golden(golden: Golden) -> None:
    golden("graph-svg", [Line.of(line) for line in svg_text(ecommerce()).splitlines()])


@pytest.mark.parametrize("picture", [ecommerce(), large()], ids=["18", "200"])
def test_it_is_one_well_formed_image_that_loads_and_runs_nothing(picture: Picture) -> None:
    text = svg_text(picture)
    tree = ElementTree.fromstring(text)
    assert tree.tag == f"{SVG}svg"
    known = {"svg", "title", "style", "rect", "text", "path", "g", "circle"}
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= known
    assert not re.search(r"href|url\(|@import|\bon\w+=", re.sub(r">[^<]*<", "><", text))
    assert "<script" not in text
    assert "]]>" not in text


def test_every_title_can_be_read_in_full() -> None:
    tree = ElementTree.fromstring(svg_text(large()))
    titles = [element.text or "" for element in tree.iter(f"{SVG}title")]
    for title in HOSTILE:
        shown = clean(title).replace("\ufffe", "?")
        assert any(shown in found for found in titles)


def test_verdicts_show_as_word_and_shape_and_the_critical_path_as_word_and_width() -> None:
    boxes = [g for g in ElementTree.fromstring(svg_text(ecommerce())) if g.tag == f"{SVG}g"]
    texts = {
        found[0]: (found, ElementTree.tostring(box, "unicode"))
        for box in boxes
        if (found := [element.text or "" for element in box.iter(f"{SVG}text")])
    }
    assert texts["TASK-004"][0][1] == "FAIL"
    assert texts["TASK-008"][0][1] == "BLOCKED"
    assert "10 h, critical" in texts["TASK-004"][0]
    assert 'stroke-width="3"' in texts["TASK-004"][1]
    assert 'stroke-width="3"' not in texts["TASK-002"][1]
    shapes = {re.search(r'(<[^ ]*(?:path|circle) [^>]*)', texts[name][1])[1]  # type: ignore[index]
              for name in ("TASK-001", "TASK-004", "TASK-008")}  # fmt: skip
    assert len(shapes) == 3


@pytest.mark.parametrize("picture", [ecommerce(), large()], ids=["18", "200"])
def test_boxes_stand_in_their_row_and_none_on_another(picture: Picture) -> None:
    places = Places(picture)
    rows = {row.track.number: row for row in places.rows}
    for name, (x, y) in places.boxes.items():
        node = picture.nodes[name]
        assert x == places.column(node.wave)
        row = rows[node.track]
        assert row.top <= y <= y + BOX_HEIGHT <= row.top + row.height
        assert x + BOX_WIDTH <= places.width
    for one, other in itertools.combinations(places.boxes.values(), 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) > BOX_HEIGHT


def test_no_arrow_runs_behind_a_box() -> None:
    picture = large()
    places = Places(picture)
    for before, after, _ in picture.edges:
        points = places.route(before, after)
        assert points[0][0] == places.boxes[before][0] + BOX_WIDTH
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            assert x == to_x or y == to_y  # level or upright
            for left, top in places.boxes.values():
                beside = max(x, to_x) <= left or min(x, to_x) >= left + BOX_WIDTH
                above = max(y, to_y) < top or min(y, to_y) > top + BOX_HEIGHT
                assert beside or above, (before, after)


def test_texts_end_within_their_box() -> None:
    for box in ElementTree.fromstring(svg_text(large())):
        for element in box.iter(f"{SVG}text") if box.tag == f"{SVG}g" else ():
            size = 12 if element.get("class") == "id" else 11
            assert display_width(element.text or "") * size * 0.61 <= BOX_WIDTH


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_wcag_aa() -> None:
    for style in (Style.GOOD, Style.BAD, Style.DOUBT, Style.DIM):
        assert contrast(_STROKE[style], _FILL[style]) >= 4.5
        assert contrast("#4b535c", _FILL[style]) >= 4.5
    for colour in _EDGES:
        assert contrast(colour, "#eef1f5") >= 3


def test_an_arrow_leads_to_the_right_and_verdicts_have_their_colour() -> None:
    picture = large()
    for before, after, _ in picture.edges:
        assert picture.nodes[before].wave < picture.nodes[after].wave
    for node in picture.nodes.values():
        assert (node.style is Style.GOOD) == (node.word == TaskVerdict.PASS.value)
