"""``pytest-tracks diff BASE``: what a change made weaker, in the plan, its tests, its settings."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.errors import UsageError
from pytest_tracks.project.base import Base
from pytest_tracks.project.version import Checkout, version_of, version_of_base, weakenings
from pytest_tracks.reports.diff_text import Difference, diff_json, diff_lines
from pytest_tracks.state.snapshot import read
from pytest_tracks.state.store import Store

__all__ = ["HELP", "add_arguments", "run"]

HELP = "List criteria, thresholds, tests and settings that became weaker since a git ref."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the ref and ``--json``."""
    parser.add_argument("base", metavar="BASE", help="git ref to compare with, such as origin/main")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the list; the exit status is 1 where anything on it is not acknowledged."""
    from pytest_tracks.cli.learning import learn

    learned = learn()
    settings, plan = learned.settings, learned.plan
    base = Base.find(settings.root, arguments.base, learned.kinds, learned.ini, learned.formats)
    if not base.has_plan:
        raise UsageError(f"there is no plan in {base.folder} at {arguments.base}")
    state_path = settings.root / settings.state
    record = Store.open(settings.root, plan, state_path).record()
    now = version_of(Checkout(settings.root), plan, record, learned.ini)
    found = weakenings(version_of_base(base), now, read(state_path, settings.state))
    difference = Difference.of(base.commit.ref, found, plan.acknowledged)
    if arguments.json:
        print_json(diff_json(difference))
    else:
        print_lines(diff_lines(difference, width=terminal_width()))
    return 1 if difference.open else 0
