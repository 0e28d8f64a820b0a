"""What a change made weaker, as a value; and which of it the plan acknowledges.

A weakening has an id that says where and what (``TASK-004/AC-002 max``) and a digest of what was
and what is. An acknowledgement names both: once more lowered, the digest is another one, and the
old acknowledgement says nothing about it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pytest_tracks.core.model import Acknowledgement, Check, Criterion, Plan, Task

__all__ = ["Weakening", "acknowledged_by", "acknowledged_removals", "plain", "removed_task"]

REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Weakening:
    """One thing that is asked less strictly, or checked less, than before."""

    subject: str
    """A task, a criterion (``TASK-004/AC-002``), a test, a file or a setting."""
    what: str
    """One word: ``removed``, ``min``, ``allow``, ``asserts``…"""
    message: str
    before: object = None
    after: object = None

    @property
    def id(self) -> str:
        """The name by which the plan acknowledges it."""
        return f"{self.subject} {self.what}"

    @property
    def digest(self) -> str:
        """12 hex digits of all that it is about."""
        whole = json.dumps([self.id, plain(self.before), plain(self.after)], sort_keys=True)
        return hashlib.blake2b(whole.encode(), digest_size=6).hexdigest()


def plain(value: object) -> object:
    """Make what JSON knows of a value; kinds of third parties may hold anything."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return str(value)


def removed_task(task: Task) -> Weakening:
    """Describe that a task is gone from the plan."""
    before = [task.kind.value, [_criterion(one) for one in task.criteria]]
    return Weakening(task.id, REMOVED, f"task {task.id} is gone from the plan", before)


def _criterion(criterion: Criterion) -> list[object]:
    check: Check = criterion.check
    return [criterion.id, criterion.text, check.kind, check.params]


def acknowledged_by(
    weakening: Weakening, acknowledged: Iterable[Acknowledgement]
) -> Acknowledgement | None:
    """Find the acknowledgement of exactly this weakening."""
    for one in acknowledged:
        if (one.id, one.digest) == (weakening.id, weakening.digest):
            return one
    return None


def acknowledged_removals(gone: Mapping[str, Task], plan: Plan) -> frozenset[str]:
    """Name those of the tasks that are gone whose removal the plan acknowledges."""
    return frozenset(
        name
        for name, task in gone.items()
        if acknowledged_by(removed_task(task), plan.acknowledged)
    )


def lost(before: Collection[str], after: Collection[str]) -> tuple[str, ...]:
    """List what was there and is no longer, in its old order."""
    return tuple(one for one in before if one not in after)
