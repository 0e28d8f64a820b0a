"""A plan that has been read, as JSON: reading 1,000 tasks back is ten times as fast as their YAML.

Positions instead of keys, and paths by their place in a table, keep it small. A value that JSON
would change (a set among a check's parameters, say) makes ``plan_to_json`` refuse the plan, so
that what is read back is always equal to what was written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pytest_tracks.core.model import (
    Acknowledgement,
    Check,
    Contract,
    Coverage,
    Criterion,
    Location,
    Plan,
    Requirement,
    Sprint,
    Statement,
    Step,
    Task,
    TaskKind,
    Track,
)
from pytest_tracks.errors import Problem

__all__ = [
    "place_from_json",
    "place_to_json",
    "plan_from_json",
    "plan_to_json",
    "task_from_json",
    "task_to_json",
]

_KINDS = {kind.value: kind for kind in TaskKind}
_TUPLE = "()"
"""The only key of the object that stands for a tuple."""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Make the JSON value of a plan; raises ValueError where the way back would change it."""
    places: dict[str, int] = {}
    document = {
        "plan": [plan.project, plan.folder, plan.files, plan.ignored, plan.digest, plan.format],
        "tasks": [task_to_json(task, places) for task in plan.tasks.values()],
        "tracks": [[t.number, t.name, t.component, t.owner] for t in plan.tracks],
        "sprints": [
            [s.id, s.track, s.title, s.tasks, place_to_json(s.location, places)]
            for s in plan.sprints
        ],
        "requirements": [
            [r.id, r.title, place_to_json(r.location, places), r.must] for r in plan.requirements
        ],
        "capacities": dict(plan.capacities),
        "settings": _plain(plan.settings),
        "reviewers": plan.reviewers,
        "acknowledged": [
            [a.id, a.digest, a.reason, place_to_json(a.location, places)] for a in plan.acknowledged
        ],
        "warnings": [[w.path, w.line, w.col, w.code, w.message, w.hint] for w in plan.warnings],
        "statements": [
            [s.text, s.found, s.agrees, place_to_json(s.location, places)] for s in plan.statements
        ],
        "contracts": [[c.path, c.owner, place_to_json(c.location, places)] for c in plan.contracts],
        "places": list(places),
    }
    if plan_from_json(json.loads(json.dumps(document))) != plan:
        raise ValueError("the plan holds what JSON cannot say")
    return document


def place_to_json(location: Location, places: dict[str, int]) -> list[int]:
    """Name a place by the position of its path in a table that grows as needed."""
    index = places.setdefault(location.path, len(places))
    return [index, location.line, location.col]


def task_to_json(task: Task, places: dict[str, int]) -> list[Any]:
    """Make the JSON value of a task; raises ValueError for what JSON has no word for."""
    gate = task.coverage
    return [
        task.id,
        task.title,
        place_to_json(task.location, places),
        task.kind.value,
        [_criterion_values(criterion, places) for criterion in task.criteria],
        task.predecessors,
        task.pin,
        task.component,
        task.owner,
        task.requirements,
        task.hours,
        task.files,
        task.uses,
        dict(task.resources),
        [[step.text, step.done] for step in task.steps],
        None if gate is None else _gate_values(gate),
        task.description,
        task.priority,
        task.value,
        task.tags,
        task.claim,
        _plain(task.metadata),
    ]


def _gate_values(gate: Coverage) -> list[Any]:
    return [
        gate.source,
        gate.minimum,
        gate.branch,
        gate.per_file_minimum,
        gate.diff_minimum,
        gate.isolated,
    ]


def _criterion_values(criterion: Criterion, places: dict[str, int]) -> list[Any]:
    check = criterion.check
    return [
        criterion.id,
        criterion.text,
        check.kind,
        _plain(check.params),
        place_to_json(criterion.location, places),
        criterion.positional,
        sorted(criterion.allow),
        criterion.section,
        criterion.require_red,
    ]


def _plain(value: object) -> Any:
    if value is None or type(value) in (str, bool, int):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if (
        isinstance(value, Mapping)
        and _TUPLE not in value
        and all(type(key) is str for key in value)
    ):
        return {key: _plain(item) for key, item in value.items()}
    if type(value) is list:
        return [_plain(item) for item in value]
    if type(value) is tuple:
        return {_TUPLE: [_plain(item) for item in value]}
    raise ValueError(f"JSON cannot say {value!r:.60}")


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """Make the plan of what ``plan_to_json`` made.

    Raises ValueError, TypeError, KeyError or IndexError where the document is of another shape.
    """
    places: list[str] = document["places"]
    project, folder, files, ignored, digest, plan_format = document["plan"]
    tasks = [task_from_json(values, places) for values in document["tasks"]]
    return Plan(
        project,
        {task.id: task for task in tasks},
        folder,
        tuple(files),
        tuple(ignored),
        tuple(Track(*values) for values in document["tracks"]),
        tuple(
            Sprint(name, track, title, tuple(members), place_from_json(place, places))
            for name, track, title, members, place in document["sprints"]
        ),
        tuple(
            Requirement(name, title, place_from_json(place, places), must)
            for name, title, place, must in document["requirements"]
        ),
        document["capacities"],
        _revived(document["settings"]),
        tuple(Problem(*values) for values in document["warnings"]),
        digest,
        tuple(
            Contract(path, owner, place_from_json(place, places))
            for path, owner, place in document["contracts"]
        ),
        None if document["reviewers"] is None else tuple(document["reviewers"]),
        tuple(
            Acknowledgement(name, word, reason, place_from_json(place, places))
            for name, word, reason, place in document["acknowledged"]
        ),
        plan_format,
        tuple(
            Statement(text, found, agrees, place_from_json(place, places))
            for text, found, agrees, place in document["statements"]
        ),
    )


def place_from_json(place: list[int], places: list[str]) -> Location:
    """Return what ``place_to_json`` has named."""
    return Location(places[place[0]], place[1], place[2])


def task_from_json(values: list[Any], places: list[str]) -> Task:
    """Make the task of what ``task_to_json`` made; raises as ``plan_from_json`` does."""
    gate = values[15]
    return Task(
        values[0],
        values[1],
        place_from_json(values[2], places),
        _KINDS[values[3]],
        tuple([_criterion(criterion, places) for criterion in values[4]]),
        tuple(values[5]),
        values[6],
        values[7],
        values[8],
        tuple(values[9]),
        values[10],
        tuple(values[11]),
        tuple(values[12]),
        values[13],
        tuple(Step(*step) for step in values[14]),
        None if gate is None else Coverage(tuple(gate[0]), *gate[1:]),
        values[16],
        values[17],
        values[18],
        tuple(values[19]),
        values[20],
        _revived(values[21]),
    )


_NOTHING: frozenset[str] = frozenset()


def _criterion(values: list[Any], places: list[str]) -> Criterion:
    name, text, kind, params, place, positional, allow, section, require_red = values
    return Criterion(
        name,
        text,
        Check(kind, _revived(params)),
        place_from_json(place, places),
        positional,
        frozenset(allow) if allow else _NOTHING,
        section,
        require_red,
    )


def _revived(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        if _TUPLE in value:
            return tuple(_revived(item) for item in value[_TUPLE])
        return {key: _revived(item) for key, item in value.items()} if value else value
    return [_revived(item) for item in value] if kind is list else value
