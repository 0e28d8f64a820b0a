"""``pytest-tracks next``: what can be worked on now, most urgent first."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.loop import reply

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show the tasks that are ready, longest remaining path first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--track``, ``--owner`` and ``--json``."""
    parser.add_argument("--track", metavar="TRACK", help="only of this track (2, 02 or its name)")
    parser.add_argument("--owner", metavar="NAME", help="only tasks of this owner")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print what is ready; the exit status is 0 also where nothing is."""
    return reply("next", arguments)
