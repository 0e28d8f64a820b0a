"""A plan as a Markdown document of another format, with a side file for what that cannot say.

::

    nodes ──► ids of the format ──► text ──► read back ──► what differs ──► side file

Nothing is guessed about what the format's reader makes of a text: it reads the text, and every key
of a task that comes out otherwise is put into the side file, which stands beside the document. The
two together are the plan. Requirements and sprints have no place in either; they are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.document import Document, PlanFormat, PlanTree
from pytest_tracks.formats.loose_keys import one_line
from pytest_tracks.formats.native_text import yaml_text
from pytest_tracks.formats.node_building import items, keys
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.registry import builtin_formats, recognise

__all__ = [
    "DocumentText",
    "DocumentWriter",
    "criteria_of",
    "plain_words",
    "text_of",
    "texts_of",
    "write_document",
]

_UNSAID = frozenset({"requirements"})
_ID_KEYS = frozenset({"tasks", "after", "before", "owner"})
_MARKUP = re.compile(r"[`*_<>\[\]|\\#~]")


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The two files, and the id that each task of the plan has in them."""

    document: str
    side: str
    """Empty where the document says everything."""
    ids: Mapping[str, str]
    unsaid: tuple[str, ...] = ()
    """What neither of the two can say."""


class DocumentWriter(Protocol):
    """How one format is written, one file each."""

    format: PlanFormat

    def ids(self, tree: PlanTree, order: Sequence[Keys]) -> Mapping[str, str]:
        """Give each task an id as the format has them; ``order`` puts predecessors first."""
        ...

    def text(self, tree: PlanTree, tasks: Sequence[Keys], ids: Mapping[str, str]) -> str:
        """Write the document; ``tasks`` have the ids of the format already."""
        ...


def write_document(tree: PlanTree, writer: DocumentWriter, path: str) -> DocumentText:
    """Write a plan; ``path`` is that of the document. Raises PlanError if it is not read back."""
    order = _in_order(tree.tasks)
    ids = writer.ids(tree, order)
    tasks = [_renamed(task, ids) for task in order]
    text = writer.text(tree, tasks, ids)
    read = _read_back(writer.format, Document(path, text), set(ids.values()))
    side = _side_file(tree, tasks, read, ids)
    return DocumentText(text, yaml_text(side) if side.pairs else "", ids, tuple(_unsaid(tree)))


def _read_back(plan_format: PlanFormat, document: Document, ids: set[str]) -> PlanTree:
    problems = Problems()
    taken = recognise(document.path, [document], builtin_formats(), problems)
    if taken is not None and taken[0].name == plan_format.name:
        read = plan_format.read([document], problems)
        if read is not None and {text_of(one, "id") for one in read.tasks} == ids:
            return read
    message = f"cannot be written as a {plan_format.name}: it would be read as another plan"
    raise PlanError(
        *problems.errors,
        Problem(document.path, 0, 0, "not-expressible", message, "convert it to native"),
    )


def text_of(node: Keys, name: str) -> str:
    """Read a text of a mapping in one line; empty where there is none."""
    found = node.get(name)
    return one_line(found.text) if isinstance(found, Scalar) and not found.is_null else ""


def texts_of(node: Keys, *names: str) -> list[str]:
    """Read a list of texts, or one, under the first of the names that is there."""
    for name in names:
        found = node.get(name)
        if found is not None:
            nodes = found.nodes if isinstance(found, Items) else (found,)
            return [one_line(one.text) for one in nodes if isinstance(one, Scalar) and one.text]
    return []


def criteria_of(task: Keys) -> Iterator[tuple[str, str]]:
    """Yield the criteria of a task, each its text and, for a command in a text, that."""
    found = task.get("acceptance_criteria")
    for one in found.nodes if isinstance(found, Items) else ():
        if isinstance(one, Scalar):
            yield one_line(one.text), ""
        elif isinstance(one, Keys):
            run = one.get("run")
            is_alone = {key.text for key, _ in one} <= {"text", "run", "id"}
            code = run.text.strip() if isinstance(run, Scalar) and is_alone else ""
            yield text_of(one, "text"), code


