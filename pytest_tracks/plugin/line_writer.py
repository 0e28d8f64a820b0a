"""Lines on pytest's terminal: beside what others write there, and in what it can show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from pytest_tracks.reports.line import Line

__all__ = ["LineWriter"]

_DEFAULT_WIDTH = 80
_NARROWEST = 40
_WIDEST = 120
"""Columns: a wider table is harder to read, not easier."""


class LineWriter:
    """Writes through pytest's terminal reporter, where there is one."""

    def __init__(self, config: pytest.Config) -> None:
        self.said: dict[str, list[Line]] = {}
        """Place (run, table, sentence) → lines."""
        self._config = config

    @property
    def reporter(self) -> Any:
        """Return pytest's reporter; None with ``-p no:terminal``."""
        return self._config.pluginmanager.getplugin("terminalreporter")

    @property
    def verbosity(self) -> int:
        """How often ``-v`` was given, less ``-q``."""
        return int(self._config.getoption("verbose", 0))  # absent with -p no:terminal

    @property
    def width(self) -> int:
        """Columns to write in."""
        if self.reporter is None:
            return _DEFAULT_WIDTH
        return max(_NARROWEST, min(_WIDEST, self._config.get_terminal_writer().fullwidth))

    def encodable(self, lines: Iterable[Line]) -> list[Line]:
        """Put lines into what standard output can show."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return [line.encodable(encoding) for line in lines]

    def write(self, lines: Iterable[Line], place: str = "run") -> None:
        """Write lines below what stands there; nothing where there is no reporter."""
        reporter = self.reporter
        if reporter is None:
            return
        self._end_line(reporter)
        for line in self.encodable(lines):
            self.said.setdefault(place, []).append(line)
            for segment in line.segments:
                reporter.write(segment.text, **segment.markup)
            reporter.line("")

    def _end_line(self, reporter: Any) -> None:
        """Leave a line that another has begun: dots of loose tests, the R of a rerun, a bar."""
        reporter.ensure_newline()
        if self._config.get_terminal_writer().width_of_current_line:
            reporter.line("")
