"""Writes a tracks document: ``### Track A: Title``, tasks ``A.1``, what it delivers and needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.tree import Items, Keys, Node, Scalar
from pytest_tracks.formats.document import PlanFormat, PlanTree
from pytest_tracks.formats.document_text import criteria_of, plain_words, text_of, texts_of
from pytest_tracks.formats.tracks_document import TracksDocument

__all__ = ["TracksWriter"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TracksWriter:
    """Writes what ``TracksDocument`` reads."""

    format: PlanFormat = TracksDocument()

    def ids(self, tree: PlanTree, order: Sequence[Keys]) -> Mapping[str, str]:
        """Call tasks by the letter of their track and their place in it."""
        ids: dict[str, str] = {}
        for letter, (_, tasks) in zip(_letters(), _streams(tree, order).items(), strict=False):
            for number, task in enumerate(tasks, 1):
                ids[text_of(task, "id")] = f"{letter}.{number}"
        return ids

    def text(self, tree: PlanTree, tasks: Sequence[Keys], ids: Mapping[str, str]) -> str:
        """Write the document."""
        project = text_of(tree.tracks, "project") if tree.tracks is not None else ""
        by_id = {text_of(task, "id"): task for task in tasks}
        original = {new: old for old, new in ids.items()}
        names = {
            ids[text_of(task, "id")].partition(".")[0]: name
            for name, members in _streams(tree, tree.tasks).items()
            for task in members
        }
        lines = [f"# Plan: {plain_words(project) or 'parallel tracks'}", "", "## Active Tracks"]
        for letter in dict.fromkeys(one.partition(".")[0] for one in ids.values()):
            members = [by_id[new] for new in original if new.partition(".")[0] == letter]
            lines += ["", *_track(letter, names.get(letter, ""), members)]
        return "\n".join(lines) + "\n"


def _letters() -> Iterator[str]:
    yield from _ALPHABET
    yield from (first + second for first in _ALPHABET for second in _ALPHABET)


def _streams(tree: PlanTree, tasks: Sequence[Keys]) -> dict[str, list[Keys]]:
    """Part tasks by the track that the plan pins them to, else by component."""
    listed = dict(_listed(tree))
    streams: dict[str, list[Keys]] = {}
    for task in tasks:
        pin = text_of(task, "track") or listed.get(text_of(task, "id"), "")
        name = _names(tree).get(pin, pin) or text_of(task, "component") or "Tasks"
        streams.setdefault(name, []).append(task)
    return streams


def _tracks(tree: PlanTree) -> Iterator[tuple[str, Node]]:
    """Yield number and description of each track that the plan declares."""
    node = tree.tracks.get("tracks") if tree.tracks is not None else None
    if isinstance(node, Keys):
        yield from ((key.text, value) for key, value in node)
    for one in node.nodes if isinstance(node, Items) else ():
        if isinstance(one, Keys):
            yield text_of(one, "number") or text_of(one, "id"), one


def _names(tree: PlanTree) -> dict[str, str]:
    named = {
        number: text_of(one, "name") if isinstance(one, Keys) else getattr(one, "text", "")
        for number, one in _tracks(tree)
    }
    return {number: name for number, name in named.items() if name}


def _listed(tree: PlanTree) -> Iterator[tuple[str, str]]:
    for number, one in _tracks(tree):
        for task in texts_of(one, "tasks") if isinstance(one, Keys) else ():
            yield task, number


def _track(letter: str, name: str, tasks: Sequence[Keys]) -> Iterator[str]:
    yield f"### Track {letter}: {plain_words(name) or letter}"
    owners = dict.fromkeys(owner for task in tasks if (owner := text_of(task, "owner")))
    if owners:
        yield from ("", f"**Owner**: {plain_words(', '.join(owners))}")
    yield from ("", "#### Tasks", "")
    for number, task in enumerate(tasks, 1):
        task_id = text_of(task, "id")
        head = f"{number}. "
        yield f"{head}**{task_id}** {plain_words(text_of(task, 'title') or task_id)}"
        yield from (" " * len(head) + step for step in _steps(task))
    delivered = [plain_words(text) for text, _ in criteria_of(tasks[-1])]
    yield from ("", "#### Deliverables", "", *(f"- {text}" for text in delivered))
    others = dict.fromkeys(
        one
        for task in tasks
        for one in texts_of(task, "depends_on")
        if "." in one and one.partition(".")[0] != letter
    )
    yield from ("", "#### Dependencies", "")
    yield from (f"- Track {one}" for one in others) if others else ("- None",)


def _steps(task: Keys) -> Iterator[str]:
    found = task.get("steps")
    for one in found.nodes if isinstance(found, Items) else ():
        if isinstance(one, Scalar):
            yield f"- {plain_words(one.text)}"
        elif isinstance(one, Keys):
            box = "[x] " if text_of(one, "done") == "true" else ""
            yield f"- {box}{plain_words(text_of(one, 'text'))}"
