"""One task's life: what an attempt's start, its outcome or its loss makes of the task's record.

::

    start ──► note, note, … ──► settle          counts: at the start
      └─────────────────────► interrupt         verdict, times: at the end

Facts may come late (a journal that a snapshot of elsewhere had not seen): they still count, but a
verdict never replaces one of a higher serial.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pytest_tracks.core.measure import Measure, joined
from pytest_tracks.core.record import AttemptKind, Digest, Moment, OpenAttempt, TaskRecord
from pytest_tracks.core.sign_off import latest
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.changed import changed
from pytest_tracks.state.facts import (
    AttemptStarted,
    CriterionSettled,
    Entry,
    SignedOff,
    TaskSettled,
)

__all__ = ["distrust", "interrupt", "minutes_between", "note", "settle", "sign", "start"]

_PARTIAL = {TaskVerdict.INCOMPLETE, TaskVerdict.INTERRUPTED}
_REOPENING = {TaskVerdict.FAIL, TaskVerdict.FLAKY, TaskVerdict.CONFLICT}
_FAILED = {CriterionVerdict.FAIL, CriterionVerdict.FLAKY}
TIER = "tier_used"

Changes = dict[str, Any]
"""Field of a record → new value: a record is copied once a fact."""


def start(record: TaskRecord, entry: Entry, fact: AttemptStarted) -> TaskRecord:
    """Open an attempt and count it; its outcome is judged when it ends."""
    if fact.attempt in record.open or fact.attempt == record.attempt:
        return record
    moment = Moment(entry.at, fact.run, entry.elapsed)
    attempt = OpenAttempt(fact.run, moment, entry.serial, fact.kind, fact.track, fact.digest)
    return changed(
        record,
        open={**record.open, fact.attempt: attempt},
        attempts=record.attempts + (fact.kind is not AttemptKind.UNGATED),
        iterations=record.iterations + (fact.kind is AttemptKind.ATTEMPT),
        started_at=record.started_at or entry.at,
        track=record.track if fact.track is None else fact.track,
    )


def note(record: TaskRecord, fact: CriterionSettled) -> TaskRecord:
    """Remember one criterion of an attempt that is going on."""
    attempt = record.open.get(fact.attempt)
    if attempt is None:
        return record
    attempt = changed(attempt, criteria={**attempt.criteria, fact.result.id: fact.result})
    return changed(record, open={**record.open, fact.attempt: attempt})


def settle(record: TaskRecord, entry: Entry, fact: TaskSettled, journal: str = "") -> TaskRecord:
    """Close the attempt and take its verdict over, unless a newer verdict stands.

    ``journal`` is the id of that in which the fact stands.
    """
    attempt = record.open.get(fact.attempt)
    record = _learned(_closed(record, fact.attempt), entry, fact)
    if entry.serial < record.serial:
        return record
    noted = attempt.criteria if attempt else {}
    criteria = {**noted, **fact.criteria}
    if _is_blocked_as_before(record, fact):
        return record
    if fact.is_partial and _holds(record, fact.verdict, fact.digest, criteria):
        return changed(record, serial=entry.serial)
    changes: Changes = {
        "serial": entry.serial,
        "journal": record.journal if entry.serial == record.serial else journal,
        "claim": "",
        "criteria": criteria or record.criteria,
        "blocked_by": fact.blocked_by,
        "assumes": fact.assumes,
        "track": record.track if fact.track is None else fact.track,
        "verdict": fact.verdict,
    }
    is_own = fact.verdict is not TaskVerdict.BLOCKED and (fact.attempt or _is_pass(fact))
    if is_own:
        changes |= _measured(fact) | _outcome(record, entry, fact, attempt)
    return changed(record, **changes)


def _outcome(
    record: TaskRecord, entry: Entry, fact: TaskSettled, attempt: OpenAttempt | None
) -> Changes:
    if not _is_pass(fact):
        return _not_passed(record, fact, attempt)
    if fact.attempt and fact.attempt == record.attempt and record.verdict is not TaskVerdict.PASS:
        # One attempt cannot have failed and passed: never upgrade.
        return {"verdict": TaskVerdict.CONFLICT}
    return _passed(record, entry, fact, attempt)


def _learned(record: TaskRecord, entry: Entry, fact: TaskSettled) -> TaskRecord:
    """Keep what outlives the verdict: what was measured, and what was seen to fail."""
    if not fact.attempt or not (fact.definitions or fact.reds):
        return record
    measures = dict(record.measures)
    for name, result in fact.criteria.items():
        if result.measured is not None and name in fact.definitions:
            number = result.measured
            definition = fact.definitions[name]
            new = Measure(entry.at, number.value, number.unit, _is_pass(fact), definition)
            measures[name] = joined(measures.get(name, ()), [new])
    return changed(record, measures=measures, reds={**record.reds, **fact.reds})


def sign(record: TaskRecord, fact: SignedOff) -> TaskRecord:
    """Keep the last signature of each criterion."""
    known = record.sign_offs.get(fact.criterion, fact.sign_off)
    signed = {**record.sign_offs, fact.criterion: latest(known, fact.sign_off)}
    return changed(record, sign_offs=signed)


def interrupt(record: TaskRecord, attempt_id: str) -> TaskRecord:
    """Close an attempt whose run has ended without a verdict for it."""
    attempt = record.open.get(attempt_id)
    record = _closed(record, attempt_id)
    if attempt is None or attempt.kind is AttemptKind.UNGATED or attempt.serial < record.serial:
        return record
    if _holds(record, TaskVerdict.INTERRUPTED, attempt.digest, attempt.criteria):
        return record
    changes: Changes = {
        "verdict": TaskVerdict.INTERRUPTED,
        "criteria": attempt.criteria,
        "attempt": attempt_id,
        "serial": attempt.serial,
        "claim": "",
        "digest": _bound(record, attempt.digest),
    }
    return changed(record, **_unfinished(record, attempt), **changes)


def distrust(record: TaskRecord, entry: Entry) -> TaskRecord:
    """Make a claim of a PASS after which something about the task was lost."""
    if record.verdict is not TaskVerdict.PASS or entry.serial < record.serial:
        return record
    claim = record.status.value
    return changed(record, verdict=TaskVerdict.UNVERIFIED, claim=claim, serial=entry.serial)


def _holds(
    record: TaskRecord,
    verdict: TaskVerdict,
    digest: Digest | None,
    criteria: Mapping[str, CriterionResult],
) -> bool:
    """Whether a PASS survives an attempt that ran in part and in which nothing failed."""
    return (
        verdict in _PARTIAL
        and record.verdict is TaskVerdict.PASS
        and digest is not None
        and digest == record.digest
        and not any(result.verdict in _FAILED for result in criteria.values())
    )


def _is_blocked_as_before(record: TaskRecord, fact: TaskSettled) -> bool:
    return (
        fact.verdict is TaskVerdict.BLOCKED is record.verdict
        and fact.blocked_by == record.blocked_by
        and not fact.criteria
    )


def _is_pass(fact: TaskSettled) -> bool:
    return fact.verdict is TaskVerdict.PASS


def _closed(record: TaskRecord, attempt_id: str) -> TaskRecord:
    if attempt_id not in record.open:
        return record
    rest = {key: attempt for key, attempt in record.open.items() if key != attempt_id}
    return changed(record, open=rest)


def _measured(fact: TaskSettled) -> Changes:
    meta = dict(fact.meta)
    return {
        "tests": fact.tests,
        "run_seconds": fact.run_seconds,
        "coverage": fact.coverage,
        "tier_used": meta.pop(TIER, None),
        "meta": meta,
    }


def _passed(
    record: TaskRecord, entry: Entry, fact: TaskSettled, attempt: OpenAttempt | None
) -> Changes:
    changes: Changes = {
        "began": None,
        "attempt": fact.attempt,
        "digest": fact.digest,
        "texts": fact.texts,
        "passed_definition": fact.digest.definition if fact.digest else "",
        "reopened": False,
    }
    is_recheck = attempt is None or attempt.kind is not AttemptKind.ATTEMPT
    if is_recheck and record.completed_at is not None:
        return changes
    began = record.began or (attempt.started if attempt else Moment(entry.at, "", entry.elapsed))
    return {
        **changes,
        "started_at": began.at,
        "completed_at": entry.at,
        "duration_minutes": minutes_between(began, entry, fact.run, attempt),
    }


def _not_passed(record: TaskRecord, fact: TaskSettled, attempt: OpenAttempt | None) -> Changes:
    is_recheck = attempt is not None and attempt.kind is AttemptKind.RECHECK
    reopens = is_recheck and fact.verdict in _REOPENING
    # A rerun that fails on what has passed is no new work; a STALE task that fails is.
    counts = reopens and fact.digest != record.digest
    return {
        **_unfinished(record, attempt),
        "attempt": fact.attempt,
        "iterations": record.iterations + counts,
        "reopened": record.reopened or reopens,
        "digest": _bound(record, fact.digest),
    }


def _bound(record: TaskRecord, digest: Digest | None) -> Digest | None:
    """Choose what the last PASS is bound to; without one, the last attempt."""
    return record.digest if record.passed_definition else digest


def _unfinished(record: TaskRecord, attempt: OpenAttempt | None) -> Changes:
    """Take the completion back; the work began with the first attempt since the last PASS."""
    began = record.began or (attempt.started if attempt else None)
    return {
        "began": began,
        "started_at": began.at if began else record.started_at,
        "completed_at": None,
        "duration_minutes": None,
    }


def minutes_between(began: Moment, entry: Entry, run: str, attempt: OpenAttempt | None) -> float:
    """Take the minutes from ``began`` to ``entry``, an entry of ``run``.

    Within a run the monotonic clock counts. From run to run only the wall clock spans the gap; it
    may have been put back, so that the last attempt's own length is the least that it can be.
    """
    if began.run == run:
        return _minutes(entry.elapsed - began.elapsed)
    least = entry.elapsed - attempt.started.elapsed if attempt else 0.0
    gap = (_instant(entry.at) - _instant(began.at)).total_seconds()
    return _minutes(max(gap, least))


def _minutes(seconds: float) -> float:
    return round(max(seconds, 0.0) / 60, 3)


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at.replace("Z", "+00:00"))
