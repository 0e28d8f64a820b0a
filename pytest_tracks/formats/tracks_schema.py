"""What ``tracks.yaml`` may say: the project, its tracks, capacities of resources, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_tracks.core.model import Track
from pytest_tracks.core.tree import Items, Keys, Node
from pytest_tracks.formats.acknowledged_schema import read_acknowledged
from pytest_tracks.formats.coverage_schema import read_coverage
from pytest_tracks.formats.drafts import PlanDraft, Reference, TrackDraft
from pytest_tracks.formats.fields import Fields, is_left_empty, written
from pytest_tracks.formats.gate_schema import GATE_KEYS
from pytest_tracks.formats.names import fold, read_id
from pytest_tracks.formats.plain import to_plain
from pytest_tracks.formats.task_parts import MAX_UNITS

__all__ = ["MAX_TRACK", "read_tracks_file"]

MAX_TRACK = 99
"""Sprint ids and paths give a track two digits."""

_FILE_KEYS = GATE_KEYS | {
    "project",
    "tracks",
    "tasks",
    "resources",
    "settings",
    "reviewers",
    "acknowledged",
    "coverage",
}
_TRACK_KEYS = frozenset({"name", "component", "owner", "tasks", "coverage"})
_NUMBER_KEYS = frozenset({"id", "number"})


def read_tracks_file(fields: Fields, draft: PlanDraft, root: Node) -> tuple[Node, ...]:
    """Read ``tracks.yaml`` into the draft; the nodes of its tasks come back unread."""
    keys = fields.reader.mapping(root, "the file")
    if keys is None:
        return ()
    fields.reader.known_keys(keys, _FILE_KEYS, "the file")
    draft.project = fields.text(written(keys, "project"), "project")
    draft.capacities = _read_capacities(fields, written(keys, "resources"))
    draft.settings = _read_settings(fields, written(keys, "settings"))
    draft.reviewers = _read_reviewers(fields, keys.get("reviewers"))
    draft.acknowledged = read_acknowledged(fields, written(keys, "acknowledged"))
    draft.coverage = read_coverage(fields, keys.get("coverage"))
    tracks = written(keys, "tracks")
    if tracks is not None:
        draft.tracks = list(_read_tracks(fields, tracks))
    tasks = written(keys, "tasks")
    return () if tasks is None else fields.reader.items(tasks, "tasks") or ()


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
    settings = {key.text: to_plain(value) for key, value in keys or ()}
    red = None if keys is None else keys.get("require_red")
    if red is not None:
        settings["require_red"] = fields.boolean(red, "settings: require_red", default=False)
    return settings


def _read_reviewers(fields: Fields, node: Node | None) -> tuple[str, ...] | None:
    """Read who may sign; a key without a name is refused, lest it be read as 'anybody'."""
    if node is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in fields.texts(node, "reviewers")))
    if isinstance(node, Items) and not node.nodes:
        hint = "name one, or take the key out"
        fields.problems.error(node.location, "empty-list", "reviewers is an empty list", hint)
    return names


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
    coverage = read_coverage(fields, keys.get("coverage"))
    if number is not None:
        for draft in _numbered(fields, number, track, tasks):
            yield replace(draft, coverage=coverage)


def _numbered(
    fields: Fields, node: Node, track: Track, tasks: tuple[Reference, ...]
) -> Iterator[TrackDraft]:
    number = fields.reader.integer(node, "number of a track", low=1, high=MAX_TRACK)
    if number is not None:
        yield TrackDraft(replace(track, number=number), node.location, tasks)
