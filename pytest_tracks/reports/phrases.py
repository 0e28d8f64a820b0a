"""The lines of the source document, word for word (its emoji left out).

Each function makes one line or one block of lines as text; ``narrative`` says when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_tracks.core.model import Sprint, Task, TaskKind, Track
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, Status
from pytest_tracks.reports.tally import minutes
from pytest_tracks.reports.text import clean, cut, display_width, pad
from pytest_tracks.reports.wording import duration, plural

__all__ = [
    "ALL_TRACKS_COMPLETE",
    "FINAL_REVIEW",
    "NEXT_REVIEW",
    "NEXT_WAIT",
    "banner",
    "checking_track",
    "completed_sprint",
    "completed_task",
    "criterion",
    "in_progress_sprint",
    "loading",
    "nobody_runs",
    "resuming_from",
    "settled",
    "skipping_completed",
    "sprint_complete",
    "sprint_heading",
    "state_kept",
    "state_updated",
    "task_complete",
    "task_heading",
    "track_complete",
    "track_opening",
]

NEXT_WAIT = "Next: Wait for other tracks to complete"
NEXT_REVIEW = f"{NEXT_WAIT} before final project review"
ALL_TRACKS_COMPLETE = "All tracks complete!"
FINAL_REVIEW = "Running final project review..."

_RULE = "=" * 39
_LONGEST_VERDICT = max(len(verdict.value) for verdict in CriterionVerdict)
_REVIEW_HEADINGS = {
    TaskKind.SPRINT_REVIEW: "Final Sprint Review...",
    TaskKind.FINAL_REVIEW: "Final Project Review...",
}


def nobody_runs(tracks: Sequence[int]) -> str:
    """Say how to run the tracks that no run is at."""
    options = " ".join(f"--track={number:02}" for number in tracks)
    return f"  nobody runs them now: pytest {options}"


def loading(path: str) -> str:
    """Say which state is read."""
    return f"Loading state file: {clean(path)}"


def track_opening(track: Track | None, *, sprints: int, tasks: int) -> str:
    """Say what is to be executed: sprints where the track has any, else tasks."""
    label = clean(track.label) if track else "No track"
    if not tasks:
        return f"{label} - nothing to execute"
    return f"{label} - {plural(sprints, 'sprint') if sprints else plural(tasks, 'task')} to execute"


def checking_track(track: Track | None) -> str:
    """Open a track of which something is done."""
    return f"Checking track {track.number} status..." if track else "Checking status..."


def completed_sprint(sprint: Sprint) -> str:
    """Skip a sprint."""
    return f"Found completed sprint: {clean(sprint.id)} (skipping)"


def in_progress_sprint(sprint: Sprint) -> str:
    """Resume a sprint."""
    return f"Found in-progress sprint: {clean(sprint.id)} (resuming)"


def completed_task(task_id: str) -> str:
    """Skip a task."""
    return f"Found completed task: {clean(task_id)} (skipping)"


def resuming_from(task_id: str) -> str:
    """Name the first task that is not done."""
    return f"Resuming from task: {clean(task_id)}"


def skipping_completed(task_ids: Sequence[str]) -> str:
    """Name all tasks of a sprint that are done."""
    return f"Skipping completed tasks: {', '.join(map(clean, task_ids))}"


def sprint_heading(sprint: Sprint, *, resuming: bool) -> str:
    """Title a sprint."""
    title = f": {clean(sprint.title)}" if sprint.title else ""
    return f"{clean(sprint.id)}{title}{' (RESUMING)' if resuming else ''}"


def banner(title: str, width: int) -> list[str]:
    """Set a title between two rules."""
    rule = _RULE[:width]
    return [rule, cut(title, width), rule]


def task_heading(task: Task, *, place: int, of: int) -> str:
    """Begin a task; reviews have a heading of their own."""
    name = f"{clean(task.id)} - {clean(task.title)}"
    if task.kind in _REVIEW_HEADINGS:
        return f"{_REVIEW_HEADINGS[task.kind]} {clean(task.id)}"
    return f"Task {place}/{of}: {name}" if of else name


def criterion(name: str, texts: Mapping[str, str], width: int) -> str:
    """Begin the line of a criterion, in line with the others of its task; its verdict follows.

    ``texts`` holds what each criterion of the task demands, by id.
    """
    ids = min(max(display_width(clean(each)) for each in texts), width // 3)
    room = max(0, width - ids - len("     ") - _LONGEST_VERDICT)
    text = pad(texts[name], min(room, max(map(display_width, texts.values()))))
    return f"  {pad(clean(name), ids)} {text}  "


def task_complete(task_id: str, known: TaskRecord) -> str:
    """End a task that is PASS, with its iterations, tier and time as far as they are known."""
    facts = [plural(known.iterations, "iteration")] if known.iterations else []
    if known.tier_used:
        facts.append("T1 only" if known.tier_used == "T1" else clean(known.tier_used))
    time = minutes(known, work=True)
    if time is not None:
        facts.append(duration(time))
    return f"  {clean(task_id)} complete" + (f" ({', '.join(facts)})" if facts else "")


def settled(task_id: str, verdict: str, reason: str) -> str:
    """End a task that is not PASS."""
    dash = " " if reason.startswith("by ") else " - "
    return f"  {clean(task_id)} {verdict}" + (dash + reason if reason else "")


def state_updated(name: str, status: Status) -> str:
    """Say what was recorded."""
    return f"State updated: {clean(name)} marked as {status.value}"


def state_kept(name: str, status: Status) -> str:
    """Say that a run which tried only a part left the recorded verdict as it was."""
    return f"State kept: {clean(name)} stays {status.value}"


def sprint_complete(
    sprint: Sprint, *, tasks: int, time: float | None, cost: float | None
) -> list[str]:
    """End a sprint all of whose tasks are PASS; ``time`` in minutes, ``cost`` in US dollars."""
    lines = [f"{clean(sprint.id)} COMPLETE", f"Tasks: {tasks}/{tasks} completed"]
    lines += [] if time is None else [f"Time: {duration(time)}"]
    lines += [] if cost is None else [f"Cost: ~${cost:.2f}"]
    return [*lines, state_updated(sprint.id, Status.COMPLETED)]


def track_complete(
    *, tasks: int, sprints: int, time: float | None, cost: float | None
) -> list[str]:
    """Sum up a track all of whose tasks are PASS; ``time`` in minutes, ``cost`` in US dollars."""
    lines = [f"Total tasks: {tasks}/{tasks}"]
    lines += [f"Total sprints: {sprints}/{sprints}"] if sprints else []
    lines += [] if time is None else [f"Total time: {duration(time)}"]
    lines += [] if cost is None else [f"Total cost: ~${cost:.2f}"]
    return [*lines, "Quality: All checks passed"]
