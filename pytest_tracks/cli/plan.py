"""``pytest-tracks plan [N]``: what can run beside what, on how many tracks, in which sprints."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from pytest_tracks.cli.output import terminal_width
from pytest_tracks.cli.project import Project, open_project
from pytest_tracks.core.planning import Planning, Request, make_planning
from pytest_tracks.core.sprints import SPRINT_HOURS
from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.project.plan_files import Change, PlanFiles
from pytest_tracks.project.plan_state import record_planning
from pytest_tracks.project.proof import find_solver, proof_text
from pytest_tracks.reports.analysis_text import analysis_lines
from pytest_tracks.reports.gantt import gantt_lines
from pytest_tracks.reports.line import BLANK, Line
from pytest_tracks.reports.plan_json import plan_json
from pytest_tracks.reports.plan_text import plan_lines, run_lines, warning_lines
from pytest_tracks.reports.text import wrap

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Analyse the plan, lay its tasks onto tracks and cut sprints."
_SPRINT_HOURS = "sprint_hours"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the number of tracks and the options."""
    add = parser.add_argument
    add("tracks", nargs="?", type=_tracks, metavar="N", help="how many tracks to lay out")
    add("--write", action="store_true", help="write sprint files, overview and state")
    add("--force", action="store_true", help="with --write: also over what was changed by hand")
    add("--json", action="store_true", help="print one JSON object")
    add("--gantt", action="store_true", help="draw the tracks over time")
    add("--prove", action="store_true", help="say whether the plan is optimal (uses ortools)")
    add("--by", choices=["owner"], help="lay the existing tracks out by their owners")
    add("--from-history", action="store_true", help="recorded durations in place of estimates")
    add("--sprint-hours", type=_hours, metavar="H", help="length of a sprint (default 40)")


def run(arguments: argparse.Namespace) -> int:
    """Plan, print and, if asked to, write; raises TracksError."""
    _refuse_contradictions(arguments)
    project = open_project()
    files = PlanFiles(project.settings.root, project.settings.sprints)
    planning = _make_planning(project, files, arguments)
    changes: Sequence[Change] = ()
    said: list[str] = []
    if arguments.write:
        changes = files.changes(planning, project.plan, force=arguments.force)
        said = _write(project, files, planning, changes)
    if arguments.prove:
        said.append(proof_text(planning, find_solver()))
    if arguments.json:
        print(json.dumps(plan_json(planning), indent=2, ensure_ascii=False))
        for text in said:
            print(text, file=sys.stderr)
    else:
        for line in _lines(planning, arguments, said):
            print(line)
    return 0
