"""The command line and ini names; ``project.settings`` reads them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import argparse

__all__ = ["NESTED", "add_options", "is_asked_for"]

NESTED = "TRACKS_CRITERION"
"""In the environment of every command: a criterion that runs pytest must not run the plan again."""

_PLAN_ENDINGS = (".yaml", ".yml", ".md", ".json")

_NEVER_ALONE = ("tracks_verify", "tracks_json", "tracks_seal", "tracks_goal", "tracks_rerun")
"""Options that change what a run of tracks decides, or where it says so."""

_INFORMATIVE = (
    "help",
    "version",
    "markers",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
    "tracks_no_run",
)


def add_options(parser: pytest.Parser) -> None:
    """Add all options in one group, and the ini names ``tracks_*``.

    They stand together in one module, by what they are about: every pytest run on the machine
    adds them, and a module of its own for each feature would have to be imported there.
    """
    group = parser.getgroup("tracks", "gated parallel tasks of a plan")
    _add_what_runs(group)
    _add_what_counts(group)
    _add_how_it_goes(group)
    _add_goal(group)
    _add_files(group)
    _add_places(parser)
    _add_rules(parser)


def _add_what_runs(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--tracks",
        metavar="N",
        help="Run the plan on N lanes, one worker each ('auto': the written tracks).",
    )
    group.addoption(
        "--track",
        dest="tracks_track",
        action="append",
        metavar="TRACK",
        help="Run this track only, in one process: 2, 02 or its name. Repeatable.",
    )
    group.addoption(
        "--task",
        dest="tracks_task",
        action="append",
        metavar="GLOB",
        help="Run these tasks only, in one process: TASK-004, TASK-0*. Repeatable.",
    )
    group.addoption(
        "--tracks-plan",
        metavar="PATH",
        help="The plan: a folder, or a document in any known format, relative to rootdir.",
    )


def _add_what_counts(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--tracks-rerun", action="store_true", help="Run again what has passed already."
    )
    group.addoption(
        "--tracks-verify",
        action="store_true",
        help="Trust no recorded verdict, run everything, fail on any difference.",
    )
    group.addoption(
        "--tracks-strict",
        action="store_true",
        help="Refuse criteria that cannot fail: true, echo, '|| true', tests without an assert.",
    )
    group.addoption(
        "--tracks-ungated",
        action="store_true",
        help="Run the criteria of blocked tasks too, for information only.",
    )


def _add_how_it_goes(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--tracks-meta",
        action="append",
        metavar="KEY=VALUE",
        help="Store with each attempt: tier=T1, cost_usd=0.12, t1_tasks=3. Repeatable.",
    )
    group.addoption(
        "--tracks-wait",
        type=float,
        metavar="SECONDS",
        help="Wait no longer than this for tasks that another run has (default: while it lives).",
    )
    group.addoption(
        "--tracks-no-run",
        action="store_true",
        help="List the commands that the plan would run, with their places, and end.",
    )
    group.addoption(
        "--tracks-progress",
        choices=("auto", "live", "plain", "none"),
        default="auto",
        help="Live lines on a terminal, a plain line now and then, or none of it.",
    )


def _add_goal(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--tracks-goal",
        choices=("all", "no-regression"),
        help="What exit status 0 means: every selected task PASS (default), or none got worse.",
    )
    group.addoption(
        "--tracks-against",
        metavar="REF",
        help="The git ref that no-regression compares with (default: HEAD).",
    )
    group.addoption(
        "--tracks-seal",
        metavar="REF",
        help="Take the plan and its thresholds from this git ref; only the tests are this tree's.",
    )


def _add_files(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--tracks-json",
        metavar="PATH",
        help="Write each task's validation result there, as one JSON object.",
    )
    group.addoption(
        "--tracks-report",
        metavar="DIR",
        help="Write the HTML report there, and reports per task, sprint and track.",
    )


def _add_places(parser: pytest.Parser) -> None:
    parser.addini("tracks_plan", "the plan: a folder or a document", default="docs/planning")
    parser.addini("tracks_sprints", "folder of the sprint files", default="docs/sprints")
    parser.addini(
        "tracks_state", "the state file; default: .project-state.yaml in the plan's folder"
    )


def _add_rules(parser: pytest.Parser) -> None:
    parser.addini(
        "tracks_strict",
        "refuse criteria that cannot fail, as --tracks-strict does",
        type="bool",
        default=False,
    )
    parser.addini(
        "tracks_unverified",
        "what UNVERIFIED does to the gate: block or open (default: as the plan says, else block)",
        default="",
    )
    parser.addini(
        "tracks_assignment",
        "static: each lane runs its own tasks; dynamic: idle lanes help",
        default="static",
    )
    parser.addini(
        "tracks_base",
        "branch or commit that diff_min compares with; default: the default branch",
        default="",
    )
    parser.addini(
        "tracks_junit_blocked",
        "what a blocked or unverified criterion is in a junit file: skipped or failure",
        default="skipped",
    )
    parser.addini(
        "tracks_digest_ignore",
        "names of files that no verdict depends on",
        type="linelist",
        default=["*.md"],
    )
    parser.addini("tracks_report", "folder of the report that every run with tracks writes")
    parser.addini("tracks_goal", "what exit status 0 means: all or no-regression", default="all")
    parser.addini("tracks_against", "git ref that no-regression compares with")


def is_asked_for(config: pytest.Config) -> bool:
    """Whether this process is to run, list or refuse a plan; cheap, for every pytest run."""
    option = config.option
    if hasattr(config, "workerinput") or any(getattr(option, name, 0) for name in _INFORMATIVE):
        return False
    if option.tracks is not None or option.tracks_track or option.tracks_task:
        return True
    if any(ending in argument for argument in config.args for ending in _PLAN_ENDINGS):
        from pytest_tracks.project.settings import Arguments

        if Arguments.read(config).plan:
            return True
    _refuse_alone(option)
    return False


def _refuse_alone(option: argparse.Namespace) -> None:
    """Raise UsageError for what would let a pipeline believe that a gate had decided."""
    for name in _NEVER_ALONE:
        if getattr(option, name) and NESTED not in os.environ:
            written = f"--{name.replace('_', '-')}"
            raise pytest.UsageError(f"{written} goes with --tracks, --track or --task")
