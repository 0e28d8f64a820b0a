"""``SPRINT_OVERVIEW.md``: the tracks and sprints of a plan as a page to read."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_tracks.core.planning import Planning
from pytest_tracks.core.sprints import CutSprint
from pytest_tracks.reports.lengths import length
from pytest_tracks.reports.plan_text import bound_text, track_label
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.wording import plural

__all__ = ["overview_text"]


def overview_text(planning: Planning) -> str:
    """Write the page; Markdown."""
    plan, layout, analysis = planning.plan, planning.layout, planning.analysis
    path = " → ".join(map(_cell, analysis.critical_path))
    lines = [
        f"# Sprints of {_cell(plan.project)}",
        "",
        f"{plural(len(plan.tasks), 'task')}, {length(analysis.total_hours)} of work on"
        f" {plural(len(layout.tracks), 'track')}: {length(layout.makespan)} from start to end."
        f" {bound_text(planning)}.",
        "",
        f"Critical path ({length(analysis.critical_path_hours)}): {path}",
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
        length(sprint.hours, short=True),
        ", ".join(sprint.depends_on),
    )
    return f"| {' | '.join(cells)} |"


def _task(planning: Planning, name: str) -> str:
    task = planning.plan.tasks[name]
    waits = f"; after {', '.join(map(_cell, task.predecessors))}" if task.predecessors else ""
    work = length(planning.plan.durations()[name], short=True)
    return f"- {_cell(name)}: {_cell(task.title)} ({work}{waits})"


def _cell(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
