"""Every task as the report's script reads it.

::

    task_documents ──► embedded    {"tasks": [{"id", "wave", "criteria": [[…], …]}]}

What stands in the table is not said again to the script, and nothing that is empty. Neighbours are
given by their place in ``tasks``. Ten thousand criteria may stand in it, so that each is a list:
id, text, verdict, gap, evidence, fix, outputs; what is empty at its end is left out. Evidence that
is the criterion's own item is 0, and what all other evidence of a task begins with stands in
``seen``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os.path import commonprefix
from typing import Any

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Task
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.redact import strip_controls
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict
from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.page_facts import Attempt, Output, PageFacts
from pytest_tracks.reports.tally import criterion_ids, met, minutes
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.validation_result import CriterionDocument, ValidationResult
from pytest_tracks.reports.wording import duration, hours, percent, plural

__all__ = ["STYLES", "embedded", "task_documents"]

STYLES: Mapping[Style, str] = {
    Style.GOOD: "good",
    Style.BAD: "bad",
    Style.DOUBT: "doubt",
    Style.DIM: "dim",
}
"""The class by which the report shows a verdict: a colour and a shape."""

_MOST_ATTEMPTS = 50
_PASS = CriterionVerdict.PASS.value
_EMPTY: tuple[object, ...] = ("", [], None)


def embedded(value: object) -> str:
    """Write JSON that may stand in a ``script`` element: nothing in it can end that element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def task_documents(
    facts: PageFacts, picture: Picture, results: Mapping[str, ValidationResult]
) -> list[dict[str, Any]]:
    """Describe all tasks, in the plan's order."""
    places = {name: index for index, name in enumerate(facts.plan.tasks)}
    sprint_of = {name: one.id for one in facts.plan.sprints for name in one.tasks}
    tracks = {track.number: place for place, track in enumerate(picture.tracks)}
    documents = []
    for name, task in facts.plan.tasks.items():
        known, result = facts.record.task(name), results[name]
        document = {
            **_heading(task, known, picture.nodes[name]),
            "track": tracks.get(picture.nodes[name].track),
            "sprint": sprint_of.get(name, ""),
            "before": [places[one] for one in dict.fromkeys(task.predecessors)],
            "blockedBy": [places[one] for one in known.blocked_by],
            "seen": (seen := _common(task, result)),
            "criteria": _criteria(task, facts, result, seen),
            "attempts": [_attempt(one) for one in facts.attempts.get(name, ())[-_MOST_ATTEMPTS:]],
            "coverage": _coverage(task, known),
        }
        documents.append({key: one for key, one in document.items() if one not in _EMPTY})
    return documents


def _heading(task: Task, known: TaskRecord, node: Node) -> dict[str, Any]:
    """Say what stands above the criteria, but for what the script finds in the table."""
    time, command = minutes(known), clean(command_for(task.id))
    return {
        "id": node.id,
        "kind": task.kind.value if is_gate(task) else "",
        "wave": node.wave + 1,
        "critical": 1 if node.is_critical else "",
        "owner": clean(task.owner or ""),
        "hours": hours(node.hours, short=True) if task.hours is not None else "",
        "met": met(task, known),
        "iterations": known.iterations or "",
        "minutes": None if time is None else round(time, 4),
        "where": str(task.location),
        "tier": clean(known.tier_used or ""),
        "command": "" if command == f"pytest --task={node.id}" else command,  # all would guess it
    }


def _criteria(task: Task, facts: PageFacts, result: ValidationResult, seen: str) -> list[Any]:
    known = facts.record.task(task.id).criteria
    outputs = facts.outputs.get(task.id, {})
    own = _own(task)
    return [
        _criterion(document, known.get(name), outputs.get(name, ()), own, seen)
        for name, document in zip(criterion_ids(task), result["criteria"], strict=True)
    ]


def _criterion(
    document: CriterionDocument,
    known: CriterionResult | None,
    outputs: Iterable[Output],
    own: str,
    seen: str,
) -> list[Any]:
    item = own + document["id"]
    values = [
        document["id"],
        document["description"],
        "" if document["status"] == _PASS else document["status"],
        clean(known.gap) if known and known.gap else "",
        [0 if one == item else one.removeprefix(seen) for one in document["evidence"]],
        document["recommended_fix"],
        [[clean(one.title), strip_controls(one.text)] for one in outputs],
    ]
    while values[-1] in _EMPTY:
        values.pop()
    return values


def _own(task: Task) -> str:
    """Return what the names of a task's own items begin with; the rest is a criterion's id."""
    return clean(SEPARATOR.join((task.location.path, task.id, "")))


def _common(task: Task, result: ValidationResult) -> str:
    """Find the modules or folders that all evidence of a task begins with."""
    own = _own(task)
    others = [
        handle
        for one in result["criteria"]
        for handle in one["evidence"]
        if handle != own + one["id"]
    ]
    common = commonprefix(others)  # noqa: RUF071 (a node id is no path)
    inside = common.rfind(SEPARATOR)
    return common[: inside + len(SEPARATOR) if inside >= 0 else common.rfind("/") + 1]


def _attempt(attempt: Attempt) -> list[Any]:
    return [
        attempt.started_at[:19].replace("T", " "),
        attempt.verdict,
        "" if attempt.seconds is None else duration(attempt.seconds / 60, short=True),
        "" if attempt.kind == "attempt" else attempt.kind,
        f"{attempt.met}/{attempt.total}" if attempt.total else "",
        attempt.commit[:10],
    ]


def _coverage(task: Task, known: TaskRecord) -> list[Any]:
    """List what was measured, what is required, and of how much; what is missed the gap tells."""
    found = known.coverage
    if found is None or task.coverage is None:
        return []
    shown = percent(found.percent).removesuffix(" %")
    return [float(shown), f"{found.required:g}", plural(found.statements, "statement")]
