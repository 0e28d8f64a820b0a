"""``pytest-tracks plan [PATH] [N]``: what can run beside what, on how many tracks and sprints."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.cli.project import Project, open_project
from pytest_tracks.core.allocation import allocated
from pytest_tracks.core.checklist import check_plan
from pytest_tracks.core.model import Plan
from pytest_tracks.core.planning import Planning, Request, make_planning
from pytest_tracks.core.sprints import SPRINT_HOURS
from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.project.plan_files import PlanFiles
from pytest_tracks.project.plan_state import record_planning
from pytest_tracks.project.proof import find_solver, proof_text
from pytest_tracks.reports.analysis_text import analysis_lines
from pytest_tracks.reports.checklist_text import checklist_lines
from pytest_tracks.reports.gantt import gantt_lines
from pytest_tracks.reports.line import BLANK, Line
from pytest_tracks.reports.plan_json import plan_json
from pytest_tracks.reports.plan_text import plan_lines, run_lines, warning_lines
from pytest_tracks.reports.statement_text import statement_lines
from pytest_tracks.reports.text import wrap

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Analyse the plan, lay its tasks onto tracks and cut sprints."
_SETTING = "sprint_hours"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the number of tracks and the options."""
    add = parser.add_argument
    add(
        "words",
        nargs="*",
        type=_word,
        metavar="PATH, N",
        help="a document or folder in any known format; how many tracks to lay out",
    )
    add("--write", action="store_true", help="write sprint files, overview and state")
    add("--force", action="store_true", help="with --write: also over what was changed by hand")
    add("--json", action="store_true", help="print one JSON object")
    add("--gantt", action="store_true", help="draw the tracks over time")
    add("--prove", action="store_true", help="say whether the plan is optimal (uses ortools)")
    add("--by", choices=["owner"], help="lay the existing tracks out by their owners")
    add("--from-history", action="store_true", help="recorded durations in place of estimates")
    add("--checklist", action="store_true", help="check the eight points of parallel work")
    add("--allocation", metavar="NAME", help="with --by owner: who does what, as the plan lists")
    add("--sprint-hours", type=_hours, metavar="H", help="length of a sprint (default 40)")


def run(arguments: argparse.Namespace) -> int:
    """Plan, print and, if asked to, write; raises TracksError."""
    _sort_words(arguments)
    _refuse_contradictions(arguments)
    project = _open(arguments)
    if arguments.checklist:
        points = check_plan(project.plan)
        print_lines(checklist_lines(points, width=terminal_width()))
        return int(any(point.faults for point in points))
    files = PlanFiles(project.settings.root, project.settings.sprints)
    planning = _make_planning(project, files, arguments)
    said = _write(project, files, planning, arguments) if arguments.write else []
    if arguments.prove:
        said.insert(0, proof_text(planning, find_solver()))
    if arguments.json:
        print_json(plan_json(planning))
        print(*said, sep="\n", end="\n" if said else "", file=sys.stderr)
    else:
        print_lines(_lines(project, files, planning, arguments, said))
    return 0


def _word(text: str) -> int | Path:
    if re.fullmatch(r"0*[1-9][0-9]?", text, re.ASCII):
        return int(text)
    path = Path(text)
    if text.strip() and path.exists():
        return path.absolute()
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a number of tracks from 1 to 99, and no file or folder is called so"
    )


def _sort_words(arguments: argparse.Namespace) -> None:
    """Tell the number of tracks from the path of the plan."""
    numbers = [word for word in arguments.words if isinstance(word, int)]
    paths = [word for word in arguments.words if isinstance(word, Path)]
    if len(numbers) > 1 or len(paths) > 1:
        raise UsageError("give one number of tracks at most, and one path")
    arguments.tracks = numbers[0] if numbers else None
    arguments.path = paths[0] if paths else None


def _open(arguments: argparse.Namespace) -> Project:
    return open_project([f"--tracks-plan={arguments.path}"] if arguments.path else ())


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours above 0")
    return hours


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.force and not arguments.write:
        raise UsageError("--force is for --write: nothing else is written over")
    if arguments.by and arguments.write:
        raise UsageError("--by owner shows the tracks that exist, so there is nothing to --write")
    if arguments.by and arguments.tracks:
        raise UsageError("--by owner has a track for each owner: leave out the number")
    if arguments.allocation and not arguments.by:
        raise UsageError("--allocation says who owns what: give it with --by owner")


def _make_planning(project: Project, files: PlanFiles, arguments: argparse.Namespace) -> Planning:
    plan = allocated(project.plan, arguments.allocation) if arguments.allocation else project.plan
    given = () if arguments.force or arguments.by else files.given_sprints(plan)
    request = Request(
        tracks=arguments.tracks,
        by_owner=arguments.by is not None,
        from_history=arguments.from_history,
        sprint_hours=arguments.sprint_hours or _sprint_hours(plan),
    )
    return make_planning(replace(plan, sprints=given), project.store.record(), request)


def _sprint_hours(plan: Plan) -> float:
    """Read the plan's own setting."""
    written = plan.settings.get(_SETTING)
    try:
        return SPRINT_HOURS if written is None else _hours(str(written))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{_SETTING} in the settings of {plan.folder}: {error}") from error


def _write(
    project: Project, files: PlanFiles, planning: Planning, arguments: argparse.Namespace
) -> list[str]:
    """Write the files, then the state; returns what is to be said of it."""
    force = arguments.force
    settings = project.settings
    changes = files.changes(planning, project.plan, force=force)
    project.store.check_writable()
    files.apply(changes)
    try:
        plan = _open(arguments).plan if changes else project.plan
    except TracksError:  # such as sprints of tracks that tracks.yaml does not declare
        files.undo(changes)
        raise
    is_new = project.store.record().mode is None
    recorded = record_planning(settings.root, plan, settings.root / settings.state, planning)
    said = [f"{'Removed' if one.content is None else 'Wrote'} {one.path}" for one in changes]
    if not force:
        kept = files.kept(planning)
        said += [f"Kept {path}: changed by hand (--force writes over it)" for path in kept]
    if recorded:
        said.append(f"State tracking {'initialized' if is_new else 'updated'} at: {settings.state}")
    return said if changes or recorded else [*said, "Nothing to write: all is as planned."]


def _lines(
    project: Project,
    files: PlanFiles,
    planning: Planning,
    arguments: argparse.Namespace,
    said: Sequence[str],
) -> Iterator[Line]:
    width = terminal_width()
    place = project.settings.plan if arguments.path else ""
    yield from analysis_lines(planning.plan, planning.analysis, width=width)
    yield from (BLANK, BLANK, *plan_lines(planning, width=width))
    if arguments.gantt:
        yield from (BLANK, *gantt_lines(planning, width=width))
    if planning.plan.statements:
        yield from (BLANK, *statement_lines(planning.plan.statements, width=width))
    if planning.warnings:
        yield from (BLANK, *warning_lines(planning.warnings, width=width))
    if said:
        yield BLANK
        yield from (Line.of(line) for text in said for line in wrap(text, width, hang=2))
    if not arguments.by:
        if not arguments.write and files.changes(planning, project.plan, force=True):
            words = f"{place} {planning.used}".strip()
            yield from (BLANK, Line.of(f"To write it: pytest-tracks plan {words} --write"))
        yield from (BLANK, *run_lines(planning, "Ready to execute:", place=place))
