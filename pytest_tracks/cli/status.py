"""``pytest-tracks status``: where the plan stands, from the recorded state."""

from __future__ import annotations

import argparse
from functools import partial

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.cli.project import Project, open_project
from pytest_tracks.cli.watch import follow
from pytest_tracks.reports.progress_table import progress_table
from pytest_tracks.reports.status import status_json, status_lines

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show every task with its verdict, as recorded."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the forms of the answer, and ``--watch``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--table", action="store_true", help="print a row for each track, Markdown")
    parser.add_argument(
        "--watch", action="store_true", help="follow the runs that go on, until they end or Ctrl-C"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the table; the exit status is 0 whatever the verdicts are."""
    project = open_project()
    if arguments.table:
        print(*progress_table(project.plan, project.record()), sep="\n")
    elif arguments.watch:
        follow(project, partial(_show, as_json=arguments.json))
    else:
        _show(project, as_json=arguments.json)
    return 0


def _show(project: Project, *, as_json: bool) -> None:
    record = project.record()
    if as_json:
        print_json(status_json(project.plan, record))
    else:
        width = terminal_width()
        print_lines(status_lines(project.plan, record, project.standings, width=width))
