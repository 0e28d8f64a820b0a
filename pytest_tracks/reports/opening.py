"""How a track is opened: what is to be executed, or what is found done and where it goes on."""

from __future__ import annotations

from pytest_tracks.reports import phrases
from pytest_tracks.reports.progress import Progress
from pytest_tracks.reports.sections import Group, Section

__all__ = ["opening_texts"]


def opening_texts(section: Section, progress: Progress) -> list[str]:
    """Open a track; one of which nothing is done yet is opened in a line."""
    to_execute = _to_execute(section, progress)
    if progress.held.isdisjoint(section.members):
        return [to_execute]
    texts = [phrases.checking_track(section.track), ""]
    for group in section.groups:
        texts += _found(group, progress)
    if progress.running.isdisjoint(section.members):
        texts += ["", to_execute]
    return texts


def _to_execute(section: Section, progress: Progress) -> str:
    sprints = [group for group in section.sprints if not progress.running.isdisjoint(group.members)]
    tasks = progress.running.intersection(section.members)
    return phrases.track_opening(section.track, sprints=len(sprints), tasks=len(tasks))


def _found(group: Group, progress: Progress) -> list[str]:
    held = [name for name in group.members if name in progress.held]
    if not held:
        return []
    if group.sprint is not None and len(held) == len(group.members):
        return [phrases.completed_sprint(group.sprint)]
    indent = "" if group.sprint is None else "  "
    texts = [] if group.sprint is None else [phrases.in_progress_sprint(group.sprint)]
    texts += [indent + phrases.completed_task(name) for name in held]
    left = [name for name in group.members if name in progress.running]
    return texts + [indent + phrases.resuming_from(name) for name in left[:1]]
