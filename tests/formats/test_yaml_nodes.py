from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.errors import Problem
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.yaml_nodes import LOADER, MAX_DEPTH, read_yaml

from .plans import load_task, refuse, refuse_task

LOADERS = [
    pytest.param(
        getattr(yaml, "CSafeLoader", None),
        id="C",
        marks=pytest.mark.skipif(not yaml.__with_libyaml__, reason="no libyaml here"),
    ),
    pytest.param(yaml.SafeLoader, id="pure"),
]


def parse(text: str, loader: Any = LOADER) -> tuple[Node | None, list[Problem]]:
    problems = Problems()
    return read_yaml("a.yaml", text, problems, loader), problems.errors


def parse_error(text: str, loader: Any = LOADER) -> Problem:
    node, errors = parse(text, loader)
    assert node is None
    assert len(errors) == 1, str(errors)
    return errors[0]


@pytest.mark.parametrize("loader", LOADERS)
def test_keeps_line_and_column_of_everything(loader: Any) -> None:
    node, errors = parse("a:\n  - x\n  - {b: 'y'}\n", loader)
    at = lambda line, col: Location("a.yaml", line, col)  # noqa: E731
    inner = Keys(((Scalar("b", at(3, 6)), Scalar("y", at(3, 9), plain=False)),), at(3, 5))
    outer = Items((Scalar("x", at(2, 5)), inner), at(2, 3))
    assert node == Keys(((Scalar("a", at(1, 1)), outer),), at(1, 1))
    assert not errors


@pytest.mark.parametrize("loader", LOADERS)
def test_fault_06_duplicate_key_is_an_error_at_the_second(loader: Any) -> None:
    _, errors = parse("a: 1\nb: {c: 1, 'c': 2}\na: 2\na: 3\n", loader)
    assert [(e.code, e.line, e.col) for e in errors] == [
        ("duplicate-key", 2, 11),
        ("duplicate-key", 3, 1),
        ("duplicate-key", 4, 1),
    ]
    assert "line 1 already" in errors[1].message


def test_fault_06_in_a_plan(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "id: TASK-001\ntitle: a\ntitle: b\n")
    assert (problem.code, problem.line, problem.col) == ("duplicate-key", 3, 1)


@pytest.mark.parametrize("text", ["01", "08", "010", "0o7", "0x1F", "1_000"])
def test_fault_07_the_text_as_written_as_id(tmp_path: Path, text: str) -> None:
    assert list(load_task(tmp_path, f"id: {text}").tasks) == [text]


@pytest.mark.parametrize("text", ["1:30", "1e3", "no", "on", "3.10", "2025-10-31", ".5", "=", "Y"])
def test_fault_08_is_text(tmp_path: Path, text: str) -> None:
    plan = load_task(tmp_path, f"id: TASK-001\ntitle: {text}\nvendor: {text}\n")
    task = plan.tasks["TASK-001"]
    assert task.title == text
    assert task.metadata == {"vendor": text}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "text",
    ["a: !!python/object/apply:os.system [id]", "a: !!int x", "a: !x {}", "a: ! b", "!x!y z"],
)
def test_fault_10_tag_not_allowed(loader: Any, text: str) -> None:
    problem = parse_error(text, loader)
    assert (problem.code, problem.line) == ("tag-not-allowed", 1)
    assert "tag not allowed" in problem.message


def test_fault_10_every_tag_is_named() -> None:
    _, errors = parse("a: !!int 1\nb: !!python/name:os.system x\n")
    assert [error.line for error in errors] == [1, 2]
    assert "!!python/name:os.system" in errors[1].message


def test_fault_10_an_endless_integer_is_a_typed_error(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "id: TASK-001\nestimated_hours: " + "9" * 5000)
    assert (problem.code, problem.line) == ("wrong-type", 2)
    assert len(str(problem)) < 300


def alias_bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 30):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 9) + "]")
    return "\n".join(lines)


def alias_chain() -> str:
    return "\n".join(
        ["a0: &a0 [x]", *(f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 500))]
    )


