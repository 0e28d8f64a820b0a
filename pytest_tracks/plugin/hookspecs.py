"""The hooks by which other plugins and conftest files extend pytest-tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tracks.core.kinds import CheckKind


@pytest.hookspec
def pytest_tracks_check_kinds(config: pytest.Config) -> Sequence[CheckKind]:  # type: ignore[empty-body]
    """Return kinds of check to add to the built-in ones (see ``core.kinds.RunnableKind``).

    A kind whose name is taken is an error.
    """
