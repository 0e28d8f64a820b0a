"""Money is whole cents everywhere; only people get to see it with a decimal point."""

from __future__ import annotations


def euros(cents: int) -> str:
    """Write an amount for people: ``€12.50``."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}€{whole}.{rest:02d}"
