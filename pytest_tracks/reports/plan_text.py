"""The layout in words, after the source's "Sprint Planning Complete!"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_tracks.core.distribute import LaidTrack
from pytest_tracks.core.model import TaskKind
from pytest_tracks.core.planning import Planning
from pytest_tracks.core.sprints import CutSprint
from pytest_tracks.errors import Problem
from pytest_tracks.reports.lengths import length
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import enumeration, plural

__all__ = ["bound_text", "plan_lines", "run_lines", "track_label", "warning_lines"]

_MOST_TRACKS_TO_RUN = 6
_MOST_ALIKE = 5
"""Warnings of one kind that are listed."""


def plan_lines(planning: Planning, *, width: int = 80) -> list[Line]:
    """Tell which task is done on which track, in which sprint, and how long that takes."""
    blocks = [
        ["Parallel Development Configuration:", *_configuration(planning)],
        _moves(planning),
        ["Track Distribution:"],
        *(_track(planning, track) for track in planning.layout.tracks),
        _totals(planning),
    ]
    lines = [Line.of("Sprint Planning Complete!", Style.HEADING)]
    for block in blocks:
        if block:
            lines.append(BLANK)
            lines += _laid_out(block, width)
    return lines


def _laid_out(texts: Iterable[str], width: int) -> list[Line]:
    return [
        Line.of(line)
        for text in texts
        for line in wrap(text, width, hang=len(text) - len(text.lstrip(" ")) + 2)
    ]


def _configuration(planning: Planning) -> list[str]:
    asked = planning.request.tracks
    used, most = plural(planning.used, "track"), planning.analysis.max_tracks
    requested = "not stated" if asked is None else str(asked)
    return [
        f"- Requested tracks: {requested}",
        f"- Max possible tracks: {most}",
        f"- Using: {used}",
        *(f"- {note}" for note in planning.notes),
    ]


def _moves(planning: Planning) -> list[str]:
    """Say what a replan has moved; nothing where nothing was recorded before."""
    texts = []
    if planning.completed:
        stay = [task for task in planning.completed if task not in _moved(planning)]
        names = enumeration([clean(task) for task in stay], most=6)
        if stay:
            texts.append(f"- Completed, kept on their tracks: {names}")
    texts += [
        f"- Moved: {clean(move.task)} from track {move.before} to track {move.after}"
        for move in planning.moves
    ]
    return ["Replanned:", *texts] if texts else []


def _moved(planning: Planning) -> set[str]:
    return {move.task for move in planning.moves}


def track_label(track: LaidTrack) -> str:
    """Call a track: ``Track 1 (Backend API)``."""
    return f"Track {track.number}" + (f" ({clean(track.name)})" if track.name else "")


def _track(planning: Planning, track: LaidTrack) -> list[str]:
    sprints = [sprint for sprint in planning.sprints if sprint.track == track.number]
    estimates = planning.plan.durations()
    work = sum(estimates[task] for task in track.tasks)
    tasks = [name for name in track.tasks if planning.plan.tasks[name].kind is TaskKind.TASK]
    reviews = [name for name in track.tasks if name not in tasks]
    count = plural(len(sprints), "sprint")
    texts = [
        f"{track_label(track)}:",
        f"  Total: {plural(len(tasks), 'task')}, {length(work)} across {count}",
    ]
    for sprint in sprints:
        texts += _sprint(planning, sprint)
    if reviews:
        texts += ["  - Reviews and gates", *_tasks(planning, reviews)]
    return texts


def _sprint(planning: Planning, sprint: CutSprint) -> list[str]:
    size = f"{plural(len(sprint.tasks), 'task')}, {length(sprint.hours)}"
    heading = f"  - {sprint.id}: {clean(sprint.title)} ({size})"
    return [heading, *_tasks(planning, sprint.tasks)]


def _tasks(planning: Planning, tasks: Iterable[str]) -> list[str]:
    titles = {task: clean(planning.plan.tasks[task].title) for task in tasks}
    return [
        f"    * {clean(task)}" + (f": {title}" if title else "") for task, title in titles.items()
    ]


def _totals(planning: Planning) -> list[str]:
    total, makespan = planning.analysis.total_hours, planning.layout.makespan
    tasks = sum(task.kind is TaskKind.TASK for task in planning.plan.tasks.values())
    saved = round(100 * (1 - makespan / total)) if total else 0
    one_after_another = length(total).partition(" ")[0]
    return [
        f"Total: {plural(tasks, 'task')}, ~{length(total)} development",
        f"Parallel execution time: ~{length(makespan)} (vs {one_after_another} sequential)",
        f"Time savings: {saved}%",
        bound_text(planning),
    ]


def bound_text(planning: Planning) -> str:
    """State the lower bound and how far the plan is from it."""
    bound, gap = length(planning.layout.lower_bound), planning.layout.gap
    if not gap:
        return f"Lower bound: {bound}, gap 0% (no plan with these tracks is shorter)"
    return f"Lower bound: {bound}, gap {100 * gap:.1f}%"


def warning_lines(warnings: Sequence[Problem], *, width: int = 80) -> list[Line]:
    """List what a person should look at; of many of one kind the first few."""
    texts: list[str] = []
    by_code: dict[str, list[Problem]] = {}
    for warning in warnings:
        by_code.setdefault(warning.code, []).append(warning)
    for code, alike in by_code.items():
        texts += [clean(f"warning: {warning}") for warning in alike[:_MOST_ALIKE]]
        if len(alike) > _MOST_ALIKE:
            texts.append(f"warning: {len(alike) - _MOST_ALIKE} more {code} (--json lists all)")
    return [Line.of(line, Style.DOUBT) for text in texts for line in wrap(text, width, hang=2)]


def run_lines(planning: Planning, heading: str, *, place: str = "") -> list[Line]:
    """Give the three ways to run the plan; ``place`` names one that no ini option names."""
    pytest = f"pytest --tracks-plan={place}" if place else "pytest"
    tracks = planning.layout.tracks
    shown = tracks[:_MOST_TRACKS_TO_RUN]
    more = [f"  ... and so on to {tracks[-1].number:02}"] if len(shown) < len(tracks) else []
    texts = [
        heading,
        "Option 1 - All tracks side by side:",
        f"  {pytest} --tracks={len(tracks)}",
        "",
        "Option 2 - Specific track:",
        *(f"  {pytest} --track={t.number:02}    (Track {t.number} only)" for t in shown),
        *more,
        "",
        "Option 3 - Parallel execution (multiple terminals):",
        *(f"  Terminal {n}: {pytest} --track={t.number:02}" for n, t in enumerate(shown, 1)),
        *more,
    ]
    return [Line.of(text) for text in texts]