BOMBS = {
    "aliases": (alias_bomb(), "too-many-nodes"),
    "alias-chain": (alias_chain(), "too-deep"),
    "merge-keys": ("a: &a {x: 1}\nb:\n  <<: [" + "*a," * 100_000 + "]", "merge-key"),
    "recursive": ("id: &a [*a]", "recursive-alias"),
    "recursive-map": ("id: &a {b: {c: *a}}", "recursive-alias"),
    "500": ("[" * 500, "too-deep"),
    "million": ("[" * 1_000_000, "too-deep"),
    "million-maps": ("{a: " * 900_000, "too-deep"),
    "million-dashes": ("- " * 1_000_000, "too-deep"),
    "million-questions": ("? " * 1_000_000, "too-deep"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_fault_11_is_refused_within_100_ms(tmp_path: Path, name: str) -> None:
    content, code = BOMBS[name]
    assert refuse_task(tmp_path, content.encode()).code == code
    times = []
    for _ in range(3):
        started = time.perf_counter()
        refuse(tmp_path)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1


@pytest.mark.parametrize("name", BOMBS)
def test_fault_11_the_pure_parser_says_the_same(name: str) -> None:
    content, code = BOMBS[name]
    problem = parse_error(content, yaml.SafeLoader)
    assert problem == parse_error(content)
    assert problem.code == code


def test_fault_11_small_aliases_are_written_out() -> None:
    node, errors = parse("a: &x [1, {b: 2}]\nc: *x\nd: [*x, *x]\n&k e: 1\n*k : [2]\n")
    assert [error.code for error in errors] == ["duplicate-key"]
    node, errors = parse("a: &x [1, {b: 2}]\nc: *x\nd: [*x, *x]\n")
    assert not errors
    once = ("1", {"b": "2"})
    assert node is not None
    assert to_plain(node) == {"a": once, "c": once, "d": (once, once)}


def test_fault_11_the_depth_limit_itself_is_allowed() -> None:
    node, errors = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert node is not None
    assert not errors
    assert parse_error("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).code == "too-deep"


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "place"),
    [("a:\n\tb: 1", (2, 1)), ("a: b\n\tc: d", (2, 1)), ("a:\n  b: 1\n  \tc: 1", (3, 3))],
)
def test_fault_13_tab_indentation(loader: Any, text: str, place: tuple[int, int]) -> None:
    problem = parse_error(text, loader)
    assert (problem.code, problem.line, problem.col) == ("tab-indent", *place)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "--- ~\n", "\n\n"])
def test_fault_16_empty(loader: Any, text: str) -> None:
    problem = parse_error(text, loader)
    assert problem.line == 1
    assert "expected a mapping" in str(problem)


@pytest.mark.parametrize("loader", LOADERS)
def test_fault_16_two_documents(loader: Any) -> None:
    problem = parse_error("a: 1\n---\nb: 2\n", loader)
    assert problem.line == 1
    assert "expected a mapping" in str(problem)
    assert "the second starts at line 2" in problem.message


SYNTAX = [
    "a: b: c",
    "a: [1",
    "a: [1\nb: 2\n",
    "{a: b",
    "a: {b: c\n",
    'a: "x',
    "a: 'x\nb: 2",
    "- a\nb: c",
    "a: *",
    "a: *b",
    "a: &",
    "a: &x &y 1",
    "a: @x",
    "foo: `x",
    "a: %x",
    "a: - b",
    "a\nb: c",
    "a: 1\nfoo",
    "a: 1\nfoo\nb: 2",
    "a: 1\n b: 2",
    'a: "\\q"',
    'a: "\\x"',
    'a: "\\ud800"',
    'a: "\\0"',
    "a: |5x\n",
    "}",
    "a: [a, b]]",
    "{a b c: , d]",
    "a: !<foo",
    "--- a\n...\nb",
    "? a\n- b: c\n c",
    "%YAML 3.0\n---\na",
    "[a]: b",
    ": x",
    "- - - a\n  b",
]


@pytest.mark.parametrize("text", SYNTAX)
def test_both_parsers_say_the_same_at_the_same_place(text: str) -> None:
    problem = parse_error(text, yaml.SafeLoader)
    assert problem == parse_error(text)
    assert problem.line >= 1
    assert problem.hint


def test_an_escape_beyond_unicode_is_an_error_in_both() -> None:
    places = [
        (problem.code, problem.line)
        for problem in (
            parse_error('a:\n "\\UFFFFFFFF"', loader) for loader in (LOADER, yaml.SafeLoader)
        )
    ]
    assert places == [("yaml-syntax", 2)] * 2


def test_an_unclosed_bracket_is_told_where_it_opens() -> None:
    problem = parse_error("a: 1\nb: [x,\n\n\n")
    assert (problem.line, problem.col) == (2, 4)
    assert "never closed" in problem.message


def test_merge_keys_are_refused_and_quoted_ones_are_keys() -> None:
    assert parse_error("a: &a {b: 1}\nc:\n  <<: *a\n").code == "merge-key"
    node, errors = parse("'<<': 1\na: <<\nb: [<<]\n")
    assert node is not None
    assert not errors


def test_keys_have_a_bound() -> None:
    assert parse_error(f"? {'k' * 500_000}\n: 1").code == "bad-key"


PLAIN = st.recursive(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), PLAIN, min_size=1, max_size=4))
def test_reads_back_what_was_written(values: dict[str, object]) -> None:
    text = yaml.safe_dump(_lists(values), allow_unicode=True, default_style='"')
    for loader in (LOADER, yaml.SafeLoader):
        node, errors = parse(text, loader)
        assert not errors
        assert node is not None
        assert to_plain(node) == values


def _lists(value: object) -> object:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


@settings(deadline=None)  # the machine may be busy
@given(st.text("ab:-[]{},'\"#&*!|>%@\\\n \t01?", max_size=40))
def test_any_text_is_a_tree_or_errors(text: str) -> None:
    for loader in (LOADER, yaml.SafeLoader):
        node, errors = parse(text, loader)
        assert (node is None) == bool(errors)
        assert all(error.path == "a.yaml" and error.code for error in errors)
