"""What is remembered of a project: the values that the state layer stores and reports show.

Times are ISO 8601 texts in UTC; ``run_seconds`` is in seconds, ``duration_minutes`` in minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.verdict import CriterionResult, Status, TaskVerdict, status_of

__all__ = ["Digest", "LiveRun", "ProjectRecord", "TaskRecord", "TrackRecord"]


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

    def difference(self, other: Digest) -> tuple[str, ...]:
        """Name the parts that differ, in words for a person."""
        words = {
            "definition": "its definition",
            "files": "its files",
            "tests": "its bound tests",
            "shared": "a file that no task owns",
            "predecessors": "a predecessor",
        }
        return tuple(
            word for part, word in words.items() if getattr(self, part) != getattr(other, part)
        )


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

    @property
    def status(self) -> Status:
        """The state file's word."""
        return status_of(self.verdict)

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


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """State = fold(snapshot, journal)."""

    tasks: Mapping[str, TaskRecord] = field(default_factory=dict)
    tracks: Mapping[int, TrackRecord] = field(default_factory=dict)
    mode: str | None = None
    """How the tracks came about: ``document``, ``planned``; None before any run."""
    live: Mapping[str, LiveRun] = field(default_factory=dict)
    """Run id → run."""
    created_at: str | None = None
    updated_at: str | None = None
    serial: int = 0
    lineage: str = ""

    def task(self, task_id: str) -> TaskRecord:
        """Return what is remembered of a task; an empty record for one never seen."""
        return self.tasks.get(task_id, TaskRecord())
