"""The side file: what a foreign document cannot say, in a ``tracks.yaml`` beside it.

::

    docs/plan.md.tracks/tracks.yaml      for this document only, or else
    docs/tracks.yaml                     beside it, or else
    docs/planning/tracks.yaml            in the usual plan folder

    criteria:                            binds a check to a criterion of the document, by id
      PHASE-1/AC-001: {run: test -d src}
    hours: {PHASE-1: 2, PHASE-2: 4}
    tasks:                               any key of a task, added or in place of the document's
      PHASE-2: {files: ["src/a/**"], resources: [postgres]}
    settings:
      steps: gate                        steps are acceptance criteria
      hours_per_week: 35                 of work; 40 otherwise, and hours_per_day: 8
    tracks, resources, …                 as in a native tracks.yaml

A ``tracks.yaml`` with a list of tasks is a native plan, not a side file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Reader, Scalar, nearest
from pytest_tracks.formats.document import PlanTree
from pytest_tracks.formats.names import shown
from pytest_tracks.formats.node_building import items, text
from pytest_tracks.formats.working_hours import read_scale, timed_claim, timed_task

__all__ = ["SIDE_FILE", "apply_side_file", "candidates", "is_side_file"]

SIDE_FILE = "tracks.yaml"
_USUAL_FOLDER = "docs/planning"
_OWN_KEYS = frozenset({"criteria", "hours", "tasks"})
_KEPT_OF_CRITERION = frozenset({"id", "text", "allow"})
_MERGED = frozenset({"settings", "resources"})
_CRITERIA = "acceptance_criteria"


def candidates(home: str, folder: str) -> tuple[str, ...]:
    """Name the places where a side file may stand; the first one that exists is read."""
    places = (home, folder, _USUAL_FOLDER)
    return tuple(dict.fromkeys(posixpath.join(place, SIDE_FILE) for place in places))


def is_side_file(root: Node) -> bool:
    """Tell a side file from the ``tracks.yaml`` of a native plan."""
    return not (isinstance(root, Keys) and isinstance(root.get("tasks"), Items))


def apply_side_file(tree: PlanTree, side: Keys | None, problems: Problems) -> PlanTree:
    """Merge a side file into a plan's nodes; notes each id that the plan does not have."""
    tracks = _merge_tracks(tree.tracks, side)
    merging = _Merging(Reader(problems), tree, tracks)
    if _setting(tracks, "steps") == "gate":
        merging.turn_steps_into_criteria()
    if side is not None:
        merging.override_tasks(side)
        merging.set_hours(side)
        merging.bind(side)
    scale = read_scale(merging.tracks, problems)
    return replace(
        tree,
        tasks=tuple(timed_task(task, scale) for task in merging.tasks.values()),
        tracks=merging.tracks,
        notes=tuple(timed_claim(claim, scale) for claim in tree.notes),
    )


def _merge_tracks(tracks: Keys | None, side: Keys | None) -> Keys | None:
    if side is None:
        return tracks
    pairs = {key.text: (key, value) for key, value in tracks or ()}
    for key, value in side:
        if key.text in _OWN_KEYS:
            continue
        before = pairs[key.text][1] if key.text in pairs else None
        if key.text in _MERGED and isinstance(before, Keys) and isinstance(value, Keys):
            value = _merged(before, value)
        pairs[key.text] = (key, value)
    return Keys(tuple(pairs.values()), side.location)


def _merged(before: Keys, after: Keys) -> Keys:
    pairs = {key.text: (key, value) for key, value in (*before, *after)}
    return Keys(tuple(pairs.values()), before.location)


def _setting(tracks: Keys | None, name: str) -> str:
    settings = None if tracks is None else tracks.get("settings")
    value = settings.get(name) if isinstance(settings, Keys) else None
    return value.text if isinstance(value, Scalar) else ""


def _text_of(node: Keys, key: str) -> str:
    value = node.get(key)
    return value.text if isinstance(value, Scalar) else ""


def _entries(node: Keys, key: str) -> tuple[Node, ...]:
    value = node.get(key)
    return value.nodes if isinstance(value, Items) else ()


@dataclass(slots=True)
class _Holder:
    """Something with criteria: where its mapping stands, and the key of their list."""

    node: Keys
    key: str


