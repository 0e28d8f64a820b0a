from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.overlap import patterns_overlap

PARTS = ["a", "b", "*", "**", "a*", "*b", "?", "[ab]"]
patterns = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("src/a.py", "src/a.py"),
        ("src", "src/a.py"),
        ("src/", "./src/x/y.py"),
        ("src/**", "**/*.py"),
        ("src/*.py", "src/test_*"),
        ("**/conftest.py", "conftest.py"),
        ("a*c", "ab*"),
        ("src/[ab].py", "src/a.py"),
        ("a/**/z", "a/z"),
    ],
)
def test_patterns_that_meet(one: str, two: str) -> None:
    assert patterns_overlap(one, two)
    assert patterns_overlap(two, one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("src/**", "docs/**"),
        ("src/a.py", "src/ab.py"),
        ("src/*.py", "src/*.md"),
        ("*/a", "b/c"),
        ("src/?", "src/ab"),
    ],
)
def test_patterns_that_do_not_meet(one: str, two: str) -> None:
    assert not patterns_overlap(one, two)
    assert not patterns_overlap(two, one)


@given(patterns, patterns)
def test_overlap_is_symmetric_and_every_pattern_meets_itself(one: str, two: str) -> None:
    assert patterns_overlap(one, two) == patterns_overlap(two, one)
    assert patterns_overlap(one, one)


@given(patterns, st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4))
def test_a_file_that_fits_is_found(pattern: str, names: list[str]) -> None:
    path = "/".join(names)
    if patterns_overlap(pattern, path):
        assert patterns_overlap("**", pattern)
    else:
        assert pattern != path
        assert not path.startswith(f"{pattern}/")
