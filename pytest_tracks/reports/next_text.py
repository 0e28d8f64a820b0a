"""What ``pytest-tracks next`` shows: what can be worked on now, or why nothing can.

::

    TASK-004 User authentication API  FAIL     10 h, 34 h to the end, Track 1 (Backend API)
        FAIL  AC-002 Password can be reset: assert 404 == 200
        run: pytest --task=TASK-004
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from pytest_tracks.core.model import Plan, Task, Track
from pytest_tracks.core.readiness import Readiness
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict
from pytest_tracks.reports.awaiting import AwaitingDocument, Standings, awaiting
from pytest_tracks.reports.line import BLANK, Line, Segment, Style, style_of
from pytest_tracks.reports.reasons import criterion_text
from pytest_tracks.reports.tally import RUNNING, criterion_ids, word
from pytest_tracks.reports.text import clean, display_width, pad, wrap
from pytest_tracks.reports.wording import enumeration, hours, plural

__all__ = [
    "FailureDocument",
    "NextDocument",
    "NextView",
    "ReadyDocument",
    "command_for",
    "failures",
    "next_json",
    "next_lines",
]

_INDENT = 4
_SHARE = 0.3
"""Of the line, at most, for the ids and as much for the titles."""
_MOST_NAMED = 5
_BAD = (CriterionVerdict.FAIL, CriterionVerdict.FLAKY)


@dataclass(frozen=True, slots=True)
class NextView:
    """What is known when somebody asks what is next; ``wanted`` are the tasks asked about."""

    plan: Plan
    record: ProjectRecord
    readiness: Readiness
    tracks: Mapping[str, Track]
    """Of the tasks that are on one."""
    wanted: Collection[str]
    standings: Standings = field(default_factory=dict)
    """Criteria that a person decides → whether they are signed now."""
    asked: str = ""
    """The filter in words: ``of track 2``; empty where there is none."""

    @property
    def ready(self) -> tuple[str, ...]:
        """The ready tasks asked about; those that are being validated come last."""
        found = [name for name in self.readiness.ready if name in self.wanted]
        return tuple(sorted(found, key=lambda name: bool(self.record.task(name).open)))

    @property
    def waiting(self) -> tuple[str, ...]:
        """The tasks asked about that something stands before, in document order."""
        return tuple(
            name
            for name in self.plan.tasks
            if name in self.readiness.waiting and name in self.wanted
        )


class FailureDocument(TypedDict):
    """A criterion that failed last time, with what is missing."""

    id: str
    text: str
    verdict: str
    gap: str
    evidence: list[str]


class ReadyDocument(TypedDict):
    """A task that can be worked on; hours are estimates, null where the task has none."""

    id: str
    title: str
    kind: str
    track: int | None
    track_name: str
    owner: str | None
    hours: float | None
    remaining_hours: float
    verdict: str | None
    running: bool
    failures: list[FailureDocument]
    awaiting: list[AwaitingDocument]
    command: str


class NextDocument(TypedDict):
    """What is next; ``waits_for`` names the ready tasks that all others wait for."""

    project: str
    ready: list[ReadyDocument]
    waiting: int
    waits_for: list[str]
    done: int
    total: int
    message: str


def command_for(task_id: str) -> str:
    """Write the command that validates a task, for a shell."""
    return f"pytest {shlex.quote(f'--task={task_id}')}"


def failures(task: Task, record: TaskRecord) -> list[FailureDocument]:
    """List the criteria of a task that failed when it was tried last."""
    known = [record.criteria[name] for name in criterion_ids(task) if name in record.criteria]
    return [
        {
            "id": result.id,
            "text": criterion_text(task, result.id),
            "verdict": result.verdict.value,
            "gap": clean(result.gap),
            "evidence": list(result.evidence),
        }
        for result in known
        if result.verdict in _BAD
    ]


def next_json(view: NextView) -> NextDocument:
    """Give what is next as values that ``json.dump`` takes."""
    return {
        "project": clean(view.plan.project),
        "ready": [_ready(view, name) for name in view.ready],
        "waiting": len(view.waiting),
        "waits_for": list(view.readiness.roots(view.waiting)),
        "done": sum(name in view.readiness.open for name in view.wanted),
        "total": len(view.wanted),
        "message": _message(view),
    }


def _ready(view: NextView, name: str) -> ReadyDocument:
    task, known = view.plan.tasks[name], view.record.task(name)
    track = view.tracks.get(name)
    return {
        "id": name,
        "title": clean(task.title),
        "kind": task.kind.value,
        "track": track.number if track else None,
        "track_name": clean(track.name) if track else "",
        "owner": clean(task.owner) if task.owner else None,
        "hours": task.hours,
        "remaining_hours": view.readiness.remaining_hours[name],
        "verdict": known.verdict.value if known.verdict else None,
        "running": bool(known.open),
        "failures": failures(task, known),
        "awaiting": awaiting(task, known, view.standings),
        "command": command_for(name),
    }


def next_lines(view: NextView, *, width: int = 80) -> list[Line]:
    """Write the ready tasks, most urgent first; then, in a sentence, what the others wait for."""
    lines: list[Line] = []
    ready = [view.plan.tasks[name] for name in view.ready]
    widths = _Widths.of(view, ready, width)
    for task in ready:
        lines += _task_lines(view, task, widths, width)
    tail = [Line.of(text) for text in wrap(_message(view), width)]
    return [*lines, *[BLANK] * bool(lines), *tail]


@dataclass(frozen=True, slots=True)
class _Widths:
    """Of the columns, so that one task stands under the other."""

    id: int
    title: int
    word: int

    @classmethod
    def of(cls, view: NextView, tasks: Sequence[Task], width: int) -> _Widths:
        most = int(width * _SHARE)
        return cls(
            min(max((display_width(clean(task.id)) for task in tasks), default=0), most),
            min(max((display_width(clean(task.title)) for task in tasks), default=0), most),
            max((len(_word(view.record.task(task.id))) for task in tasks), default=0),
        )


def _word(known: TaskRecord) -> str:
    return RUNNING if known.open else word(known)


def _task_lines(view: NextView, task: Task, widths: _Widths, width: int) -> list[Line]:
    known = view.record.task(task.id)
    lines = [_heading(view, task, widths).cut(width)]
    margin = " " * _INDENT
    for failure in failures(task, known):
        text = f"{failure['id']} {failure['text']}: {failure['gap'] or 'failed'}"
        verdict = Segment(f"{margin}{failure['verdict']}  ", Style.BAD)
        room = width - display_width(verdict.text)
        first, *more = wrap(text, room)
        lines.append(Line((verdict, Segment(first))))
        lines += [Line.of(" " * display_width(verdict.text) + rest) for rest in more]
    for one in awaiting(task, known, view.standings):
        state = "SIGNED" if one["signed"] else "SIGN"
        text = f"{margin}{state} {one['id']} {one['text']}: {one['standing']}"
        lines += [Line.of(line) for line in wrap(text, width, hang=_INDENT + 6)]
        if not one["signed"]:
            lines.append(Line.of(f"{margin}{clean(one['command'])}"))
    command = f"{margin}run: {clean(command_for(task.id))}"
    return [*lines, Line.of(command)]


def _heading(view: NextView, task: Task, widths: _Widths) -> Line:
    known, track = view.record.task(task.id), view.tracks.get(task.id)
    left = view.readiness.remaining_hours[task.id]
    own = view.plan.durations()[task.id] if task.hours is None else task.hours
    facts = [hours(own, short=True)]
    facts += [f"{hours(left, short=True)} to the end"] if left > own else []
    facts += [clean(track.label)] if track else []
    facts += [clean(task.owner)] if task.owner else []
    return Line(
        (
            Segment(pad(clean(task.id), widths.id) + " ", Style.HEADING),
            Segment(pad(clean(task.title), widths.title) + "  "),
            Segment(pad(_word(known), widths.word) + "  ", style_of(known.verdict)),
            Segment(", ".join(facts)),
        )
    )


def _message(view: NextView) -> str:
    of = f" {view.asked}" if view.asked else ""
    done, total = sum(name in view.readiness.open for name in view.wanted), len(view.wanted)
    if done == total:
        return f"All {plural(total, 'task')}{of} PASS: nothing is left to do."
    counts = f"{len(view.ready)} ready, {len(view.waiting)} waiting, {done} of {total} done{of}."
    if not view.waiting:
        return counts
    if view.ready:
        return counts
    waits = _closed(view, view.readiness.roots(view.waiting))
    behind = plural(len(view.waiting), "task waits", "tasks wait")
    return f"No task{of} is ready: {behind} for {waits}. {counts}"


def _closed(view: NextView, names: Collection[str]) -> str:
    told = []
    for name in names:
        track = view.tracks.get(name)
        where = f", track {track.number}" if track else ""
        told.append(f"{clean(name)} ({word(view.record.task(name))}{where})")
    return enumeration(told, most=_MOST_NAMED)
