"""Who does what when: the tracks that exist, laid out by their owners.

An owner's tracks are worked on one after another, so an owner is what a track is otherwise: one
stream of tasks. A track without an owner is a stream of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_tracks.core.distribute import LaidTrack, Layout
from pytest_tracks.core.model import Plan, Track
from pytest_tracks.errors import UsageError

__all__ = ["by_owner"]


def by_owner(plan: Plan, layout: Layout) -> Plan:
    """Make owners the tracks of a plan; every task goes to the owner of its track in ``layout``.

    The owner of a track is the one that the document states, else that of most of its hours.
    Raises UsageError where no track has an owner.
    """
    stated = {track.number: track.owner for track in plan.tracks}
    owners = {
        track.number: stated.get(track.number) or _majority_owner(plan, track)
        for track in layout.tracks
    }
    if not any(owners.values()):
        raise UsageError("no track has an owner: give it one in tracks.yaml, or its tasks")
    streams: dict[str, list[str]] = {}
    for track in layout.tracks:
        name = owners[track.number] or track.name or f"Track {track.number}"
        streams.setdefault(name, []).extend(track.tasks)
    return _with_tracks(plan, streams)


def _with_tracks(plan: Plan, streams: Mapping[str, list[str]]) -> Plan:
    pins = {task: number for number, tasks in enumerate(streams.values(), 1) for task in tasks}
    tasks = {task: replace(one, pin=pins[task]) for task, one in plan.tasks.items()}
    tracks = tuple(Track(number, name, owner=name) for number, name in enumerate(streams, 1))
    return replace(plan, tasks=tasks, tracks=tracks, sprints=())


def _majority_owner(plan: Plan, track: LaidTrack) -> str | None:
    hours = plan.durations()
    work: dict[str, float] = {}
    for task in track.tasks:
        owner = plan.tasks[task].owner
        if owner:
            work[owner] = work.get(owner, 0.0) + hours[task]
    return min(work, key=lambda name: (-work[name], name), default=None)
