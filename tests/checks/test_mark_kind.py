import pytest

from pytest_tracks.checks.mark import MarkKind


def test_expression(read):
    assert read(MarkKind(), "auth and not slow").params == {"expression": "auth and not slow"}


@pytest.mark.parametrize(
    ("written", "col"),
    [("auth and )", 13 + 9), (b"auth and )", 13), ("(auth", 13 + 5), ("a b", 13 + 2)],
)
def test_syntax_error_stands_at_its_place(read, written, col):
    error = read(MarkKind(), written).error
    assert (error.code, error.line, error.col) == ("bad-mark-expression", 12, col)


def test_message_names_the_fault_and_the_text(read):
    error = read(MarkKind(), "auth and )").error
    assert "found ')' at character 10 of 'auth and )'" in error.message


@pytest.mark.parametrize("written", ["", ["a", "b"], {"a": "b"}])
def test_only_a_text(read, written):
    assert read(MarkKind(), written).error.code == "wrong-type"
