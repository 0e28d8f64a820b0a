"""What was measured: one number of one criterion, and the series that it stands in.

A series is short, and joins like a set: the last measures, and beside them the last one that a
PASS was given for, since that is what the next one is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["KEPT", "Measure", "Measured", "baseline_of", "joined"]

KEPT = 30
"""Measures of one criterion in the state: enough to draw, few enough to commit."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A finite number, in ``unit``."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number in its place of the series; ``at`` is ISO 8601, UTC."""

    at: str
    value: float
    unit: str = ""
    passed: bool = False
    """Whether the task was PASS with it."""
    definition: str = ""
    """Digest of the criterion that was measured: numbers of another one say nothing."""


def joined(*series: Iterable[Measure]) -> tuple[Measure, ...]:
    """Join series into one, oldest first; in any order, and repeated, the result is the same."""
    everything = sorted({one for measures in series for one in measures}, key=_order)
    kept = everything[-KEPT:]
    passed = [one for one in everything if one.passed][-1:]
    return tuple(kept if not passed or passed[0] in kept else [*passed, *kept])


def baseline_of(measures: Iterable[Measure], definition: str) -> Measure | None:
    """Find what the last PASS of this very definition was given for."""
    fitting = [one for one in measures if one.passed and one.definition == definition]
    return max(fitting, key=_order, default=None)


def _order(measure: Measure) -> tuple[str, float, str, bool, str]:
    return measure.at, measure.value, measure.unit, measure.passed, measure.definition
