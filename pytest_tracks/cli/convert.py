"""``pytest-tracks convert PATH --to native|phases|tracks``: the same plan in another format."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pytest_tracks.cli.init import relative_place, told
from pytest_tracks.cli.output import print_file
from pytest_tracks.errors import UsageError

if TYPE_CHECKING:
    from pytest_tracks.cli.learning import Surveyed
    from pytest_tracks.formats.document import PlanTree
    from pytest_tracks.formats.document_text import DocumentText, DocumentWriter

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Write a plan in another format; what was written is the same plan when it is loaded."

_NATIVE = "native"
_DOCUMENTS = ("phases", "tracks")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the plan, the format and the place."""
    parser.add_argument("path", metavar="PATH", help="the plan: a file or a folder")
    parser.add_argument("--to", required=True, choices=(_NATIVE, *_DOCUMENTS), help="the format")
    parser.add_argument(
        "--output",
        metavar="PLACE",
        help="folder of a native plan (default: tracks_plan), file of a document (default: print)",
    )
    parser.add_argument("--force", action="store_true", help="write over files that are there")


def run(arguments: argparse.Namespace) -> int:
    """Convert, write and say what was written; raises TracksError."""
    from pytest_tracks.cli.learning import survey
    from pytest_tracks.formats.plan_trees import read_plan_and_tree
    from pytest_tracks.project.plan_writing import write_new

    surveyed = survey()
    settings = surveyed.settings
    _, tree = read_plan_and_tree(
        settings.root,
        relative_place(settings.root, arguments.path),
        sprints=settings.sprints,
        kinds=surveyed.kinds,
        formats=surveyed.formats,
    )
    place = relative_place(settings.root, arguments.output) if arguments.output else ""
    if arguments.to == _NATIVE:
        files = _native(tree, surveyed, place or settings.plan)
    else:
        written = _document(tree, arguments.to, place)
        _warn(written, is_printed=not place)
        if not place:
            print_file(written.document)
            return 0
        files = _with_side_file(place, written)
    print(*told(write_new(settings.root, files, force=arguments.force)), sep="\n")
    return 0


def _native(tree: PlanTree, surveyed: Surveyed, folder: str) -> Mapping[str, str]:
    from pytest_tracks.formats.native_files import native_files
    from pytest_tracks.formats.plan_trees import read_native_texts

    settings = surveyed.settings
    if (settings.root / folder).is_file():
        raise UsageError(f"{folder} is a file: a native plan is a folder")
    files = native_files(tree, folder, settings.sprints)
    name = settings.root.name
    read_native_texts(files, folder, settings.sprints, kinds=surveyed.kinds, name=name)
    return files


def _document(tree: PlanTree, name: str, place: str) -> DocumentText:
    from pytest_tracks.formats.document_text import write_document
    from pytest_tracks.formats.phase_text import PhaseWriter
    from pytest_tracks.formats.tracks_text import TracksWriter

    if place and not place.endswith(".md"):
        raise UsageError(f"{place}: a document of this format ends in .md")
    writer: DocumentWriter = PhaseWriter() if name == "phases" else TracksWriter()
    return write_document(tree, writer, place or f"{name}.md")


def _with_side_file(place: str, written: DocumentText) -> Mapping[str, str]:
    from pytest_tracks.formats.place import HOME_ENDING
    from pytest_tracks.formats.side_file import SIDE_FILE

    files = {place: written.document}
    if written.side:
        files[f"{place}{HOME_ENDING}/{SIDE_FILE}"] = written.side
    return files


def _warn(written: DocumentText, *, is_printed: bool) -> None:
    if written.unsaid:
        print(f"warning: left out, as no such document says it: {', '.join(written.unsaid)}",
              file=sys.stderr)  # fmt: skip
    if written.side and is_printed:
        print("warning: the document alone does not say all of the plan: with --output a side file"
              " beside it does", file=sys.stderr)  # fmt: skip
