from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Reader, Scalar, nearest

HERE = Location("tasks/a.yaml", 3, 7)


def plain(text: str, line: int = 3) -> Scalar:
    return Scalar(text, Location("tasks/a.yaml", line, 7))


def quoted(text: str) -> Scalar:
    return Scalar(text, HERE, plain=False)


def items(*nodes: Node) -> Items:
    return Items(nodes, HERE)


def keys(**nodes: Node) -> Keys:
    return Keys(tuple((plain(name), node) for name, node in nodes.items()), HERE)


@pytest.fixture
def reader() -> Reader:
    return Reader(Problems())


def messages(reader: Reader) -> list[str]:
    return [str(problem) for problem in reader.problems.errors]


READS: dict[str, Callable[[Reader, Node], object]] = {
    "a mapping": lambda reader, node: reader.mapping(node, "it"),
    "a list": lambda reader, node: reader.items(node, "it"),
    "a text": lambda reader, node: reader.text(node, "it"),
    "true or false": lambda reader, node: reader.boolean(node, "it"),
    "a whole number from 1 to 9": lambda reader, node: reader.integer(node, "it", low=1, high=9),
    "a number from 0 to 5": lambda reader, node: reader.number(node, "it", low=0, high=5),
    "a number above 0 to 5": lambda reader, node: reader.number(
        node, "it", low=0, high=5, exclusive=True
    ),
}
SCALARS = st.builds(Scalar, st.text(max_size=8), st.just(HERE), st.booleans())
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.builds(Items, st.lists(inner, max_size=2).map(tuple), st.just(HERE))
        | st.builds(Keys, st.lists(st.tuples(SCALARS, inner), max_size=2).map(tuple), st.just(HERE))
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("expected", READS)
@given(node=NODES)
def test_a_node_is_typed_or_a_problem_is_noted_at_its_place(expected: str, node: Node) -> None:
    reader = Reader(Problems())
    value = READS[expected](reader, node)
    assert (value is None) is bool(reader.problems.errors)
    for problem in reader.problems.errors:
        assert (problem.path, problem.line, problem.col) == ("tasks/a.yaml", 3, 7)
        assert (problem.code, problem.hint) == ("wrong-type", f"expected {expected}")


@given(st.integers(-(10**10), 10**10), st.integers(0, 50), st.integers(0, 50))
def test_whole_numbers_are_taken_within_their_range_only(value: int, low: int, high: int) -> None:
    found = Reader(Problems()).integer(plain(str(value)), "it", low=low, high=high)
    assert found == (value if low <= value <= high else None)


@given(st.floats() | st.decimals().map(str) | st.text("0123456789.+-eE_ nainf", max_size=6))
def test_fault_09_a_number_is_finite_and_within_its_range(value: object) -> None:
    found = Reader(Problems()).number(plain(str(value)), "it", low=0, high=100)
    if found is not None:
        assert math.isfinite(found)
        assert 0 <= found <= 100
        assert found == float(str(value))


@given(st.decimals(0, 1000, places=2))
def test_a_decimal_number_is_read_as_written(value: object) -> None:
    assert Reader(Problems()).number(plain(str(value)), "it", low=0, high=1000) == float(str(value))


@pytest.mark.parametrize(
    "text", ["ten", "-1", ".nan", ".inf", "0", "true", "1e3", "1_0", "0x1", ""]
)
def test_fault_09_what_is_no_positive_number_is_named_with_kind_and_range(
    reader: Reader, text: str
) -> None:
    assert reader.number(plain(text), "'timeout'", low=0, high=3600, exclusive=True) is None
    (message,) = messages(reader)
    shown = repr(text) if text else "empty"
    assert message == (
        f"tasks/a.yaml:3:7: wrong-type 'timeout' is {shown} (expected a number above 0 to 3600)"
    )


@pytest.mark.parametrize("text", ["01", "08", "010", "3.10", "no", "on", "1:30", "2025-10-31"])
def test_fault_07_08_a_text_stays_as_written(reader: Reader, text: str) -> None:
    assert reader.text(plain(text), "id") == text
    assert messages(reader) == []


def test_fault_07_leading_zeros_change_no_number(reader: Reader) -> None:
    assert [reader.integer(plain(text), "track", low=1, high=99) for text in ("08", "010")] == [
        8,
        10,
    ]


