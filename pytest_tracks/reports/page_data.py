"""What the report's script reads: every task as JSON, with short keys and without what is empty.

::

    {"tasks": [{"id", "title", "word", "style", …, "criteria": [[…], …]}], "levels": …}

Neighbours are given by their place in ``tasks``. Ten thousand criteria stand in it, so that each
is a list: id, text, verdict, style, gap, evidence, fix, outputs; what is empty at its end is left
out. The evidence that is the criterion's own item is written as an empty text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Task
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.redact import strip_controls
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict
from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.line import Style, style_of
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.page_facts import Attempt, PageFacts
from pytest_tracks.reports.reasons import criterion_text, reason
from pytest_tracks.reports.tally import criterion_ids, met, minutes
from pytest_tracks.reports.text import clean, cut
from pytest_tracks.reports.validation_result import recommended_fix
from pytest_tracks.reports.wording import duration, hours, percent, plural

__all__ = ["STYLES", "embedded", "task_documents"]

STYLES: Mapping[Style, str] = {
    Style.GOOD: "good",
    Style.BAD: "bad",
    Style.DOUBT: "doubt",
    Style.DIM: "dim",
}
"""The class by which the report shows a verdict: a colour and a shape."""

_LONGEST_REASON = 300
_MOST_ATTEMPTS = 50
_NOT_RUN = CriterionVerdict.NOT_RUN.value


def embedded(value: object) -> str:
    """Write JSON that may stand in a ``script`` element: nothing in it can end that element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def task_documents(facts: PageFacts, picture: Picture) -> list[dict[str, Any]]:
    """Describe all tasks, in the plan's order."""
    places = {name: index for index, name in enumerate(facts.plan.tasks)}
    sprint_of = {name: one.id for one in facts.plan.sprints for name in one.tasks}
    labels = {track.number: clean(track.label) for track in picture.tracks}
    return [
        _without_empty(
            {
                **_heading(task, facts, picture),
                "track": labels.get(picture.nodes[name].track, ""),
                "sprint": sprint_of.get(name, ""),
                "before": [places[one] for one in dict.fromkeys(task.predecessors)],
                "blockedBy": [places[one] for one in facts.record.task(name).blocked_by],
                "criteria": [_criterion(task, facts, one) for one in criterion_ids(task)],
                "attempts": [
                    _attempt(one) for one in facts.attempts.get(name, ())[-_MOST_ATTEMPTS:]
                ],
                "coverage": _coverage(task, facts.record.task(name)),
            }
        )
        for name, task in facts.plan.tasks.items()
    ]


def _without_empty(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value not in ("", [], None)}


def _heading(task: Task, facts: PageFacts, picture: Picture) -> dict[str, Any]:
    known, node = facts.record.task(task.id), picture.nodes[task.id]
    time = minutes(known)
    return {
        "id": clean(task.id),
        "title": clean(task.title),
        "kind": task.kind.value if is_gate(task) else "",
        "word": node.word,
        "style": STYLES[node.style],
        "why": "" if node.style is Style.GOOD else cut(reason(task, known), _LONGEST_REASON),
        "wave": node.wave + 1,
        "critical": 1 if node.is_critical else "",
        "owner": clean(task.owner or ""),
        "hours": hours(node.hours, short=True) if task.hours is not None else "",
        "met": met(task, known),
        "iterations": known.iterations or "",
        "time": "" if time is None else duration(time, short=True),
        "minutes": None if time is None else round(time, 5),
        "where": str(task.location),
        "tier": clean(known.tier_used or ""),
        "command": clean(command_for(task.id)),
    }


def _criterion(task: Task, facts: PageFacts, name: str) -> list[Any]:
    known = facts.record.task(task.id)
    result = known.criteria.get(name)
    outputs = facts.outputs.get(task.id, {}).get(name, ())
    shown = result or CriterionResult(name, CriterionVerdict.NOT_RUN)
    values = [
        clean(name),
        criterion_text(task, name),
        shown.verdict.value,
        STYLES[style_of(shown.verdict) if _was_run(result) else Style.DIM],
        clean(shown.gap),
        [_evidence(task, name, one) for one in shown.evidence],
        clean(recommended_fix(task, known, shown)),
        [[clean(one.title), strip_controls(one.text)] for one in outputs],
    ]
    while values[-1] in ("", []):
        values.pop()
    return values


def _was_run(result: CriterionResult | None) -> bool:
    return result is not None and result.verdict.value != _NOT_RUN


def _evidence(task: Task, name: str, handle: str) -> str:
    own = SEPARATOR.join((task.location.path, task.id, name))
    return "" if handle == own else clean(handle)


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
