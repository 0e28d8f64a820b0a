"""Golden files: ``TRACKS_WRITE_GOLDEN=1 pytest tests/reports`` writes them anew, to be reviewed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_tracks.reports.line import Line

_FOLDER = Path(__file__).parent / "golden"

Golden = Callable[[str, Sequence[Line]], None]


@pytest.fixture
def golden() -> Golden:
    def compare(name: str, lines: Sequence[Line]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        path = _FOLDER / f"{name}.txt"
        if os.environ.get("TRACKS_WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
            pytest.skip(f"wrote {path.name}")
        assert text == path.read_text(encoding="utf-8")

    return compare
