"""The native plan format: a folder of YAML files becomes one ``Plan``, or every problem at once.

::

    folder ──► bytes ──► text ──► nodes ──► drafts ──► Plan
    which      safely    UTF-8    bounded   typed      names looked up
    files      read                         by schema  across files

A file that fails at one step is left out of the next ones; all the others go on, so that one
attempt to load a plan shows everything that is wrong with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.core.tree import Items, Node, Problems, Reader
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.drafts import PlanDraft
from pytest_tracks.formats.fields import Fields
from pytest_tracks.formats.finish import Sources, finish_plan
from pytest_tracks.formats.folder import Listing, list_plan
from pytest_tracks.formats.gate_schema import GateSchema
from pytest_tracks.formats.prd_schema import read_prd_file
from pytest_tracks.formats.source import read_bytes
from pytest_tracks.formats.sprint_schema import read_sprint_file
from pytest_tracks.formats.task_schema import TaskSchema
from pytest_tracks.formats.text import decode
from pytest_tracks.formats.tracks_schema import read_tracks_file
from pytest_tracks.formats.yaml_nodes import read_yaml

__all__ = ["interpret", "load_plan", "plan_files"]


def load_plan(root: Path, folder: str, *, sprints: str, kinds: Mapping[str, CheckKind]) -> Plan:
    """Load the plan in ``folder`` with the sprints in ``sprints``, both relative to ``root``.

    ``kinds`` maps the key of a criterion (``run``) to its kind of check. Raises PlanError with
    all problems of all files, in reading order.
    """
    problems = Problems()
    real_root = os.path.realpath(root)
    listing = list_plan(real_root, folder, sprints, problems)
    if listing is None:
        raise PlanError(*problems.errors)
    contents = {path: read_bytes(real_root, path, problems) for path in listing.files}
    name = os.path.basename(real_root)
    return interpret(listing, contents, kinds=kinds, name=name, problems=problems)


def plan_files(root: Path, folder: str, *, sprints: str) -> tuple[str, ...]:
    """Name the files of a plan in reading order, unread; PlanError where there is no plan."""
    problems = Problems()
    listing = list_plan(os.path.realpath(root), folder, sprints, problems)
    if listing is None or problems.errors:
        raise PlanError(*problems.errors)
    return listing.files


def interpret(
    listing: Listing,
    contents: Mapping[str, bytes | None],
    *,
    kinds: Mapping[str, CheckKind],
    name: str,
    problems: Problems,
) -> Plan:
    """Make a plan of the contents of its files; None stands for what could not be read.

    ``name`` is what the project is called where no file says so. Raises PlanError.
    """
    draft = _PlanReader(problems, kinds).read(listing, contents)
    sources = Sources(listing.folder, listing.files, contents, listing.ignored)
    return finish_plan(draft, sources, name=name, problems=problems)


class _PlanReader:
    """Takes files one by one into a draft."""

    def __init__(self, problems: Problems, kinds: Mapping[str, CheckKind]) -> None:
        reader = Reader(problems)
        self._problems = problems
        self._draft = PlanDraft()
        self._fields = Fields(reader)
        self._tasks = TaskSchema(reader, kinds)
        self._gates = GateSchema(reader, kinds)

    def read(self, listing: Listing, contents: Mapping[str, bytes | None]) -> PlanDraft:
        sprints = frozenset(listing.sprints)
        for path in listing.files:
            content = contents[path]
            text = None if content is None else decode(path, content, self._problems)
            root = None if text is None else read_yaml(path, text, self._problems)
            if root is None:
                self._draft.complete = False
            elif path in listing.tracks:
                self._draft.gates = self._gates.read(root)
                self._read_tasks(read_tracks_file(self._fields, self._draft, root))
            elif path in listing.prd:
                read_prd_file(self._fields, self._draft, root)
            elif path in sprints:
                read_sprint_file(self._fields, self._draft, path, root)
            else:
                self._read_tasks(self._task_nodes(root))
        return self._draft

    def _task_nodes(self, root: Node) -> tuple[Node, ...]:
        if not isinstance(root, Items):
            return (root,)
        if not root.nodes:
            self._problems.error(
                root.location, "wrong-type", "the list of tasks is empty", "expected a mapping"
            )
        return root.nodes

    def _read_tasks(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            task = self._tasks.read(node)
            if task is None:
                self._draft.complete = False
            else:
                self._draft.tasks.append(task)
