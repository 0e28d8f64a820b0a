"""What ``pytest-tracks show TASK-004`` shows: all that is known of one task.

::

    TASK-004 User authentication API                                        FAIL
    Track 1 (Backend API), 10 h, owner Backend team
    ...
    Criteria (1 of 2 met)
      AC-001 Login returns a token                    prose                 PASS
      AC-002 Password can be reset                    test tests/…          FAIL
             assert 404 == 200
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from pytest_tracks.core.model import COVERAGE_ID, Plan, Task, Track
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.line import BLANK, Line, Segment, Style, style_of
from pytest_tracks.reports.next_text import FailureDocument, command_for, failures
from pytest_tracks.reports.reasons import binding_mark, criterion_text, reason
from pytest_tracks.reports.tally import criterion_ids, met, word
from pytest_tracks.reports.text import clean, display_width, pad, wrap
from pytest_tracks.reports.wording import hours, plural

__all__ = ["ShowDocument", "ShowView", "show_json", "show_lines"]


@dataclass(frozen=True, slots=True)
class ShowView:
    """What is known of one task."""

    plan: Plan
    record: ProjectRecord
    task: Task
    track: Track | None
    remaining_hours: float
    """The longest path of work from the task's start to the end of the plan."""


class CheckDocument(TypedDict):
    """What decides a criterion; ``params`` as the plan gives them."""

    kind: str
    params: dict[str, object]


class CriterionDocument(TypedDict):
    """A criterion; ``verdict`` is null where it was never tried."""

    id: str
    text: str
    check: CheckDocument
    verdict: str | None
    gap: str
    evidence: list[str]
    tests: list[str]


class StepDocument(TypedDict):
    """A step of the work; ``done`` is what the document claims."""

    text: str
    done: bool


class NeighbourDocument(TypedDict):
    """A task before or behind this one."""

    id: str
    title: str
    verdict: str | None


class ShowDocument(TypedDict):
    """One task; what is not known is null, hours are estimates, times ISO 8601 in UTC."""

    id: str
    title: str
    kind: str
    location: str
    description: str
    track: int | None
    track_name: str
    owner: str | None
    hours: float | None
    remaining_hours: float
    verdict: str | None
    status: str
    running: bool
    claim: str | None
    reason: str
    criteria: list[CriterionDocument]
    steps: list[StepDocument]
    files: list[str]
    uses: list[str]
    resources: dict[str, int]
    predecessors: list[NeighbourDocument]
    successors: list[NeighbourDocument]
    failures: list[FailureDocument]
    iterations: int
    attempts: int
    completed_at: str | None
    command: str


def show_json(view: ShowView) -> ShowDocument:
    """Give the task as values that ``json.dump`` takes (a check's parameters as texts)."""
    task, known = view.task, view.record.task(view.task.id)
    return {
        "id": task.id,
        "title": clean(task.title),
        "kind": task.kind.value,
        "location": str(task.location),
        "description": task.description,
        "track": view.track.number if view.track else None,
        "track_name": clean(view.track.name) if view.track else "",
        "owner": clean(task.owner) if task.owner else None,
        "hours": task.hours,
        "remaining_hours": view.remaining_hours,
        "verdict": known.verdict.value if known.verdict else None,
        "status": known.status.value,
        "running": bool(known.open),
        "claim": known.claim or task.claim or None,
        "reason": reason(task, known),
        "criteria": [_criterion(view, name) for name in criterion_ids(task)],
        "steps": [{"text": clean(step.text), "done": step.done} for step in task.steps],
        "files": list(task.files),
        "uses": list(task.uses),
        "resources": dict(task.resources),
        "predecessors": [_neighbour(view, name) for name in task.predecessors],
        "successors": [_neighbour(view, name) for name in _successors(view)],
        "failures": failures(task, known),
        "iterations": known.iterations,
        "attempts": known.attempts,
        "completed_at": known.completed_at,
        "command": command_for(task.id),
    }


def _criterion(view: ShowView, name: str) -> CriterionDocument:
    known = view.record.task(view.task.id)
    result = known.criteria.get(name)
    kind, params = _check(view.task, name)
    return {
        "id": name,
        "text": criterion_text(view.task, name),
        "check": {"kind": kind, "params": {key: _plain(value) for key, value in params.items()}},
        "verdict": result.verdict.value if result else None,
        "gap": clean(result.gap) if result else "",
        "evidence": list(result.evidence) if result else [],
        "tests": list(known.tests.get(name, ())),
    }


def _check(task: Task, name: str) -> tuple[str, Mapping[str, object]]:
    if name == COVERAGE_ID and task.coverage is not None:
        gate = task.coverage
        params = {
            "source": gate.source,
            "min": gate.minimum,
            "branch": gate.branch,
            "per_file_min": gate.per_file_minimum,
            "diff_min": gate.diff_minimum,
            "isolated": gate.isolated,
        }
        return COVERAGE_ID, {name: value for name, value in params.items() if value is not None}
    check = task.criterion(name).check
    return check.kind, check.params


