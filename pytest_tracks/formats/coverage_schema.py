"""Coverage gates as the files write them, and which of them holds for which task.

::

    tracks.yaml     coverage: {min: 80}                    the plan's
    a track of it   coverage: {branch: true}               its track's, key by key before the plan's
    a task          coverage: {source: [src/auth]}         its own, key by key before both
                    coverage: false                        this task has no gate
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from pytest_tracks.core.model import Coverage, Task
from pytest_tracks.core.tree import Keys, Node, Problems, Scalar
from pytest_tracks.formats.drafts import CoverageDraft, PlanDraft, TaskDraft
from pytest_tracks.formats.fields import Fields, entries

__all__ = ["CoverageGates", "read_coverage"]

_MINIMA = {"min": "minimum", "per_file_min": "per_file_minimum", "diff_min": "diff_minimum"}
_SWITCHES = ("branch", "isolated")
_KEYS = frozenset({"source", *_MINIMA, *_SWITCHES})
_ALL_KEYS = ("source", *_MINIMA.values(), *_SWITCHES)


def read_coverage(fields: Fields, node: Node | None) -> CoverageDraft | None:
    """Read ``{source, min, branch, per_file_min, diff_min, isolated}``, or ``false``."""
    if node is None:
        return None
    if isinstance(node, Scalar) and node.plain and node.text == "false":
        return CoverageDraft(node.location, off=True)
    keys = fields.reader.mapping(node, "coverage")
    if keys is None:
        return None
    fields.reader.known_keys(keys, _KEYS, "coverage")
    found: dict[str, Any] = {"source": _read_source(fields, keys.get("source"))}
    for name, field in _MINIMA.items():
        found[field] = _read_percent(fields, keys, name)
    for name in _SWITCHES:
        given = keys.get(name)
        found[name] = None if given is None else fields.reader.boolean(given, f"{name} of coverage")
    return CoverageDraft(keys.location, **found)


def _read_source(fields: Fields, node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    if not entries(node):
        fields.problems.error(
            node.location, "wrong-type", "source of coverage is empty", "name what to measure"
        )
    return fields.paths(node, "source of coverage")


def _read_percent(fields: Fields, keys: Keys, name: str) -> float | None:
    node = keys.get(name)
    if node is None:
        return None
    return fields.reader.number(node, f"{name} of coverage", low=0, high=100, exclusive=True)


class CoverageGates:
    """Joins what task, track and plan say; ``pins`` maps tasks to the tracks that they stand on.

    A track's gate holds for the tasks that the document puts on it: what a run lays out anew
    each time must not decide what has to hold.
    """

    def __init__(
        self, draft: PlanDraft, pins: Mapping[str, int | None], problems: Problems
    ) -> None:
        self._plan = draft.coverage
        self._tracks = {track.track.number: track.coverage for track in draft.tracks}
        self._pins = dict(pins)
        for sprint in draft.sprints:
            for reference in sprint.tasks:
                if self._pins.get(reference.text) is None:
                    self._pins[reference.text] = sprint.sprint.track
        self._problems = problems

    def apply_to(self, draft: TaskDraft) -> bool:
        """Whether any place says anything of a gate for this task."""
        return bool(self._places(draft))

    def of(self, draft: TaskDraft) -> Coverage | None:
        """Make the task's gate; what is missing from it is noted as a problem."""
        places = self._places(draft)
        if not places or places[0].off:
            return None
        until = next((n for n, place in enumerate(places) if place.off), len(places))
        said = {key: _first(places[:until], key) for key in _ALL_KEYS}
        source = said["source"] or tuple(filter(_may_be_code, draft.task.files))
        if not source or said["minimum"] is None:
            self._note_missing(draft.task, places[0], "min" if source else "source")
            return None
        return Coverage(
            source,
            said["minimum"],
            bool(said["branch"]),
            said["per_file_minimum"],
            said["diff_minimum"],
            bool(said["isolated"]),
        )

    def _places(self, draft: TaskDraft) -> list[CoverageDraft]:
        pin = self._pins.get(draft.task.id)
        track = None if pin is None else self._tracks.get(pin)
        return [place for place in (draft.coverage, track, self._plan) if place is not None]

    def _note_missing(self, task: Task, place: CoverageDraft, key: str) -> None:
        # A value that did not fit is missing too, and has been noted where it stands.
        if any(problem.path == place.location.path for problem in self._problems.errors):
            return
        hint = f"add {key!r}" if key == "min" else "add 'source', or 'coverage: false' to the task"
        self._problems.error(
            place.location, "missing-key", f"coverage of {task.id} has no {key}", hint
        )


def _may_be_code(path: str) -> bool:
    return posixpath.splitext(path)[1] in ("", ".py", ".pyw")


def _first(places: list[CoverageDraft], key: str) -> Any:
    return next((value for place in places if (value := getattr(place, key)) is not None), None)
