from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.state.patterns import PathIndex, ignore_pattern

PATHS = sorted(
    [
        "README.md",
        "docs/a.yaml",
        "docs/b.txt",
        "docs/sub/c.yaml",
        "src/auth/login.py",
        "src/auth/deep/er.py",
        "src/authority.py",
        "src/auth.py",
        "src/[x].py",
        "é/ü.py",
    ]
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("src/auth/**", {"src/auth/login.py", "src/auth/deep/er.py"}),
        ("src/auth", {"src/auth/login.py", "src/auth/deep/er.py"}),
        ("src/auth/", {"src/auth/login.py", "src/auth/deep/er.py"}),
        ("./src/auth.py", {"src/auth.py"}),
        ("docs/*.yaml", {"docs/a.yaml"}),
        ("docs/**/*.yaml", {"docs/a.yaml", "docs/sub/c.yaml"}),
        ("**/*.yaml", {"docs/a.yaml", "docs/sub/c.yaml"}),
        ("*.md", {"README.md"}),
        ("docs/?.txt", {"docs/b.txt"}),
        ("docs/[ab].*", {"docs/a.yaml", "docs/b.txt"}),
        ("docs/[!a].*", {"docs/b.txt"}),
        ("doc*", {"docs/a.yaml", "docs/b.txt", "docs/sub/c.yaml"}),
        ("src/a*", {"src/auth/login.py", "src/auth/deep/er.py", "src/authority.py", "src/auth.py"}),
        ("é/**", {"é/ü.py"}),
        ("src/[x", set()),
        ("src/[z-a]*", set()),
        ("nothing/**", set()),
        (".", set(PATHS)),
        ("**", set(PATHS)),
        ("**/*", set(PATHS)),
    ],
)
def test_a_pattern_finds(pattern: str, expected: set[str]):
    assert PathIndex(PATHS).matching(pattern) == expected


_names = st.text("ab.", min_size=1, max_size=3)
_paths = st.lists(_names, min_size=1, max_size=4).map("/".join)


@settings(deadline=None)  # the machine may be busy
@given(st.sets(_paths), _paths)
def test_a_folder_is_the_same_as_all_below_it(paths: set[str], folder: str):
    folder = folder.rstrip("/")
    index = PathIndex(sorted(paths))
    below = {path for path in paths if path.startswith(folder + "/")}
    assert index.matching(f"{folder}/**") - {folder} >= below - {folder} or folder.startswith("./")
    if not folder.startswith("./") and folder != ".":
        assert index.matching(folder) == below | ({folder} & paths)


@pytest.mark.parametrize(
    ("path", "is_ignored"),
    [
        ("a.md", True),
        ("deep/a.md", True),
        ("a.mdx", False),
        ("reports/x.xml", True),
        ("deep/reports/x.xml", True),
        ("myreports/x.xml", False),
        ("build/out.xml", True),
        ("other/build/out.xml", False),
    ],
)
def test_names_to_ignore(path: str, is_ignored: bool):
    pattern = ignore_pattern(["*.md", "reports", "build/out.xml"])
    assert (pattern.fullmatch(path) is not None) is is_ignored


def test_no_names_ignore_nothing():
    assert ignore_pattern([]).fullmatch("") is None
