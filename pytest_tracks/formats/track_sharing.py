"""What the tracks of a document share: areas of conflict, and the people who do the work.

::

    | Configuration format | B, C, D | Define schema in Track B first |    a contract: B owns it
    | Database             | A, C    | Take turns                     |    a resource: nobody does

    - **Dev 1**: Track A → C → E                                          an allocation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_tracks.core.tree import Keys, Node
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import Section
from pytest_tracks.formats.markdown_blocks import Bullets, Table, TextLine
from pytest_tracks.formats.node_building import items, keys, text
from pytest_tracks.formats.track_sections import TRACK, TrackSection

__all__ = ["Sharing", "read_allocations", "read_sharing"]

_NAMED = re.compile(rf"\b[Tt]racks?\s+({TRACK})\b")
_MEMBERS = re.compile(rf"\b({TRACK})\b")
_WORD = re.compile(r"[A-Za-z]{4,}")
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_TELLS_NOTHING = frozenset({"format"})
_STEM = 6
"""Letters by which words are compared: ``Configuration management`` and ``Config…``."""


@dataclass(slots=True)
class Sharing:
    """Contracts, and by track what its tasks use and hold."""

    contracts: list[Keys] = field(default_factory=list)
    uses: dict[str, list[Node]] = field(default_factory=dict)
    resources: dict[str, list[Node]] = field(default_factory=dict)


def read_sharing(document: Document, root: Section, tracks: Sequence[TrackSection]) -> Sharing:
    """Read the tables of conflict areas.

    The track that a resolution names owns the area, the others use it; where it names none, all
    take turns.
    """
    by_name = {track.name: track for track in tracks}
    sharing = Sharing()
    for area, users, resolution in _areas(root):
        known = [one for one in _MEMBERS.findall(users) if one in by_name]
        owners = [one for one in _NAMED.findall(resolution) if one in by_name]
        node = text(area.text, document.at(area.line))
        if owners:
            _own(sharing, node, by_name[owners[0]], known)
        else:
            _take_turns(sharing, node, known)
    return sharing


def _areas(root: Section) -> Iterator[tuple[TextLine, str, str]]:
    """Yield the area, its tracks and its resolution of each row."""
    for section in _sections(root, "conflict areas"):
        for block in section.all_blocks():
            if not isinstance(block, Table):
                continue
            area, tracks = block.column("area"), block.column("tracks")
            resolution = block.column("resolution")
            for row in block.rows:
                if area is None or tracks is None or len(row) <= max(area, tracks):
                    continue
                has_resolution = resolution is not None and resolution < len(row)
                resolved = row[resolution].text if has_resolution and resolution is not None else ""
                if row[area].text:
                    yield row[area], row[tracks].text, resolved


def _own(sharing: Sharing, area: Node, owner: TrackSection, users: Sequence[str]) -> None:
    name = getattr(area, "text", "")
    for user in users:
        if user != owner.name:
            sharing.uses.setdefault(user, []).append(area)
    task = _best_owner(owner, name)
    if task is not None:
        sharing.contracts.append(keys(area.location, {"path": area, "owner": task}))


def _take_turns(sharing: Sharing, area: Node, users: Sequence[str]) -> None:
    name = _NOT_IN_NAMES.sub("-", getattr(area, "text", "")).strip("-.") or "shared"
    for user in users:
        sharing.resources.setdefault(user, []).append(text(name, area.location))


def _best_owner(track: TrackSection, area: str) -> str | None:
    """Choose the task that the area's name speaks of, else the first one: it is defined first."""
    words = _stems(area) - _TELLS_NOTHING
    for task in track.tasks:
        if words & _stems(task.title):
            return task.id
    return track.tasks[0].id if track.tasks else None


def _stems(written: str) -> set[str]:
    return {word.lower()[:_STEM] for word in _WORD.findall(written)}


def read_allocations(
    document: Document, root: Section, tracks: Sequence[TrackSection]
) -> Keys | None:
    """Read who may do what, as settings: ``plan --by owner --allocation`` lays tracks out by it."""
    found: dict[str, Node] = {}
    for section in _sections(root, "resource allocation"):
        for below in section.sections:
            people = _people(document, below, [track.name for track in tracks])
            if people:
                found[below.title.strip()] = keys(document.at(below.line), people)
    at = document.at(1)
    return keys(at, {"allocations": keys(at, found)}) if found else None


def _people(document: Document, section: Section, tracks: Sequence[str]) -> Mapping[str, Node]:
    people: dict[str, Node] = {}
    for block in section.blocks:
        for item in block.items if isinstance(block, Bullets) else ():
            name, _, what = item.text.partition(":")
            named = [one for one in _MEMBERS.findall(what.replace("Track", "")) if one in tracks]
            if name.strip() and named:
                at = document.at(item.line)
                numbers = [text(str(tracks.index(one) + 1), at) for one in named]
                people[name.strip()] = items(at, numbers)
    return people


def _sections(root: Section, name: str) -> Iterator[Section]:
    return (one for one in root.walk() if one.title.strip().lower() == name)
