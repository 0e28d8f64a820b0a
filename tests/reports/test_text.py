from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.reports.line import Line, Segment, Style
from pytest_tracks.reports.text import ELLIPSIS, clean, cut, display_width, pad, wrap

from .strategies import HOSTILE


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand\r\na tab", "two lines and a tab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("nul\x00bell\x07", "nulbell"),
        ("right\u202eto left", "rightto left"),
        ("half \ud800", "half ?"),
        ("設計", "設計"),
    ],
)
def test_fault_44_controls_are_stripped(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(HOSTILE)
def test_fault_44_a_clean_text_is_one_printable_line(raw: str) -> None:
    text = clean(raw)
    assert clean(text) == text
    assert all(character.isprintable() or ord(character) > 127 for character in text)
    assert len(text.splitlines()) <= 1
    text.encode("utf-8")


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("設計", 4), ("e\u0301", 1), ("ｱ", 1)])
def test_width_counts_columns(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("設計書", 6, "設計書"),
        ("設計書", 5, "設計…"),
        ("設計書", 4, "設…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_cut(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(HOSTILE, st.integers(0, 100), st.booleans())
def test_padded_is_exactly_as_wide_as_asked(raw: str, width: int, right: bool) -> None:
    assert display_width(pad(clean(raw), width, right=right)) == width


@given(HOSTILE, st.integers(4, 100), st.integers(0, 20), st.integers(0, 8))
def test_wrapping_loses_nothing_and_keeps_the_width(
    raw: str, width: int, hang: int, indent: int
) -> None:
    text = clean(raw)
    lines = wrap(" " * indent + text, width, hang=hang)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(display_width(line) <= width for line in lines)


@given(HOSTILE, st.integers(-3, 3), st.integers(0, 20))
def test_wrapping_ends_where_there_is_no_room_at_all(raw: str, width: int, hang: int) -> None:
    lines = wrap(clean(raw), width, hang=hang)
    assert "".join("".join(lines).split()) == "".join(clean(raw).split())


def test_wrapping_breaks_at_blanks() -> None:
    assert wrap("  one two three", 9, hang=4) == ["  one two", "    three"]


@given(st.lists(HOSTILE, max_size=5), st.integers(1, 60))
def test_a_cut_line_is_no_wider_and_says_that_it_was_cut(parts: list[str], width: int) -> None:
    line = Line(tuple(Segment(clean(part), Style.GOOD) for part in parts))
    shown = str(line.cut(width))
    assert display_width(shown) <= width
    assert shown == str(line) or shown.endswith(ELLIPSIS)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "a → b… 設"), ("cp1252", "a > b… ??"), ("ascii", "a > b~ ??")],
)
def test_what_an_encoding_lacks_is_replaced_column_for_column(encoding: str, shown: str) -> None:
    line = Line.of("a → b… 設", Style.BAD)
    assert str(line.encodable(encoding)) == shown
    assert line.encodable(encoding).segments[0].markup == {"red": True}
