"""How many hours of work a week and a day have: documents write ``2 weeks``, plans hours.

Settings say it (``hours_per_week``, ``hours_per_day``), which are known only once the side file is
merged; until then formats keep durations as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_tracks.core.claims import Claim, ClaimKind
from pytest_tracks.core.tree import Keys, Problems, Reader, Scalar
from pytest_tracks.formats.durations import HOURS_PER_DAY, HOURS_PER_WEEK, Span, read_duration
from pytest_tracks.formats.node_building import node as node_of

__all__ = ["Scale", "read_scale", "timed_claim", "timed_task"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How many hours of work a week and a day have."""

    week: float = HOURS_PER_WEEK
    day: float = HOURS_PER_DAY

    def hours(self, written: str) -> Span | None:
        """Read a duration in these hours."""
        return read_duration(written, week=self.week, day=self.day)


def read_scale(tracks: Keys | None, problems: Problems) -> Scale:
    """Read ``hours_per_week`` and ``hours_per_day`` of the settings."""
    settings = None if tracks is None else tracks.get("settings")
    found: dict[str, float] = {}
    for name in ("week", "day"):
        node = settings.get(f"hours_per_{name}") if isinstance(settings, Keys) else None
        if node is not None:
            number = Reader(problems).number(node, f"hours_per_{name}", low=0, high=168,
                                             exclusive=True)  # fmt: skip
            found.update({name: number} if number else {})
    return Scale(**found)


def timed_task(task: Keys, scale: Scale) -> Keys:
    """Turn ``2 weeks``, which only documents write, into hours."""
    node = task.get("estimated_hours")
    span = scale.hours(node.text) if isinstance(node, Scalar) and not node.plain else None
    if node is None or span is None:
        return task
    hours = node_of(span.middle, node.location)
    return Keys(
        tuple((key, hours if value is node else value) for key, value in task), task.location
    )


def timed_claim(claim: Claim, scale: Scale) -> Claim:
    """Turn what a claim writes as a duration into hours."""
    if claim.kind not in (ClaimKind.SEQUENTIAL_HOURS, ClaimKind.PARALLEL_HOURS):
        return claim
    span = scale.hours(claim.value[0]) if isinstance(claim.value[0], str) else None
    return replace(claim, value=(span.low, span.high)) if span else claim
