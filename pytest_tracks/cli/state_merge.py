"""``pytest-tracks state merge DIR…``: join the states of CI jobs into this project's."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.cli.output import print_lines, terminal_width
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import Problem, UsageError

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.project.settings import Settings
    from pytest_tracks.reports.line import Line
    from pytest_tracks.state.merge import Contents

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Join the states of shards into this project's; exit 1 unless every task is PASS."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shards."""
    parser.add_argument(
        "shards",
        nargs="+",
        metavar="DIR",
        help="a folder with a shard's state file (or a project that has one), or the file itself",
    )
    parser.add_argument(
        "--into",
        metavar="FILE",
        help="join into this file, and exit 0 if that went well: for git's merge driver"
        " ('pytest-tracks state merge --into %%A %%B')",
    )


def run(arguments: argparse.Namespace) -> int:
    """Merge, print the table and a sentence; raises UsageError, StateError."""
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.cli.project import load_project
    from pytest_tracks.state.merge import merge, merge_file

    learned = learn()
    settings, plan = learned.settings, learned.plan
    shards = _find(arguments.shards, settings.state)
    contents = _contents(settings, plan)
    if arguments.into:
        apart = merge_file(plan, Path(os.path.abspath(arguments.into)), shards, contents)
        _warn(apart.warnings)
        return 0
    merged = merge(settings.root, plan, settings.root / settings.state, shards, contents)
    _warn(merged.warnings)
    if not merged.is_changed:
        print("Nothing new: all that the shards know is known here.")
    record = load_project(settings, plan).record()
    is_complete = all(record.task(name).verdict is TaskVerdict.PASS for name in plan.tasks)
    print_lines(_report(plan, record, 0 if is_complete else 1))
    return 0 if is_complete else 1


def _warn(warnings: Iterable[Problem]) -> None:
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _find(given: Sequence[str], state: str) -> dict[str, Path]:
    """Find each shard's state file; raises UsageError naming those that have none."""
    from pytest_tracks.state.merge import find_shard

    found = {name: find_shard(Path(os.path.abspath(name)), state) for name in given}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise UsageError(
            f"no state in {', '.join(missing)}: looked for {Path(state).name} and {state};"
            " nothing was merged"
        )
    return {name: path for name, path in found.items() if path is not None}


def _contents(settings: Settings, plan: Plan) -> Contents:
    from pytest_tracks.core.record import Digest, TaskRecord
    from pytest_tracks.project.validity import digests_now
    from pytest_tracks.state.merge import Contents
    from pytest_tracks.state.worktree import WorkTree

    root, ignore, tree = settings.root, settings.digest_ignore, WorkTree(settings.root)

    def digests(record: ProjectRecord) -> dict[str, Digest]:
        return digests_now(root, plan, {}, record, ignore, tree=tree)

    def is_current(name: str, record: TaskRecord) -> bool:
        if name not in plan.tasks or record.digest is None:
            return False
        alone = ProjectRecord(tasks={name: record})
        now = digests_now(root, plan, {}, alone, ignore, only=[name], tree=tree)[name]
        # What its predecessors' tests are stands in their records, not in this one.
        return replace(now, predecessors="") == replace(record.digest, predecessors="")

    return Contents(digests, is_current)


def _report(plan: Plan, record: ProjectRecord, status: int) -> Iterator[Line]:
    from pytest_tracks.reports.line import BLANK, Line, Style
    from pytest_tracks.reports.sentence import find, sentence_lines
    from pytest_tracks.reports.status import status_lines
    from pytest_tracks.reports.text import clean, wrap

    width, shown = terminal_width(), _with_missing(plan, record)
    yield from status_lines(plan, shown, width=width)
    yield BLANK
    for track, tasks in _missing_shards(plan, record):
        text = f"No shard has a verdict for {clean(track)} ({', '.join(map(clean, tasks))})"
        yield from (Line.of(line, Style.BAD) for line in wrap(text, width, hang=2))
    yield from sentence_lines(status, find(plan, shown), width=width)


def _with_missing(plan: Plan, record: ProjectRecord) -> ProjectRecord:
    """Show what no shard has validated as INCOMPLETE."""
    missing = {
        name: replace(record.task(name), verdict=TaskVerdict.INCOMPLETE)
        for name in plan.tasks
        if record.task(name).verdict is None
    }
    return replace(record, tasks={**record.tasks, **missing})


def _missing_shards(plan: Plan, record: ProjectRecord) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name the tracks of which no task has a verdict."""
    from pytest_tracks.core.model import TaskKind
    from pytest_tracks.reports.sections import sections

    for section in sections(plan, record):
        tasks = tuple(x for x in section.members if plan.tasks[x].kind is TaskKind.TASK)
        if tasks and all(record.task(name).verdict is None for name in tasks):
            yield section.label, tasks
