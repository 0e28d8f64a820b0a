import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.markexpr import (
    MAX_DEPTH,
    MarkExpressionError,
    parse_mark_expression,
)


def holds(text: str, *marks: str) -> bool:
    return parse_mark_expression(text).evaluate(lambda name, arguments: name in marks)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "not a",
        "not not a",
        "a and b",
        "a or b and c",
        "(a or b) and c",
        "not a or b",
        "not (a or b)",
        "a and not b or not c and a",
        "\ta  and\n(b\nor c)\n",
        "not a and not b and not c",
        "((a))",
    ],
)
def test_truth_table(text):
    """For these texts Python's own precedence is that of pytest."""
    for values in itertools.product([False, True], repeat=3):
        given_marks = dict(zip("abc", values, strict=True))
        expected = eval(" ".join(text.split()), {}, given_marks)
        assert holds(text, *(name for name, held in given_marks.items() if held)) is expected


trees = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda part: st.one_of(
        part.map(lambda one: f"(not {one})"),
        st.tuples(part, st.sampled_from([" and ", " or "]), part).map(
            lambda three: "(" + "".join(three) + ")"
        ),
    ),
    max_leaves=12,
)


@given(trees, st.sets(st.sampled_from("abc")))
def test_any_tree_means_what_python_takes_it_for(text, marks):
    assert holds(text, *marks) is eval(text, {}, {name: name in marks for name in "abc"})


@pytest.mark.parametrize("name", ["a.b", "a-b", "a:b", "a[1]", "a/b", "a\\b", "+1", "é", "True"])
def test_names(name):
    assert holds(name, name)
    assert parse_mark_expression(f"not {name} or andy").names == {name, "andy"}


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("m(a=1)", "m", {"a": 1}),
        ("m ( a = -12 , b='x y' )", "m", {"a": -12, "b": "x y"}),
        (
            'm(a="it\'s", b=True, c=False, d=None)',
            "m",
            {"a": "it's", "b": True, "c": False, "d": None},
        ),
        ("m(a='')", "m", {"a": ""}),
        ("m", "m", {}),
    ],
)
def test_arguments(text, name, arguments):
    seen = []
    parse_mark_expression(text).evaluate(lambda *mark: bool(seen.append(mark)))
    assert seen == [(name, arguments)]
    # 1 == True: the types count too.
    assert [type(value) for value in seen[0][1].values()] == list(map(type, arguments.values()))


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "found the end"),
        ("  ", 3, "found the end"),
        ("a b", 3, "expected 'and', 'or' or the end, found 'b'"),
        ("a and", 6, "found the end"),
        ("and a", 1, "expected a mark, 'not' or '(', found 'and'"),
        ("a or or b", 6, "found 'or'"),
        ("(a", 3, "or ')', found the end"),
        ("a)", 2, "found ')'"),
        ("()", 2, "found ')'"),
        ("a & b", 3, "unexpected '&'"),
        ("a == b", 3, "found '='"),
        ("'a'", 1, "expected a mark"),
        ("m()", 3, "the name of an argument"),
        ("m(a)", 4, "expected '='"),
        ("m(a=)", 5, "expected a quoted text"),
        ("m(a=b)", 5, "expected a quoted text"),
        ("m(a=1.5)", 5, "expected a quoted text"),
        ("m(a=²)", 5, "expected a quoted text"),
        ("m(a=٣)", 5, "expected a quoted text"),
        (f"m(a={'9' * 5000})", 5, "expected a quoted text"),
        ("m(a=1,)", 7, "the name of an argument"),
        ("m(a=1 b=2)", 7, "expected ',' or ')'"),
        ("m(a=1, a=2)", 8, "given twice"),
        ("m(a-b=1)", 3, "cannot name an argument"),
        ("m(class=1)", 3, "cannot name an argument"),
        ("m(not=1)", 3, "the name of an argument"),
        ("m(a='x", 5, "closing quote ' is missing"),
        ("m(a='x\\y')", 7, "backslash"),
    ],
)
def test_syntax_error_has_its_column(text, column, part):
    with pytest.raises(MarkExpressionError) as caught:
        parse_mark_expression(text)
    assert part in str(caught.value)
    assert caught.value.column == column
    assert str(caught.value).endswith(f" at character {column}")


@pytest.mark.parametrize("nest", ["(" * 100_000, "not " * 100_000, "(not " * 100_000])
def test_deep_nesting_is_refused_not_recursed_into(nest):
    with pytest.raises(MarkExpressionError, match="deep"):
        parse_mark_expression(nest + "a")


def test_nesting_up_to_the_limit_is_taken():
    depth = MAX_DEPTH - 1
    assert holds("(" * depth + "a" + ")" * depth, "a")
    assert holds(" or ".join(["b"] * 20_000 + ["a"]), "a")


@given(st.text(alphabet="ab()=,'\" \\andort1é&\n", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_column_in_it(text):
    try:
        expression = parse_mark_expression(text)
    except MarkExpressionError as error:
        column = error.column
    else:
        column = 1
        assert expression.evaluate(lambda name, arguments: True) in (True, False)
    assert 1 <= column <= len(text) + 1


PROJECT = """
    import pytest

    @pytest.mark.auth
    def test_auth(): pass

    @pytest.mark.auth
    @pytest.mark.slow
    def test_auth_slow(): pass

    @pytest.mark.slow(level=2, kind="disk", on=True)
    def test_slow_2(): pass

    @pytest.mark.slow(level=3)
    @pytest.mark.slow(level=4)
    def test_slow_3(): pass

    def test_plain(): pass
"""
MARKS = {
    "test_auth": [("auth", {})],
    "test_auth_slow": [("auth", {}), ("slow", {})],
    "test_slow_2": [("slow", {"level": 2, "kind": "disk", "on": True})],
    "test_slow_3": [("slow", {"level": 3}), ("slow", {"level": 4})],
    "test_plain": [],
}


@pytest.mark.parametrize(
    "text",
    [
        "auth",
        "not auth",
        "auth and not slow",
        "auth or slow and not auth",
        "not (auth or slow)",
        "slow(level=2)",
        "slow(level=4)",
        "slow(level=2, kind='disk')",
        "slow(level=2, kind='net')",
        "slow(on=True) or auth",
        "not slow(level=3)",
        "slow(level=None)",
        "a.b-c or auth",
        "True or auth",
        "auth and",
        "(auth",
        "slow()",
        "slow(level=2,)",
        "slow(level=1.5)",
        "slow(level=2, level=3)",
        "auth & slow",
        "slow(level='x\\y')",
    ],
)
def test_pytest_itself_selects_the_same(pytester, text):
    if "=" in text and pytest.version_tuple < (8, 3):
        pytest.skip("pytest 8.3 was the first whose -m takes keywords")
    pytester.makepyfile(PROJECT)
    pytester.makeini("[pytest]\nmarkers =\n    auth\n    slow\n")
    result = pytester.runpytest("--collect-only", "-q", "-m", text)
    theirs = {line.partition("::")[2] for line in result.outlines if "::" in line}
    try:
        expression = parse_mark_expression(text)
    except MarkExpressionError:
        assert result.ret is pytest.ExitCode.USAGE_ERROR
        return
    assert result.ret is not pytest.ExitCode.USAGE_ERROR
    assert theirs == {name for name, marks in MARKS.items() if expression.evaluate(has(marks))}


def has(marks):
    missing = object()
    return lambda name, arguments: any(
        name == mark and all(given.get(key, missing) == value for key, value in arguments.items())
        for mark, given in marks
    )
