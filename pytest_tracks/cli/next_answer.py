"""The answer of ``pytest-tracks next``."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import json_text, lines_text, terminal_width
from pytest_tracks.cli.project import Project
from pytest_tracks.cli.selection import of_owner, of_track, tracks_of_tasks
from pytest_tracks.core.readiness import assess
from pytest_tracks.reports.next_text import NextView, next_json, next_lines

__all__ = ["answer"]


def answer(project: Project, arguments: argparse.Namespace) -> str:
    """Say what is ready; raises UsageError for a track or owner that is unknown."""
    view = _view(project, arguments)
    if arguments.json:
        return json_text(next_json(view))
    return lines_text(next_lines(view, width=terminal_width()))


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
    return NextView(plan, record, readiness, tracks, wanted, project.standings, " ".join(asked))
