"""``--tracks-no-run``: which commands the plan would run, before any of them has.

Nothing is collected, started or written: a plan that somebody else wrote can be looked at first.
"""

from __future__ import annotations

import shutil
import sys

import pytest

from pytest_tracks.errors import TracksError
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.project.formats import find_formats
from pytest_tracks.project.kinds import find_kinds
from pytest_tracks.project.settings import Settings
from pytest_tracks.reports.command_text import command_lines

__all__ = ["NoRun"]


class NoRun:
    """Ends the run before it begins."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """List the commands; raises pytest.UsageError for a plan that cannot be read."""
        try:
            settings = Settings.read(config)
            plan = load_plan(
                settings.root,
                settings.plan,
                sprints=settings.sprints,
                kinds=find_kinds(config),
                formats=find_formats(config),
            )
        except TracksError as error:
            problems = getattr(error, "problems", None) or (error,)
            raise pytest.UsageError(*[str(problem) for problem in problems]) from None
        encoding = sys.stdout.encoding or "utf-8"
        for line in command_lines(plan, width=shutil.get_terminal_size().columns):
            print(line.encodable(encoding))
        return 0
