"""Who does what: a document may list several ways to give its tracks to people.

``settings.allocations`` holds them by name: ``{If Multiple Developers: {Dev 1: [1, 3, 5]}}``, the
numbers being tracks in the order in which that person takes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_tracks.core.model import Plan
from pytest_tracks.errors import UsageError

__all__ = ["allocated"]


def allocated(plan: Plan, name: str) -> Plan:
    """Give every task the owner that the allocation ``name`` (or a part of it) names.

    Raises UsageError where it is not one of the plan's, or not one only.
    """
    known = plan.settings.get("allocations")
    allocations = known if isinstance(known, Mapping) else {}
    found = [one for one in allocations if name.casefold() in str(one).casefold()]
    if len(found) != 1:
        names = ", ".join(map(repr, allocations)) or "none"
        raise UsageError(f"--allocation={name} names no single one of the plan's ({names})")
    people = allocations[found[0]]
    owner_of = {
        str(track): str(person)
        for person, tracks in (people.items() if isinstance(people, Mapping) else ())
        for track in (tracks if isinstance(tracks, Sequence) else ())
    }
    tasks = {
        task_id: replace(task, owner=owner_of.get(str(task.pin), task.owner))
        for task_id, task in plan.tasks.items()
    }
    tracks = tuple(
        replace(track, owner=owner_of.get(str(track.number), track.owner)) for track in plan.tracks
    )
    return replace(plan, tasks=tasks, tracks=tracks)
