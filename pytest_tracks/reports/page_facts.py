"""What the HTML report is told beside plan and record: attempts through time, outputs, the layout.

Values only; texts come as they were recorded, without controls and secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.distribute import Layout
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord

__all__ = ["Attempt", "Output", "PageFacts"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a task; times are ISO 8601 in UTC, empty where nothing is recorded."""

    started_at: str
    ended_at: str = ""
    verdict: str = ""
    """Empty where it has not ended."""
    kind: str = "attempt"
    seconds: float | None = None
    """What its items took."""
    met: int = 0
    total: int = 0
    run: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """What an item showed: a failure's representation, or what was captured."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Everything that a report is made from."""

    plan: Plan
    record: ProjectRecord
    layout: Layout
    made_at: str
    """When the report was made, ISO 8601 in UTC."""
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)
    """Task → its attempts in this checkout's journal, oldest first."""
    outputs: Mapping[str, Mapping[str, tuple[Output, ...]]] = field(default_factory=dict)
    """Task → criterion → what its items showed in the attempt that the verdict comes from."""
