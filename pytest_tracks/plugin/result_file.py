"""``--tracks-json=PATH``: a run's validation results as a file, also where it was cut short.

Written in one step at the very end, when the exit status is known: who reads it while a run goes
on sees the results of the run before, whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.errors import StateError, UsageError
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.durable import replace_file

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.plugin.preparation import Preparation
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.project.settings import Settings

__all__ = ["ResultFile", "register"]


def register(run: Preparation) -> None:
    """Take part where the option asks for the file."""
    if path := run.settings.results:
        results = ResultFile(Path(path), run.settings, run.plan, run.taking_part, run.recorder)
        run.config.pluginmanager.register(results, "tracks-results")


class ResultFile:
    """Writes the file; raises UsageError, before anything runs, where that cannot work."""

    def __init__(
        self,
        path: Path,
        settings: Settings,
        plan: Plan,
        taking_part: Collection[str],
        recorder: Recorder,
    ) -> None:
        self._path = path
        self._settings = settings
        self._plan = plan
        self._taking_part = [name for name in plan.tasks if name in taking_part]
        self._recorder = recorder
        self._require_writable()

    def _require_writable(self) -> None:
        option = f"--tracks-json={self._path}"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{option}: its folder cannot be made: {error.strerror}") from error
        if self._path.is_dir():
            raise UsageError(f"{option} is a folder (name a file)")
        if not os.access(self._path.parent, os.W_OK):
            raise UsageError(f"{option}: its folder cannot be written to")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what is known by now, behind whoever else changes the exit status."""
        if session.config.option.collectonly:
            return
        from pytest_tracks.reports.validation_result import RunFacts, validation_results

        settings = self._settings
        facts = RunFacts(
            SystemSurroundings().now(),
            int(session.exitstatus),
            "no-regression" if settings.no_regression else "all",
            settings.against,
            settings.seal,
            settings.verify,
        )
        record = self._recorder.display()
        document = validation_results(self._plan, record, self._taking_part, facts)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        try:
            replace_file(self._path, text.encode())
        except (OSError, StateError) as error:
            session.config.get_terminal_writer().line(f"ERROR: --tracks-json: {error}")
            session.exitstatus = session.exitstatus or int(pytest.ExitCode.TESTS_FAILED)
