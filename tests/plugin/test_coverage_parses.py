"""What is noted of a parse is recalled for the very same text and exclusions, and is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import coverage.python
import pytest
from coverage.parser import PythonParser

import pytest_tracks
from pytest_tracks.plugin.coverage_parses import ParseNotes, lend_parses

EXCLUDE = r"#\s*pragma: no cover"
PACKAGE = Path(pytest_tracks.__file__).parent
FILES = sorted((PACKAGE / "plugin").glob("coverage_*.py"))


class Plugins:
    def hasplugin(self, name: str) -> bool:
        return name == "_cov"


class Config:
    """What is asked of a config: which plugins there are, and to clean up."""

    def __init__(self) -> None:
        self.pluginmanager = Plugins()
        self.cleanups: list[Callable[[], Any]] = []

    def add_cleanup(self, cleanup: Callable[[], Any]) -> None:
        self.cleanups.append(cleanup)


def parsed(kind: Any, text: str) -> Any:
    parser = kind(text=text, filename="noted.py", exclude=EXCLUDE)
    parser.parse_source()
    return parser


@pytest.fixture
def recalling(tmp_path: Path) -> Any:
    config: Any = Config()
    lend_parses(config, tmp_path)
    yield vars(coverage.python)["PythonParser"]
    for cleanup in config.cleanups:
        cleanup()
    assert vars(coverage.python)["PythonParser"] is PythonParser


def found(parser: Any) -> tuple[Any, ...]:
    lines = list(range(1, parser.text.count("\n") + 1))
    arcs = sorted(parser.arcs())
    return (
        parser.statements,
        parser.excluded,
        parser.multiline_map,
        parser.translate_lines(lines),
        arcs,
        parser.exit_counts(),
        [parser.missing_arc_description(*arc) for arc in arcs],
    )


def test_what_is_recalled_is_what_would_be_found(
    tmp_path: Path, recalling: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [file.read_text() for file in FILES]
    notes = ParseNotes(str(tmp_path))
    expected = []
    for text in texts:
        parser = parsed(PythonParser, text)
        notes.note(parser)
        expected.append(found(parser))
    monkeypatch.setattr(PythonParser, "_raw_parse", pytest.fail)
    assert [found(parsed(recalling, text)) for text in texts] == expected


@pytest.mark.parametrize(
    ("text", "exclude"), [("a = 1\nb = 2\n", EXCLUDE), ("a = 1\n", r"a ="), ("a = 1 ", EXCLUDE)]
)
def test_anything_else_is_parsed(tmp_path: Path, recalling: Any, text: str, exclude: str) -> None:
    ParseNotes(str(tmp_path)).note(parsed(PythonParser, "a = 1\n"))
    parser = recalling(text=text, filename="noted.py", exclude=exclude)
    parser.parse_source()
    alone = PythonParser(text=text, filename="noted.py", exclude=exclude)
    alone.parse_source()
    assert found(parser) == found(alone)


def test_a_note_that_was_cut_short_is_passed_over(tmp_path: Path, recalling: Any) -> None:
    ParseNotes(str(tmp_path)).note(parsed(PythonParser, "a = 1\n"))
    [path] = tmp_path.glob("parses-*.jsonl")
    path.write_text(path.read_text() + path.read_text()[:40])
    assert parsed(recalling, "a = 1\n").statements == {1}
