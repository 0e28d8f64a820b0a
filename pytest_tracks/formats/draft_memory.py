"""Task files that were read before: their drafts, known by the digest of their bytes.

What a task file says by itself follows from its name and its bytes (and the kinds of check). Names
are looked up across files each time anew, so only this first half is kept, and only of files in
which nothing is wrong or doubtful.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pytest_tracks.formats.drafts import CoverageDraft, Reference, ResourceRequest, TaskDraft
from pytest_tracks.formats.plan_json import (
    place_from_json,
    place_to_json,
    task_from_json,
    task_to_json,
)

__all__ = ["DraftMemory"]


class DraftMemory:
    """Path → digest and drafts as JSON values; ``fresh`` is what the next one is made of."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self.fresh: dict[str, Any] = {}

    @property
    def has_news(self) -> bool:
        """Whether other files were read, or files of another content."""
        return self.fresh != self._known

    def recall(self, path: str, content: bytes) -> list[TaskDraft] | None:
        """Return the drafts of a file, if it held these bytes when they were noted."""
        found = self._known.get(path)
        with suppress(ValueError, TypeError, KeyError, IndexError):
            if found is not None and found[0] == _digest(content):
                drafts = [_draft(values, [path]) for values in found[1]]
                self.fresh[path] = found
                return drafts
        return None

    def note(self, path: str, content: bytes, drafts: Sequence[TaskDraft]) -> None:
        """Keep the drafts of a file; those that JSON cannot say exactly are not kept."""
        places = {path: 0}
        with suppress(ValueError):
            text = json.dumps([_values(draft, places) for draft in drafts])
            values = json.loads(text)
            if list(places) == [path] and [_draft(one, [path]) for one in values] == list(drafts):
                self.fresh[path] = [_digest(content), values]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _values(draft: TaskDraft, places: dict[str, int]) -> list[Any]:
    gate = draft.coverage
    return [
        task_to_json(draft.task, places),
        [_reference_values(one, places) for one in draft.predecessors],
        [_reference_values(one, places) for one in draft.requirements],
        None if draft.track is None else _reference_values(draft.track, places),
        [[one.name, one.units, place_to_json(one.location, places)] for one in draft.requests],
        None if gate is None else _coverage_values(gate, places),
    ]


def _draft(values: list[Any], places: list[str]) -> TaskDraft:
    task, predecessors, requirements, track, requests, gate = values
    return TaskDraft(
        task_from_json(task, places),
        tuple([_reference(one, places) for one in predecessors]),
        tuple([_reference(one, places) for one in requirements]),
        None if track is None else _reference(track, places),
        tuple(
            [
                ResourceRequest(name, units, place_from_json(place, places))
                for name, units, place in requests
            ]
        ),
        None if gate is None else _coverage(gate, places),
    )


def _reference_values(one: Reference, places: dict[str, int]) -> list[Any]:
    return [one.text, place_to_json(one.location, places)]


def _reference(values: list[Any], places: list[str]) -> Reference:
    return Reference(values[0], place_from_json(values[1], places))


def _coverage_values(gate: CoverageDraft, places: dict[str, int]) -> list[Any]:
    return [
        place_to_json(gate.location, places),
        gate.off,
        gate.source,
        gate.minimum,
        gate.branch,
        gate.per_file_minimum,
        gate.diff_minimum,
        gate.isolated,
    ]


def _coverage(values: list[Any], places: list[str]) -> CoverageDraft:
    place, off, source, *numbers = values
    names = None if source is None else tuple(source)
    return CoverageDraft(place_from_json(place, places), off, names, *numbers)
