"""``pytest-tracks graph``: the plan as a picture, from the plan and the recorded state."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_tracks.cli.output import print_file, print_lines
from pytest_tracks.cli.project import Project, open_project
from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.distribute import distribute
from pytest_tracks.errors import UsageError
from pytest_tracks.reports.graph_dot import dot_text
from pytest_tracks.reports.graph_layout import Picture, make_picture
from pytest_tracks.reports.graph_mermaid import mermaid_text
from pytest_tracks.reports.graph_svg import svg_text
from pytest_tracks.reports.graph_text import graph_lines
from pytest_tracks.reports.line import Line

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Draw the plan's graph: text, Mermaid, SVG or DOT."
_FORMATS = {"mermaid": mermaid_text, "svg": svg_text, "dot": dot_text}
_TEXT = "text"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--format`` and ``--output``."""
    parser.add_argument("--format", choices=[_TEXT, *_FORMATS], default=_TEXT)
    parser.add_argument("--output", metavar="FILE", type=Path, help="write there, in UTF-8")


def run(arguments: argparse.Namespace) -> int:
    """Draw the plan; raises UsageError where the file cannot be written."""
    picture = _picture(open_project())
    if arguments.format == _TEXT:
        _put_lines(graph_lines(picture), arguments.output)
    else:
        _put(_FORMATS[arguments.format](picture), arguments.output)
    return 0


def _picture(project: Project) -> Picture:
    plan, record = project.plan, project.record()
    recorded = {task: known.track for task, known in record.tasks.items() if known.track}
    known = recorded or plan.tracks or plan.sprints
    has_tracks = known or any(task.pin is not None for task in plan.tasks.values())
    lanes = None if has_tracks else analyse(plan).max_tracks
    return make_picture(plan, record, distribute(plan, lanes, recorded=recorded))


def _put_lines(lines: list[Line], output: Path | None) -> None:
    if output is None:
        print_lines(lines)
    else:
        _put("".join(f"{line}\n" for line in lines), output)


def _put(text: str, output: Path | None) -> None:
    if output is None:
        print_file(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output={output} cannot be written: {error.strerror}") from error
