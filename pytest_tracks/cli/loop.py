"""Commands that an agent calls again and again: answered from memory where nothing has changed.

::

    settings ──► files, tree ──► the same question as before? ──► the same answer
    else pytest                  else plan, state ──► answer

Each step is skipped only if all that it would read is what it read before, byte for byte
(``remembered``); modules are imported step by step, since importing takes most of the time.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING, Protocol, cast

from pytest_tracks.cli.output import terminal_width
from pytest_tracks.project.remembered import (
    PlanFiles,
    digest_question,
    digest_state,
    find_plan_files,
    recall_answer,
    recall_drafts,
    recall_plan,
    recall_record,
    recall_settings,
    remember_answer,
    remember_drafts,
    remember_plan,
    remember_record,
    remember_settings,
)
from pytest_tracks.project.surroundings import PRIVATE_FOLDER, Surroundings
from pytest_tracks.state.identities import Identities
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.cli.project import Project
    from pytest_tracks.project.settings import Settings

__all__ = ["reply"]


class _Answering(Protocol):
    """What the module ``<command>_answer`` offers."""

    def answer(self, project: Project, arguments: argparse.Namespace) -> str:
        """Answer in the text that is printed; raises TracksError."""
        ...


def reply(command: str, arguments: argparse.Namespace) -> int:
    """Print the answer of ``<command>_answer`` to these arguments; raises TracksError."""
    around = Surroundings()
    settings = recall_settings(around)
    files = find_plan_files(settings) if settings else None
    if settings is None or files is None:
        print(_answer(command, _learned(around), arguments))
        return 0
    tree = WorkTree(
        settings.root, Identities((settings.root / settings.state).parent / PRIVATE_FOLDER)
    )
    tree.freeze()
    question = {
        "command": command,
        "width": terminal_width(),
        "encoding": sys.stdout.encoding,
        **vars(arguments),
    }
    digest = digest_question(question, around, settings, files, tree)
    known = recall_answer(settings, digest)
    if known is None:
        project = _recalled(settings, files, tree)
        known = _answer(command, project, arguments)
        # Whether runs still live, and whether a signature has expired, is no matter of bytes.
        if not project.record().live and not project.standings:
            remember_answer(settings, digest, known)
    print(known)
    return 0


def _answer(command: str, project: Project, arguments: argparse.Namespace) -> str:
    module = importlib.import_module(f"pytest_tracks.cli.{command}_answer")
    return cast("_Answering", module).answer(project, arguments)


def _recalled(settings: Settings, files: PlanFiles, tree: WorkTree) -> Project:
    from pytest_tracks.cli.project import load_project

    plan = recall_plan(settings, files)
    if plan is None:
        from pytest_tracks.checks.registry import builtin_kinds
        from pytest_tracks.formats.loading import load_plan

        # Settings are remembered only where no plug-in adds kinds of check.
        kinds = builtin_kinds()
        memory = recall_drafts(settings)
        plan = load_plan(
            settings.root, settings.plan, sprints=settings.sprints, kinds=kinds, memory=memory
        )
        remember_drafts(settings, memory)
        remember_plan(settings, plan)
    digest = digest_state(settings)
    record = recall_record(settings, digest)
    project = load_project(settings, plan, tree, record)
    if record is None:
        remember_record(settings, digest, project.store)
    return project


def _learned(around: Surroundings) -> Project:
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.cli.project import load_project

    learned = learn()
    if learned.is_plain:
        remember_settings(around, learned.settings, learned.modules)
        remember_plan(learned.settings, learned.plan)
    return load_project(learned.settings, learned.plan)
