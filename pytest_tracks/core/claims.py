"""What a document says of its own plan, beside what follows from it: totals, waves, durations.

A claim is never evidence and never an edge. It is compared with what is computed, so that a
document that contradicts itself is noticed, and one that does not is confirmed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pytest_tracks.core.model import Location

__all__ = ["Claim", "ClaimKind"]


class ClaimKind(enum.Enum):
    """What is claimed, and in which form ``Claim.value`` says it."""

    TASKS = "tasks"
    """Number of tasks: ``(4,)``."""
    PARALLEL_TASKS = "parallel tasks"
    """Number of tasks that run beside another one: ``(2,)``."""
    WAVE = "wave"
    """One wave: its number (from 1) and its tasks: ``(2, "PHASE-2", "PHASE-3")``."""
    SEQUENTIAL_HOURS = "sequential hours"
    """Least and most of the sum of all durations: ``(6.0, 8.0)``."""
    PARALLEL_HOURS = "parallel hours"
    """Least and most of the makespan with as many tracks as help: ``(3.0, 3.0)``."""
    SAVING = "saving"
    """Least and most of what is saved, in percent of the sequential time: ``(30.0, 40.0)``."""
    PREDECESSORS = "predecessors"
    """All direct predecessors of a task: ``("PHASE-4", "PHASE-2", "PHASE-3")``, the task first."""
    BESIDE = "beside"
    """A task and those that can run beside it: ``("STAGE-9.1", "STAGE-9.2")``."""
    GROUP = "group"
    """A name and the tasks of it, which can all run beside each other: ``("A", "STAGE-9.1")``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a document says of its plan."""

    kind: ClaimKind
    value: tuple[str | float, ...]
    location: Location
    text: str = ""
    """As the document writes it."""
