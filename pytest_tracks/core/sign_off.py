"""A person's word for a criterion that no machine can check, and how long it is good.

::

    signed ──► digest of text and covered files the same?  ──► not expired?  ──► may sign?  ──► PASS
                     └──────────────────────┴──────────────────────┴──► PENDING, and why
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["SignOff", "Standing", "expiry", "latest", "standing_of"]

_SHORT = 12
"""Digits of a digest that are shown."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signed what, and when; times are ISO 8601, UTC."""

    by: str
    at: str
    digest: str
    """Of the criterion's text and of what it covers, as they were."""
    note: str = ""
    expires_at: str | None = None
    attended: bool = False
    """Whether a person confirmed it on a terminal."""

    @property
    def words(self) -> str:
        """Who and when, in words."""
        how = "" if self.attended else ", unattended"
        return f"{self.by} on {self.at[:10]}{how} (digest {self.digest[:_SHORT]})"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a criterion is signed now; ``words`` say by whom, or why it is not."""

    is_signed: bool
    words: str


def expiry(at: str, days: int | None) -> str | None:
    """Say when a signature given at a time ends; None: it does not."""
    if days is None:
        return None
    ends = _instant(at) + timedelta(days=days)
    return ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def latest(*known: SignOff) -> SignOff:
    """Choose the one that counts, whatever the order."""
    return max(known, key=lambda one: (one.at, one.by, one.digest, one.note, one.attended))


def standing_of(
    sign_off: SignOff | None,
    *,
    digest: str,
    now: str,
    days: int | None = None,
    reviewers: Collection[str] | None = None,
) -> Standing:
    """Judge a signature by what there is now.

    ``days`` is what the plan says now: a longer life written into it later revives nothing.
    ``reviewers`` None: anybody may sign.
    """
    if not digest:
        return Standing(False, "what it covers matches no file: there is nothing to sign")
    if sign_off is None:
        return Standing(False, "not signed yet")
    if reviewers is not None and sign_off.by not in reviewers:
        return Standing(False, f"signed by {sign_off.words}, who is not under 'reviewers'")
    if sign_off.digest != digest:
        changed = f"what it covers or its text has changed since (now {digest[:_SHORT]})"
        return Standing(False, f"signed by {sign_off.words}, but {changed}")
    ends = [end for end in (sign_off.expires_at, expiry(sign_off.at, days)) if end]
    if ends and _instant(min(ends)) <= _instant(now):
        return Standing(False, f"signed by {sign_off.words}, expired on {min(ends)[:10]}")
    until = f", good until {min(ends)[:10]}" if ends else ""
    return Standing(True, f"signed by {sign_off.words}{until}")


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at.replace("Z", "+00:00"))
