"""How many tracks are worth having: the table N → makespan, and where it stops paying.

No number of tracks beats the critical path (or a resource that all wait for). The useful maximum
is the smallest number whose makespan is within 5 % of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from pytest_tracks.core.bounds import lower_bound
from pytest_tracks.core.improve import improve
from pytest_tracks.core.list_schedule import ANY, Workload, list_schedule
from pytest_tracks.core.passes import event_pass, rank_by_key

__all__ = ["NEAR_CRITICAL_PATH", "Speed", "Speeds", "useful_maximum"]

NEAR_CRITICAL_PATH = Fraction(105, 100)
"""A makespan up to this share of the critical path is as good as the critical path."""

_BUDGET = 20_000
"""Visits of tasks per row: rows are for comparing, the plan itself gets the full budget."""

_STEPS_ONE_BY_ONE = 8
"""Numbers of tracks tried in turn before the steps grow, in a small plan."""

_SMALL = 2_000
"""Tasks; the rows of a larger plan are plain list schedules."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a number of tracks gives; hours, and shares from 0 to 1."""

    tracks: int
    makespan: float
    speed_up: float
    efficiency: float
    """Share of the tracks' time that is worked."""
    idle_hours: float


class Speeds:
    """Makespans by number of tracks, each found once; pins are left aside.

    More tracks are never slower: one may stay empty.
    """

    def __init__(self, workload: Workload, unit: Fraction) -> None:
        self.workload = replace(workload, fixed=(ANY,) * len(workload.graph), tracks=1)
        self.unit = unit
        self._by_urgency = rank_by_key(workload.graph, [-x for x in workload.graph.b_levels()])
        self._found: dict[int, int] = {}

    def makespan(self, tracks: int) -> int:
        """Return the makespan in whole units."""
        if tracks not in self._found:
            self._found[tracks] = self._schedule(tracks)
        return min(length for count, length in self._found.items() if count <= tracks)

    def _schedule(self, tracks: int) -> int:
        workload = replace(self.workload, tracks=tracks)
        if len(workload.graph) <= _SMALL:
            return improve(workload, _BUDGET).makespan
        by_rank, ranks = self._by_urgency
        if workload.demands:
            return list_schedule(workload, ranks).makespan
        return max(event_pass(workload.graph, tracks, by_rank, ranks))

    def floor(self) -> int:
        """Return what no number of tracks can beat: critical path and resources."""
        return lower_bound(replace(self.workload, tracks=max(1, len(self.workload.graph))))

    def in_hours(self, length: int) -> float:
        """Convert whole units."""
        return length * self.unit.numerator / self.unit.denominator

    def table(self, numbers: Iterable[int]) -> tuple[Speed, ...]:
        """Compare numbers of tracks."""
        return tuple(self._row(tracks) for tracks in sorted(set(numbers)))

    def _row(self, tracks: int) -> Speed:
        total, makespan = self.workload.graph.total, self.makespan(tracks)
        available = tracks * makespan
        return Speed(
            tracks,
            self.in_hours(makespan),
            total / makespan if makespan else 1.0,
            total / available if available else 1.0,
            self.in_hours(available - total),
        )


def useful_maximum(speeds: Speeds, widest: int) -> int:
    """Find the smallest number of tracks within 5 % of what no number can beat.

    ``widest`` is a number that is enough for all tasks that can run together. Where resources keep
    even that number from coming so near, its own makespan is the mark.
    """
    floor, total = speeds.floor(), speeds.workload.graph.total
    if not floor:
        return 1
    fewest = -(-total * NEAR_CRITICAL_PATH.denominator // (floor * NEAR_CRITICAL_PATH.numerator))
    widest = max(widest, fewest)
    return (
        _smallest(speeds, floor * NEAR_CRITICAL_PATH, fewest, widest)
        or _smallest(speeds, speeds.makespan(widest) * NEAR_CRITICAL_PATH, 1, widest)
        or widest
    )


def _smallest(speeds: Speeds, mark: Fraction, fewest: int, widest: int) -> int | None:
    """Find the smallest number of tracks whose makespan is up to the mark.

    Tries numbers in growing steps, then bisects the last step.
    """
    above, step = fewest - 1, 1
    while speeds.makespan(tracks := min(above + step, widest)) > mark:
        if tracks == widest:
            return None
        above = tracks
        if above >= fewest + _STEPS_ONE_BY_ONE or len(speeds.workload.graph) > _SMALL:
            step *= 2
    while tracks - above > 1:
        middle = (above + tracks) // 2
        if speeds.makespan(middle) <= mark:
            tracks = middle
        else:
            above = middle
    return tracks
