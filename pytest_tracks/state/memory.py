"""What outlives a task's verdicts and joins by itself: measures, signatures, failures seen.

Each of the three is a set with an order of its own, so that two states join to the same whatever
becomes of the verdicts beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_tracks.core.measure import Measure, joined
from pytest_tracks.core.record import TaskRecord
from pytest_tracks.core.sign_off import SignOff, latest

__all__ = ["bare", "with_memory_of"]


def bare(records: Sequence[TaskRecord]) -> tuple[TaskRecord, ...]:
    """Leave the verdicts alone."""
    return tuple(
        replace(record, measures={}, sign_offs={}, reds={}) if _remembers(record) else record
        for record in records
    )


def with_memory_of(
    records: Sequence[TaskRecord], sources: Sequence[TaskRecord]
) -> tuple[TaskRecord, ...]:
    """Give each record all that any of the sources remembers."""
    remembering = [source for source in sources if _remembers(source)]
    if not remembering:
        return tuple(records)
    memory = _joined(remembering)
    return tuple(
        replace(record, measures=memory.measures, sign_offs=memory.sign_offs, reds=memory.reds)
        for record in records or [TaskRecord()]
    )


def _remembers(record: TaskRecord) -> bool:
    return bool(record.measures or record.sign_offs or record.reds)


def _joined(sources: Sequence[TaskRecord]) -> TaskRecord:
    measures: dict[str, tuple[Measure, ...]] = {}
    sign_offs: dict[str, SignOff] = {}
    reds: dict[str, str] = {}
    for source in sources:
        for name, series in source.measures.items():
            measures[name] = joined(measures.get(name, ()), series)
        for name, one in source.sign_offs.items():
            sign_offs[name] = latest(one, sign_offs.get(name, one))
        for name, definition in source.reds.items():
            reds[name] = max(definition, reds.get(name, ""))
    return TaskRecord(
        measures=dict(sorted(measures.items())),
        sign_offs=dict(sorted(sign_offs.items())),
        reds=dict(sorted(reds.items())),
    )
