"""``require_red``: a check that nobody has seen fail shows nothing when it passes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_tracks.core.verdict import Outcome

if TYPE_CHECKING:
    from pytest_tracks.core.roster import Part, Participant

__all__ = ["NEVER_RED", "demand_red"]

NEVER_RED = "has never failed: see it red once (break what it checks, run, mend it, run)"


def demand_red(
    roster: Mapping[str, Participant], never_red: Mapping[str, Collection[str]]
) -> dict[str, Participant]:
    """Keep the criteria named (task → ids) from passing; they can still fail."""
    return {
        name: _demanding(participant, never_red[name]) if never_red.get(name) else participant
        for name, participant in roster.items()
    }


def _demanding(participant: Participant, ids: Collection[str]) -> Participant:
    parts = tuple(
        _doubted(part) if part.criterion.id in ids else part for part in participant.parts
    )
    return replace(participant, parts=parts)


def _doubted(part: Part) -> Part:
    return replace(part, given=(*part.given, (Outcome.UNVERIFIED, NEVER_RED)))
