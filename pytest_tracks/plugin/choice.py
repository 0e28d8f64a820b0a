"""Which tasks take part in a run, on which lanes, and whether what is asked for is there at all.

Every filter narrows: tracks, then tasks, then what is named by path. What names nothing is refused
with the nearest name that there is.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_tracks.core.binding import covers
from pytest_tracks.core.gates import is_gate, late_gates, wanted_gates
from pytest_tracks.core.model import COVERAGE_ID
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.tree import nearest
from pytest_tracks.errors import UsageError
from pytest_tracks.plugin.lanes import count_lanes, lay_out
from pytest_tracks.plugin.xdist_setup import in_one_process
from pytest_tracks.reports.tally import criterion_ids

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.distribute import Layout
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.project.settings import Settings

__all__ = ["Choice", "choose", "named_criteria", "require_named", "track_number"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs where."""

    layout: Layout
    """Of the whole plan on its tracks."""
    tasks: Sequence[str]
    late: Sequence[str]
    """Gates that are carried out by whichever run comes last; not among ``tasks``."""
    one_process: bool
    lanes: int

    @property
    def taking_part(self) -> list[str]:
        """List the tasks with the late gates."""
        return [*self.tasks, *self.late]


def choose(config: pytest.Config, settings: Settings, plan: Plan, record: ProjectRecord) -> Choice:
    """Choose tasks and lanes; raises UsageError for a track or task that is not there."""
    layout = lay_out(plan, settings, record)
    tasks = _choose_tasks(plan, settings, layout)
    late = late_gates(plan, tasks) if settings.tracks and not settings.tasks else ()
    one_process = settings.lanes is None or in_one_process(config, config.option)
    lanes = count_lanes(settings, layout, one_process=one_process)
    return Choice(layout, tasks, late, one_process, lanes)


def _choose_tasks(plan: Plan, settings: Settings, layout: Layout) -> list[str]:
    chosen = list(plan.tasks)
    if settings.tracks:
        chosen = _on_tracks(plan, settings, layout)
    if settings.tasks:
        chosen = _matching(plan, settings.tasks, chosen)
    named = settings.arguments.plan
    if named and settings.lanes is None and not settings.tracks and not settings.tasks:
        chosen = [task for task in chosen if _is_named(plan, task, named)]
    return chosen


def _on_tracks(plan: Plan, settings: Settings, layout: Layout) -> list[str]:
    numbers = {track_number(name, plan, layout) for name in settings.tracks}
    track_of = layout.track_of()
    reviews = {task.id: task.pin for task in plan.tasks.values() if is_gate(task)}
    chosen = [task for task in plan.tasks if track_of.get(task, reviews.get(task)) in numbers]
    if settings.tasks:
        return chosen
    wanted = wanted_gates(plan, chosen)
    return [task for task in plan.tasks if task in chosen or task in wanted]


def _matching(plan: Plan, patterns: Sequence[str], chosen: Sequence[str]) -> list[str]:
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(task, pattern) for task in plan.tasks):
            match = nearest(pattern, plan.tasks)
            advice = f"did you mean {match}?" if match else f"{len(plan.tasks)} tasks are known"
            raise UsageError(f"--task={pattern} matches no task of the plan ({advice})")
    return [
        task for task in chosen if any(fnmatch.fnmatchcase(task, pattern) for pattern in patterns)
    ]


def _is_named(plan: Plan, task: str, named: Sequence[str]) -> bool:
    node = f"{plan.tasks[task].location.path}{SEPARATOR}{task}"
    return any(covers(one, node) or covers(node, one) for one in named)


def track_number(name: str, plan: Plan, layout: Layout) -> int:
    """Find a track by its number or name; raises UsageError where there is none."""
    numbers = {track.number for track in layout.tracks}
    if name.isdecimal() and int(name) in numbers:
        return int(name)
    named = {track.name.casefold(): track.number for track in layout.tracks if track.name}
    named.update({track.name.casefold(): track.number for track in plan.tracks if track.name})
    if name.casefold() in named:
        return named[name.casefold()]
    known = ", ".join(f"{track.number:02} {track.name}".strip() for track in layout.tracks)
    raise UsageError(f"--track={name} is no track of this plan (its tracks: {known})")


def require_named(config: pytest.Config, plan: Plan, settings: Settings) -> None:
    """Refuse arguments that name nothing: only workers would see them, much later."""
    for name in settings.arguments.tests:
        path = name.partition(SEPARATOR)[0]
        if not config.option.pyargs and not (settings.root / path).exists():
            raise UsageError(f"file or directory not found: {path}")
    for name in settings.arguments.plan:
        path, *inside = name.split(SEPARATOR)
        if path not in plan.files:
            raise UsageError(f"{path} is no file of the plan in {settings.plan}")
        if inside and inside[0] not in plan.tasks:
            match = nearest(inside[0], plan.tasks)
            advice = f" (did you mean {match}?)" if match else ""
            raise UsageError(f"the plan has no task {inside[0]}{advice}")


def _require_criterion(plan: Plan, task: str, criterion: str) -> None:
    known = list(criterion_ids(plan.tasks[task])) if task in plan.tasks else []
    if criterion not in known:
        match = nearest(criterion, known)
        advice = f"did you mean {match}?" if match else f"it has: {', '.join(known) or 'none'}"
        raise UsageError(f"{task} has no criterion {criterion} ({advice})")


def named_criteria(plan: Plan, settings: Settings) -> tuple[str, ...]:
    """List the criteria that node ids name, as ``TASK-004/AC-002``; none: all that take part."""
    if settings.lanes is not None:
        return ()
    parts = [name.split(SEPARATOR) for name in settings.arguments.plan]
    if not all(len(part) == 3 for part in parts):
        return ()
    for _, task, criterion in parts:
        _require_criterion(plan, task, criterion)
    named = [
        (task, one)
        for _, task, criterion in parts
        # A coverage gate is judged by what all the others run.
        for one in (criterion_ids(plan.tasks[task]) if criterion == COVERAGE_ID else (criterion,))
    ]
    return tuple(dict.fromkeys(f"{task}/{criterion}" for task, criterion in named))