def _plain(value: object) -> object:
    """Make what JSON has of a parameter; kinds of third parties may hold anything."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)


def _neighbour(view: ShowView, name: str) -> NeighbourDocument:
    verdict = view.record.task(name).verdict
    return {
        "id": name,
        "title": clean(view.plan.tasks[name].title),
        "verdict": verdict.value if verdict else None,
    }


def _successors(view: ShowView) -> list[str]:
    return [name for name, task in view.plan.tasks.items() if view.task.id in task.predecessors]


def show_lines(view: ShowView, *, width: int = 80) -> list[Line]:
    """Write the task in blocks, a blank line between them; each block only where it has any."""
    lines: list[Line] = []
    for block in _blocks(view, width):
        if block:
            lines += [BLANK] * bool(lines) + block
    return lines


def _blocks(view: ShowView, width: int) -> Iterator[list[Line]]:
    task = view.task
    yield _heading(view, width)
    yield [Line.of(text) for text in wrap(clean(task.description), width) if text]
    yield _criteria(view, width)
    steps = [f"[{'x' if step.done else ' '}] {clean(step.text)}" for step in task.steps]
    done = sum(step.done for step in task.steps)
    yield _listed(f"Steps ({done} of {len(steps)} ticked)", steps, width)
    yield _listed("Owned files", map(clean, task.files), width)
    yield _listed("Uses", map(clean, task.uses), width)
    resources = [f"{clean(name)}: {units}" for name, units in task.resources.items()]
    yield _listed("Resources", resources, width)
    yield _neighbours("Waits for", task.predecessors, view, width)
    yield _neighbours("Waited for by", _successors(view), view, width)
    yield [Line.of(f"run: {clean(command_for(task.id))}", Style.HEADING)]


def _heading(view: ShowView, width: int) -> list[Line]:
    task, known = view.task, view.record.task(view.task.id)
    now = "running" if known.open else word(known)
    room = max(width - len(now) - 2, width // 4)
    title = Segment(pad(f"{clean(task.id)} {clean(task.title)}", room), Style.HEADING)
    first = Line((title, Segment("  "), Segment(now, style_of(known.verdict)))).cut(width)
    facts = [clean(view.track.label)] if view.track else []
    facts += [f"owner {clean(task.owner)}"] if task.owner else []
    facts += [hours(task.hours, short=True)] if task.hours is not None else []
    facts.append(f"{hours(view.remaining_hours, short=True)} to the end of the plan")
    tried = f"{plural(known.iterations, 'iteration')}, {plural(known.attempts, 'attempt')}"
    facts.append(tried if known.attempts else "never attempted")
    texts = [", ".join(facts), reason(task, known), f"stands in {task.location}"]
    return [first, *(Line.of(line) for text in texts if text for line in wrap(text, width))]


def _criteria(view: ShowView, width: int) -> list[Line]:
    task, known = view.task, view.record.task(view.task.id)
    names = criterion_ids(task)
    if not names:
        return [Line.of("No acceptance criteria")]
    ids = min(max(display_width(clean(name)) for name in names), width // 3)
    count = f"{met(task, known)} of {len(names)} met"
    lines = [Line.of(f"Criteria ({count})", Style.HEADING)]
    margin = " " * (ids + 3)
    for name in names:
        result = known.criteria.get(name)
        now = result.verdict.value if result else "not run"
        head = f"  {pad(clean(name), ids)} "
        first, *more = wrap(criterion_text(task, name), width - len(margin) - len(now) - 2)
        body = pad(first, width - display_width(head) - len(now) - 2)
        verdict = Segment(now, style_of(result.verdict if result else None))
        lines.append(Line((Segment(head + body + "  "), verdict)).cut(width))
        texts = [*more, *_details(view, name)]
        lines += [
            Line.of(margin + line)
            for text in texts
            for line in wrap(text, width - len(margin), hang=2)
        ]
    return lines


def _details(view: ShowView, name: str) -> list[str]:
    """Say what checks a criterion, and what was missing when it was tried last."""
    known = view.record.task(view.task.id)
    kind, params = _check(view.task, name)
    shown = ", ".join(f"{key}={_compact(value)}" for key, value in params.items() if value)
    bound = known.tests.get(name, ())
    if kind == "prose" and not bound:
        details = [clean(f"check: none; bind a test: {binding_mark(view.task.id, name)}")]
    elif kind == "prose":
        details = [clean(f"check: {', '.join(bound)}")]
    else:
        details = [clean(f"check: {kind} {shown}")]
    result = known.criteria.get(name)
    return [*details, f"gap: {clean(result.gap)}"] if result and result.gap else details


def _compact(value: object) -> str:
    plain = _plain(value)
    return " ".join(map(str, plain)) if isinstance(plain, list) else str(plain)


def _listed(title: str, texts: Iterable[str], width: int) -> list[Line]:
    body = [Line.of(line) for text in texts for line in wrap(f"  {text}", width, hang=4)]
    return [Line.of(title, Style.HEADING), *body] if body else []


def _neighbours(title: str, names: Iterable[str], view: ShowView, width: int) -> list[Line]:
    lines = []
    for name in names:
        known = view.record.task(name)
        now = word(known)
        text = f"  {clean(name)} {clean(view.plan.tasks[name].title)}"
        room = max(width - len(now) - 2, width // 4)
        verdict = Segment(now, style_of(known.verdict))
        lines.append(Line((Segment(pad(text, room) + "  "), verdict)).cut(width))
    return [Line.of(title, Style.HEADING), *lines] if lines else []
