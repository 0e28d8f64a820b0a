"""What the files say before it is known whether they agree: values with unresolved references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.model import (
    Acknowledgement,
    Criterion,
    Location,
    Requirement,
    Sprint,
    Task,
    TaskKind,
    Track,
)

__all__ = [
    "ContractDraft",
    "CoverageDraft",
    "GateDraft",
    "GateDrafts",
    "PlanDraft",
    "Reference",
    "ResourceRequest",
    "SprintDraft",
    "TaskDraft",
    "TrackDraft",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """A name of something that another place defines."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """How much of a resource a task holds while it runs."""

    name: str
    units: int
    location: Location


@dataclass(frozen=True, slots=True)
class CoverageDraft:
    """What one place says of a coverage gate; None: nothing, ``off``: that there is none."""

    location: Location
    off: bool = False
    source: tuple[str, ...] | None = None
    minimum: float | None = None
    branch: bool | None = None
    per_file_minimum: float | None = None
    diff_minimum: float | None = None
    isolated: bool | None = None


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task whose references have not been looked up: ``task.pin`` is not set yet."""

    task: Task
    predecessors: tuple[Reference, ...] = ()
    requirements: tuple[Reference, ...] = ()
    track: Reference | None = None
    requests: tuple[ResourceRequest, ...] = ()
    coverage: CoverageDraft | None = None


@dataclass(frozen=True, slots=True)
class TrackDraft:
    """A track of ``tracks.yaml`` with the tasks that it pins."""

    track: Track
    location: Location
    tasks: tuple[Reference, ...] = ()
    coverage: CoverageDraft | None = None


@dataclass(frozen=True, slots=True)
class SprintDraft:
    """A sprint whose tasks have not been looked up; ``track`` as the file states it, if it does."""

    sprint: Sprint
    tasks: tuple[Reference, ...] = ()
    track: Reference | None = None


@dataclass(frozen=True, slots=True)
class GateDraft:
    """A review or sync point as it is written down: for which sprints and tracks is not known yet.

    ``after`` and ``before`` name tasks, tracks, sprints and waves.
    """

    kind: TaskKind
    location: Location
    id: str = ""
    title: str = ""
    criteria: tuple[Criterion, ...] = ()
    after: tuple[Reference, ...] = ()
    before: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """A contract whose owner has not been looked up."""

    path: str
    owner: Reference
    location: Location


@dataclass(frozen=True, slots=True)
class GateDrafts:
    """What ``tracks.yaml`` says of reviews, sync points and contracts."""

    sprint_review: GateDraft | None = None
    track_review: GateDraft | None = None
    final_review: GateDraft | None = None
    sync_points: tuple[GateDraft, ...] = ()
    contracts: tuple[ContractDraft, ...] = ()


@dataclass(slots=True)
class PlanDraft:
    """Everything that was read, in reading order."""

    project: str = ""
    tasks: list[TaskDraft] = field(default_factory=list)
    tracks: list[TrackDraft] = field(default_factory=list)
    sprints: list[SprintDraft] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    capacities: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    coverage: CoverageDraft | None = None
    """Of the whole plan: what tasks and tracks do not say."""
    gates: GateDrafts = field(default_factory=GateDrafts)
    reviewers: tuple[str, ...] | None = None
    acknowledged: tuple[Acknowledgement, ...] = ()
    complete: bool = True
    """False where a file could not be read: what it defines is not known."""
