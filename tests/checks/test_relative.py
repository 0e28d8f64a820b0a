import pytest

from pytest_tracks.checks.relative import outside


@pytest.mark.parametrize("path", ["a", "a/b.py", "./a", "a/../b", ".", "..a/b", "a b/c", "ä/c"])
def test_inside(path):
    assert outside(path) == ""


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "..", "../x", "a/../../x", "./../x", "~/x", "C:\\x", "c:/x", "a\0b", "a\nb"],
)
def test_outside(path):
    assert outside(path)
