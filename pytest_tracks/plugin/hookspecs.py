"""The hooks by which other plugins and conftest files extend pytest-tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tracks.core.kinds import CheckKind
    from pytest_tracks.formats.document import PlanFormat


@pytest.hookspec
def pytest_tracks_check_kinds(config: pytest.Config) -> Sequence[CheckKind]:  # type: ignore[empty-body]
    """Return kinds of check to add to the built-in ones (see ``core.kinds.RunnableKind``).

    A kind whose name is taken is an error.
    """


@pytest.hookspec
def pytest_tracks_load_plan(config: pytest.Config) -> Sequence[PlanFormat]:  # type: ignore[empty-body]
    """Return formats of plans to add to the built-in ones (see ``formats.document.PlanFormat``).

    They are asked where ``tracks_plan`` names a document or a folder without a native plan.
    """
