"""``pytest-tracks next``: what can be worked on now, most urgent first."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.cli.project import Project, open_project
from pytest_tracks.cli.selection import of_owner, of_track, tracks_of_tasks
from pytest_tracks.core.readiness import assess
from pytest_tracks.reports.next_text import NextView, next_json, next_lines

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show the tasks that are ready, longest remaining path first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--track``, ``--owner`` and ``--json``."""
    parser.add_argument("--track", metavar="TRACK", help="only of this track (2, 02 or its name)")
    parser.add_argument("--owner", metavar="NAME", help="only tasks of this owner")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print what is ready; the exit status is 0 also where nothing is."""
    view = _view(open_project(in_a_loop=True), arguments)
    if arguments.json:
        print_json(next_json(view))
    else:
        print_lines(next_lines(view, width=terminal_width()))
    return 0


def _view(project: Project, arguments: argparse.Namespace) -> NextView:
    plan, record = project.plan, project.record()
    tracks = tracks_of_tasks(plan, record)
    wanted = frozenset(plan.tasks)
    asked = []
    if arguments.track is not None:
        track, members = of_track(arguments.track, plan, tracks)
        wanted &= members
        asked.append(f"of track {track.number}")
    if arguments.owner is not None:
        wanted &= of_owner(arguments.owner, plan, tracks)
        asked.append(f"of {arguments.owner}")
    readiness = assess(plan, project.passed())
    return NextView(plan, record, readiness, tracks, wanted, " ".join(asked))
