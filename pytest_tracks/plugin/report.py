"""``--tracks-report=DIR``: what people look at, written when the run ends, however it ends.

While it runs, what items show is kept: heads and tails, without controls and secrets. Commands
write into a folder that is gone at the end, and the state holds a line a criterion.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.redact import secrets_of
from pytest_tracks.errors import TracksError
from pytest_tracks.plugin.outcomes import storable
from pytest_tracks.project.report_facts import report_facts
from pytest_tracks.project.report_folder import ReportFolder
from pytest_tracks.reports.page_facts import Output
from pytest_tracks.reports.text import ends

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.plugin.conductor import About, Conductor
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.project.settings import Settings

__all__ = ["ReportWriter"]

_MOST_CHARACTERS = 64_000
"""Of one output; more is cut in the middle."""
_MOST_OF_A_TASK = 512_000


class ReportWriter:
    """Writes the report; raises UsageError, before anything runs, where that cannot work."""

    def __init__(
        self, settings: Settings, plan: Plan, conductor: Conductor, recorder: Recorder
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._conductor = conductor
        self._recorder = recorder
        self._folder = ReportFolder(Path(settings.report), settings.root, settings.plan)
        self._secrets = secrets_of(os.environ)
        self._outputs: dict[str, dict[str, tuple[Output, ...]]] = {}
        self._sizes: dict[str, int] = {}
        self._closing = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what an item shows."""
        shown = list(_shown(report))
        about = self._conductor.about(report) if shown else None
        if about is not None:
            for title, text in shown:
                self._keep(about, title, text)

    def _keep(self, about: About, title: str, text: str) -> None:
        kept = ends(storable(text, self._secrets).strip("\n"), _MOST_CHARACTERS)
        size = self._sizes.get(about.task, 0) + len(kept)
        if not kept or size > _MOST_OF_A_TASK:
            return
        self._sizes[about.task] = size
        mine = self._outputs.setdefault(about.task, {})
        output = Output(storable(title, self._secrets), kept)
        for criterion in about.criteria:
            mine[criterion] = (*mine.get(criterion, ()), output)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write all of it; a report that was asked for and cannot be written fails the run."""
        if session.config.option.collectonly:
            return
        gc.disable()  # it would look at all items of the run, again and again
        try:
            facts = report_facts(
                self._settings,
                self._plan,
                self._recorder.display(),
                layout=self._conductor.layout,
                outputs=self._outputs,
                written=self._recorder.written,
            )
            page = self._folder.write(facts)
        except (OSError, TracksError) as error:
            why = getattr(error, "strerror", None) or str(error)
            self._closing = f"ERROR: --tracks-report={_near(self._folder.path)}: {why}"
            session.exitstatus = session.exitstatus or int(pytest.ExitCode.TESTS_FAILED)
        else:
            self._closing = f"report: {_near(page)}"
        finally:
            gc.enable()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where it stands."""
        if self._closing:
            terminalreporter.write_line(self._closing)


def _near(page: Path) -> str:
    shown = os.path.relpath(page)
    return str(page) if shown.startswith("..") else shown


def _shown(report: pytest.TestReport) -> Iterator[tuple[str, str]]:
    """Split a report into titles and texts; what was captured stands in the last of an item."""
    if report.failed or str(report.outcome) == "rerun":
        yield f"{report.nodeid} ({report.when}, {report.outcome})", report.longreprtext
    evidence = getattr(report, "tracks_evidence", ())
    if evidence:
        yield "evidence", "\n".join(evidence)
    if report.when == "teardown":
        for title, text in report.sections:
            yield f"{report.nodeid}: {title}", text
