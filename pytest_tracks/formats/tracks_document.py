"""Tracks documents: ``### Track A: Title`` with tasks ``A.1``, deliverables and dependencies.

::

    ### Track C: Service Clients          track 3, its tasks are pinned to it
    **Owner**: Coder Agent                owner; **Focus** describes, **Status** claims
    #### Tasks         1. **C.1** Redis   task C.1; bullets below it are steps
    #### Deliverables  - Client modules   criteria of the track's last task
    #### Dependencies  - Track A          all tasks of C wait for all of A
                       - Track B.1        … and for B.1

    ### Sync Points    After Track A + B  SYNC-01, before whatever needs all of A or of B
    ### Conflict Areas                    contracts, or resources where nobody is named as owner

A task without deliverables has one criterion, its title. What the drawing, the schedule and the
progress table say is compared with the dependencies that the tracks state (``track_claims``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_tracks.core.tree import Keys, Node, Problems
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.markdown import Section, parse
from pytest_tracks.formats.markdown_blocks import Bullets, Item
from pytest_tracks.formats.markdown_fences import note_fences
from pytest_tracks.formats.node_building import items, keys, text
from pytest_tracks.formats.track_claims import compare_drawing, compare_progress, schedule_claims
from pytest_tracks.formats.track_sections import (
    TrackSection,
    TrackTask,
    named_tracks,
    track_sections,
)
from pytest_tracks.formats.track_sharing import read_allocations, read_sharing

__all__ = ["TracksDocument"]

_AFTER = re.compile(r"after\s+(.*)", re.I | re.S)
_MEMBERS = re.compile(r"\b([A-Z]{1,2}|\d{1,2})\b")
_MOST_TRACKS = 99


class TracksDocument:
    """The format of documents that define parallel tracks."""

    name = "tracks document"
    patterns: tuple[str, ...] = ("*.md",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take documents with tracks that have tasks."""
        taken = tuple(
            one for one in documents if any(track.tasks for track in track_sections(parse(one)))
        )
        if taken:
            return Recognition(taken)
        tracks = track_sections(parse(documents[0]))
        if tracks:
            reason = "its tracks have no list of tasks"
            return Recognition(reason=reason, at=documents[0].at(tracks[0].section.line))
        reason = "there is no heading like '### Track A: Title' with tasks below it"
        return Recognition(reason=reason, at=documents[0].at(1))

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate the tracks of the document."""
        for other in documents[1:]:
            problems.error(
                other.at(1),
                "two-plans",
                f"defines tracks, and so does {documents[0].path}",
                "name one of the documents",
            )
        parsed = parse(documents[0])
        if not note_fences(parsed, problems) or problems.errors:
            return None
        return _Translation(documents[0], parsed.root, track_sections(parsed), problems).tree()


class _Translation:
    """Makes nodes of one document."""

    def __init__(
        self,
        document: Document,
        root: Section,
        tracks: Sequence[TrackSection],
        problems: Problems,
    ) -> None:
        self._document = document
        self._root = root
        self._tracks = tracks
        self._by_name = {track.name: track for track in tracks}
        self._problems = problems
        self._sharing = read_sharing(document, root, tracks)

    def tree(self) -> PlanTree | None:
        if len(self._tracks) > _MOST_TRACKS:
            track = self._tracks[_MOST_TRACKS]
            self._error(track.section.line, "too-many-tracks", f"a plan has {_MOST_TRACKS} at most")
            return None
        predecessors = {track.name: self._predecessors(track) for track in self._tracks}
        tasks = [
            self._task(track, task, predecessors[track.name])
            for track in self._tracks
            for task in track.tasks
        ]
        compare_drawing(self._document, self._root, self._tracks, self._problems)
        compare_progress(self._document, self._root, self._tracks, self._problems)
        at = self._document.at(1)
        tracks = keys(
            at,
            {
                "project": next((one.title for one in self._root.sections), ""),
                "tracks": items(at, self._track_nodes()),
                "sync_points": self._sync_points(),
                "contracts": self._sharing.contracts,
                "settings": read_allocations(self._document, self._root, self._tracks),
            },
        )
        notes = schedule_claims(self._document, self._root, self._tracks)
        return PlanTree(tuple(tasks), tracks, notes=notes)

    def _track_nodes(self) -> Iterator[Keys]:
        for number, track in enumerate(self._tracks, 1):
            at = self._document.at(track.section.line)
            title = f"{track.name}: {track.title}" if track.title else track.name
            name = title if not track.name.isdigit() else track.title
            yield keys(at, {"number": number, "name": name, "owner": track.value("owner")})

    def _task(self, track: TrackSection, task: TrackTask, before: Sequence[Node]) -> Keys:
        at = self._document.at(task.line)
        number = self._tracks.index(track) + 1
        own = [node for node in before if getattr(node, "text", "") != task.id]
        return keys(
            at,
            {
                "id": task.id,
                "title": task.title,
                "track": str(number),
                "description": track.value("focus"),
                "owner": track.value("owner"),
                "status": "completed" if task.item.checked else "",
                "depends_on": items(at, own) if own else None,
                "steps": [self._step(step) for step in task.item.items() if step.text],
                "uses": self._sharing.uses.get(track.name),
                "resources": self._sharing.resources.get(track.name),
                "acceptance_criteria": self._criteria(track, task),
            },
        )

    def _step(self, step: Item) -> Keys:
        done = {"done": True} if step.checked else {}
        return keys(self._document.at(step.line), {"text": step.text, **done})

    def _criteria(self, track: TrackSection, task: TrackTask) -> Node:
        """Judge the last task by what the track delivers, every other one by its title."""
        at = self._document.at(task.line)
        if task is track.tasks[-1] and track.deliverables:
            found = [text(one.text, self._document.at(one.line)) for one in track.deliverables]
            return items(at, found)
        return items(at, [text(task.title, at)])

    # -- dependencies ----------------------------------------------------------------------------

    def _predecessors(self, track: TrackSection) -> list[Node]:
        found: dict[str, Node] = {}
        for item in track.dependencies:
            references = named_tracks(item.text)
            if references is None:
                self._warn(
                    item.line,
                    "unread-dependency",
                    f"dependency {item.text[:60]!r} names no track: it makes no edge",
                    "write it like: Track A, or Track B.1",
                )
            for name, number in references or ():
                for task in self._referred(track, item, name, number):
                    at = self._document.at(item.line)
                    found.setdefault(task, text(task, at))
        return list(found.values())

    def _referred(self, track: TrackSection, item: Item, name: str, number: str) -> Iterator[str]:
        other = self._by_name.get(name)
        if other is None:
            known = f"known: {', '.join(self._by_name)}"
            self._error(item.line, "unknown-track", f"there is no Track {name}", known)
        elif number:
            yield f"{name}.{number}"
        elif other is track:
            self._error(item.line, "cycle", f"Track {name} depends on itself", "take it out")
        else:
            yield from (task.id for task in other.tasks)

    # -- gates -----------------------------------------------------------------------------------

    def _sync_points(self) -> list[Keys]:
        found: list[Keys] = []
        for section in self._sections("sync points", "synchronization points"):
            for block in section.all_blocks():
                for item in block.items if isinstance(block, Bullets) else ():
                    node = self._sync_point(item)
                    found += [node] if node is not None else []
        return found

    def _sync_point(self, item: Item) -> Keys | None:
        head, _, what = item.text.partition(":")
        after = _AFTER.match(head.strip())
        named = _MEMBERS.findall(after[1]) if after else []
        at = self._document.at(item.line)
        unknown = [name for name in named if name not in self._by_name]
        if not named or unknown:
            missing = f"there is no Track {unknown[0]}" if unknown else "it names no track"
            self._warn(item.line, "unread-sync-point", f"is no sync point: {missing}",
                       "write it like: After Track A + B: what to validate")  # fmt: skip
            return None
        before = [one for one in self._tracks if self._needs_all_of_one(one, named)]
        return keys(
            at,
            {
                "title": head.strip(),
                "after": [
                    text(task.id, at) for name in named for task in self._by_name[name].tasks
                ],
                "before": [text(task.id, at) for track in before for task in track.tasks],
                "criteria": [text(what.strip() or head.strip(), at)],
            },
        )

    def _needs_all_of_one(self, track: TrackSection, named: Sequence[str]) -> bool:
        """Whether a track waits for a whole track of those that are synchronised."""
        if track.name in named:
            return False
        whole = [
            name
            for item in track.dependencies
            for name, number in named_tracks(item.text) or ()
            if not number
        ]
        return any(name in whole for name in named)

    # -- places ----------------------------------------------------------------------------------

    def _sections(self, *names: str) -> Iterator[Section]:
        return (one for one in self._root.walk() if one.title.strip().lower() in names)

    def _warn(self, line: int, code: str, message: str, hint: str = "") -> None:
        self._problems.warn(self._document.at(line), code, message, hint)

    def _error(self, line: int, code: str, message: str, hint: str = "") -> None:
        self._problems.error(self._document.at(line), code, message, hint)
