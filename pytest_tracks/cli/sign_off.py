"""``pytest-tracks sign-off TASK-004 AC-005 --by ADA``: a person's word for a manual criterion."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_tracks.errors import UsageError

if TYPE_CHECKING:
    from pytest_tracks.core.model import Criterion, Plan
    from pytest_tracks.core.nodeids import CriterionKey
    from pytest_tracks.core.sign_off import SignOff

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Sign a manual criterion; the next run counts it."
DECLINED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is signed, by whom, and why."""
    parser.add_argument("task", metavar="TASK", help="id of the task")
    parser.add_argument("criterion", metavar="CRITERION", help="id of the criterion: AC-005")
    parser.add_argument("--by", required=True, metavar="NAME", help="who signs")
    parser.add_argument("--note", default="", metavar="TEXT", help="what was looked at")
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; recorded as signed unattended"
    )


def run(arguments: argparse.Namespace) -> int:
    """Sign, once it is confirmed; raises UsageError for what cannot be signed, StateError."""
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.core.nodeids import CriterionKey
    from pytest_tracks.project.signing import draft, record_sign_off

    learned = learn()
    settings, plan = learned.settings, learned.plan
    criterion = _criterion(plan, arguments.task, arguments.criterion)
    key = CriterionKey(arguments.task, criterion.id)
    by = arguments.by.strip()
    if not by:
        raise UsageError("--by is empty: say who signs")
    given = draft(
        settings.root, plan, key, by=by, note=arguments.note, ignore=settings.digest_ignore
    )
    print("\n".join(_about(plan, key, criterion, given)))
    if not arguments.yes:
        if not _confirmed(by):
            print("Not signed.")
            return DECLINED
        given = replace(given, attended=True)
    record_sign_off(settings.root, plan, settings.root / settings.state, key, given)
    until = f", good until {given.expires_at[:10]}" if given.expires_at else ""
    print(f"Signed by {given.words}{until}. It counts with the next run: pytest --task={key.task}")
    return 0


def _criterion(plan: Plan, task: str, name: str) -> Criterion:
    from pytest_tracks.cli.selection import find_task
    from pytest_tracks.core.tree import nearest

    found = plan.tasks[find_task(task, plan)]
    known = [criterion.id for criterion in found.criteria]
    if name not in known:
        match = nearest(name, known)
        advice = f"did you mean {match}?" if match else f"it has: {', '.join(known) or 'none'}"
        raise UsageError(f"{task} has no criterion {name} ({advice})")
    return found.criterion(name)


def _about(plan: Plan, key: CriterionKey, criterion: Criterion, given: SignOff) -> list[str]:
    covers = criterion.check.params.get("covers") or plan.tasks[key.task].files
    named = ", ".join(map(str, covers)) if isinstance(covers, (tuple, list)) else ""
    return [
        f"{key}: {criterion.text}",
        f"covers: {named or 'all files of the project'} (digest {given.digest[:12]})",
        *([f"note: {given.note}"] if given.note else []),
    ]


def _confirmed(by: str) -> bool:
    """Ask on the terminal; raises UsageError where there is none."""
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("there is no terminal to confirm on (--yes signs, recorded as unattended)")
    try:
        return input(f"Sign as {by}? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        print()
        return False