class _Merging:
    """A plan's nodes by id, changed one by one."""

    def __init__(self, reader: Reader, tree: PlanTree, tracks: Keys | None) -> None:
        self._reader = reader
        self.tasks: dict[str, Keys] = {}
        for position, task in enumerate(tree.tasks):
            task_id = _text_of(task, "id")
            # The second of two with one id stays, to be refused where ids are looked up.
            is_first = bool(task_id) and task_id not in self.tasks
            self.tasks[task_id if is_first else f"?{position}"] = task
        self.tracks = tracks

    def turn_steps_into_criteria(self) -> None:
        """Let every step gate: behind the criteria, so that their ids stay."""
        for task_id, task in self.tasks.items():
            steps = [_step_text(step) for step in _entries(task, "steps")]
            if steps:
                criteria = [*_entries(task, _CRITERIA), *(step for step in steps if step)]
                pairs = {_CRITERIA: items(task.location, criteria)}
                self.tasks[task_id] = _without(_with(task, pairs), "steps")

    def override_tasks(self, side: Keys) -> None:
        """Put keys of tasks in the place of the document's."""
        for key, task in self._named_tasks(side.get("tasks"), "tasks"):
            given = self._reader.mapping(task, f"task {key.text}")
            if given is not None:
                self.tasks[key.text] = _merged(self.tasks[key.text], given)

    def set_hours(self, side: Keys) -> None:
        """Give tasks their hours."""
        for key, value in self._named_tasks(side.get("hours"), "hours"):
            self.tasks[key.text] = _with(self.tasks[key.text], {"estimated_hours": value})

    def bind(self, side: Keys) -> None:
        """Give criteria their checks."""
        node = side.get("criteria")
        for key, value in self._mapping(node, "criteria"):
            check = self._reader.mapping(value, f"the check of {key.text}")
            if check is None:
                continue
            task_id, _, criterion_id = key.text.rpartition("/")
            holder = self._holder(task_id)
            if holder is None:
                self._note_unknown(key, "criterion", self._criterion_names())
            elif not self._bind(holder, task_id, criterion_id, check):
                self._note_unknown(key, "criterion", self._criterion_names(task_id))

    def _bind(self, holder: _Holder, task_id: str, criterion_id: str, check: Keys) -> bool:
        criteria = list(_entries(holder.node, holder.key))
        for position, node in enumerate(criteria):
            if _criterion_id(node, position) == criterion_id:
                criteria[position] = _bound(node, check)
                location = holder.node.location
                changed = _with(holder.node, {holder.key: items(location, criteria)})
                self._replace(task_id, holder.node, changed)
                return True
        return False

    def _replace(self, task_id: str, before: Keys, after: Keys) -> None:
        if task_id in self.tasks:
            self.tasks[task_id] = after
        elif self.tracks is not None:
            self.tracks = _replaced(self.tracks, before, after)

    def _holder(self, task_id: str) -> _Holder | None:
        if task_id in self.tasks:
            return _Holder(self.tasks[task_id], _CRITERIA)
        return dict(self._gates()).get(task_id)

    def _gates(self) -> Iterator[tuple[str, _Holder]]:
        """Yield what the tracks file makes tasks of: sync points, the final review."""
        if self.tracks is None:
            return
        final = self.tracks.get("final_review")
        if isinstance(final, Keys):
            yield "REVIEW-FINAL", _Holder(final, "criteria")
        for position, node in enumerate(_entries(self.tracks, "sync_points"), 1):
            if isinstance(node, Keys):
                yield _text_of(node, "id") or f"SYNC-{position:02d}", _Holder(node, "criteria")

    def _criterion_names(self, task_id: str | None = None) -> list[str]:
        holders = [(name, _Holder(node, _CRITERIA)) for name, node in self.tasks.items()]
        return [
            f"{name}/{_criterion_id(node, position)}"
            for name, holder in (*holders, *self._gates())
            if task_id in (None, name)
            for position, node in enumerate(_entries(holder.node, holder.key))
        ]

    def _named_tasks(self, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
        for key, value in self._mapping(node, what):
            if key.text in self.tasks:
                yield key, value
            else:
                self._note_unknown(key, "task", self.tasks)

    def _mapping(self, node: Node | None, what: str) -> Iterable[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        return self._reader.mapping(node, what) or ()

    def _note_unknown(self, key: Scalar, what: str, known: Iterable[str]) -> None:
        names = list(known)
        match = nearest(key.text[:200], names)
        listed = f"known: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
        hint = f"did you mean {match!r}?" if match else listed
        message = f"the plan has no {what} {shown(key.text)}"
        self._reader.problems.error(key.location, f"unknown-{what}", message, hint)


def _criterion_id(node: Node, position: int) -> str:
    explicit = _text_of(node, "id") if isinstance(node, Keys) else ""
    return explicit or f"AC-{position + 1:03d}"


def _bound(criterion: Node, check: Keys) -> Keys:
    """Put a check on a criterion: its place stays that of the document, the check's is its own."""
    if isinstance(criterion, Keys):
        kept = tuple(pair for pair in criterion if pair[0].text in _KEPT_OF_CRITERION)
    elif isinstance(criterion, Scalar):
        kept = ((Scalar("text", criterion.location), criterion),)
    else:
        kept = ()
    given = {key.text for key, _ in check}
    kept = tuple(pair for pair in kept if pair[0].text not in given)
    return Keys((*kept, *check.pairs), criterion.location)


def _step_text(step: Node) -> Scalar | None:
    node = step.get("text") if isinstance(step, Keys) else step
    return text(node.text, step.location) if isinstance(node, Scalar) else None


def _with(node: Keys, changed: Mapping[str, Node]) -> Keys:
    pairs = {key.text: (key, value) for key, value in node}
    for name, value in changed.items():
        key = pairs[name][0] if name in pairs else Scalar(name, _place(value, node.location))
        pairs[name] = (key, value)
    return Keys(tuple(pairs.values()), node.location)


def _place(node: Node, otherwise: Location) -> Location:
    return node.location if node.location.line else otherwise


def _without(node: Keys, name: str) -> Keys:
    return Keys(tuple(pair for pair in node if pair[0].text != name), node.location)


def _replaced(tree: Keys, before: Keys, after: Keys) -> Keys:
    def swap(node: Node) -> Node:
        if node is before:
            return after
        if isinstance(node, Items):
            return Items(
                tuple(after if one is before else one for one in node.nodes), node.location
            )
        return node

    return Keys(tuple((key, swap(value)) for key, value in tree), tree.location)
