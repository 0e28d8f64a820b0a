"""What stands beside GSD's plans: the roadmap's order and ticks, and the requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_tracks.core.tree import Keys
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import Section, parse
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Item, Paragraph, TextLine
from pytest_tracks.formats.node_building import keys

__all__ = ["Roadmap", "phase_key", "read_requirements", "read_roadmap"]

_PHASE_TITLE = re.compile(r"Phase\s+(\d+(?:\.\d+)*[A-Za-z]?)\b", re.IGNORECASE)
_NOTHING = re.compile(r"(?:nothing|none|n/?a|-)\b|^$", re.IGNORECASE)
_PLAN_FILE = re.compile(r"(\d+(?:\.\d+)*[A-Za-z]?-\d+[A-Za-z]?)-PLAN\.md")
_REQUIREMENT = re.compile(r"([A-Z][A-Z0-9]*-\d+)\s*[:.\-–—]*\s*(.+)", re.DOTALL)
_LATER = re.compile(r"\bv[2-9]\b|later|future|deferred", re.IGNORECASE)
_NEVER = re.compile(r"out of scope|traceability", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The phases that each phase waits for, by number, and the plans that are ticked."""

    before: dict[tuple[float, ...], tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    done: frozenset[str] = frozenset()


def phase_key(number: str) -> tuple[float, ...]:
    """Make a number comparable: ``02`` is ``2``, ``2.1`` is before ``3``, ``1a`` before ``1b``."""
    parts = [float(part) for part in re.findall(r"\d{1,9}", number)]
    letter = re.search(r"[A-Za-z]$", number)
    return (*parts, ord(letter[0].lower()) / 1000) if letter else tuple(parts)


def read_roadmap(documents: Sequence[Document]) -> Roadmap:
    """Read the roadmaps; what they do not say is left to the numbers of phases."""
    before: dict[tuple[float, ...], tuple[tuple[float, ...], ...]] = {}
    done: set[str] = set()
    for document in documents:
        root = parse(document).root
        for section in root.walk():
            title = _PHASE_TITLE.match(section.title)
            stated = _stated_before(section) if title else None
            if title and stated is not None:
                before[phase_key(title[1])] = stated
        done |= set(_ticked(root))
    return Roadmap(before, frozenset(done))


def _stated_before(section: Section) -> tuple[tuple[float, ...], ...] | None:
    for line in _lines(section.blocks):
        label = line.label()
        if label is not None and label.name == "depends on":
            if _NOTHING.match(label.value):
                return ()
            named = _PHASE_TITLE.findall(label.value)
            return tuple(phase_key(one) for one in named) if named else None
    return None


def _lines(blocks: Sequence[Block]) -> Iterator[TextLine]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from block.lines
        elif isinstance(block, Bullets):
            yield from (line for item in block.walk() for line in item.lines)


def _ticked(root: Section) -> Iterator[str]:
    for item in _items(root):
        found = _PLAN_FILE.search(item.text)
        if item.checked and found:
            yield found[1]


def _items(root: Section) -> Iterator[Item]:
    for block in root.all_blocks():
        if isinstance(block, Bullets):
            yield from block.walk()


def read_requirements(documents: Sequence[Document]) -> Keys | None:
    """Read ``- [ ] **AUTH-01**: User can …``; what is for later is no must."""
    found: dict[str, Keys] = {}
    for document in documents:
        for must, item in _wanted(parse(document).root, True):
            stated = _REQUIREMENT.match(item.text)
            if stated:
                at = document.at(item.line)
                pairs = {"id": stated[1], "title": stated[2].strip(), "must": must}
                found.setdefault(stated[1], keys(at, pairs))
    if not found:
        return None
    return keys(documents[0].at(1), {"requirements": list(found.values())})


def _wanted(section: Section, must: bool) -> Iterator[tuple[bool, Item]]:
    if _NEVER.search(section.title):
        return
    must = must and not _LATER.search(section.title)
    for block in section.blocks:
        if isinstance(block, Bullets):
            yield from ((must, item) for item in block.walk())
    for inner in section.sections:
        yield from _wanted(inner, must)
