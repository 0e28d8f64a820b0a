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
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from pytest_tracks.formats.draft_memory import DraftMemory

__all__ = ["interpret", "load_plan", "plan_files"]


def load_plan(
    root: Path,
    folder: str,
    *,
    sprints: str,
    kinds: Mapping[str, CheckKind],
    memory: DraftMemory | None = None,
) -> Plan:
    """Load the plan in ``folder`` with the sprints in ``sprints``, both relative to ``root``.

    ``kinds`` maps the key of a criterion (``run``) to its kind of check; ``memory`` is of the
    same kinds. Raises PlanError with all problems of all files, in reading order.
    """
    problems = Problems()
    real_root = os.path.realpath(root)
    listing = list_plan(real_root, folder, sprints, problems)
    if listing is None:
        raise PlanError(*problems.errors)
    contents = {path: read_bytes(real_root, path, problems) for path in listing.files}
    name = os.path.basename(real_root)
    return interpret(listing, contents, kinds=kinds, name=name, problems=problems, memory=memory)


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
    memory: DraftMemory | None = None,
) -> Plan:
    """Make a plan of the contents of its files; None stands for what could not be read.

    ``name`` is what the project is called where no file says so. Raises PlanError.
    """
    draft = _PlanReader(problems, kinds, memory).read(listing, contents)
    sources = Sources(listing.folder, listing.files, contents, listing.ignored)
    return finish_plan(draft, sources, name=name, problems=problems)


class _PlanReader:
    """Takes files one by one into a draft."""

    def __init__(
        self, problems: Problems, kinds: Mapping[str, CheckKind], memory: DraftMemory | None
    ) -> None:
        reader = Reader(problems)
        self._memory = memory
        self._problems = problems
        self._draft = PlanDraft()
        self._fields = Fields(reader)
        self._tasks = TaskSchema(reader, kinds)
        self._gates = GateSchema(reader, kinds)

    def read(self, listing: Listing, contents: Mapping[str, bytes | None]) -> PlanDraft:
        tasks = frozenset(listing.tasks)
        for path in listing.files:
            content = contents[path]
            if content is None:
                self._draft.complete = False
            elif path in tasks:
                self._read_task_file(path, content)
            else:
                self._read_other(listing, path, content)
        return self._draft

    def _read_task_file(self, path: str, content: bytes) -> None:
        known = self._memory.recall(path, content) if self._memory else None
        if known is not None:
            self._draft.tasks += known
            return
        count, noted = len(self._draft.tasks), self._noted
        root = self._root(path, content)
        if root is not None:
            self._read_tasks(self._task_nodes(root))
            if self._memory and noted == self._noted:
                self._memory.note(path, content, self._draft.tasks[count:])

    @property
    def _noted(self) -> int:
        return len(self._problems.errors) + len(self._problems.warnings)

    def _read_other(self, listing: Listing, path: str, content: bytes) -> None:
        root = self._root(path, content)
        if root is None:
            return
        if path in listing.tracks:
            self._draft.gates = self._gates.read(root)
            self._read_tasks(read_tracks_file(self._fields, self._draft, root))
        elif path in listing.prd:
            read_prd_file(self._fields, self._draft, root)
        else:
            read_sprint_file(self._fields, self._draft, path, root)

    def _root(self, path: str, content: bytes) -> Node | None:
        text = decode(path, content, self._problems)
        root = None if text is None else read_yaml(path, text, self._problems)
        self._draft.complete &= root is not None
        return root

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
