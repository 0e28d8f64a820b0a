"""Tasks, sprints and requirements as planning agents write them: folders of YAML or JSON.

::

    docs/planning/PROJECT_PRD.json              features, requirements     ──► requirements
    docs/planning/tasks/TASK-001.json           FEATURE-001-TASK-001.yaml  ──► tasks
    docs/sprints/SPRINT-001-01.yaml             quality gates, order       ──► sprints, sync points
    docs/planning/.feature-001-state.yaml       what has been done         ──► claims

Our own format has grown from this one, so that many of its files are native plans already. What
makes this format necessary are the other spellings: JSON, several documents in a file, camelCase,
``validation``, features by priority.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.devteam_prd import (
    criteria_of_success,
    known_requirements,
    translate_prd,
)
from pytest_tracks.formats.devteam_sprints import SprintFile, translate_sprints
from pytest_tracks.formats.devteam_tasks import translate_task
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.json_nodes import read_json
from pytest_tracks.formats.loose_keys import listed, snake
from pytest_tracks.formats.node_building import Value, keys
from pytest_tracks.formats.outside import close_open_edges
from pytest_tracks.formats.yaml_nodes import read_yaml_documents

__all__ = ["OTHER_KEYS", "DevTeam", "is_other_spelling"]

_TASK_NAME = re.compile(r"(?:^|[-_])TASK-\d+", re.IGNORECASE)
_SPRINT_NAME = re.compile(r"(?:^|[-_])SPRINT-\d+", re.IGNORECASE)
_PRD_NAME = re.compile(r"(?:^|[-_.])PRD(?:$|[-_.])", re.IGNORECASE)
_STATE_NAME = re.compile(r"^\..*state|(?:^|[-_.])state$", re.IGNORECASE)
_TASK_SIGNS = frozenset(
    ["acceptance_criteria", "estimated_hours", "validation", "deliverables", "feature_ref"]
)
OTHER_KEYS = frozenset({"validation", "deliverables"})
"""Keys that mean something here and nothing to our own format, which keeps them as metadata."""
_OTHER_LISTS = frozenset({"subtasks", "test_strategy"})
_OWN_STATE = ".project-state.yaml"
"""The journal's snapshot: its statuses are known already, and it changes during a run."""


@dataclass(slots=True)
class _Sorted:
    """The mappings of all files, by what they are."""

    tasks: list[Keys] = field(default_factory=list)
    sprints: list[SprintFile] = field(default_factory=list)
    prds: list[Keys] = field(default_factory=list)
    states: list[Keys] = field(default_factory=list)


@functools.lru_cache(maxsize=512)
def _parse(document: Document) -> tuple[tuple[Node, ...], Problems]:
    """Parse a file, once for recognising and reading it."""
    problems = Problems()
    if document.name.endswith(".json"):
        root = read_json(document.path, document.text, problems)
        return (() if root is None else (root,)), problems
    return read_yaml_documents(document.path, document.text, problems) or (), problems


def _role(document: Document) -> str:
    """Tell what a file is: ``task``, ``sprint``, ``prd``, ``state``, or nothing of this format.

    By its name first, since a file with a fault in it is still what it is.
    """
    stem = posixpath.splitext(document.name)[0]
    if document.name == _OWN_STATE:
        return ""
    for role, pattern in (
        ("task", _TASK_NAME),
        ("sprint", _SPRINT_NAME),
        ("prd", _PRD_NAME),
        ("state", _STATE_NAME),
    ):
        if pattern.search(stem):
            return role
    nodes, _ = _parse(document)
    return "task" if any(_is_task(one) for node in nodes for one in _entries(node)) else ""


def _entries(node: Node) -> Iterator[Keys]:
    """Yield the tasks of a document: it is one, or lists them."""
    if isinstance(node, Keys) and isinstance(inner := node.get("tasks"), Items):
        node = inner
    yield from (one for one in listed(node) if isinstance(one, Keys))


def _is_task(keys_: Keys) -> bool:
    meant = {snake(key.text) for key, _ in keys_}
    return "id" in meant and bool(meant & _TASK_SIGNS) and not meant & _OTHER_LISTS


class DevTeam:
    """Reads such a folder, or one file of tasks."""

    name = "plan of tasks and sprints"
    patterns: tuple[str, ...] = ("*.json", "*.yaml", "*.yml")
    reads_sprints = True
    """Those of the project's sprint folder too, in its own spellings."""

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take the files of tasks, and with them those of sprints, requirements and state."""
        roles = {one: _role(one) for one in documents}
        if "task" not in roles.values():
            first = documents[0].at(1) if len(documents) == 1 else None
            signs = ", ".join(sorted(_TASK_SIGNS))
            return Recognition(reason=f"no file holds a task: an id with {signs}", at=first)
        return Recognition(tuple(one for one, role in roles.items() if role))

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate all files; None where one of them cannot be parsed."""
        found = _sort(documents, problems)
        if found is None:
            return None
        claims = dict(_claims(found.states))
        prd = translate_prd(found.prds, problems)
        known = known_requirements(prd)
        tasks = [
            _with_known_requirements(translate_task(one, claims, problems), known, problems)
            for one in found.tasks
        ]
        sprints, sync_points, pins = translate_sprints(found.sprints, problems)
        return PlanTree(
            tasks=close_open_edges([_pinned(task, pins) for task in tasks], problems),
            tracks=_tracks(found, sync_points),
            requirements=prd,
            sprints=sprints,
        )


