"""One door for all plans: what was named is native, or a document in a foreign format."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.core.tree import Items, Keys, Problems
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.document import PlanFormat
from pytest_tracks.formats.folder import list_plan
from pytest_tracks.formats.native import load_plan as load_native
from pytest_tracks.formats.source import read_bytes
from pytest_tracks.formats.text import decode
from pytest_tracks.formats.yaml_nodes import begins_list, read_yaml

if TYPE_CHECKING:
    from pytest_tracks.formats.draft_memory import DraftMemory

__all__ = ["load_plan"]

_OTHER_KEYS = frozenset({"validation", "deliverables"})
"""As in ``formats.devteam``, which native plans do not import."""


def load_plan(
    root: Path,
    place: str,
    *,
    sprints: str,
    kinds: Mapping[str, CheckKind],
    formats: Sequence[PlanFormat] = (),
    memory: DraftMemory | None = None,
) -> Plan:
    """Load the plan in the file or folder ``place``, relative to ``root`` as ``sprints`` is.

    ``formats`` are those of third parties; they are asked after the built-in ones. ``memory``
    knows task files of native plans. Raises PlanError with all problems.
    """
    real_root = os.path.realpath(root)
    is_folder = not os.path.isfile(os.path.join(real_root, place))
    if is_folder and _is_native(real_root, place, sprints):
        return _load_native_or_like(root, place, sprints=sprints, kinds=kinds, memory=memory)
    # Not before here: a native plan needs none of the formats.
    from pytest_tracks.formats.foreign import ForeignLoader, find_documents
    from pytest_tracks.formats.registry import builtin_formats

    known = (*builtin_formats(), *formats)
    problems = Problems()
    found = find_documents(real_root, place, known, problems)
    if found is None or problems.errors:
        if problems.errors:
            raise PlanError(*problems.errors)
        return load_native(root, place, sprints=sprints, kinds=kinds)  # says what is missing
    try:
        return ForeignLoader(real_root, kinds, known).load(found, sprints)
    except PlanError as error:
        if not is_folder or error.problems[0].code != "no-plan":
            raise
        raise PlanError(*_native_problems(real_root, place, sprints), *error.problems) from None


def _native_problems(root: str, folder: str, sprints: str) -> list[Problem]:
    """Say what a native plan would have to be, where a folder holds no plan of any kind."""
    problems = Problems()
    list_plan(root, folder, sprints, problems)
    return problems.errors


def _load_native_or_like(
    root: Path,
    place: str,
    *,
    sprints: str,
    kinds: Mapping[str, CheckKind],
    memory: DraftMemory | None,
) -> Plan:
    """Load a folder that looks native; one that spells things as its ancestor did, as that.

    It is looked at again only where our own reader stumbles or leaves keys over that say what is
    to be checked: a native plan costs nothing more.
    """
    try:
        plan = load_native(root, place, sprints=sprints, kinds=kinds, memory=memory)
    except PlanError:
        like = _load_like(root, place, sprints=sprints, kinds=kinds)
        if like is None:
            raise
        return like
    if not any(_OTHER_KEYS & task.metadata.keys() for task in plan.tasks.values()):
        return plan
    return _load_like(root, place, sprints=sprints, kinds=kinds) or plan


def _load_like(
    root: Path, place: str, *, sprints: str, kinds: Mapping[str, CheckKind]
) -> Plan | None:
    from pytest_tracks.formats.devteam import DevTeam, is_other_spelling
    from pytest_tracks.formats.foreign import ForeignLoader, find_documents

    real_root = os.path.realpath(root)
    ancestor = DevTeam()
    found = find_documents(real_root, place, (ancestor,), Problems())
    if found is None:
        return None
    loader = ForeignLoader(real_root, kinds, (ancestor,))
    return loader.load(found, sprints) if is_other_spelling(loader.documents(found)) else None


def _is_native(root: str, folder: str, sprints: str) -> bool:
    """Whether a folder has tasks of our own: task files, or a list in ``tracks.yaml``.

    What is wrong with a native plan is told when it is loaded as one.
    """
    problems = Problems()
    listing = list_plan(root, folder, sprints, problems)
    if listing is None:
        return any(problem.code != "no-plan" for problem in problems.errors)
    return bool(listing.tasks) or any(_has_tasks(root, path) for path in listing.tracks)


def _has_tasks(root: str, path: str) -> bool:
    ignored = Problems()
    content = read_bytes(root, path, ignored)
    text = None if content is None else decode(path, content, ignored)
    if text is not None and begins_list(text, "tasks"):
        return True  # without reading a long plan twice
    node = None if text is None else read_yaml(path, text, ignored)
    return not isinstance(node, Keys) or isinstance(node.get("tasks"), Items)
