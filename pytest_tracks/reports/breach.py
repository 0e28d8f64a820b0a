"""What is said of a contract that has changed since its owner passed."""

from __future__ import annotations

from pytest_tracks.core.contracts import Breach
from pytest_tracks.core.model import Plan
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.wording import enumeration

__all__ = ["breach_text"]


def breach_text(plan: Plan, breach: Breach, changed_by: str) -> str:
    """Say what changed, by whom (empty: nobody knows), who vouches for it and who waits."""
    owner = plan.tasks[breach.owner]
    team = f" of {clean(owner.owner)}" if owner.owner else ""
    by = f" ({clean(changed_by)})" if changed_by else ""
    users = enumeration([clean(name) for name in breach.users])
    waits = f"; {users} wait{'s' if len(breach.users) == 1 else ''} for that" if users else ""
    return (
        f"contract {clean(breach.path)} has changed{by} since {clean(owner.id)}{team} passed:"
        f" {clean(owner.id)} must pass again{waits}"
    )
