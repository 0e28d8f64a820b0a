"""``pytest-tracks show TASK-004``: all that is known of one task, and how to validate it."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.cli.project import open_project
from pytest_tracks.cli.selection import find_task, tracks_of_tasks
from pytest_tracks.core.readiness import assess
from pytest_tracks.reports.show_text import ShowView, show_json, show_lines

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show one task: criteria, steps, files, neighbours, last failure, command."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the task's id and ``--json``."""
    parser.add_argument("task", metavar="TASK", help="id of the task")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the task; raises UsageError for an unknown id."""
    project = open_project(in_a_loop=True)
    plan = project.plan
    name = find_task(arguments.task, plan)
    record = project.record()
    view = ShowView(
        plan,
        record,
        plan.tasks[name],
        tracks_of_tasks(plan, record).get(name),
        assess(plan, project.passed()).remaining_hours[name],
    )
    if arguments.json:
        print_json(show_json(view))
    else:
        print_lines(show_lines(view, width=terminal_width()))
    return 0
