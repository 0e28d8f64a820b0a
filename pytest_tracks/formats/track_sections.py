"""The tracks of a tracks document, section by section, before anything is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_tracks.formats.markdown import MarkdownDocument, Section
from pytest_tracks.formats.markdown_blocks import (
    Block,
    Bullets,
    Item,
    Label,
    Paragraph,
    Span,
    TextLine,
)

__all__ = ["TRACK", "TrackSection", "TrackTask", "named_tracks", "track_sections"]

TRACK = r"(?:[A-Z]{1,2}|\d{1,2})"

_HEADING = re.compile(rf"Track\s+({TRACK})\s*(?:[:.–—]|-(?=\s))\s*(.*)", re.S)
_TASK = re.compile(rf"({TRACK})\.(\d{{1,4}}[a-z]?)\s*[:.)–—-]?\s*(.*)", re.S)
_REFERENCE = re.compile(rf"(?:Tracks?\s+)?({TRACK})(?:\.(\d{{1,4}}[a-z]?))?")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SEPARATOR = re.compile(r"\s*(?:,\s*(?:and\b)?|;|&|\+|\band\b)\s*")
_NOTHING = re.compile(r"none\b.*|n/a|-|—|", re.I | re.S)


@dataclass(frozen=True, slots=True)
class TrackTask:
    """One task of a track."""

    id: str
    title: str
    item: Item

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.item.line


@dataclass(slots=True)
class TrackSection:
    """One track as it stands in the document."""

    section: Section
    name: str
    """``A``; tasks are called ``A.1``."""
    title: str
    labels: dict[str, Label] = field(default_factory=dict)
    tasks: list[TrackTask] = field(default_factory=list)
    deliverables: list[Item] = field(default_factory=list)
    dependencies: list[Item] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Get what stands behind a label, such as ``owner``."""
        label = self.labels.get(name)
        return label.value if label else ""


def named_tracks(written: str) -> list[tuple[str, str]] | None:
    """Read ``Track B.1 (structure)`` or ``Tracks A and C``: (track, task number or "") of each.

    An empty list for ``None``; None where it names anything else.
    """
    plain = _IN_BRACKETS.sub("", written).strip().rstrip(".")
    if _NOTHING.fullmatch(plain):
        return []
    found = [_REFERENCE.fullmatch(part.strip()) for part in _SEPARATOR.split(plain)]
    if not all(found):
        return None
    return [(match[1], match[2] or "") for match in found if match]


def track_sections(parsed: MarkdownDocument) -> list[TrackSection]:
    """Find the tracks of a document, in its order."""
    return list(_found(parsed.root))


def _found(root: Section) -> Iterator[TrackSection]:
    for section in root.walk():
        heading = _HEADING.fullmatch(section.title.strip()) if section.level else None
        if heading:
            track = TrackSection(section, heading[1], heading[2].strip())
            _read(track, section, "")
            yield track


def _read(track: TrackSection, section: Section, context: str) -> None:
    for block in section.blocks:
        context = _read_block(track, block, context)
    for below in section.sections:
        task = _TASK.match(below.title.strip())
        if task and task[1] == track.name:
            task_id = f"{task[1]}.{task[2]}"
            heading = TextLine(below.line, (Span("", below.title),))
            item = Item(below.line, (heading,), None, tuple(below.all_blocks()))
            track.tasks.append(TrackTask(task_id, task[3].strip() or task_id, item))
        elif not _HEADING.fullmatch(below.title.strip()):
            _read(track, below, below.title.strip().rstrip(":").lower())


def _read_block(track: TrackSection, block: Block, context: str) -> str:
    """Read a block under the heading or label ``context``; returns what holds for the next."""
    if isinstance(block, Paragraph):
        for line in block.lines:
            label = line.label()
            if label is not None:
                track.labels.setdefault(label.name, label)
                context = label.name if not label.value else context
                if label.name == "dependencies" and label.value:
                    track.dependencies.append(Item(line.line, (_rest(label),), None))
    elif isinstance(block, Bullets):
        _read_list(track, block, context)
    return context


def _rest(label: Label) -> TextLine:
    return TextLine(label.line, (Span("", label.value),))


def _read_list(track: TrackSection, block: Bullets, context: str) -> None:
    if context == "deliverables":
        track.deliverables += [item for item in block.items if item.text]
    elif context in ("dependencies", "depends on"):
        track.dependencies += [item for item in block.items if item.text]
    elif context in ("tasks", ""):
        for item in block.items:
            task = _task(track, item, named=context == "tasks")
            track.tasks += [task] if task else []


def _task(track: TrackSection, item: Item, *, named: bool) -> TrackTask | None:
    """Read a task; one without an id, under Tasks, is called by its place."""
    found = _TASK.match(item.text)
    if found and found[1] == track.name:
        task_id = f"{found[1]}.{found[2]}"
        return TrackTask(task_id, found[3].strip() or task_id, item)
    if named and item.text:
        return TrackTask(f"{track.name}.{len(track.tasks) + 1}", item.text, item)
    return None
