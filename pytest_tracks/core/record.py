"""What is remembered of a project: the values that the state layer stores and reports show.

Times are ISO 8601 texts in UTC; ``run_seconds`` is in seconds, ``duration_minutes`` in minutes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.measure import Measure
from pytest_tracks.core.sign_off import SignOff
from pytest_tracks.core.verdict import CriterionResult, Status, TaskVerdict, status_of

__all__ = [
    "RUN_MODE",
    "AttemptKind",
    "CoverageResult",
    "Digest",
    "LiveRun",
    "Moment",
    "OpenAttempt",
    "ProjectRecord",
    "TaskRecord",
    "TrackRecord",
]


RUN_MODE = "run"
"""Mode of tracks that one run made for itself: another number of lanes makes others."""


class AttemptKind(enum.Enum):
    """What an attempt is for; only the first kind counts as an iteration."""

    ATTEMPT = "attempt"
    RECHECK = "recheck"
    """Of a definition that has passed: a rerun, a verification, a STALE task."""
    UNGATED = "ungated"
    """For information, behind a closed gate: the verdict stays BLOCKED."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a verdict is bound to; the parts say *what* changed when the whole differs.

    Every field is a hex text; an empty part is one that does not apply.
    """

    definition: str = ""
    files: str = ""
    """Contents of the files that the task owns (all of the project where it names none)."""
    tests: str = ""
    """Bound tests: their files, the conftest files above them, their node ids."""
    shared: str = ""
    """Contents of the files that no task owns."""
    predecessors: str = ""
    contracts: str = ""
    """Contents of the contracts that the task owns, ``path=digest`` each, joined by ``;``."""

    def difference(self, other: Digest) -> tuple[str, ...]:
        """Name the parts that differ, in words for a person."""
        words = {
            "definition": "its definition",
            "files": "its files",
            "tests": "its bound tests",
            "shared": "a file that no task owns",
            "predecessors": "a predecessor",
            "contracts": "a contract it owns",
        }
        return tuple(
            word for part, word in words.items() if getattr(self, part) != getattr(other, part)
        )


@dataclass(frozen=True, slots=True)
class CoverageResult:
    """What a coverage gate measured; in percent, ``statements`` counts those in its scope."""

    percent: float
    required: float
    statements: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that a duration can be taken from even where the clock was put back.

    ``elapsed`` counts seconds of the monotonic clock from the opening of its run's store.
    """

    at: str
    run: str = ""
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt that has started and not ended: it is going on, or its run died."""

    run: str
    started: Moment
    serial: int
    """Of the fact that it started."""
    kind: AttemptKind = AttemptKind.ATTEMPT
    track: int | None = None
    digest: Digest | None = None
    criteria: Mapping[str, CriterionResult] = field(default_factory=dict)
    """What has been settled of it so far."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """All that is remembered of one task."""

    verdict: TaskVerdict | None = None
    claim: str = ""
    """A status that no journal or integrity mark supports: shown, kept, never evidence."""
    track: int | None = None
    started_at: str | None = None
    completed_at: str | None = None
    duration_minutes: float | None = None
    run_seconds: float | None = None
    iterations: int = 0
    attempts: int = 0
    tier_used: str | None = None
    criteria: Mapping[str, CriterionResult] = field(default_factory=dict)
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Criterion id → node ids of the tests bound to it in the last attempt."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Criterion id → its text in the last PASS: a mark on a positional id is good only for it."""
    digest: Digest | None = None
    """What the last PASS (or, without one, the last attempt) is bound to."""
    blocked_by: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    coverage: CoverageResult | None = None
    """As last measured."""
    meta: Mapping[str, str] = field(default_factory=dict)
    """``--tracks-meta`` of the last attempt, without the tier."""
    open: Mapping[str, OpenAttempt] = field(default_factory=dict)
    """Attempt id → attempt without an end."""
    attempt: str = ""
    """Id of the attempt that the verdict comes from."""
    serial: int = 0
    """Of the fact that the verdict comes from."""
    journal: str = ""
    """Id of the journal that this fact stands in: with the serial, its name on all machines."""
    began: Moment | None = None
    """When the work that has not passed yet began; None once it has passed."""
    passed_definition: str = ""
    """The digest's ``definition`` at the last PASS."""
    measures: Mapping[str, tuple[Measure, ...]] = field(default_factory=dict)
    """Criterion id → what was measured, oldest first."""
    sign_offs: Mapping[str, SignOff] = field(default_factory=dict)
    """Criterion id → its last signature, good or not."""
    reds: Mapping[str, str] = field(default_factory=dict)
    """Criterion id → digest of the definition that was last seen to fail."""
    changed: tuple[str, ...] = ()
    """For show only: what has changed since a PASS that is STALE now, in words."""
    reopened: bool = False
    """A re-check of that PASS has failed: what follows is work again."""

    @property
    def status(self) -> Status:
        """The state file's word; a task whose attempt is going on is in progress."""
        return Status.IN_PROGRESS if self.open else status_of(self.verdict)

    def attempt_kind(self, definition: str) -> AttemptKind:
        """Say what an attempt at this definition (the digest's part) would be."""
        passed = bool(definition) and definition == self.passed_definition
        return AttemptKind.RECHECK if passed and not self.reopened else AttemptKind.ATTEMPT

    @property
    def met(self) -> int:
        """How many criteria are PASS."""
        return sum(result.verdict.value == "PASS" for result in self.criteria.values())


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """A track as it was laid out: it stays the same from run to run."""

    number: int
    name: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run whose record is open: it is going on, or it died."""

    run_id: str
    pid: int
    host: str
    started_at: str
    track: int | None = None
    sprint: str | None = None
    task: str | None = None
    pending: tuple[str, ...] = ()
    """What it has still to settle."""
    process_started: str = ""
    """When its process started, to be compared only; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """State = fold(snapshot, journal)."""

    tasks: Mapping[str, TaskRecord] = field(default_factory=dict)
    tracks: Mapping[int, TrackRecord] = field(default_factory=dict)
    mode: str | None = None
    """How the tracks came about: ``document``, ``planned``; None before any run."""
    max_possible_tracks: int | None = None
    live: Mapping[str, LiveRun] = field(default_factory=dict)
    """Run id → run."""
    created_at: str | None = None
    updated_at: str | None = None
    serial: int = 0
    lineage: str = ""

    def task(self, task_id: str) -> TaskRecord:
        """Return what is remembered of a task; an empty record for one never seen."""
        return self.tasks.get(task_id, _NOTHING)


_NOTHING = TaskRecord()