@pytest.mark.parametrize("text", ["no", "on", "yes", "True", "FALSE", "1", "", "null"])
def test_fault_08_only_true_and_false_are_booleans(reader: Reader, text: str) -> None:
    assert reader.boolean(plain(text), "'manual'") is None
    assert len(messages(reader)) == 1


def test_true_and_false_are_booleans_and_quoted_they_are_texts(reader: Reader) -> None:
    assert reader.boolean(plain("true"), "it") is True
    assert reader.boolean(plain("false"), "it") is False
    assert reader.boolean(quoted("true"), "it") is None


@pytest.mark.parametrize("text", ["5" * 5000, "٣", "1\n", " 1", "1.0", "+1", "-0"])
def test_fault_10_what_only_looks_like_a_whole_number_is_refused(reader: Reader, text: str) -> None:
    assert reader.integer(plain(text), "it", low=0, high=9) is None
    (message,) = messages(reader)
    assert len(message) < 150


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_nothing_unless_it_was_quoted(reader: Reader, text: str) -> None:
    assert plain(text).is_null
    assert not quoted(text).is_null
    assert reader.text(plain(text), "'title'") is None
    assert messages(reader) == [
        "tasks/a.yaml:3:7: wrong-type 'title' is empty (expected a text)",
    ]


def test_blanks_are_no_text(reader: Reader) -> None:
    assert reader.text(quoted("  \n"), "it") is None
    assert len(messages(reader)) == 1


def test_one_text_is_a_list_of_one(reader: Reader) -> None:
    assert reader.texts(plain("a"), "it") == ("a",)
    assert reader.texts(items(plain("a"), quoted("b c")), "it") == ("a", "b c")
    assert reader.texts(items(), "it") == ()


def test_every_bad_text_of_a_list_is_noted(reader: Reader) -> None:
    assert reader.texts(items(plain("a"), keys(), plain(""), items()), "'files'") is None
    assert [problem.message for problem in reader.problems.errors] == [
        "'files' is a mapping",
        "'files' is empty",
        "'files' is a list",
    ]


def test_a_mapping_answers_by_name_and_in_order() -> None:
    found = keys(b=plain("1"), a=plain("2"))
    assert [key.text for key, _ in found] == ["b", "a"]
    assert found.get("a") == plain("2")
    assert found.get("c") is None


def test_fault_19_every_unknown_key_is_named_with_the_nearest(reader: Reader) -> None:
    found = keys(run=plain("x"), timout=plain("1"), colour=plain("2"))
    assert not reader.known_keys(found, {"run", "timeout"}, "a 'run' criterion")
    assert [(one.code, one.message, one.hint) for one in reader.problems.errors] == [
        ("unknown-key", "a 'run' criterion has no key 'timout'", "did you mean 'timeout'?"),
        ("unknown-key", "a 'run' criterion has no key 'colour'", "known: run, timeout"),
    ]


def test_known_keys_leave_no_problem(reader: Reader) -> None:
    assert reader.known_keys(keys(run=plain("x")), {"run", "timeout"}, "it")
    assert messages(reader) == []


@given(st.sets(st.text("abc", min_size=1, max_size=4), max_size=5), st.text("abc", max_size=4))
def test_the_nearest_is_a_known_word_and_of_known_words_the_word_itself(
    known: set[str], word: str
) -> None:
    found = nearest(word, known)
    assert found is None or found in known
    assert word not in known or found == word
    assert found == nearest(word, list(known)[::-1]), "the order of a set must not show"


def test_a_long_value_is_shown_in_part(reader: Reader) -> None:
    reader.boolean(plain("x" * 41), "it")
    assert reader.problems.errors[0].message == f"it is {'x' * 37 + '...'!r}"


def test_errors_and_warnings_are_kept_apart_and_in_order() -> None:
    problems = Problems()
    problems.warn(HERE, "mojibake", "looks wrong")
    problems.error(plain("", line=9).location, "b", "second line", "mend it")
    problems.error(HERE, "a", "first line")
    assert [one.code for one in problems.errors] == ["b", "a"]
    assert [str(one) for one in problems.warnings] == ["tasks/a.yaml:3:7: mojibake looks wrong"]
    assert str(problems.errors[0]) == "tasks/a.yaml:9:7: b second line (mend it)"
