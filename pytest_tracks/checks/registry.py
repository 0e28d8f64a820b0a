"""The kinds of check that come with the package, by the key that chooses them."""

from __future__ import annotations

from pytest_tracks.checks.file import FileKind
from pytest_tracks.checks.http import HttpKind
from pytest_tracks.checks.manual import ManualKind
from pytest_tracks.checks.mark import MarkKind
from pytest_tracks.checks.metric import MetricKind
from pytest_tracks.checks.prose import ProseKind
from pytest_tracks.checks.run import RunKind
from pytest_tracks.checks.test import TestKind
from pytest_tracks.core.kinds import CheckKind

__all__ = ["builtin_kinds"]


def builtin_kinds() -> dict[str, CheckKind]:
    """Make one of each; a new mapping at every call, so that a plug-in may add to it.

    ``prose`` is in it for who looks a kind up by name; as a key of a criterion it is refused.
    """
    kinds: tuple[CheckKind, ...] = (
        ProseKind(),
        TestKind(),
        MarkKind(),
        RunKind(),
        FileKind(),
        MetricKind(),
        HttpKind(),
        ManualKind(),
    )
    return {kind.name: kind for kind in kinds}