def is_other_spelling(documents: Sequence[Document]) -> bool:
    """Whether a folder of YAML tasks says what our own format would not read, or read otherwise."""
    return any(
        len(nodes) > 1 or any(_is_spelled_otherwise(task) for n in nodes for task in _entries(n))
        for document in documents
        if _role(document) == "task"
        for nodes, _ in (_parse(document),)
    )


def _is_spelled_otherwise(task: Keys) -> bool:
    names = {key.text for key, _ in task}
    return bool(names & OTHER_KEYS) or any(
        snake(name) != name and snake(name) in _TASK_SIGNS for name in names
    )


def _sort(documents: Sequence[Document], problems: Problems) -> _Sorted | None:
    found = _Sorted()
    fine = True
    for document in documents:
        nodes, noted = _parse(document)
        problems.errors += noted.errors
        problems.warnings += noted.warnings
        fine = fine and not noted.errors
        role = _role(document)
        for node in nodes:
            _put(found, role, document, node, problems)
    return found if fine else None


def _put(found: _Sorted, role: str, document: Document, node: Node, problems: Problems) -> None:
    if role == "task":
        _put_tasks(found, node, problems)
    elif not isinstance(node, Keys):
        problems.error(node.location, "wrong-type", f"a {role} is a mapping", "write key: value")
    elif role == "sprint":
        found.sprints.append(SprintFile(document.name, node))
    else:
        (found.prds if role == "prd" else found.states).append(node)


def _put_tasks(found: _Sorted, node: Node, problems: Problems) -> None:
    """Take a document's tasks; what else stands among them (a template's notes) is named."""
    for one in _entries(node):
        if one.get("id") is not None or one.get("task_id") is not None or _is_task(one):
            found.tasks.append(one)
        else:
            problems.warn(one.location, "no-task", "is no task: it has no id", "it is not read")
    if isinstance(node, Scalar):
        problems.warn(node.location, "no-task", "is a text and no task", "it is not read")


def _claims(states: Sequence[Keys]) -> Iterator[tuple[str, Scalar]]:
    for state in states:
        tasks = state.get("tasks")
        for name, entry in tasks if isinstance(tasks, Keys) else ():
            status = entry.get("status") if isinstance(entry, Keys) else entry
            if isinstance(status, Scalar) and not status.is_null and status.text.strip():
                yield name.text, status


def _with_known_requirements(task: Keys, known: frozenset[str], problems: Problems) -> Keys:
    """Leave out what no file defines: a requirement is no gate."""
    named = task.get("requirements")
    if not isinstance(named, Items):
        return task
    kept = []
    for one in named.nodes:
        if isinstance(one, Scalar) and one.text not in known:
            problems.warn(
                one.location,
                "unknown-requirement",
                f"no file read defines requirement {one.text!r}",
                "name the folder of the PRD too; it is not counted",
            )
        else:
            kept.append(one)
    return _replaced(task, "requirements", Items(tuple(kept), named.location) if kept else None)


def _replaced(task: Keys, name: str, value: Node | None) -> Keys:
    kept = [(key, value if key.text == name else old) for key, old in task]
    return Keys(tuple((key, node) for key, node in kept if node is not None), task.location)


def _pinned(task: Keys, pins: Mapping[str, Scalar]) -> Keys:
    name = task.get("id")
    pin = pins.get(name.text) if isinstance(name, Scalar) else None
    if pin is None or task.get("track") is not None:
        return task
    return Keys((*task.pairs, (Scalar("track", pin.location), pin)), task.location)


def _tracks(found: _Sorted, sync_points: Sequence[Keys]) -> Keys | None:
    pairs: dict[str, Value] = {
        "sync_points": list(sync_points),
        "final_review": criteria_of_success(found.prds),
        "tracks": _track_names(found.states),
    }
    first = next((one.location for one in (*found.prds, *found.tasks)), None)
    if first is None or not any(pairs.values()):
        return None
    return keys(first, pairs)


def _track_names(states: Sequence[Keys]) -> Keys | None:
    for state in states:
        parallel = state.get("parallel_tracks")
        named = parallel.get("track_info") if isinstance(parallel, Keys) else None
        if isinstance(named, Keys) and named.pairs:
            return keys(
                named.location,
                {
                    number.text: entry.get("name") if isinstance(entry, Keys) else entry
                    for number, entry in named
                },
            )
    return None
