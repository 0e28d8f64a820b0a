from __future__ import annotations

import pytest

from pytest_tracks.core.model import Coverage
from pytest_tracks.core.weaker_coverage import count_pragmas, is_measured, weaker_coverage
from pytest_tracks.project.ini import read_coverage_ini
from tests.core.plans import plan, task


def test_pragmas_are_counted() -> None:
    source = "a = 1  # pragma: no cover\nb = 2  #PRAGMA:NO BRANCH\n# no pragma\n"
    assert count_pragmas(source) == 2


@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        ("src/auth", "src/auth/login.py", True),
        ("./src/auth/", "src/auth/login.py", True),
        ("src/auth", "src/authors.py", False),
        ("src/auth.py", "src/auth.py", True),
        ("shop.auth", "src/shop/auth/login.py", True),
        ("shop.auth", "shop/auth.py", True),
        (".", "any.py", True),
    ],
)
def test_what_a_gate_is_about(source: str, path: str, expected: bool) -> None:
    gated = plan(task("T", coverage=Coverage((source,), 80.0)))
    assert is_measured(path, gated) is expected


def test_what_is_hidden_from_a_gate() -> None:
    found = weaker_coverage(
        {"a.py": 1}, {"a.py": 2, "b.py": 0}, {"omit": ("x",)}, {"omit": ("x", "y")}
    )
    assert [one.id for one in found] == ["a.py pragma", "coverage omit"]
    assert list(weaker_coverage({"a.py": 2}, {"a.py": 1}, {"omit": ("x",)}, {})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".coveragerc", "[run]\nomit = a, b\n"),
        ("setup.cfg", "[coverage:run]\nomit =\n  a\n  b\n"),
        ("pyproject.toml", "[tool.coverage.run]\nomit = ['a', 'b']\n"),
    ],
)
def test_coverages_own_configuration(path: str, text: str) -> None:
    assert read_coverage_ini({path: text.encode()}, ("omit",)) == {"omit": ("a", "b")}
