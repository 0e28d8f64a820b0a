"""Backlog.md's folder: one Markdown file a task, criteria between markers.

::

    backlog/tasks/back-12 - Title.md       backlog/completed/…  ──► tasks, the latter claimed done
    front matter                           id, title, dependencies, modified_files, …
    <!-- AC:BEGIN --> - [ ] #1 text        acceptance criteria, prose; a tick is only a claim
    <!-- DOD:BEGIN --> - [ ] #1 text       definition of done ──► the final review, each text once

A dependency that no file of the folder defines is a task of its own here that nothing has shown to
be done (see ``outside``): archives and other branches are not read, and a gate must not open
because a file is not at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.loose_keys import LooseKeys
from pytest_tracks.formats.markdown import front_matter, parse
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Html, Item, Paragraph
from pytest_tracks.formats.node_building import Value, items, keys, text
from pytest_tracks.formats.outside import close_open_edges
from pytest_tracks.formats.owned_files import written_path

__all__ = ["BacklogMd"]

_MARKER = re.compile(r"<!--\s*([A-Z_]+(?::[A-Z_]+)?):(BEGIN|END)\s*-->")
_HEADINGS = {"acceptance criteria": "AC", "definition of done": "DOD"}
_LEFT_OUT = frozenset({"archive", "archived", "drafts", "docs", "decisions", "milestones"})
_INDEX = re.compile(r"#\d+\s+")
# Names of people begin with @, which YAML keeps for itself: the tool quotes them when it reads.
_AT_NAME = re.compile(r"(?m)^(\s*(?:assignee|reporter):[ \t]*|\s*-[ \t]+)(@[^\s#\"']+)[ \t]*$")
_AT_LIST = re.compile(r"(?m)^(\s*(?:assignee|reporter):[ \t]*\[)([^\]\n]*)(\])")


@dataclass(frozen=True, slots=True)
class _Entry:
    document: Document
    front: Keys
    criteria: tuple[Item, ...]
    done: tuple[Item, ...]
    description: str


class BacklogMd:
    """Reads a folder ``backlog``, its ``tasks``, or one file of it."""

    name = "Backlog.md task"
    patterns: tuple[str, ...] = ("*.md",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take the files whose front matter has id, title and status."""
        taken = tuple(one for one in documents if _is_task(one))
        if taken:
            return Recognition(taken)
        first = documents[0].at(1) if len(documents) == 1 else None
        return Recognition(reason="no front matter with id, title and status", at=first)

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate all files; None where the front matter of one cannot be read."""
        found = [_entry(one, problems) for one in documents]
        entries = [one for one in found if one is not None]
        if len(entries) < len(found):
            return None
        prefix = _prefix(entries)
        tasks = [_task(one, prefix, problems) for one in entries]
        return PlanTree(
            tasks=close_open_edges(tasks, problems), tracks=_definition_of_done(entries)
        )


def _is_task(document: Document) -> bool:
    """Tell by folder and front matter, which is looked at as text: it may have a fault."""
    if _LEFT_OUT & set(document.path.split("/")[:-1]) or not document.text.startswith("---\n"):
        return False
    head = document.text[4:].partition("\n---")[0]
    return all(
        re.search(rf"^{key}[ \t]*:", head, re.MULTILINE) for key in ("id", "title", "status")
    )


def _entry(document: Document, problems: Problems) -> _Entry | None:
    errors = len(problems.errors)
    front = front_matter(_with_quoted_names(document), problems)
    if front is None:
        if len(problems.errors) == errors:
            problems.error(
                document.at(1), "no-front-matter", "the front matter has no end", "add '---'"
            )
        return None
    marked = _marked(document, problems)
    return _Entry(
        document,
        front,
        tuple(_items(marked.get("AC", ()))),
        tuple(_items(marked.get("DOD", ()))),
        " ".join(
            one.text
            for one in marked.get("SECTION:DESCRIPTION", ())[:1]
            if isinstance(one, Paragraph)
        ),
    )


def _with_quoted_names(document: Document) -> Document:
    head, separator, rest = document.text.partition("\n---")
    head = _AT_LIST.sub(lambda found: found[1] + _quoted_list(found[2]) + found[3], head)
    head = _AT_NAME.sub(r'\1"\2"', head)
    return Document(document.path, head + separator + rest)


def _quoted_list(names: str) -> str:
    return ", ".join(
        f'"{name}"' if name.startswith("@") else name for name in map(str.strip, names.split(","))
    )


def _marked(document: Document, problems: Problems) -> dict[str, tuple[Block, ...]]:
    """Sort blocks by the markers around them; without any, by the heading above."""
    found: dict[str, list[Block]] = {}
    for section in parse(document).root.walk():
        heading = _HEADINGS.get(section.title.strip().lower().removesuffix(" (optional)"), "")
        open_: tuple[str, int] | None = None
        has_markers = any(
            isinstance(one, Html) and _MARKER.search(one.content) for one in section.blocks
        )
        for block in section.blocks:
            marks = list(_MARKER.finditer(block.content)) if isinstance(block, Html) else []
            for mark in marks:
                open_ = (mark[1], block.line) if mark[2] == "BEGIN" else None
            name = open_[0] if open_ is not None else ("" if has_markers else heading)
            if not marks and name:
                found.setdefault(name, []).append(block)
        if open_ is not None:
            problems.warn(
                document.at(open_[1]),
                "unclosed-marker",
                f"{open_[0]}:BEGIN has no END: its section is read to the next heading",
                f"add <!-- {open_[0]}:END -->",
            )
    return {name: tuple(blocks) for name, blocks in found.items()}


def _items(blocks: Sequence[Block]) -> Iterator[Item]:
    for block in blocks:
        if isinstance(block, Bullets):
            yield from (item for item in block.items if item.text)


def _prefix(entries: Sequence[_Entry]) -> str:
    """Find what ids begin with here (``BACK-``), for dependencies that leave it out."""
    for entry in entries:
        node = entry.front.get("id")
        found = (
            re.match(r"[A-Za-z][A-Za-z0-9]*-(?=\d)", node.text)
            if isinstance(node, Scalar)
            else None
        )
        if found:
            return found[0]
    return ""


def _task(entry: _Entry, prefix: str, problems: Problems) -> Keys:
    front = LooseKeys(entry.front, problems)
    task_id, title = front.take("id"), front.text("title")
    criteria = [_criterion(item, entry.document) for item in entry.criteria]
    pairs: dict[str, Value] = {
        "id": task_id,
        "title": title,
        "description": entry.description,
        "depends_on": _dependencies(front, prefix),
        "owner": front.text("assignee"),
        "files": _files(front),
        "priority": front.text("priority"),
        "tags": front.texts("labels"),
        "status": front.text("status"),
        "acceptance_criteria": criteria or [title],
        "source": front.rest(),
    }
    return keys(entry.document.at(1), pairs)


def _criterion(item: Item, document: Document) -> Scalar:
    return text(_INDEX.sub("", item.text, count=1), document.at(item.line))


def _dependencies(front: LooseKeys, prefix: str) -> Items | None:
    pair = front.take_pair("dependencies", "depends_on")
    if pair is None:
        return None
    nodes = pair[1].nodes if isinstance(pair[1], Items) else (pair[1],)
    named: list[Node] = []
    for node in nodes:
        if isinstance(node, Scalar):
            parts = [one.strip() for one in node.text.split(",") if one.strip()]
            named += [text(_whole_id(one, prefix), node.location) for one in parts]
        else:
            named.append(node)
    return items(pair[1].location, named) if named else None


def _whole_id(said: str, prefix: str) -> str:
    return prefix + said if re.fullmatch(r"\d+(?:\.\d+)*", said) else said


def _files(front: LooseKeys) -> Items | None:
    named = front.texts("modified_files")
    nodes = [node for node in (named.nodes if named else ()) if isinstance(node, Scalar)]
    paths = {path: text(path, node.location) for node in nodes if (path := written_path(node.text))}
    return items(nodes[0].location, paths.values()) if paths else None


def _definition_of_done(entries: Sequence[_Entry]) -> Keys | None:
    """Make the final review of what all definitions of done ask, each text once."""
    asked: dict[str, Scalar] = {}
    for entry in entries:
        for item in entry.done:
            criterion = _criterion(item, entry.document)
            asked.setdefault(criterion.text, criterion)
    if not asked:
        return None
    first = next(iter(asked.values())).location
    criteria = items(first, asked.values())
    return keys(first, {"final_review": {"title": "Definition of done", "criteria": criteria}})