def plain_words(text: str) -> str:
    """Write a text so that Markdown reads it as it stands."""
    return _MARKUP.sub(r"\\\g<0>", one_line(text))


def _in_order(tasks: Sequence[Keys]) -> list[Keys]:
    """Put predecessors first, and keep the order of the plan where that allows it."""
    known = {text_of(task, "id"): task for task in tasks}
    before = {name: _predecessors(task, known) for name, task in known.items()}
    sorter = TopologicalSorter(before)
    position = {name: index for index, name in enumerate(known)}
    try:
        sorter.prepare()
    except CycleError:
        return list(tasks)
    order: list[Keys] = []
    ready = sorted(sorter.get_ready(), key=position.__getitem__)
    while ready:
        name = ready.pop(0)
        order.append(known[name])
        sorter.done(name)
        ready = sorted([*ready, *sorter.get_ready()], key=position.__getitem__)
    return order


def _predecessors(task: Keys, known: Mapping[str, Keys]) -> list[str]:
    return [name for name in texts_of(task, "depends_on", "dependencies") if name in known]


def _renamed(task: Keys, ids: Mapping[str, str]) -> Keys:
    """Write a task with the ids of the format, without what no document can say."""
    pairs = []
    for key, value in task:
        name = {"dependencies": "depends_on", "name": "title"}.get(key.text, key.text)
        if name in _UNSAID:
            continue
        if name in ("id", "depends_on"):
            value = _with_ids(value, ids)
        pairs.append((Scalar(name, key.location), value))
    return Keys(tuple(pairs), task.location)


def _with_ids(node: Node, ids: Mapping[str, str]) -> Node:
    if isinstance(node, Scalar):
        return Scalar(ids[node.text], node.location, plain=False) if node.text in ids else node
    if isinstance(node, Items):
        return Items(tuple(_with_ids(one, ids) for one in node.nodes), node.location)
    return node


def _side_file(
    tree: PlanTree, tasks: Sequence[Keys], read: PlanTree, ids: Mapping[str, str]
) -> Keys:
    found = {text_of(one, "id"): one for one in read.tasks}
    differing = {
        name: Keys(changed, task.location)
        for task in tasks
        if (name := text_of(task, "id")) and (changed := tuple(_differences(task, found[name])))
    }
    at = tasks[0].location if tasks else Location("")
    said = dict(_tracks_pairs(read.tracks))
    pairs = [
        (Scalar(key.text, at), _mapped(value, ids, key.text))
        for key, value in tree.tracks or ()
        if to_plain(_mapped(value, ids, key.text)) != said.get(key.text)
    ]
    for name in said.keys() - {key.text for key, _ in tree.tracks or ()}:
        pairs.append((Scalar(name, at), Scalar("", at)))
    if differing:
        pairs.append((Scalar("tasks", at), keys(at, differing)))
    return Keys(tuple(pairs), at)


def _tracks_pairs(tracks: Keys | None) -> Iterator[tuple[str, object]]:
    yield from ((key.text, to_plain(value)) for key, value in tracks or ())


def _differences(wanted: Keys, read: Keys) -> Iterator[tuple[Scalar, Node]]:
    """Yield the keys that the document's reader would read otherwise; an empty one takes away."""
    said = {key.text: to_plain(value) for key, value in read}
    for key, value in wanted:
        if key.text != "id" and to_plain(value) != said.get(key.text):
            yield key, value
    for name in said.keys() - {key.text for key, _ in wanted}:
        yield Scalar(name, wanted.location), Scalar("", wanted.location)


def _mapped(node: Node, ids: Mapping[str, str], name: str) -> Node:
    """Write ids within what ``tracks.yaml`` says as the format has them."""
    if isinstance(node, Keys):
        pairs = tuple((key, _mapped(value, ids, key.text)) for key, value in node)
        return Keys(pairs, node.location)
    if isinstance(node, Items):
        return items(node.location, [_mapped(one, ids, name) for one in node.nodes])
    return _with_ids(node, ids) if name in _ID_KEYS else node


def _unsaid(tree: PlanTree) -> Iterator[str]:
    if tree.requirements is not None:
        yield "requirements"
    if tree.sprints:
        yield "sprints"
