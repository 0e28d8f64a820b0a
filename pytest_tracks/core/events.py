"""What a run tells: that a task has started, and what its verdict is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.gate import Blocked
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.verdict import CriterionResult, TaskVerdict

__all__ = ["Settled", "Started"]


@dataclass(frozen=True, slots=True)
class Started:
    """Event: the first item of a task is about to run."""

    task: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Event: the verdict of a task.

    ``how`` says where it comes from: ``run`` (an attempt), ``done`` (what is recorded holds),
    ``kept`` (a partial run in which nothing failed does not replace a PASS that holds),
    ``blocked``, ``gate`` (a pure gate), ``elsewhere`` (another run), ``unreached`` (the run stopped
    before it).
    """

    task: str
    verdict: TaskVerdict
    how: str
    results: Mapping[str, CriterionResult] = field(default_factory=dict)
    blocked: Blocked | None = None
    assumes: tuple[str, ...] = ()
    informational: bool = False
    """BLOCKED, and its criteria were run for information."""
    coverage: CoverageResult | None = None
