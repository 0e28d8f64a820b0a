"""Every task as the report's template and its script read it.

::

    task_documents ──► the table's rows        title, verdict, time, …
                  └──► embedded(slim(…))       {"tasks": [{"id", "wave", "criteria": [[…], …]}]}

What stands in the table is not said again to the script, and nothing that is empty. Neighbours are
given by their place in ``tasks``. Ten thousand criteria may stand in it, so that each is a list:
id, text, verdict, gap, evidence, fix, outputs; what is empty at its end is left out. Evidence that
is the criterion's own item is 0, and what all other evidence of a task begins with stands in
``seen``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from pytest_tracks.core.gates import is_gate
from pytest_tracks.core.model import Task
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.redact import strip_controls
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict
from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.page_facts import Attempt, PageFacts
from pytest_tracks.reports.reasons import criterion_text, reason
from pytest_tracks.reports.tally import criterion_ids, met, minutes
from pytest_tracks.reports.text import clean, cut
from pytest_tracks.reports.validation_result import recommended_fix
from pytest_tracks.reports.wording import duration, hours, percent, plural

__all__ = ["STYLES", "embedded", "slim", "task_documents"]

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
    tracks = {track.number: place for place, track in enumerate(picture.tracks)}
    return [
        _without_empty(
            {
                **_heading(task, facts, picture),
                "track": tracks.get(picture.nodes[name].track),
                "sprint": sprint_of.get(name, ""),
                "before": [places[one] for one in dict.fromkeys(task.predecessors)],
                "blockedBy": [places[one] for one in facts.record.task(name).blocked_by],
                "seen": (seen := _common(task, facts.record.task(name))),
                "criteria": [_criterion(task, facts, one, seen) for one in criterion_ids(task)],
                "attempts": [
                    _attempt(one) for one in facts.attempts.get(name, ())[-_MOST_ATTEMPTS:]
                ],
                "coverage": _coverage(task, facts.record.task(name)),
            }
        )
        for name, task in facts.plan.tasks.items()
    ]


_IN_THE_TABLE = frozenset({"title", "word", "style", "time", "why"})


def slim(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the script finds in the table, and the command that everybody would guess."""
    usual = f"pytest --task={document['id']}"
    return {
        key: value
        for key, value in document.items()
        if key not in _IN_THE_TABLE and (key, value) != ("command", usual)
    }


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
        "minutes": None if time is None else round(time, 4),
        "where": str(task.location),
        "tier": clean(known.tier_used or ""),
        "command": clean(command_for(task.id)),
    }


def _common(task: Task, known: TaskRecord) -> str:
    """Find the modules or folders that all evidence of a task begins with."""
    others = [
        clean(one)
        for name, result in known.criteria.items()
        for one in result.evidence
        if one != _own(task, name)
    ]
    first, last = min(others, default=""), max(others, default="")
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = "".join(one for one, _ in pairs)
    inside = common.rfind(SEPARATOR)
    return common[: inside + len(SEPARATOR) if inside >= 0 else common.rfind("/") + 1]


def _own(task: Task, name: str) -> str:
    return SEPARATOR.join((task.location.path, task.id, name))


def _criterion(task: Task, facts: PageFacts, name: str, seen: str) -> list[Any]:
    known = facts.record.task(task.id)
    result = known.criteria.get(name)
    outputs = facts.outputs.get(task.id, {}).get(name, ())
    shown = result or CriterionResult(name, CriterionVerdict.NOT_RUN)
    values = [
        clean(name),
        criterion_text(task, name),
        "" if shown.verdict is CriterionVerdict.PASS else shown.verdict.value,
        clean(shown.gap),
        [0 if one == _own(task, name) else clean(one).removeprefix(seen) for one in shown.evidence],
        clean(recommended_fix(task, known, shown)),
        [[clean(one.title), strip_controls(one.text)] for one in outputs],
    ]
    while values[-1] in ("", []):
        values.pop()
    return values


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
