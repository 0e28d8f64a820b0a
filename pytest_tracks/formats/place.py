"""Where a plan keeps what belongs to it."""

from __future__ import annotations

__all__ = ["HOME_ENDING", "home_of"]

HOME_ENDING = ".tracks"
"""``docs/plan.md`` keeps state, sprints and its own side file in ``docs/plan.md.tracks/``: two
documents of one folder are two plans."""


def home_of(place: str, *, is_file: bool) -> str:
    """Name the folder for state, sprints, side file: the plan's own, or beside a document."""
    return place + HOME_ENDING if is_file else place
