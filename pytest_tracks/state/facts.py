"""The facts of the journal: what happened, in the order in which it happened.

A fact says what; its ``Entry`` says when and in which place of the order. An entry is unique by
its id, so that the union of two journals is a set union. A kind of fact that this version does
not know is kept as ``UnknownFact`` and folded into nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pytest_tracks.core.record import AttemptKind, CoverageResult, Digest, TrackRecord
from pytest_tracks.core.sign_off import SignOff
from pytest_tracks.core.verdict import CriterionResult, TaskVerdict
from pytest_tracks.state.codec import decode
from pytest_tracks.state.jsontext import fields_text, json_text

__all__ = [
    "AttemptStarted",
    "CriterionSettled",
    "Entry",
    "Fact",
    "LostFact",
    "RunFinished",
    "RunStarted",
    "SignedOff",
    "TaskSettled",
    "TasksClaimed",
    "TracksLaidOut",
    "UnknownFact",
    "WaveCompleted",
    "entry_from_json",
    "entry_to_text",
]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A controller has begun; its record is open until ``RunFinished``."""

    run: str
    pid: int
    host: str
    commit: str = ""
    """For the audit only: validity is by digest."""
    plan_digest: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    tasks: tuple[str, ...] = ()
    """What it is going to settle: other runs wait for these instead of running them too."""
    process_started: str = ""
    """Tells its process from a later one that has the same number."""


@dataclass(frozen=True, slots=True)
class TasksClaimed:
    """A run that goes on is going to settle these too; of two runs the first one does."""

    run: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run has ended, or was found dead by a later one."""

    run: str
    exit_status: int | None = None
    """None: nobody knows, the process is gone."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class TracksLaidOut:
    """The tasks were distributed to tracks; holds until the next time."""

    run: str
    mode: str
    tracks: tuple[TrackRecord, ...] = ()
    max_possible_tracks: int | None = None
    hours: Mapping[int, float] = field(default_factory=dict)
    """Track number → estimated hours at that time, for the audit."""


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """The first criterion of a task is about to run."""

    run: str
    task: str
    attempt: str
    kind: AttemptKind = AttemptKind.ATTEMPT
    track: int | None = None
    digest: Digest | None = None
    """Of the task as it was collected."""


@dataclass(frozen=True, slots=True)
class CriterionSettled:
    """One criterion of an attempt that is going on: what a kill would lose."""

    run: str
    task: str
    attempt: str
    result: CriterionResult


@dataclass(frozen=True, slots=True)
class TaskSettled:
    """A task has its verdict.

    ``attempt`` is empty where nothing was run: BLOCKED, STALE, a gate without criteria.
    """

    run: str
    task: str
    verdict: TaskVerdict
    attempt: str = ""
    track: int | None = None
    digest: Digest | None = None
    criteria: Mapping[str, CriterionResult] = field(default_factory=dict)
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Criterion id → node ids of the tests bound to it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Criterion id → its text."""
    blocked_by: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    is_partial: bool = False
    """Only a part was selected, or the run was cut short: a PASS that holds is not lost by it."""
    run_seconds: float | None = None
    coverage: CoverageResult | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    """``tier_used``, ``cost_usd`` and what else ``--tracks-meta`` gave."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """Criterion id → digest of its definition, of those that were measured."""
    reds: Mapping[str, str] = field(default_factory=dict)
    """The same of those that ran and failed."""


@dataclass(frozen=True, slots=True)
class SignedOff:
    """A person has given their word for a criterion."""

    run: str
    task: str
    criterion: str
    sign_off: SignOff


@dataclass(frozen=True, slots=True)
class WaveCompleted:
    """The checkpoint of the source: with the verdict before it, all tasks of a wave have passed.

    It is for the audit and folds into nothing: that they have passed stands in their verdicts.
    """

    run: str
    wave: int
    of: int
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LostFact:
    """Stands in the order where a line that was acknowledged can no longer be read.

    It may have been a FAIL: what is known of its task up to there is no evidence any more.
    """

    task: str = ""


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """A fact of a newer version, as it was read."""

    name: str
    body: Mapping[str, object]


Fact: TypeAlias = (
    "RunStarted | TasksClaimed | RunFinished | TracksLaidOut | AttemptStarted | CriterionSettled"
    " | TaskSettled | SignedOff | WaveCompleted | LostFact | UnknownFact"
)

_KINDS: dict[str, type[Any]] = {
    "run-started": RunStarted,
    "tasks-claimed": TasksClaimed,
    "run-finished": RunFinished,
    "tracks-laid-out": TracksLaidOut,
    "attempt-started": AttemptStarted,
    "criterion-settled": CriterionSettled,
    "task-settled": TaskSettled,
    "wave-completed": WaveCompleted,
    "signed-off": SignedOff,
    "lost": LostFact,
}
_NAMES = {cls: name for name, cls in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact in its place: ``serial`` orders, ``at`` is for people, ``id`` makes it unique."""

    serial: int
    at: str
    """ISO 8601, UTC."""
    id: str
    """Id of the writer and a sequence number."""
    fact: Fact
    elapsed: float = 0.0
    """Seconds of the monotonic clock since the writer was opened."""
    journal: str = field(default="", compare=False)
    """Id of the journal that it was read from; empty where it was not read."""


def entry_to_text(entry: Entry) -> str:
    """Write the JSON object of an entry."""
    fact = entry.fact
    if isinstance(fact, UnknownFact):
        name, more = fact.name, f",{json_text(fact.body)[1:-1]}" if fact.body else ""
    else:
        name, more = _NAMES[type(fact)], fields_text(fact)
    return (
        f'{{"serial":{entry.serial},"at":{json_text(entry.at)},"elapsed":{entry.elapsed!r}'
        f',"id":{json_text(entry.id)},"fact":{json_text(name)}{more}}}'
    )


def entry_from_json(line: Mapping[str, Any], journal: str = "") -> Entry:
    """Read an entry of a journal.

    Raises ValueError where the envelope, or the body of a kind that is known, has another shape.
    """
    body = dict(line)
    try:
        serial, at = body.pop("serial"), body.pop("at")
        entry_id, name = body.pop("id"), body.pop("fact")
    except KeyError as error:
        raise ValueError(f"no {error} in a fact") from error
    if not isinstance(serial, int) or not all(isinstance(x, str) for x in (at, entry_id, name)):
        raise ValueError("not the envelope of a fact")
    elapsed = float(body.pop("elapsed", 0.0))
    cls = _KINDS.get(name)
    fact: Fact = UnknownFact(name, body) if cls is None else decode(cls, body)
    return Entry(serial, at, entry_id, fact, elapsed, journal)
