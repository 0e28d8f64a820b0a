"""``pytest-tracks state repair``: a whole state file again, from the journal and the backup."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pytest_tracks.reports.wording import plural

if TYPE_CHECKING:
    from pytest_tracks.cli.learning import Learned
    from pytest_tracks.state.repair import Repair

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Write a damaged state file anew from journal and backup; the damaged one is kept."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--dry-run`` and ``--close-run``."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--dry-run", action="store_true", help="only say what would be done")
    choice.add_argument(
        "--close-run",
        metavar="RUN",
        help="close the record of a run that has died on another host: nobody waits for it then",
    )


def run(arguments: argparse.Namespace) -> int:
    """Repair and say what was done; raises StateError where nothing can be recovered."""
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.state.repair import plan_repair

    learned = learn()
    settings = learned.settings
    if arguments.close_run:
        return _close(learned, arguments.close_run)
    repair = plan_repair(settings.root, learned.plan, settings.root / settings.state)
    for problem in (*repair.damage, *repair.remarks):
        print(f"found: {problem}")
    if not repair.damage:
        print(f"{settings.state} is whole: nothing to repair.")
        return 0
    if not arguments.dry_run:
        repair.carry_out()
    for line in _deeds(repair, settings.state, is_done=not arguments.dry_run):
        print(line)
    return 0


def _close(learned: Learned, run_id: str) -> int:
    from pytest_tracks.state.store import Store

    settings = learned.settings
    Store.open(settings.root, learned.plan, settings.root / settings.state).close_run(run_id)
    print(f"Closed {run_id}: what it was at is INTERRUPTED, and is run again by the next run.")
    return 0


def _deeds(repair: Repair, state: str, *, is_done: bool) -> list[str]:
    keep, write = ("kept", "wrote") if is_done else ("would keep", "would write")
    deeds = [f"{write} {state} with the verdicts of {plural(repair.tasks, 'task')}"]
    if repair.kept is None:
        return deeds
    # The time in the name is that of the repair itself, and of no other one.
    name = repair.kept.name if is_done else repair.kept.name.rpartition("-")[0] + "-<time>"
    return [f"{keep} the damaged file as {name}", *deeds]
