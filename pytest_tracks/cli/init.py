"""``pytest-tracks init``: a native plan to begin with, from a template or from a plan one has."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_tracks.cli.output import print_lines, terminal_width
from pytest_tracks.core.tree import Keys, Scalar
from pytest_tracks.errors import UsageError
from pytest_tracks.formats.document import PlanTree
from pytest_tracks.formats.templates_of_plans import FIRST_TASK, TEMPLATES
from pytest_tracks.project.settings import Settings
from pytest_tracks.reports.line import Line
from pytest_tracks.reports.text import wrap
from pytest_tracks.reports.wording import plural

__all__ = ["HELP", "add_arguments", "relative_place", "run", "told"]

HELP = "Write a native plan: a first task, a template, or what another format says."

_DRIVER = "git config merge.tracks.driver 'pytest-tracks state merge --into %A %B'"
_MOST_NAMED = 12
_ATTRIBUTES = ".gitattributes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the plan comes from and whether files may be written over."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from", dest="source", metavar="PATH", help="a plan in any format: a file or a folder"
    )
    source.add_argument("--template", choices=TEMPLATES, help="a usual shape of parallel work")
    parser.add_argument("--force", action="store_true", help="write over files that are there")
    parser.add_argument(
        "--gitattributes",
        action="store_true",
        help="add the line that lets branches' states join instead of conflicting",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the plan and say what to do next; raises TracksError."""
    from pytest_tracks.cli.learning import survey
    from pytest_tracks.formats.native_files import native_files, open_criteria
    from pytest_tracks.formats.plan_trees import read_native_texts, read_plan_and_tree
    from pytest_tracks.formats.templates_of_plans import read_template
    from pytest_tracks.project.plan_writing import write_new

    surveyed = survey()
    settings, kinds = surveyed.settings, surveyed.kinds
    if (settings.root / settings.plan).is_file():
        raise UsageError(f"tracks_plan names a document, {settings.plan}: init writes a folder")
    if arguments.source:
        place = relative_place(settings.root, arguments.source)
        _, tree = read_plan_and_tree(
            settings.root, place, sprints=settings.sprints, kinds=kinds, formats=surveyed.formats
        )
    else:
        tree = read_template(arguments.template or FIRST_TASK)
    waiting = open_criteria(tree)
    tree = _opened(tree) if arguments.source and waiting else tree
    files = native_files(tree, settings.plan, settings.sprints)
    plan = read_native_texts(
        files, settings.plan, settings.sprints, kinds=kinds, name=settings.root.name
    )
    attributes = _attributes(settings) if arguments.gitattributes else {}
    written = write_new(settings.root, files, force=arguments.force)
    written += write_new(settings.root, attributes, force=True)
    said = list(told(written))
    said += _advice(settings, len(plan.tasks), waiting, opened=bool(arguments.source and waiting))
    if not arguments.gitattributes:
        said += _offer(settings)
    print_lines(_wrapped(said))
    return 0


def told(written: Sequence[str]) -> Iterator[str]:
    """Say what was written, the first files by name."""
    yield from (f"Wrote {path}" for path in written[:_MOST_NAMED])
    if len(written) > _MOST_NAMED:
        yield f"Wrote {len(written) - _MOST_NAMED} more files"
    if not written:
        yield "Nothing to write: all is there already."


def relative_place(root: Path, named: str) -> str:
    """Make a path of the command line relative to the root; raises UsageError outside it."""
    absolute = Path(os.path.abspath(named))
    for one in (absolute, absolute.resolve()):
        for base in (root, root.resolve()):
            if one.is_relative_to(base):
                return one.relative_to(base).as_posix()
    raise UsageError(f"{named} is outside the project {root}: copy it into the project first")


def _opened(tree: PlanTree) -> PlanTree:
    """Let what nothing checks yet open the gate: a plan in prose would block itself otherwise."""
    root = tree.tracks or Keys((), tree.tasks[0].location)
    at = root.location
    settings = root.get("settings")
    pairs = settings.pairs if isinstance(settings, Keys) else ()
    if any(key.text == "tracks_unverified" for key, _ in pairs):
        return tree
    pair = (Scalar("tracks_unverified", at), Scalar("open", at))
    kept = tuple(one for one in root if one[0].text != "settings")
    made = Keys((*kept, (Scalar("settings", at), Keys((*pairs, pair), at))), at)
    return replace(tree, tracks=made)


def _advice(settings: Settings, tasks: int, waiting: int, *, opened: bool) -> Iterator[str]:
    yield ""
    yield f"{plural(tasks, 'task or gate', 'tasks and gates')} in {settings.plan}."
    if waiting:
        has = "criterion has" if waiting == 1 else "criteria have"
        yield f"{waiting} {has} no check yet: UNVERIFIED, and marked TODO in its file."
    if opened:
        yield (
            "The plan was prose, so its settings in tracks.yaml say tracks_unverified: open:"
            " such tasks let others begin. Take that line out once the criteria have checks."
        )
    yield "Next: pytest-tracks plan, then pytest --tracks=auto"


def _state_line(settings: Settings) -> str:
    return f"{settings.state} merge=tracks"


def _offer(settings: Settings) -> Iterator[str]:
    yield ""
    yield "So that states of branches join (init --gitattributes writes the first line):"
    yield f"  {_ATTRIBUTES}: {_state_line(settings)}"
    yield f"  {_DRIVER}"


def _attributes(settings: Settings) -> dict[str, str]:
    """Add the line to what is there."""
    path = settings.root / _ATTRIBUTES
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {_ATTRIBUTES}: {error}") from error
    line = _state_line(settings)
    if line in before.splitlines():
        return {_ATTRIBUTES: before}
    gap = "" if not before or before.endswith("\n") else "\n"
    return {_ATTRIBUTES: f"{before}{gap}{line}\n"}


def _wrapped(said: list[str]) -> Iterator[Line]:
    for text in said:
        yield from (Line.of(line) for line in wrap(text, terminal_width(), hang=2))
