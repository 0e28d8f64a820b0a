"""Loads a plan that somebody wrote in another format than ours, from a file or a folder."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Location, Plan, TaskKind
from pytest_tracks.core.tree import Keys, Problems, Reader
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.document import Document, PlanFormat, PlanTree, Recognition
from pytest_tracks.formats.drafts import PlanDraft
from pytest_tracks.formats.fields import Fields
from pytest_tracks.formats.finish import Sources, finish_plan
from pytest_tracks.formats.folder import find_sprints, relative_to_root
from pytest_tracks.formats.gate_schema import GateSchema
from pytest_tracks.formats.names import holds_control
from pytest_tracks.formats.place import HOME_ENDING, home_of
from pytest_tracks.formats.prd_schema import read_prd_file
from pytest_tracks.formats.registry import is_of_interest, recognise
from pytest_tracks.formats.side_file import SIDE_FILE, apply_side_file, candidates, is_side_file
from pytest_tracks.formats.source import is_inside, note_os_error, read_bytes
from pytest_tracks.formats.sprint_schema import read_sprint_file
from pytest_tracks.formats.task_schema import TaskSchema
from pytest_tracks.formats.text import decode
from pytest_tracks.formats.tracks_schema import read_tracks_file
from pytest_tracks.formats.yaml_nodes import read_yaml

__all__ = ["ForeignLoader", "find_documents", "is_own_or_hidden"]

_OWN_STATE = ".project-state.yaml"
MAX_DOCUMENTS = 5_000
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a plan was looked for: ``place`` is the file or folder that was named."""

    place: str
    folder: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What a format made of its documents."""

    format: str
    answer: Recognition
    tree: PlanTree
    side: str
    """Path of the side file; empty where there is none."""
    has_sprints: bool
    """Whether the sprints of the project are among its documents."""


def find_documents(
    root: str, place: str, formats: Sequence[PlanFormat], problems: Problems
) -> _Found | None:
    """List the files that any format reads; ``root`` is a real path. None where none is there."""
    relative = relative_to_root(root, place, "plan", problems)
    if relative is None:
        return None
    real = os.path.realpath(os.path.join(root, relative))
    if not is_inside(root, real):
        return None
    if os.path.isdir(real):
        paths = tuple(_walk(root, relative, formats, problems))
        return _Found(relative, relative, paths) if paths else None
    if not os.path.lexists(real) and not posixpath.splitext(relative)[1]:
        return None  # the name of a folder: what a native plan would need is told instead
    return _Found(relative, posixpath.dirname(relative), (relative,))


def _walk(
    root: str, folder: str, formats: Sequence[PlanFormat], problems: Problems
) -> Iterator[str]:
    """Yield the interesting files below a folder, sorted; links to folders are not followed."""
    found = 0
    top = os.path.join(root, folder)
    for current, folders, files in os.walk(
        top, onerror=lambda e: note_os_error(problems, folder, e)
    ):
        folders[:] = sorted(one for one in folders if _is_read(one))
        for name in sorted(files):
            path = posixpath.join(folder, os.path.relpath(os.path.join(current, name), top))
            if name == SIDE_FILE or is_own_or_hidden(name) or not _is_usable(path):
                continue
            if any(is_of_interest(path, one) for one in formats):
                found += 1
                if found > MAX_DOCUMENTS:
                    return
                yield path


def is_own_or_hidden(name: str) -> bool:
    """Tell whether a file is a tool's or our own, and no document.

    What has been done stands in hidden files of some formats: ``.feature-001-state.yaml``.
    """
    return name.startswith(".") and (name == _OWN_STATE or "-state." not in name)


def _is_read(folder: str) -> bool:
    hidden = folder.startswith(".") and folder not in (".planning", ".taskmaster", ".specify")
    return not hidden and folder not in _SKIPPED and not folder.endswith(HOME_ENDING)


def _is_usable(path: str) -> bool:
    return not holds_control(path) and "::" not in path and ":" not in (path[0], path[-1])


class ForeignLoader:
    """Takes documents through all steps; raises PlanError with all problems."""

    def __init__(
        self, root: str, kinds: Mapping[str, CheckKind], formats: Sequence[PlanFormat]
    ) -> None:
        self._root = root
        self._kinds = kinds
        self._formats = formats
        self._problems = Problems()
        self._contents: dict[str, bytes | None] = {}

    def load(self, found: _Found, sprints: str) -> Plan:
        """Load the plan whose documents were found."""
        problems = self._problems
        read = self._read(found, sprints)
        taken = [one.path for one in read.answer.documents]
        draft = self._draft(read.tree)
        sprint_files = () if read.has_sprints else find_sprints(self._root, sprints, problems)
        self._read_sprints(draft, sprint_files)
        files = (*taken, *([read.side] if read.side else []), *sprint_files)
        plan = finish_plan(
            draft,
            Sources(
                found.folder,
                files,
                {path: self._contents[path] for path in files},
                tuple(path for path in found.paths if path not in taken),
                read.format,
            ),
            name=_project_name(read.answer.documents[0]),
            problems=problems,
            claims=read.tree.notes,
        )
        home = home_of(found.place, is_file=found.place in found.paths)
        side_path = read.side or candidates(home, found.folder)[0]
        return replace(plan, warnings=(*plan.warnings, *_gaps(plan, side_path)))

    def tree(self, found: _Found, sprints: str) -> PlanTree:
        """Give the plan as native nodes, with what its side file says."""
        return self._read(found, sprints).tree

    def _read(self, found: _Found, sprints: str) -> _Read:
        problems = self._problems
        documents = self.documents(found)
        recognised = (
            recognise(found.place or ".", documents, self._formats, problems) if documents else None
        )
        if recognised is None:
            raise PlanError(*problems.errors)
        plan_format, answer = recognised
        has_sprints = getattr(plan_format, "reads_sprints", False)
        if has_sprints:
            answer = self._with_sprints(plan_format, answer, sprints)
        tree = plan_format.read(answer.documents, problems)
        side_path, side = self._side_file(found)
        if tree is None:
            raise PlanError(*problems.errors)
        tree = apply_side_file(tree, side, problems)
        return _Read(plan_format.name, answer, tree, side_path, has_sprints)

    def documents(self, found: _Found) -> list[Document]:
        """Read the documents that were found; what cannot be read is noted."""
        return [one for one in map(self._document, found.paths) if one is not None]

    def _with_sprints(
        self, plan_format: PlanFormat, answer: Recognition, sprints: str
    ) -> Recognition:
        """Add what a format takes of the folder of sprints, where that lies outside the plan's."""
        folder = relative_to_root(self._root, sprints, "sprint folder", self._problems)
        if not folder or not os.path.isdir(os.path.join(self._root, folder)):
            return answer
        known = {one.path for one in answer.documents}
        paths = _walk(self._root, folder, (plan_format,), self._problems)
        added = [self._document(path) for path in paths if path not in known]
        documents = [*answer.documents, *(one for one in added if one is not None)]
        return plan_format.recognises(documents)

    def _document(self, path: str) -> Document | None:
        text = self._text(path)
        return None if text is None else Document(path, text)

    def _text(self, path: str) -> str | None:
        content = self._contents[path] = read_bytes(self._root, path, self._problems)
        return None if content is None else decode(path, content, self._problems)

    def _side_file(self, found: _Found) -> tuple[str, Keys | None]:
        is_file = found.place in found.paths
        home = home_of(found.place, is_file=is_file)
        for path in candidates(home, found.folder):
            if not os.path.lexists(os.path.join(self._root, path)):
                continue
            text = self._text(path)
            root = None if text is None else read_yaml(path, text, self._problems)
            if root is None:
                return path, None
            if is_side_file(root):
                return path, Reader(self._problems).mapping(root, "the side file")
        return "", None

    def _draft(self, tree: PlanTree) -> PlanDraft:
        draft = PlanDraft()
        reader = Reader(self._problems)
        fields = Fields(reader)
        if tree.tracks is not None:
            draft.gates = GateSchema(reader, self._kinds).read(tree.tracks)
            read_tracks_file(fields, draft, tree.tracks)
        if tree.requirements is not None:
            read_prd_file(fields, draft, tree.requirements)
        schema = TaskSchema(reader, self._kinds)
        for node in tree.tasks:
            task = schema.read(node)
            if task is None:
                draft.complete = False
            else:
                draft.tasks.append(task)
        for sprint in tree.sprints:
            name = sprint.get("id")
            read_sprint_file(fields, draft, f"{getattr(name, 'text', '')}.yaml", sprint)
        return draft

    def _read_sprints(self, draft: PlanDraft, paths: Sequence[str]) -> None:
        fields = Fields(Reader(self._problems))
        for path in paths:
            text = self._text(path)
            root = None if text is None else read_yaml(path, text, self._problems)
            if root is not None:
                read_sprint_file(fields, draft, path, root)


