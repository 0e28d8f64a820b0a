from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.formats.owned_files import paths_in_words, written_path


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("docs/api/openapi.yaml (OpenAPI specification)", "docs/api/openapi.yaml"),
        ("package.json (with a script)", "package.json"),
        ("- `src/a.py` - new", "src/a.py"),
        ("src/models/*.ts", "src/models/*.ts"),
        ("tests/", "tests/**"),
        ("./src/a.py", "src/a.py"),
        ("src/app/[id]/page.tsx", "src/app/[[]id]/page.tsx"),
        ("src/a.py:12-40", "src/a.py"),
        ("Working login page", ""),
        ("e.g. something", ""),
        ("/etc/passwd", ""),
        ("../secret.txt", ""),
        ("src/{name}.py", ""),
        ("", ""),
    ],
)
def test_entries_of_lists(entry: str, path: str) -> None:
    assert written_path(entry) == path


@pytest.mark.parametrize(
    ("sentence", "codes", "paths"),
    [
        ("Create User in src/models/user.py.", [], ["src/models/user.py"]),
        ("Write (src/a.py) and src/b.py:3, src/a.py", [], ["src/a.py", "src/b.py"]),
        ("Contract test GET /api/users and/or w/ POST", [], []),
        ("Update docs in docs/", [], ["docs/**"]),
        ("Put x in src/ and src/a.py", [], ["src/a.py"]),
        ("Configure `tsconfig.json` in x", ["tsconfig.json", "npm run lint"], ["tsconfig.json"]),
        ("see https://example.org/a.html", [], []),
        ("page in src/(app)/page.tsx", [], ["src/(app)/page.tsx"]),
    ],
)
def test_words_of_sentences(sentence: str, codes: list[str], paths: list[str]) -> None:
    assert paths_in_words(sentence, codes) == paths


@given(st.text(alphabet="ab./\\*[]()~ \t:`-#_~,", max_size=40))
def test_paths_stay_below_the_root(text: str) -> None:
    for path in (*paths_in_words(text, [text]), written_path(text)):
        assert not path.startswith(("/", "~", "\\"))
        assert ".." not in path.split("/")
