"""``--tracks-report`` as a run sees it; ``report`` does the work, imported where it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["register"]


def register(run: Preparation) -> None:
    """Take part where a report is asked for; raises UsageError where there can be none."""
    if run.settings.report:
        from pytest_tracks.plugin.report import ReportWriter

        writer = ReportWriter(run.settings, run.plan, run.conductor, run.recorder)
        run.config.pluginmanager.register(writer, "tracks-report")
