"""``pytest-tracks check``: the CI gate, from the recorded state alone; it runs no test."""

from __future__ import annotations

import argparse

from pytest_tracks.cli.output import print_json, print_lines, terminal_width
from pytest_tracks.cli.project import load_project
from pytest_tracks.core.check import decide
from pytest_tracks.project.base import Base
from pytest_tracks.project.gate import demand_against, evidence_of, required_tasks
from pytest_tracks.reports.check_text import check_json, check_lines

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Decide from the recorded state whether the plan is done, or nothing got worse."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is asked of the state."""
    parser.add_argument(
        "--against",
        metavar="REF",
        help="only what was PASS in the state at this git ref must still be PASS",
    )
    parser.add_argument(
        "--require",
        metavar="GLOB",
        action="append",
        default=[],
        help="these tasks must be PASS; repeatable (without --against: these alone)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the answer; the exit status is 0 where the gate is open, else 1."""
    from pytest_tracks.cli.learning import learn

    learned = learn()
    project = load_project(learned.settings, learned.plan)
    plan, root = learned.plan, learned.settings.root
    required = required_tasks(plan, arguments.require)
    base = None
    if arguments.against is not None:
        base = Base.find(root, arguments.against, learned.kinds, learned.ini, learned.formats)
    demand = demand_against(base, plan, required)
    evidence = evidence_of(learned.settings, plan, project.store)
    decision = decide(evidence, demand)
    warnings = [str(problem) for problem in project.store.warnings]
    if base is not None and base.snapshot.content is None:
        warnings.append(f"no state is committed at {arguments.against}: nothing was PASS there")
    if arguments.json:
        print_json(check_json(decision, demand, evidence, warnings))
    else:
        print_lines(check_lines(decision, demand, evidence, warnings, width=terminal_width()))
    return 0 if decision.is_fine else 1
