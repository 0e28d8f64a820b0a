"""The lines at the start of a run: which plan, how it is laid out, what is known already.

::

    plan: docs/planning (E-Commerce Platform): 18 tasks, 54 criteria, 6 sprints
    tracks: 3 on 3 lanes: 1 Backend API (7 tasks, 52 h), 2 Frontend (6 tasks, 44 h), …
    critical path: TASK-001 → TASK-004 → TASK-008 → TASK-012 → TASK-016 (42 hours)
    recorded: 12 PASS, 1 FAIL, 5 not run (12 held: skipped)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.line import Line
from pytest_tracks.reports.sections import Section, sections
from pytest_tracks.reports.tally import NOT_RUN, criterion_ids, tally
from pytest_tracks.reports.text import ELLIPSIS, clean, display_width, wrap
from pytest_tracks.reports.wording import hours, plural

__all__ = ["header_lines", "path_text"]

_ARROW = " → "
_HANG = 2
_DOCUMENT_AND_SIDE_FILE = 2
_GATES = {
    TaskKind.SYNC_POINT: "sync point",
    TaskKind.SPRINT_REVIEW: "review",
    TaskKind.TRACK_REVIEW: "review",
    TaskKind.FINAL_REVIEW: "review",
}


def header_lines(
    plan: Plan,
    record: ProjectRecord,
    *,
    lanes: Sequence[Sequence[int]] = (),
    critical_path: Sequence[str] = (),
    critical_hours: float = 0.0,
    held: int = 0,
    width: int = 80,
) -> list[Line]:
    """Introduce a run.

    ``lanes`` holds the track numbers of each lane (none: no tracks line), ``held`` how many tasks
    are skipped because their PASS still holds.
    """
    texts = [_plan_text(plan), *_track_texts(plan, record, lanes)]
    if critical_path:
        stated = any(task.hours is not None for task in plan.tasks.values())
        length = hours(critical_hours) if stated else plural(len(critical_path), "task")
        room = width - len("critical path:  ()") - len(length)
        texts.append(f"critical path: {path_text(critical_path, room)} ({length})")
    texts.append(_known_text(plan, record, held))
    return [Line.of(line) for text in texts for line in wrap(text, width, hang=_HANG)]


def path_text(task_ids: Sequence[str], width: int) -> str:
    """Join ids by arrows; a path that is too long loses its middle, keeps both ends."""
    names = [clean(name) for name in task_ids]
    steps = [display_width(name) + display_width(_ARROW) for name in names]
    if len(names) <= 2 or sum(steps) - display_width(_ARROW) <= width:
        return _ARROW.join(names)
    room = width - display_width(_ARROW.join((ELLIPSIS, names[-1])))
    kept = sum(used <= room for used in accumulate(steps[:-2]))
    return _ARROW.join([*names[: max(kept, 1)], ELLIPSIS, names[-1]])


def _plan_text(plan: Plan) -> str:
    criteria = sum(len(criterion_ids(task)) for task in plan.tasks.values())
    gates = Counter(_GATES[task.kind] for task in plan.tasks.values() if is_gate(task))
    counts = [plural(len(plan.tasks) - sum(gates.values()), "task")]
    counts += [plural(count, name) for name, count in sorted(gates.items())]
    counts.append(plural(criteria, "criterion", "criteria"))
    if plan.sprints:
        counts.append(plural(len(plan.sprints), "sprint"))
    project = f" ({clean(plan.project)})" if plan.project else ""
    is_document = bool(plan.format) and len(plan.files) <= _DOCUMENT_AND_SIDE_FILE
    place = plan.files[0] if is_document else plan.folder or "."
    return f"plan: {clean(place)}{project}: {', '.join(counts)}"


def _track_texts(plan: Plan, record: ProjectRecord, lanes: Sequence[Sequence[int]]) -> list[str]:
    used = [lane for lane in lanes if lane]
    numbers = {number for lane in used for number in lane}
    if not numbers:
        return []
    named = [
        _track_text(plan, section)
        for section in sections(plan, record)
        if section.track is not None and section.track.number in numbers
    ]
    texts = [f"tracks: {len(numbers)} on {plural(len(lanes), 'lane')}: {', '.join(named)}"]
    if any(len(lane) > 1 for lane in used):
        texts.append(f"lanes: {' | '.join(' '.join(map(str, lane)) or '-' for lane in lanes)}")
    return texts


def _track_text(plan: Plan, section: Section) -> str:
    tasks = [name for name in section.members if not is_gate(plan.tasks[name])]
    durations = plan.durations()
    stated = any(plan.tasks[name].hours is not None for name in tasks)
    work = f", {hours(sum(durations[name] for name in tasks), short=True)}" if stated else ""
    number = section.track.number if section.track else "-"
    name = clean(section.track.name) if section.track else ""
    return f"{f'{number} {name}'.rstrip()} ({plural(len(tasks), 'task')}{work})"


def _known_text(plan: Plan, record: ProjectRecord, held: int) -> str:
    known = tally(plan, record, plan.tasks)
    if set(known.words) <= {NOT_RUN}:
        return "recorded: nothing yet"
    return f"recorded: {known}" + (f" ({held} held: skipped)" if held else "")
