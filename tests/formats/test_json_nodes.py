from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.errors import Problem
from pytest_tracks.formats.json_nodes import read_json
from pytest_tracks.formats.yaml_nodes import MAX_DEPTH, MAX_NODES


def parse(text: str) -> tuple[Node | None, list[Problem]]:
    problems = Problems()
    return read_json("a.json", text, problems), problems.errors


def test_keeps_line_and_column_of_everything() -> None:
    node, errors = parse('{\n  "a": ["x",\n    1.5]\n}')
    at = lambda line, col: Location("a.json", line, col)  # noqa: E731
    inner = Items((Scalar("x", at(2, 9), plain=False), Scalar("1.5", at(3, 5))), at(2, 8))
    assert node == Keys(((Scalar("a", at(2, 3), plain=False), inner),), at(1, 1))
    assert not errors


@pytest.mark.parametrize(
    ("text", "code", "line", "col"),
    [
        ("", "wrong-type", 1, 1),
        ("{", "json-syntax", 1, 1),
        ('{"a": 1,}', "json-syntax", 1, 9),
        ("[1,]", "json-syntax", 1, 4),
        ('{"a" 1}', "json-syntax", 1, 6),
        ('{"a": 1\n "b": 2}', "json-syntax", 2, 2),
        ("{a: 1}", "json-syntax", 1, 2),
        ("{1: 1}", "json-syntax", 1, 2),
        ("['a']", "json-syntax", 1, 2),
        ("[1] 2", "json-syntax", 1, 5),
        ('["a\n"]', "json-syntax", 1, 2),
        (r'["\x"]', "json-syntax", 1, 2),
        (r'["\ud800"]', "json-syntax", 1, 2),
        ("[01]", "json-syntax", 1, 2),
        ("[1.]", "json-syntax", 1, 2),
        ("[.5]", "json-syntax", 1, 2),
        ("[NaN]", "json-syntax", 1, 2),
        ("[trueish]", "json-syntax", 1, 2),
        ("// a\n{}", "json-syntax", 1, 1),
        ("]", "json-syntax", 1, 1),
        ("[}", "json-syntax", 1, 2),
        (",", "json-syntax", 1, 1),
        ('{"a": 1, "b": 2,\n "a": 3}', "duplicate-key", 2, 2),
        ('{"": 1}', "bad-key", 1, 2),
    ],
)
def test_names_the_place_of_a_fault(text: str, code: str, line: int, col: int) -> None:
    node, errors = parse(text)
    assert node is None
    assert [(error.code, error.line, error.col) for error in errors] == [(code, line, col)]


def test_fault_06_every_duplicate_key_is_told() -> None:
    _, errors = parse('{"a": {"b": 1, "b": 2}, "a": 3}')
    assert [error.code for error in errors] == ["duplicate-key"] * 2


def test_depth_and_size_are_bounded() -> None:
    assert parse("[" * (MAX_DEPTH + 1))[1][0].code == "too-deep"
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)[1] == []
    assert parse("[" + "1," * MAX_NODES + "1]")[1][0].code == "too-many-nodes"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1, max_size=20), inner),
    max_leaves=20,
)


def as_value(node: Node) -> Any:
    if isinstance(node, Items):
        return [as_value(one) for one in node.nodes]
    if isinstance(node, Keys):
        return {key.text: as_value(value) for key, value in node}
    return json.loads(node.text) if node.plain else node.text


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_reads_what_the_standard_parser_reads(value: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    node, errors = parse(text)
    if errors:
        assert {error.code for error in errors} <= {"bad-key", "json-syntax"}
        assert any(
            sign in text for sign in ("\\u0000", "\\ud", "\0", "\ud800")
        ) or "an empty key" in str(errors)
    else:
        assert node is not None
        assert as_value(node) == value


@given(st.text(alphabet='{}[]",:\\ \n01aeE.-truefalsn\x00é', max_size=40))
def test_never_reads_what_the_standard_parser_refuses(text: str) -> None:
    node, errors = parse(text)
    assert (node is None) == bool(errors)
    if node is not None:
        json.loads(text)
