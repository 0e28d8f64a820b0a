"""What ``tracks.yaml`` may say: the project, its tracks, capacities of resources, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_tracks.core.model import Track
from pytest_tracks.core.tree import Items, Keys, Node, Scalar
from pytest_tracks.formats.drafts import PlanDraft, Reference, TrackDraft
from pytest_tracks.formats.fields import Fields, is_left_empty, written
from pytest_tracks.formats.gate_schema import GATE_KEYS
from pytest_tracks.formats.names import fold, read_id
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.task_parts import MAX_UNITS

__all__ = ["MAX_TRACK", "read_tracks_file"]

MAX_TRACK = 99
"""Sprint ids and paths give a track two digits."""

_FILE_KEYS = GATE_KEYS | {"project", "tracks", "tasks", "resources", "settings"}
# Read as nothing it would be a gate that never closes: better no plan than an unearned PASS.
_LATER_KEYS = frozenset({"reviewers"})
_TRACK_KEYS = frozenset({"name", "component", "owner", "tasks"})
_NUMBER_KEYS = frozenset({"id", "number"})


def read_tracks_file(fields: Fields, draft: PlanDraft, root: Node) -> tuple[Node, ...]:
    """Read ``tracks.yaml`` into the draft; the nodes of its tasks come back unread."""
    keys = fields.reader.mapping(root, "the file")
    if keys is None:
        return ()
    for key, _ in keys:
        _check_key(fields, key)
    draft.project = fields.text(written(keys, "project"), "project")
    draft.capacities = _read_capacities(fields, written(keys, "resources"))
    draft.settings = _read_settings(fields, written(keys, "settings"))
    tracks = written(keys, "tracks")
    if tracks is not None:
        draft.tracks = list(_read_tracks(fields, tracks))
    tasks = written(keys, "tasks")
    return () if tasks is None else fields.reader.items(tasks, "tasks") or ()


def _check_key(fields: Fields, key: Scalar) -> None:
    if key.text in _LATER_KEYS:
        fields.problems.error(
            key.location,
            "not-yet-supported",
            f"{key.text!r} is not supported by this version",
            "take it out: it would not be checked",
        )
    elif key.text not in _FILE_KEYS:
        fields.reader.unknown(key, _FILE_KEYS, "the file")


def _read_capacities(fields: Fields, node: Node | None) -> dict[str, int]:
    keys = None if node is None else fields.reader.mapping(node, "resources")
    capacities: dict[str, int] = {}
    folded: set[str] = set()
    for key, value in keys or ():
        name = read_id(fields.reader, key, "resource")
        what = f"units of resource {key.text!r}"
        units = fields.reader.integer(value, what, low=1, high=MAX_UNITS)
        if name is None or units is None:
            continue
        if fold(name) in folded:
            fields.problems.error(
                key.location,
                "similar-id",
                f"resource {name!r} stands here twice, but for case or Unicode form",
                "keep one of them",
            )
        folded.add(fold(name))
        capacities[name] = units
    return capacities


def _read_settings(fields: Fields, node: Node | None) -> Mapping[str, object]:
    keys = None if node is None else fields.reader.mapping(node, "settings")
    return {key.text: to_plain(value) for key, value in keys or ()}


def _read_tracks(fields: Fields, node: Node) -> Iterator[TrackDraft]:
    """Read ``{1: name}``, ``{1: {name, …}}`` or ``[{number: 1, name, …}]``."""
    if isinstance(node, Items):
        for item in node.nodes:
            if (keys := fields.reader.mapping(item, "a track")) is not None:
                number = _listed_number(fields, keys)
                yield from _read_track(fields, number, keys, _TRACK_KEYS | _NUMBER_KEYS)
        return
    for key, value in fields.reader.mapping(node, "tracks") or ():
        if isinstance(value, Keys):
            yield from _read_track(fields, key, value, _TRACK_KEYS)
        else:
            name = "" if is_left_empty(value) else fields.text(value, "name of a track")
            yield from _numbered(fields, key, Track(0, name), ())


def _listed_number(fields: Fields, keys: Keys) -> Node | None:
    number, other = keys.get("number"), keys.get("id")
    if number is None:
        return fields.required(keys, "id", "a track")
    if other is not None:
        fields.problems.error(
            other.location, "duplicate-key", "a track has a number and an id", "keep one of them"
        )
    return number


def _read_track(
    fields: Fields, number: Node | None, keys: Keys, known: frozenset[str]
) -> Iterator[TrackDraft]:
    fields.reader.known_keys(keys, known, "a track")
    track = Track(
        0,
        fields.text(written(keys, "name"), "name of a track"),
        fields.text(written(keys, "component"), "component of a track") or None,
        fields.text(written(keys, "owner"), "owner of a track") or None,
    )
    tasks = fields.references(written(keys, "tasks"), "tasks of a track")
    if number is not None:
        yield from _numbered(fields, number, track, tasks)


def _numbered(
    fields: Fields, node: Node, track: Track, tasks: tuple[Reference, ...]
) -> Iterator[TrackDraft]:
    number = fields.reader.integer(node, "number of a track", low=1, high=MAX_TRACK)
    if number is not None:
        yield TrackDraft(replace(track, number=number), node.location, tasks)
