"""The answer of ``pytest-tracks show``."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import json_text, lines_text, terminal_width
from pytest_tracks.cli.project import Project
from pytest_tracks.cli.selection import find_task, tracks_of_tasks
from pytest_tracks.core.readiness import assess
from pytest_tracks.reports.show_text import ShowView, show_json, show_lines

__all__ = ["answer"]


def answer(project: Project, arguments: argparse.Namespace) -> str:
    """Tell all that is known of a task; raises UsageError for an unknown id."""
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
        return json_text(show_json(view))
    return lines_text(show_lines(view, width=terminal_width()))
