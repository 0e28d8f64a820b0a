"""Task Master's ``tasks.json``: tags with tasks, and sub-tasks with ids relative to their task.

::

    {"master": {"tasks": [{"id": 2, "dependencies": [1], "testStrategy": …, "subtasks": [
        {"id": 1, "dependencies": []},             ──► 2.1, behind 1 as its task is
        {"id": 2, "dependencies": [1, "1.3"]}      ──► 2.2, behind 2.1 and 1.3
    ]}]}}                                          ──► 2, behind 1, 2.1 and 2.2

A task is done when its sub-tasks are, so it waits for them; a sub-task that names no other one of
its task begins when the task may. With several tags every id begins with its tag: ``api:2.1``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.fields import is_left_empty
from pytest_tracks.formats.json_nodes import read_json
from pytest_tracks.formats.loose_keys import LooseKeys, one_line, snake
from pytest_tracks.formats.node_building import Value, items, keys, text
from pytest_tracks.formats.outside import close_open_edges

__all__ = ["TaskMaster"]

_SIGNS = frozenset({"subtasks", "test_strategy", "details"})
_NO_TAG = ""
_OPEN_STATUSES = frozenset({"cancelled", "deferred"})


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    tasks: tuple[Node, ...]


@functools.lru_cache(maxsize=64)
def _parse(document: Document) -> tuple[Node | None, Problems]:
    problems = Problems()
    return read_json(document.path, document.text, problems), problems


class TaskMaster:
    """Reads one ``tasks.json``."""

    name = "Task Master file"
    patterns: tuple[str, ...] = ("tasks.json", "tasks/*.json")

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take the file whose tasks have sub-tasks, details or a test strategy."""
        taken = tuple(one for one in documents if _is_task_master(one))
        if taken:
            return Recognition(taken[:1] if _is_repeated(taken) else taken)
        first = documents[0].at(1) if len(documents) == 1 else None
        return Recognition(
            reason="no list of tasks with subtasks, details or testStrategy, by tag or alone",
            at=first,
        )

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate all tags; None where the file cannot be parsed."""
        tags: list[_Tag] = []
        for document in documents:
            root, noted = _parse(document)
            problems.errors += noted.errors
            if root is None:
                return None
            tags += _tags(root, problems)
        several = len(tags) > 1
        tasks = [
            task for tag in tags for task in _Translation(tag, problems, several=several).tasks()
        ]
        return PlanTree(tasks=close_open_edges(tasks, problems))


def _is_task_master(document: Document) -> bool:
    root, noted = _parse(document)
    if root is None:
        # With a fault in it the file is still what its name and its text say.
        return bool(noted.errors) and document.name == "tasks.json" and _looks_like(document.text)
    found = [one for tag in _tags(root, Problems()) for one in tag.tasks if isinstance(one, Keys)]
    return any(_SIGNS & {snake(key.text) for key, _ in one} for one in found)


def _looks_like(content: str) -> bool:
    return '"testStrategy"' in content or '"subtasks"' in content


def _is_repeated(documents: Sequence[Document]) -> bool:
    return len({document.text for document in documents}) == 1


def _tags(root: Node, problems: Problems) -> list[_Tag]:
    """Read ``{tag: {tasks: […]}}``, the older ``{tasks: […]}``, or a bare list."""
    if isinstance(root, Items):
        return [_Tag(_NO_TAG, root.nodes)]
    if not isinstance(root, Keys):
        return []
    if isinstance(alone := root.get("tasks"), Items):
        return [_Tag(_NO_TAG, alone.nodes)]
    found = []
    for key, value in root:
        listed = value.get("tasks") if isinstance(value, Keys) else None
        if isinstance(listed, Items):
            found.append(_Tag(key.text, listed.nodes))
        elif key.text not in ("meta", "metadata", "version"):
            problems.warn(
                key.location, "no-tag", f"{key.text!r} holds no list of tasks", "it is not read"
            )
    return [tag for tag in found if tag.tasks] or found[:1]


class _Translation:
    """Translates the tasks of one tag."""

    def __init__(self, tag: _Tag, problems: Problems, *, several: bool) -> None:
        self._tag = tag
        self._problems = problems
        self._prefix = f"{_as_id(tag.name)}:" if several else ""
        self._label = tag.name if several else None
        self._ids = frozenset(_id_of(one) for one in tag.tasks if isinstance(one, Keys))

    def tasks(self) -> Iterator[Keys]:
        for node in self._tag.tasks:
            if isinstance(node, Keys):
                yield from self._task(node)
            else:
                self._note(node, "a task is a mapping")

    def _task(self, node: Keys) -> Iterator[Keys]:
        """Yield a task's sub-tasks, then the task behind them."""
        task = LooseKeys(node, self._problems)
        name = self._name(task, "")
        if name is None:
            return
        stated = [self._at_top(one) for one in task.list("dependencies", "depends_on")]
        subtasks = task.list("subtasks")
        siblings = frozenset(_id_of(one) for one in subtasks if isinstance(one, Keys))
        below: list[Node] = []
        for one in subtasks:
            if not isinstance(one, Keys):
                self._note(one, "a sub-task is a mapping")
                continue
            translated = self._subtask(one, name.text, siblings, stated)
            if translated is not None and (inner := translated.get("id")) is not None:
                below.append(text(getattr(inner, "text", ""), one.location))
                yield translated
        yield self._translated(task, node, name, [*stated, *below])

    def _subtask(
        self, node: Keys, parent: str, siblings: frozenset[str], above: Sequence[Node]
    ) -> Keys | None:
        subtask = LooseKeys(node, self._problems)
        name = self._name(subtask, f"{parent}.")
        if name is None:
            return None
        stated = subtask.list("dependencies", "depends_on")
        named = [self._relative(one, parent, siblings) for one in stated]
        begins = not any(getattr(one, "text", "").startswith(f"{parent}.") for one in named)
        subtask.take("parent_task_id", "parent_id")
        return self._translated(subtask, node, name, [*(above if begins else ()), *named])

    def _name(self, task: LooseKeys, prefix: str) -> Scalar | None:
        """Write an id as people do: ``2.1``; a sub-task may have written its whole one."""
        node = task.take("id")
        if not isinstance(node, Scalar) or is_left_empty(node):
            self._problems.error(
                task.location, "missing-key", "the task has no id", 'add one, like "id": 1'
            )
            return None
        own = node.text.strip()
        bare = prefix.removeprefix(self._prefix)
        if prefix and own.startswith(bare):
            own = own.removeprefix(bare)
        return text(f"{prefix or self._prefix}{own}", node.location)

    def _at_top(self, node: Node) -> Node:
        """Read what a task names: ``1``, ``"1"``, or a sub-task ``"1.2"``."""
        if isinstance(node, Scalar) and not is_left_empty(node):
            return text(f"{self._prefix}{node.text.strip()}", node.location)
        return node

    def _relative(self, node: Node, parent: str, siblings: frozenset[str]) -> Node:
        """Read what a sub-task names: ``2`` is first its sibling, ``"3.2"`` always that one."""
        if not isinstance(node, Scalar) or is_left_empty(node):
            return node
        said = node.text.strip()
        if "." in said or (said not in siblings and said in self._ids):
            return self._at_top(node)
        return text(f"{parent}.{said}", node.location)

    def _translated(
        self, task: LooseKeys, node: Keys, name: Scalar, predecessors: Sequence[Node]
    ) -> Keys:
        title, described = task.text("title", "name"), task.text("description")
        strategy = task.text("test_strategy")
        status = task.text("status")
        if status is not None and status.text.lower() in _OPEN_STATUSES:
            self._problems.warn(
                status.location,
                "not-planned",
                f"{name.text} is {status.text}: what waits for it stays BLOCKED",
                "take it out of their dependencies",
            )
        pairs: dict[str, Value] = {
            "id": name,
            "title": title,
            "description": described,
            "depends_on": items(node.location, predecessors) if predecessors else None,
            "component": self._label,
            "priority": task.text("priority"),
            "status": status,
            "owner": task.text("assignee", "owner"),
            "acceptance_criteria": [strategy or described or title or name],
            "source": task.rest(),
        }
        return keys(node.location, pairs)

    def _note(self, node: Node, expected: str) -> None:
        self._problems.error(node.location, "wrong-type", expected, 'write {"id": 1, "title": "…"}')


def _id_of(node: Keys) -> str:
    found = node.get("id")
    return found.text.strip() if isinstance(found, Scalar) else ""


def _as_id(tag: str) -> str:
    """Write the name of a tag as the beginning of ids."""
    return (
        "-".join(
            "".join(
                sign if sign.isalnum() or sign in "-_." else " " for sign in one_line(tag)
            ).split()
        )
        or "tag"
    )
