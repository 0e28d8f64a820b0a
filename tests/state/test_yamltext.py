from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.state.canonical import dump, dump_values, load_own
from pytest_tracks.state.yamltext import (
    MAX_DEPTH,
    Plain,
    Tree,
    YamlTextError,
    load,
    to_python,
    to_tree,
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
    st.text(max_size=30),
    st.sampled_from(
        [
            "null",
            "yes",
            "01",
            "1:30",
            "1e3",
            "2025-10-31",
            "- a",
            "a: b",
            "#",
            "=",
            "<<",
            " x ",
            "\u2028",
            "\ufeff",
            "\x7f",
            "a\nb",
            "😀",
            "~",
            "%a",
            "@",
            "|",
            "0x1F",
            "1_000",
            ".inf",
        ]
    ),
)
keys = st.text(min_size=0, max_size=12).filter(
    lambda text: not any("\ud800" <= c <= "\udfff" for c in text)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(keys, values, max_size=4)


@settings(deadline=None)  # the machine may be busy
@given(mappings)
def test_what_is_written_comes_back(mapping: dict[str, Any]):
    tree = to_tree(mapping)
    assert isinstance(tree, dict)
    again = load(dump(tree)) if tree else {}
    assert again == tree
    assert to_python(again) == to_python(tree)
    own = load_own("# comment\n" + dump(tree))
    assert own == tree
    assert to_python(own) == to_python(tree)
    assert dump(own) == dump(tree)


@settings(deadline=None)
@given(st.dictionaries(keys | st.integers() | st.just("a\udcff"), values, max_size=4))
def test_values_are_written_as_their_tree_is(mapping: dict[str | int, Any]):
    tree = to_tree(mapping)
    assert isinstance(tree, dict)
    assert dump_values(mapping) == dump(tree)
    assert dump_values(tree, indent=2) == dump(tree, indent=2)


def test_a_tree_among_values_keeps_what_is_no_text():
    tree = {Plain("01"): {Plain("null"): [Plain("3"), "3"]}, "3": Plain("true"), "a": "true"}
    assert dump_values({"more": tree}) == dump({"more": tree})


@pytest.mark.parametrize(
    "text", ["word\n", "a: 1\n   b: 2\n", '"a" 1\n', "a:\n  - 1\n b: 2\n", 'a: "x\n']
)
def test_what_dump_does_not_write_is_left_to_the_other_reader(text: str):
    with pytest.raises(ValueError):
        load_own(text)


@settings(deadline=None)  # the machine may be busy
@given(mappings)
def test_other_readers_of_yaml_read_the_same(mapping: dict[str, Any]):
    tree = to_tree(mapping)
    assert isinstance(tree, dict)
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert (yaml.load(dump(tree), Loader=loader) or {}) == to_python(tree)


@settings(deadline=None)  # the machine may be busy
@given(mappings)
def test_writing_is_stable(mapping: dict[str, Any]):
    tree = to_tree(mapping)
    assert isinstance(tree, dict)
    text = dump(tree)
    again = load(text) if tree else {}
    assert isinstance(again, dict)
    assert dump(again) == text


def test_scalars_keep_their_text():
    tree = load('a: 01\nb: "01"\nc: 2025-10-31\nd: word\ne:\nf: 1e400\n')
    assert tree == {"a": "01", "b": "01", "c": "2025-10-31", "d": "word", "e": "", "f": "1e400"}
    assert isinstance(tree, dict)
    assert [isinstance(value, Plain) for value in tree.values()] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert to_python(tree)["c"] == "2025-10-31"


def test_a_number_too_long_for_a_number_stays_text():
    assert to_python(load("a: " + "9" * 5000)) == {"a": "9" * 5000}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("b: 1\na: !!python/object:os.system x\n", 2, "tag"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("? [a]\n: 1\n", 1, "key"),
        (f"{'k' * 600}: 1\n", 1, "key"),
        ("a: [1\n", 2, ""),
        ("", 0, "empty"),
        ("# nothing\n", 0, "empty"),
        ("a: 1\n---\nb: 2\n", 0, "more than one"),
        ("a: " + "[" * (MAX_DEPTH + 1), 1, "deep"),
        ("a: \x00\n", 0, ""),
    ],
)
def test_what_a_state_file_does_not_hold_is_refused_with_its_line(text: str, line: int, words: str):
    with pytest.raises(YamlTextError) as caught:
        load(text)
    assert caught.value.line == line
    assert words in caught.value.message


def test_lone_surrogates_become_something_that_utf8_can_hold():
    tree: Tree = to_tree({"a\udcff": "b\udcff"})
    assert isinstance(tree, dict)
    assert dump(tree).encode() == '"a\ufffd": "b\ufffd"\n'.encode()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (45.0, "45"),
        (1.25, "1.25"),
        (0.1, "0.1"),
        (1e-5, "0.000010"),
        (float("nan"), "null"),
        (-0.5, "-0.5"),
    ],
)
def test_numbers_are_written_plainly(number: float, text: str):
    assert to_tree(number) == text
