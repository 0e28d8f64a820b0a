"""Which tasks a command is asked about: by track, by owner, by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_tracks.core.model import Plan, Track
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.tree import nearest
from pytest_tracks.errors import UsageError
from pytest_tracks.reports.sections import sections
from pytest_tracks.reports.text import clean

__all__ = ["find_task", "of_owner", "of_track", "tracks_of_tasks"]


def tracks_of_tasks(plan: Plan, record: ProjectRecord) -> dict[str, Track]:
    """Map tasks to their tracks: as laid out; before any run, that of a task's component."""
    by_component = {track.component: track for track in plan.tracks if track.component}
    found: dict[str, Track] = {}
    for section in sections(plan, record):
        for name in section.members:
            track = section.track or by_component.get(plan.tasks[name].component or "")
            if track is not None:
                found[name] = track
    return found


def of_track(asked: str, plan: Plan, tracks: Mapping[str, Track]) -> tuple[Track, frozenset[str]]:
    """Find a track by number (``2``, ``02``) or name, and its tasks; raises UsageError."""
    known = {track.number: track for track in (*plan.tracks, *tracks.values())}
    found = [
        track
        for track in known.values()
        if (asked.isdecimal() and int(asked) == track.number)
        or (track.name and asked.casefold() == track.name.casefold())
    ]
    if not found:
        names = ", ".join(f"{number:02} {known[number].name}".strip() for number in sorted(known))
        advice = (
            f"its tracks: {names}" if names else "none are laid out: pytest-tracks plan --write"
        )
        raise UsageError(f"--track={asked} is no track of this plan ({advice})")
    number = found[0].number
    return found[0], frozenset(name for name, track in tracks.items() if track.number == number)


def of_owner(asked: str, plan: Plan, tracks: Mapping[str, Track]) -> frozenset[str]:
    """Find the tasks of an owner, their own or that of their track; raises UsageError."""
    owner_of = {
        name: task.owner or (tracks[name].owner if name in tracks else None)
        for name, task in plan.tasks.items()
    }
    owners = {owner for owner in owner_of.values() if owner}
    found = [name for name, owner in owner_of.items() if owner and _same(owner, asked)]
    if not found:
        raise UsageError(f"--owner={asked} owns no task of this plan ({_advice(asked, owners)})")
    return frozenset(found)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def find_task(asked: str, plan: Plan) -> str:
    """Find a task by its id, whatever its case; raises UsageError with the nearest id."""
    if asked in plan.tasks:
        return asked
    folded = {name.casefold(): name for name in plan.tasks}
    if asked.casefold() in folded:
        return folded[asked.casefold()]
    match = nearest(asked.casefold(), folded)
    advice = f"did you mean {folded[match]}?" if match else f"{len(plan.tasks)} tasks are known"
    raise UsageError(f"{clean(asked)} is no task of this plan ({advice})")


def _advice(asked: str, known: Iterable[str]) -> str:
    names = {name.casefold(): name for name in known}
    match = nearest(asked.casefold(), names)
    if match:
        return f"did you mean {clean(names[match])!r}?"
    return (
        f"its owners: {', '.join(sorted(map(clean, names.values())))}" if names else "none has one"
    )
