"""``pytest-tracks report [DIR]``: the report of ``--tracks-report``, from the state alone."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pytest_tracks.errors import UsageError

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Write the HTML report, and reports per task, sprint and track, from the recorded state."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder."""
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help="where to (default: the ini value tracks_report, else tracks-report)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write everything and name the page; raises UsageError, StateError."""
    from pytest_tracks.cli.project import open_project
    from pytest_tracks.project.report_facts import report_facts
    from pytest_tracks.project.report_folder import ReportFolder
    from pytest_tracks.project.report_names import DEFAULT

    project = open_project()
    settings = project.settings
    path = Path(settings.report or settings.root / DEFAULT)
    if arguments.folder:
        path = Path(os.path.abspath(arguments.folder))
    folder = ReportFolder(path, settings.root, settings.plan)
    try:
        page = folder.write(report_facts(settings, project.plan, project.record()))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    print(os.path.relpath(page))
    return 0
