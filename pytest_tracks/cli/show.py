"""``pytest-tracks show TASK-004``: all that is known of one task, and how to validate it."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.loop import reply

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show one task: criteria, steps, files, neighbours, last failure, command."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the task's id and ``--json``."""
    parser.add_argument("task", metavar="TASK", help="id of the task")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the task; raises UsageError for an unknown id."""
    return reply("show", arguments)
