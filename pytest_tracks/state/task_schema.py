"""One task of the state file ⇄ its record, with a mark by which a hand edit is found.

The first keys are those of the source's schema; what follows is what resuming needs. Each task
carries the checksum of its own lines, so that an edit makes a claim of that task only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from pytest_tracks.core.model import COVERAGE_ID
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state.canonical import dump, dump_values
from pytest_tracks.state.codec import decode, encode
from pytest_tracks.state.yamltext import Tree, to_python

__all__ = ["INTEGRITY", "KEYS", "claimed_record", "is_intact", "read_task", "render_task"]

INTEGRITY = "integrity"
_ALWAYS = (
    "status",
    "track",
    "started_at",
    "completed_at",
    "duration_minutes",
    "tier_used",
    "iterations",
    "validation_result",
    "acceptance_criteria_met",
    "acceptance_criteria_total",
    "coverage",
    "blocked_by",
    "assumes",
    "attempts",
    "run_seconds",
)
_WHERE_KNOWN = (
    "claim",
    "meta",
    "digest",
    "criteria",
    "attempt",
    "serial",
    "journal",
    "passed_definition",
    "reopened",
    "began",
    "measures",
    "sign_offs",
    "reds",
    "open",
)
KEYS = frozenset((*_ALWAYS, *_WHERE_KNOWN, INTEGRITY))
_DERIVED = {"status", "acceptance_criteria_met", "acceptance_criteria_total", INTEGRITY}
_READ = KEYS - _DERIVED
_PENDING = {"", "pending"}
_UNTOUCHED = TaskRecord()


def render_task(
    task_id: str, record: TaskRecord, total: int | None, unknown: Mapping[str, Tree]
) -> str:
    """Write a task's lines, two spaces in.

    ``total`` counts the plan's criteria; None where the plan has no such task any more.
    """
    is_untouched = record == _UNTOUCHED and not unknown
    body = _untouched_body(total) if is_untouched else _body(record, total, unknown)
    lines = dump({task_id: {}}, indent=2).removesuffix(" {}\n") + "\n" + body
    return f"{lines}    {INTEGRITY}: {_mark(lines)}\n"


@cache
def _untouched_body(total: int | None) -> str:
    """Write what is the same of all tasks that nobody has attempted: of a large plan, most."""
    return _body(_UNTOUCHED, total, {})


def _body(record: TaskRecord, total: int | None, unknown: Mapping[str, Tree]) -> str:
    values = _values(record, total)
    shown = {key: values[key] for key in _ALWAYS}
    shown |= {key: values[key] for key in _WHERE_KNOWN if values.get(key)}
    return dump_values({**shown, **unknown}, indent=4)


def _values(record: TaskRecord, total: int | None) -> dict[str, Any]:
    own = {name: result for name, result in record.criteria.items() if name != COVERAGE_ID}
    values: dict[str, Any] = dict.fromkeys(_ALWAYS)
    values |= {"iterations": 0, "attempts": 0, "blocked_by": [], "assumes": []}
    values |= encode(record)
    values |= {
        "status": record.status.value,
        "validation_result": values.pop("verdict", None),
        "acceptance_criteria_met": sum(result.verdict.value == "PASS" for result in own.values()),
        "acceptance_criteria_total": len(own) if total is None else total,
        "criteria": _criteria(values),
    }
    return values


def _criteria(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Join what is known of each criterion under its id."""
    found: dict[str, dict[str, Any]] = {}
    for name, result in values.get("criteria", {}).items():
        found[name] = {key: item for key, item in result.items() if key != "id"}
    for key in ("texts", "tests"):
        for name, item in values.get(key, {}).items():
            found.setdefault(name, {})[key.removesuffix("s") if key == "texts" else key] = item
    return found


def _mark(lines: str) -> str:
    return hashlib.blake2b(lines.encode(), digest_size=8).hexdigest()


def is_intact(task_id: str, tree: Mapping[str, Tree]) -> bool:
    """Say whether a task is as it was written, however it is quoted or spaced."""
    rest = {key: value for key, value in tree.items() if key != INTEGRITY}
    return tree.get(INTEGRITY) == _mark(dump({task_id: rest}, indent=2))


def read_task(tree: Mapping[str, Tree]) -> TaskRecord:
    """Read a task back.

    Raises ValueError where it does not fit the schema.
    """
    values = {key: to_python(value) for key, value in tree.items() if key in _READ}
    values["verdict"] = values.pop("validation_result", None)
    return decode(TaskRecord, values | _split(values.get("criteria", {})))


def _split(criteria: object) -> dict[str, Any]:
    if not isinstance(criteria, dict) or not all(isinstance(x, dict) for x in criteria.values()):
        raise ValueError("criteria are no mapping of mappings")
    return {
        "criteria": {
            name: {"id": name, **known} for name, known in criteria.items() if "verdict" in known
        },
        "texts": {name: known["text"] for name, known in criteria.items() if "text" in known},
        "tests": {name: known["tests"] for name, known in criteria.items() if "tests" in known},
    }


def claimed_record(tree: Mapping[str, Tree]) -> TaskRecord:
    """Make a claim of a task that nothing supports: kept, shown, never evidence."""
    status = tree.get("status")
    claim = status if isinstance(status, str) else ""
    record = _as_far_as_typed(tree)
    if claim in _PENDING and record.verdict is None:
        return record
    claim = claim if claim not in _PENDING else str(tree.get("validation_result"))
    return TaskRecord(
        verdict=TaskVerdict.UNVERIFIED,
        claim=claim,
        track=record.track,
        started_at=record.started_at,
        completed_at=record.completed_at,
        duration_minutes=record.duration_minutes,
        tier_used=record.tier_used,
        iterations=max(record.iterations, 0),
        attempts=max(record.attempts, record.iterations, 0),
    )


def _as_far_as_typed(tree: Mapping[str, Tree]) -> TaskRecord:
    """Read those values that fit; a stranger's file may hold anything."""
    fitting: dict[str, Tree] = {}
    for key, value in tree.items():
        try:
            read_task({key: value})
        except ValueError:
            continue
        fitting[key] = value
    return read_task(fitting)
