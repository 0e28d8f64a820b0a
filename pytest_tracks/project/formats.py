"""The formats of plans that other plugins add to the built-in ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tracks.errors import UsageError

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.formats.document import PlanFormat

__all__ = ["find_formats"]


def find_formats(config: pytest.Config) -> tuple[PlanFormat, ...]:
    """Collect the formats that plugins offer; raises UsageError where two share a name."""
    found: dict[str, PlanFormat] = {}
    for offered in config.hook.pytest_tracks_load_plan(config=config):
        for plan_format in offered:
            if plan_format.name in found:
                raise UsageError(f"two formats of plans are called {plan_format.name!r}")
            found[plan_format.name] = plan_format
    return tuple(found.values())
