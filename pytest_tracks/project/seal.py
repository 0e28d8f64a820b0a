"""``--tracks-seal=REF``: the plan and its thresholds are those of a commit, not of the work tree.

What a change is measured by must not be part of the change. Tests and sources stay the tree's;
plan, sprints and the settings that decide what passes come from the commit. An ``acknowledged:``
of the tree says nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_tracks.core.model import Plan
from pytest_tracks.errors import PlanError, Problem, UsageError
from pytest_tracks.project.base import Base
from pytest_tracks.project.settings import Settings
from pytest_tracks.state.digest import DEFAULT_IGNORE

__all__ = ["sealed_plan", "sealed_settings"]


def sealed_settings(
    settings: Settings,
    base: Base,
    own_ignored: Sequence[str],
    *,
    goal: str | None = None,
    against: str | None = None,
) -> Settings:
    """Put the commit's settings in the place of the tree's.

    ``own_ignored`` are the names that the tree's configuration leaves out of digests: the first
    of ``settings.digest_ignore``; what follows them is written by runs and stays. ``goal`` and
    ``against`` are those of the command line, where it has any.
    """
    return replace(
        settings,
        plan=base.folder,
        sprints=base.sprints,
        open_unverified=base.ini_text("tracks_unverified", "block") == "open",
        unverified_is_set=bool(base.ini_text("tracks_unverified", "")),
        strict=settings.strict or base.ini_text("tracks_strict", "false") == "true",
        no_regression=(goal or base.ini_text("tracks_goal", "all")) == "no-regression",
        against=against or base.ini_text("tracks_against", ""),
        digest_ignore=(
            *base.ini.get("tracks_digest_ignore", DEFAULT_IGNORE),
            *settings.digest_ignore[len(own_ignored) :],
        ),
    )


def sealed_plan(settings: Settings, base: Base) -> Plan:
    """Load the commit's plan; raises PlanError where the tree lacks a file that holds its tasks.

    Pytest makes nodes of files that are there only.
    """
    if not base.has_plan:
        raise UsageError(
            f"--tracks-seal={base.commit.ref}: there is no plan in {base.folder} there"
        )
    plan = base.plan
    files = dict.fromkeys(task.location.path for task in plan.tasks.values())
    gone = [path for path in files if not (settings.root / path).is_file()]
    if gone:
        message = f"is part of the plan at {base.commit.ref}, and gone from this tree"
        fix = f"git checkout {base.commit.ref} -- "
        raise PlanError(*(Problem(path, 0, 0, "sealed-file", message, fix + path) for path in gone))
    return plan
