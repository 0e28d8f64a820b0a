"""The join of two states of one lineage: what both together know, whatever the order.

A verdict is named by the place of its fact (journal, serial), and a state says up to which serial
it knows each journal. So it can be told whether the other side has *replaced* a verdict or has
never seen it, which serials and clocks of two machines cannot tell::

    known to the other side, which holds a later one    replaced: dropped
    otherwise                                           kept

Where more than one verdict of a task is left, none knew of the other: all stay in the state, so
that the join is commutative, associative and idempotent, and the worst of them counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_tracks.core.record import ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state.codec import encode
from pytest_tracks.state.memory import bare, with_memory_of

__all__ = ["Knowledge", "Records", "join", "resolve"]

Records = tuple[TaskRecord, ...]
"""What is known of one task: a record, or several that did not know of each other."""

Current = Callable[[TaskRecord], bool]
_Place = tuple[str, int, str, "TaskVerdict | None"]

_NO_EVIDENCE = (None, TaskVerdict.BLOCKED, TaskVerdict.INTERRUPTED, TaskVerdict.INCOMPLETE)
"""Say nothing about the task itself: any verdict of an attempt that ended counts instead."""

_NOT_OF_THE_ATTEMPT = {None, TaskVerdict.BLOCKED, TaskVerdict.INTERRUPTED, TaskVerdict.STALE}

_WORST_LAST = (
    *_NO_EVIDENCE,
    TaskVerdict.PASS,
    TaskVerdict.STALE,
    TaskVerdict.PENDING,
    TaskVerdict.UNVERIFIED,
    TaskVerdict.FLAKY,
    TaskVerdict.FAIL,
    TaskVerdict.CONFLICT,
)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A state as the join sees it; runs that go on are no part of it."""

    project: ProjectRecord = field(default_factory=ProjectRecord)
    """All but its tasks."""
    tasks: Mapping[str, Records] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    """Journal id → serial up to which its facts are known."""

    def has_replaced(self, name: str, record: TaskRecord) -> bool:
        """Whether this state has seen a task's verdict, and holds what came after it instead.

        To have seen its place is not enough: a folder that was copied goes on with the same
        journal in two places.
        """
        if not 0 < record.serial <= self.seen.get(record.journal, 0):
            return False
        held = self.tasks.get(name, ())
        is_held = any(_place(one) == _place(record) for one in held)
        return not is_held and any(_follows(later, record) for later in held)


def _follows(later: TaskRecord, record: TaskRecord) -> bool:
    # Who begins an attempt counts those that he knows of; who only blocks the task does not.
    is_attempt = later.verdict not in (TaskVerdict.BLOCKED, TaskVerdict.STALE)
    knows_all = later.attempts >= record.attempts + is_attempt
    return later.serial > record.serial and (knows_all or later.attempt == record.attempt)


def join(one: Knowledge, other: Knowledge) -> Knowledge:
    """Join two states; in any order, and repeated, the result is the same."""
    seen = {
        journal: max(one.seen.get(journal, 0), other.seen.get(journal, 0))
        for journal in sorted({*one.seen, *other.seen})
    }
    names = sorted({*one.tasks, *other.tasks})
    tasks = {name: _join_records(name, one, other) for name in names}
    return Knowledge(_join_projects(one.project, other.project), tasks, seen)


def _join_records(name: str, one: Knowledge, other: Knowledge) -> Records:
    mine, theirs = one.tasks.get(name, ()), other.tasks.get(name, ())
    if mine == theirs:
        return mine
    verdicts = _join_verdicts(name, bare(mine), bare(theirs), one, other)
    return with_memory_of(verdicts, (*mine, *theirs))


def _join_verdicts(
    name: str, mine: Records, theirs: Records, one: Knowledge, other: Knowledge
) -> Records:
    kept: dict[_Place, TaskRecord] = {}
    for records, beside in ((mine, other), (theirs, one)):
        for record in records:
            if record.serial and not beside.has_replaced(name, record):
                place = _place(record)
                known = kept.get(place, record)
                kept[place] = max(known, record, key=_fullness) if known != record else record
    if len(kept) > 1:
        return tuple(sorted(kept.values(), key=_order))
    return tuple(kept.values()) or _without_place(mine, theirs)


def _place(record: TaskRecord) -> _Place:
    return record.journal, record.serial, record.attempt, record.verdict


def _fullness(record: TaskRecord) -> tuple[int, int, str]:
    """Order records of one verdict: a later attempt that has only begun is counted already."""
    return record.attempts, record.iterations, _canonical(record)


def _without_place(mine: Records, theirs: Records) -> Records:
    """Choose of records that no fact supports, such as claims: they stand for nothing."""
    records = [record for record in (*mine, *theirs) if not record.serial]
    return (max(records, key=_order),) if records else ()


def _order(record: TaskRecord) -> tuple[int, str, str]:
    return record.serial, record.journal, _canonical(record)


def _canonical(value: object) -> str:
    return json.dumps(encode(value), sort_keys=True)


def _join_projects(one: ProjectRecord, other: ProjectRecord) -> ProjectRecord:
    later = max(one, other, key=_layout_order)
    return ProjectRecord(
        tracks=later.tracks,
        mode=later.mode,
        max_possible_tracks=later.max_possible_tracks,
        created_at=min((it.created_at for it in (one, other) if it.created_at), default=None),
        updated_at=max((it.updated_at for it in (one, other) if it.updated_at), default=None),
        serial=max(one.serial, other.serial),
        lineage=one.lineage or other.lineage,
    )


def _layout_order(project: ProjectRecord) -> tuple[int, str]:
    tracks: Sequence[TrackRecord] = [it for _, it in sorted(project.tracks.items())]
    return project.serial, _canonical([tracks, project.mode, project.max_possible_tracks])


def resolve(records: Records, is_current: Current = lambda record: True) -> TaskRecord:
    """Make one record of several that did not know of each other, never better than any of them.

    Verdicts on what there is now (``is_current``) count before those on other contents. Two
    verdicts of one attempt are a CONFLICT.
    """
    if len(records) <= 1:
        return records[0] if records else TaskRecord()
    candidates = [record for record in records if is_current(record)] or list(records)
    worst = max(candidates, key=lambda record: (_badness(record), _order(record)))
    disputed = _disputed(records)
    if disputed:
        worst = replace(
            disputed, verdict=TaskVerdict.CONFLICT, completed_at=None, duration_minutes=None
        )
    return replace(
        worst,
        iterations=max(record.iterations for record in records),
        attempts=max(record.attempts for record in records),
    )


def _badness(record: TaskRecord) -> int:
    return _WORST_LAST.index(record.verdict)


def _disputed(records: Iterable[TaskRecord]) -> TaskRecord | None:
    """Find the worst record of an attempt of which there are two verdicts."""
    by_attempt: dict[str, list[TaskRecord]] = {}
    for record in records:
        if record.attempt and not record.claim and record.verdict not in _NOT_OF_THE_ATTEMPT:
            by_attempt.setdefault(record.attempt, []).append(record)
    disputed = [
        record
        for same in by_attempt.values()
        if len({record.verdict for record in same}) > 1
        for record in same
    ]
    return max(disputed, key=lambda record: (_badness(record), _order(record)), default=None)
