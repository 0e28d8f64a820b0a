"""What a plan is: tasks with predecessors and acceptance criteria, tracks, sprints, requirements.

Values only: a loader makes them, everything else reads them. Paths are text with forward slashes,
relative to rootdir; durations are hours.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from pytest_tracks.errors import Problem

__all__ = [
    "COVERAGE_ID",
    "Acknowledgement",
    "Check",
    "Contract",
    "Coverage",
    "Criterion",
    "Location",
    "Plan",
    "Requirement",
    "Sprint",
    "Statement",
    "Step",
    "Task",
    "TaskKind",
    "Track",
]

COVERAGE_ID = "coverage"
"""Reserved criterion id: the task's coverage gate."""


class _ByConstructor:
    """Is pickled as its fields: every worker gets the plan, and what slots do takes thrice that."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        cls: Any = type(self)
        return cls, _values_of(cls)(self)


@functools.cache
def _values_of(cls: Any) -> Callable[[object], tuple[object, ...]]:
    return attrgetter(*(field.name for field in fields(cls)))


@dataclass(frozen=True, slots=True, order=True)
class Location(_ByConstructor):
    """A place in a plan file; line and column count from 1."""

    path: str
    line: int = 1
    col: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class TaskKind(enum.Enum):
    """Everything that has criteria and predecessors is a task, of one of these kinds."""

    TASK = "task"
    SPRINT_REVIEW = "sprint-review"
    TRACK_REVIEW = "track-review"
    SYNC_POINT = "sync-point"
    FINAL_REVIEW = "final-review"


@dataclass(frozen=True, slots=True)
class Check(_ByConstructor):
    """What decides a criterion: a kind and its parameters as the plan gives them.

    Kind ``prose`` has no parameters: real tests bind themselves to it with a mark.
    """

    kind: str = "prose"
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion(_ByConstructor):
    """One acceptance criterion; ``positional`` says that its id comes from its position."""

    id: str
    text: str
    check: Check
    location: Location
    positional: bool = True
    allow: frozenset[str] = frozenset()
    """Outcomes of bound tests that count as passed all the same: ``skip``, ``xfail``, ``flaky``."""
    section: str = ""
    """Heading under which a review shows it."""
    require_red: bool | None = None
    """Whether it has to have failed once before it can pass; None: as the plan's settings say."""


@dataclass(frozen=True, slots=True)
class Step:
    """Work to do: shown and counted, never gating; a ticked one is a claim."""

    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """A task's coverage gate; all minima in percent.

    ``source`` holds folders, files and patterns, relative to rootdir.
    """

    source: tuple[str, ...]
    minimum: float
    branch: bool = False
    per_file_minimum: float | None = None
    diff_minimum: float | None = None
    """Of the lines changed since the base ref."""
    isolated: bool = False
    """Measure the task in a process of its own."""


@dataclass(frozen=True, slots=True)
class Task(_ByConstructor):
    """A unit of work: runs when its predecessors have passed, passes when its criteria have."""

    id: str
    title: str
    location: Location
    kind: TaskKind = TaskKind.TASK
    criteria: tuple[Criterion, ...] = ()
    predecessors: tuple[str, ...] = ()
    pin: int | None = None
    """Number of the track that the document fixes for this task."""
    component: str | None = None
    owner: str | None = None
    requirements: tuple[str, ...] = ()
    hours: float | None = None
    files: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    resources: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    coverage: Coverage | None = None
    description: str = ""
    priority: str = ""
    value: str = ""
    tags: tuple[str, ...] = ()
    claim: str = ""
    """A status that the document states ("completed"): shown, never evidence."""
    metadata: Mapping[str, object] = field(default_factory=dict)

    def criterion(self, criterion_id: str) -> Criterion:
        """Look a criterion up by its id; KeyError where there is none."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)


@dataclass(frozen=True, slots=True)
class Track:
    """A named stream of tasks that stays the same from run to run."""

    number: int
    name: str = ""
    component: str | None = None
    owner: str | None = None

    @property
    def label(self) -> str:
        """How reports call it: ``Track 1 (Backend API)``."""
        return f"Track {self.number} ({self.name})" if self.name else f"Track {self.number}"


@dataclass(frozen=True, slots=True)
class Sprint:
    """A cut of one track: ``SPRINT-001-02`` is the first sprint of track 2."""

    id: str
    track: int
    title: str
    tasks: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something the product must (or should) do; delivered when all its tasks have passed."""

    id: str
    title: str
    location: Location
    must: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that a document says of its plan: compared, never believed."""

    text: str
    """As the document writes it."""
    found: str
    """What follows from the tasks."""
    agrees: bool
    location: Location


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody's word that a weakening is meant: exactly this one, and why."""

    id: str
    """Of the weakening: ``TASK-004/AC-002 max``."""
    digest: str
    reason: str
    location: Location


@dataclass(frozen=True, slots=True)
class Contract:
    """A file that several tasks build on: frozen once its owner has passed."""

    path: str
    owner: str
    location: Location


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. ``tasks`` is in document order and its predecessors form no cycle."""

    project: str
    tasks: Mapping[str, Task]
    folder: str
    files: tuple[str, ...] = ()
    """The files that were read, in order."""
    ignored: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    capacities: Mapping[str, int] = field(default_factory=dict)
    """Units of each resource; 1 where a resource is not named here."""
    settings: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    digest: str = ""
    """SHA-256 (hex) over the bytes of all files read: two processes with the same digest agree."""
    contracts: tuple[Contract, ...] = ()
    reviewers: tuple[str, ...] | None = None
    """Who may sign; None: anybody."""
    acknowledged: tuple[Acknowledgement, ...] = ()
    """What the plan was made weaker by, on purpose."""
    format: str = ""
    """Name of the foreign format that it was read from; empty for the native one."""
    statements: tuple[Statement, ...] = ()
    """What a foreign document says of its own plan, beside what is computed."""

    def requires_red(self, criterion: Criterion) -> bool:
        """Tell whether a criterion has to have failed once; a person's word cannot."""
        if criterion.check.kind == "manual":
            return False
        stated = criterion.require_red
        return bool(self.settings.get("require_red")) if stated is None else stated

    def durations(self) -> dict[str, float]:
        """Hours of every task: where no task states any 1 each, else 0 for the silent ones.

        Reviews and sync points take none.
        """
        silent = 0.0 if any(task.hours is not None for task in self.tasks.values()) else 1.0
        return {
            task_id: (silent if task.kind is TaskKind.TASK else 0.0)
            if task.hours is None
            else task.hours
            for task_id, task in self.tasks.items()
        }
