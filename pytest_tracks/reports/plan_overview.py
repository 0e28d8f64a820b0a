"""``SPRINT_OVERVIEW.md``: the tracks and sprints of a plan as a page to read."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_tracks.core.planning import Planning
from pytest_tracks.core.sprints import CutSprint
from pytest_tracks.reports.plan_text import bound_text, track_label
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.wording import hours, plural

__all__ = ["overview_text"]


def overview_text(planning: Planning) -> str:
    """Write the page; Markdown."""
    plan, layout, analysis = planning.plan, planning.layout, planning.analysis
    path = " → ".join(map(_cell, analysis.critical_path))
    lines = [
        f"# Sprints of {_cell(plan.project)}",
        "",
        f"{plural(len(plan.tasks), 'task')}, {hours(analysis.total_hours)} of work on"
        f" {plural(len(layout.tracks), 'track')}: {hours(layout.makespan)} from start to end."
        f" {bound_text(planning)}.",
        "",
        f"Critical path ({hours(analysis.critical_path_hours)}): {path}",
        "",
        "Sprints with the same number run side by side.",
        "",
        "| sprint | title | tasks | hours | after |",
        "|---|---|---|---|---|",
        *(_row(sprint) for sprint in planning.sprints),
    ]
    for track in layout.tracks:
        lines += [
            "",
            f"## {_cell(track_label(track))}",
            "",
            f"    pytest --track={track.number:02}",
        ]
        for sprint in planning.sprints:
            if sprint.track == track.number:
                lines += ["", f"### {sprint.id}: {_cell(sprint.title)}", ""]
                lines += [_task(planning, task) for task in sprint.tasks] or ["No tasks."]
    return "\n".join(lines) + "\n"


def _row(sprint: CutSprint) -> str:
    cells: Iterable[str] = (
        sprint.id,
        _cell(sprint.title),
        ", ".join(map(_cell, sprint.tasks)),
        hours(sprint.hours, short=True),
        ", ".join(sprint.depends_on),
    )
    return f"| {' | '.join(cells)} |"


def _task(planning: Planning, name: str) -> str:
    task = planning.plan.tasks[name]
    waits = f"; after {', '.join(map(_cell, task.predecessors))}" if task.predecessors else ""
    length = planning.plan.durations()[name]
    return f"- {_cell(name)}: {_cell(task.title)} ({hours(length, short=True)}{waits})"


def _cell(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
