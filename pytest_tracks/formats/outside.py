"""Predecessors that are not among the files read: a gate for each, so that none opens by mistake.

A folder of tasks is often a part of one: what a task waits for may lie in an archive, in another
folder, or nowhere any more. To drop such an edge would open a gate that the document has closed.
So each name that nothing defines becomes a task with one criterion that nothing checks: it is
UNVERIFIED, what waits for it is BLOCKED, and a check in ``tracks.yaml`` can say what shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.names import fold, is_id
from pytest_tracks.formats.node_building import items, keys

__all__ = ["close_open_edges", "define_requirements"]

_NONE = "none"


def close_open_edges(tasks: Sequence[Keys], problems: Problems) -> tuple[Keys, ...]:
    """Write every predecessor as its task writes its id, and add what is not among the tasks.

    Notes a warning where a name that nothing defines stands first. A name that cannot be an id is
    left as it is: looking it up refuses it.
    """
    ids = {fold(name.text): name.text for task in tasks if (name := _id(task)) is not None}
    outside: dict[str, Scalar] = {}
    closed = tuple(_close(task, ids, outside) for task in tasks)
    for name in outside.values():
        problems.warn(
            name.location,
            "outside-predecessor",
            f"there is no task {name.text!r} among the files read: what waits for it is BLOCKED",
            f"add its file, or bind a check to {name.text}/AC-001 in tracks.yaml",
        )
    return (*closed, *(_stand_in(name) for name in outside.values()))


def _id(task: Keys) -> Scalar | None:
    node = task.get("id")
    return node if isinstance(node, Scalar) else None


def _close(task: Keys, ids: dict[str, str], outside: dict[str, Scalar]) -> Keys:
    pairs = tuple(
        (key, _references(value, ids, outside) if key.text == "depends_on" else value)
        for key, value in task
    )
    return Keys(pairs, task.location)


def _references(node: Node, ids: dict[str, str], outside: dict[str, Scalar]) -> Node:
    if not isinstance(node, Items):
        return node
    known = (_written(one, ids, outside) for one in node.nodes)
    return items(node.location, _unique(known))


def _written(node: Node, ids: dict[str, str], outside: dict[str, Scalar]) -> Node:
    if not isinstance(node, Scalar) or node.is_null or fold(node.text) == _NONE:
        return node
    folded = fold(node.text.strip())
    if folded in ids:
        return Scalar(ids[folded], node.location, plain=False)
    if is_id(node.text):
        outside.setdefault(folded, node)
        return Scalar(outside[folded].text, node.location, plain=False)
    return node


def _unique(nodes: Iterable[Node]) -> list[Node]:
    """Leave out what has been named already: that is no fault of the plan."""
    kept: dict[object, Node] = {}
    for node in nodes:
        kept.setdefault(node.text if isinstance(node, Scalar) else node, node)
    return list(kept.values())


def _stand_in(name: Scalar) -> Keys:
    criterion = f"{name.text} is done: it is not among the files read, so nothing here shows it"
    return keys(
        name.location,
        {
            "id": name.text,
            "title": f"{name.text} (outside this plan)",
            "acceptance_criteria": [criterion],
            "tags": ["outside"],
        },
    )


def define_requirements(tasks: Sequence[Keys], defined: Keys | None) -> Keys | None:
    """Add every requirement that a task names and no file read defines, by its id alone.

    A requirement is no gate: it is counted as delivered when its tasks are.
    """
    known = {fold(one.text): one.text for one in _defined(defined)}
    added: dict[str, Keys] = {}
    for name in _named_requirements(tasks):
        if fold(name.text) not in known and is_id(name.text):
            added.setdefault(name.text, keys(name.location, {"id": name, "title": name.text}))
    if not added:
        return defined
    if defined is None:
        first = next(iter(added.values()))
        return keys(first.location, {"requirements": list(added.values())})
    return Keys(
        tuple(
            (key, items(value.location, [*value.nodes, *added.values()]))
            if key.text == "requirements" and isinstance(value, Items)
            else (key, value)
            for key, value in defined
        ),
        defined.location,
    )


def _defined(requirements: Keys | None) -> Iterable[Scalar]:
    listed = None if requirements is None else requirements.get("requirements")
    for one in listed.nodes if isinstance(listed, Items) else ():
        if isinstance(one, Keys) and isinstance(name := one.get("id"), Scalar):
            yield name


def _named_requirements(tasks: Sequence[Keys]) -> Iterable[Scalar]:
    for task in tasks:
        named = task.get("requirements")
        for one in named.nodes if isinstance(named, Items) else ():
            if isinstance(one, Scalar):
                yield one
