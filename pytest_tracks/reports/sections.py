"""How reports arrange a plan: tracks, in them sprints, in them tasks.

::

    Section  Track 1 (Backend API)
      Group    SPRINT-001-01: Foundation     tasks, and the reviews of the sprint
      Group    (in no sprint)                the rest of the track

Every task of the plan stands in exactly one group; those of no track come last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Plan, Sprint, Track
from pytest_tracks.core.record import ProjectRecord

__all__ = ["Group", "Section", "sections"]

_REVIEW = "REVIEW-"


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one sprint, or those of a track that are in no sprint, and their gates."""

    sprint: Sprint | None
    tasks: tuple[str, ...]
    reviews: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """All that has to pass before the group is complete."""
        return self.tasks + self.reviews


@dataclass(frozen=True, slots=True)
class Section:
    """One track; None holds the tasks that are on no track."""

    track: Track | None
    groups: tuple[Group, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """All tasks and reviews of the track, in order."""
        return tuple(task_id for group in self.groups for task_id in group.members)

    @property
    def sprints(self) -> tuple[Group, ...]:
        """The groups that are sprints."""
        return tuple(group for group in self.groups if group.sprint is not None)

    @property
    def label(self) -> str:
        """How reports call it."""
        return self.track.label if self.track else "No track"


def sections(
    plan: Plan, record: ProjectRecord, only: Collection[str] | None = None
) -> tuple[Section, ...]:
    """Arrange the tasks of a plan (``only`` these, if given) by track and sprint.

    A task's track is that of its sprint, else the recorded one, else its pin.
    """
    sprint_of = _first_sprints(plan)
    track_of = _track_numbers(plan, record, sprint_of)
    by_track: dict[int | None, list[str]] = {}
    for task_id in _in_order(plan, record):
        if only is None or task_id in only:
            by_track.setdefault(track_of[task_id], []).append(task_id)
    return tuple(
        Section(_track(plan, record, number), _groups(plan, by_track[number], sprint_of))
        for number in sorted(by_track, key=lambda number: (number is None, number or 0))
    )


def _first_sprints(plan: Plan) -> dict[str, Sprint]:
    found: dict[str, Sprint] = {}
    for sprint in plan.sprints:
        for task_id in (*sprint.tasks, _REVIEW + sprint.id):
            found.setdefault(task_id, sprint)
    return found


def _track_numbers(
    plan: Plan, record: ProjectRecord, sprint_of: dict[str, Sprint]
) -> dict[str, int | None]:
    recorded = {
        task_id: track.number for track in record.tracks.values() for task_id in track.tasks
    }
    numbers: dict[str, int | None] = {}
    for task_id, task in plan.tasks.items():
        if task_id in sprint_of:
            numbers[task_id] = sprint_of[task_id].track
        else:
            known = recorded.get(task_id, record.task(task_id).track)
            numbers[task_id] = task.pin if known is None else known
    return numbers


def _in_order(plan: Plan, record: ProjectRecord) -> Iterable[str]:
    ranked = [task_id for track in record.tracks.values() for task_id in track.tasks]
    return dict.fromkeys([*(name for name in ranked if name in plan.tasks), *plan.tasks])


def _track(plan: Plan, record: ProjectRecord, number: int | None) -> Track | None:
    if number is None:
        return None
    written = next((track for track in plan.tracks if track.number == number), Track(number))
    if written.name or number not in record.tracks:
        return written
    return Track(number, record.tracks[number].name, written.component, written.owner)


def _groups(plan: Plan, task_ids: list[str], sprint_of: dict[str, Sprint]) -> tuple[Group, ...]:
    by_sprint: dict[str | None, list[str]] = {}
    for task_id in task_ids:
        sprint = sprint_of.get(task_id)
        by_sprint.setdefault(sprint.id if sprint else None, []).append(task_id)
    groups = []
    for sprint in plan.sprints:
        mine = dict.fromkeys(by_sprint.pop(sprint.id, ()))
        if mine:
            tasks = tuple(dict.fromkeys(name for name in sprint.tasks if name in mine))
            reviews = tuple(name for name in mine if name not in tasks)
            groups.append(Group(sprint, tasks, reviews))
    rest = by_sprint.get(None, [])
    if not rest:
        return tuple(groups)
    work = tuple(name for name in rest if not is_gate(plan.tasks[name]))
    gates = tuple(name for name in rest if is_gate(plan.tasks[name]))
    return (*groups, Group(None, work, gates))
