"""``pytest-tracks ci github|gitlab``: a pipeline with a job a track, a merge and a gate."""

from __future__ import annotations

import argparse
import json
import sys

from pytest_tracks.cli.project import open_project
from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.pipelines import PIPELINES

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Print a CI pipeline for this plan, or the matrix of its tracks."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the service and ``--matrix``."""
    parser.add_argument("service", choices=sorted(PIPELINES))
    parser.add_argument(
        "--matrix", action="store_true", help="print the matrix of tracks as one line of JSON"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print; the tracks are those that are written or recorded, else those of a planning."""
    if not arguments.matrix:
        sys.stdout.write(PIPELINES[arguments.service])
        return 0
    project = open_project()
    print(json.dumps({"include": _tracks(project.plan, project.store.record())}))
    return 0


def _tracks(plan: Plan, record: ProjectRecord) -> list[dict[str, str]]:
    recorded = {task: known.track for task, known in record.tasks.items() if known.track}
    layout = distribute(plan, None, recorded=recorded)
    return [
        {"track": f"{track.number:02}", "name": track.name or f"Track {track.number}"}
        for track in layout.tracks
        if track.tasks
    ]
