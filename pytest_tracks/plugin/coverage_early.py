"""What conftest.py imports counts too: watched from before the first one is loaded.

That is before the plan can be read, so a glance has to do: in one process whether the plan's files
mention coverage at all, in a worker a word from the controller. With no gate nothing is imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.plugin.untraced import import_untraced

if TYPE_CHECKING:
    from pytest_tracks.plugin.coverage_watch import EarlyWatch

__all__ = ["EARLY", "announce_gates", "watch_conftests"]

EARLY: pytest.StashKey[EarlyWatch] = pytest.StashKey()

_WORD_TO_WORKERS = "TRACKS_COVERAGE"
_WORKER = "PYTEST_XDIST_WORKER"


def announce_gates(config: pytest.Config) -> None:
    """Let the workers of this run know that there are gates."""
    os.environ[_WORD_TO_WORKERS] = "1"
    config.add_cleanup(_take_back)


def _take_back() -> None:
    os.environ.pop(_WORD_TO_WORKERS, None)


def watch_conftests(early_config: pytest.Config, *, has_workers: bool) -> None:
    """Begin to watch where this process will run items of a plan that may have gates."""
    if _WORKER in os.environ:
        # Taken out at once: what a test starts is no worker of this run.
        if os.environ.pop(_WORD_TO_WORKERS, None) is None:
            return
    elif has_workers or not _mentions_coverage(early_config):
        return
    import_untraced("pytest_tracks.plugin.coverage_meter")
    from pytest_tracks.plugin.coverage_watch import EarlyWatch

    early_config.stash[EARLY] = EarlyWatch(early_config)


def _mentions_coverage(early_config: pytest.Config) -> bool:
    known = early_config.known_args_namespace
    folder = str(known.tracks_plan or early_config.getini("tracks_plan"))
    files = Path(early_config.rootpath, folder).rglob("*.yaml")
    try:
        return any(b"coverage" in file.read_bytes() for file in files)
    except OSError:
        return False  # whoever reads the plan says what is wrong with it
