"""pytest-html's table gets two columns: the track and the task that a test ran for."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tracks.plugin.conductor import Conductor
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["HtmlColumns", "register"]

_PLACE = 2
"""Behind the result and the test's name."""


def register(run: Preparation) -> None:
    """Take part where pytest-html writes a report."""
    if getattr(run.config.option, "htmlpath", None):
        run.config.pluginmanager.register(HtmlColumns(run.conductor), "tracks-html")


class HtmlColumns:
    """Fills them; registered only where pytest-html writes a report."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the headings, by which the table can be sorted."""
        cells[_PLACE:_PLACE] = [
            f'<th class="sortable" data-column-type="{name.lower()}">{name}</th>'
            for name in ("Track", "Task")
        ]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Add the cells, empty for what serves no task; a row that is left out has none."""
        if not cells:
            return
        about = self._conductor.about(report)
        texts = (about.track, about.task) if about is not None else ("", "")
        cells[_PLACE:_PLACE] = [
            f'<td class="col-{name}">{escape(text)}</td>'
            for name, text in zip(("track", "task"), texts, strict=True)
        ]
