import pytest

from pytest_tracks.checks.test import TestKind


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("tests", ("tests",)),
        ("tests/", ("tests",)),
        ("./tests//test_a.py", ("tests/test_a.py",)),
        ("tests/test_a.py::TestX::test_y", ("tests/test_a.py::TestX::test_y",)),
        ("tests/a.py::test[a b]", ("tests/a.py::test[a b]",)),
        ("tests/a.py::test[../x::/y ]", ("tests/a.py::test[../x::/y ]",)),
        ("a b/test_c.py", ("a b/test_c.py",)),
        (["b.py", "a.py", "b.py"], ("b.py", "a.py")),
        (b"tests/a.py\n", ("tests/a.py",)),
    ],
)
def test_ids(read, written, ids):
    assert read(TestKind(), written).params == {"ids": ids}


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("/abs/test_a.py", "is not relative"),
        ("../test_a.py::test_b", "leads out of the project"),
        ("tests/../../test_a.py", "leads out of the project"),
        ("::test_b", "names no file"),
        ("test_a.py::", "ends in '::'"),
        (b"a.py::test_a\nb.py::test_b", "several ids are a list"),
        (b"a.py\nb.py", "control character"),
        ([], "names no test"),
        ("", "is empty"),
        ({"a": "b"}, "is a mapping"),
        (["a.py", ["b.py"]], "is a list"),
    ],
)
def test_refused_at_its_place(read, written, part):
    error = read(TestKind(), written).error
    assert part in error.message
    assert (error.line, error.col) == (12, 13)


def test_all_faults_of_a_list_are_told(read):
    found = read(TestKind(), ["/a", "b.py", "../c"])
    assert found.check is None
    assert len(found.errors) == 2
