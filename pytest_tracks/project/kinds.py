"""The kinds of check that this process knows: the built-in ones and those of other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.errors import UsageError

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.kinds import CheckKind

__all__ = ["find_kinds"]


def find_kinds(config: pytest.Config) -> dict[str, CheckKind]:
    """Collect all kinds by name; raises UsageError where two share one."""
    kinds = dict(builtin_kinds())
    for offered in config.hook.pytest_tracks_check_kinds(config=config):
        for kind in offered:
            if kind.name in kinds:
                raise UsageError(f"two kinds of check are called {kind.name!r}")
            kinds[kind.name] = kind
    return kinds