def _project_name(document: Document) -> str:
    return posixpath.splitext(document.name)[0]


def _gaps(plan: Plan, side_path: str) -> Iterator[Problem]:
    """Say once what the document leaves open, and how to add it without touching it."""
    tasks = [task for task in plan.tasks.values() if task.kind is TaskKind.TASK]
    silent = [task for task in tasks if task.hours is None]
    if silent:
        counted = "each counts as one hour" if len(silent) == len(tasks) else "they count as none"
        yield _gap(
            silent[0].location,
            "no-hours",
            f"{len(silent)} of {len(tasks)} tasks state no hours: {counted}",
            f"add to {side_path}: hours: {{{silent[0].id}: 4}}",
        )
    criteria = [(task, one) for task in plan.tasks.values() for one in task.criteria]
    open_ones = [(task, one) for task, one in criteria if one.check.kind == "prose"]
    if open_ones:
        task, first = open_ones[0]
        name = f"{task.id}/{first.id}"
        yield _gap(
            first.location,
            "unchecked",
            f"{len(open_ones)} of {len(criteria)} criteria have no check: unless a test is marked "
            "with their id they are UNVERIFIED",
            f"add to {side_path}: criteria: {{{name}: {{run: COMMAND}}}}",
        )


def _gap(at: Location, code: str, message: str, hint: str) -> Problem:
    return Problem(at.path, at.line, at.col, code, message, hint)
