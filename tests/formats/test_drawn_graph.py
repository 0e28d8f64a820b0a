from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.formats.drawn_graph import drawn_edges

NAME = re.compile(r"\[(?P<name>\w)\]")


@pytest.mark.parametrize(
    ("drawing", "edges"),
    [
        ("[a]\n │\n ▼\n[b]", {"ab"}),
        ("[a]\n │\n ├──────┐\n ▼      ▼\n[b]    [c]", {"ab", "ac"}),
        ("[a] ──► [b] --> [c]", {"ab", "bc"}),
        ("[a] ──┐\n      ├──> [c]\n[b] ──┘", {"ac", "bc"}),
        ("[a]\n(first)\n │\n[b]", {"ab"}),
        ("[a]  [b]", set()),
        ("[a]\n\n[b]", set()),
        ("[a]\n |\n +----+\n |    |\n[b]  [c]", {"ab", "ac"}),
        ("[a] ────────┐\n            │\n            ▼\n        (nothing)", set()),
    ],
)
def test_lines_are_followed_as_they_are_drawn(drawing: str, edges: set[str]) -> None:
    assert {one + other for one, other in drawn_edges(drawing, NAME)} == edges


def test_edges_know_the_row_they_start_at() -> None:
    assert drawn_edges("x\n[a]\n │\n[b]", NAME) == {("a", "b"): 1}


@given(st.text(alphabet="[]ab│─┌┐└┘├┤┬┴┼▼►|->+v \n", max_size=150))
@settings(max_examples=200, deadline=None)
def test_any_drawing_ends(drawing: str) -> None:
    for one, other in drawn_edges(drawing, NAME):
        assert one != other
