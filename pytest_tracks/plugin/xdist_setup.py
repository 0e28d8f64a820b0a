"""``--tracks=N`` makes N workers: sets xdist's options before xdist reads them.

Two moments, both needed: plugins such as pytest-cov choose their way to work in
``pytest_load_initial_conftests``, before the plan can be read; xdist itself reads its options in
``pytest_cmdline_main``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    import pytest

__all__ = ["announce_workers", "in_one_process", "request_workers"]

_WORKER = "PYTEST_XDIST_WORKER"

_PROVISIONAL = 2
"""Any number will do before the plan is known: it is only asked whether there are workers."""


def announce_workers(early_config: pytest.Config) -> None:
    """Make it known early that there will be workers, where there will."""
    known = early_config.known_args_namespace
    if _WORKER in os.environ and hasattr(known, "cov_append"):
        # pytest-cov takes this process for a controller, which begins with erasing what the
        # workers have saved: where this one replaces another, what others measured would be lost.
        known.cov_append = True
    if not in_one_process(early_config, known):
        known.numprocesses = _PROVISIONAL


def in_one_process(config: pytest.Config, option: argparse.Namespace) -> bool:
    """Whether the plan runs in this process although lanes are asked for.

    ``-n 0``, ``-p no:xdist``, ``--pdb`` and ``--collect-only`` say so.
    """
    if not config.pluginmanager.hasplugin("xdist") or not hasattr(option, "numprocesses"):
        return True
    if getattr(option, "usepdb", False) or getattr(option, "collectonly", False):
        return True
    return bool(option.numprocesses == 0)


def request_workers(config: pytest.Config, count: int) -> None:
    """Have xdist start ``count`` workers, whatever ``-n``, ``--dist`` and the like say."""
    option = config.option
    option.numprocesses = count
    option.maxprocesses = None
    option.tx = []
    option.dist = "load"
    option.distload = False


def request_one_process(config: pytest.Config) -> None:
    """Have xdist stay out of this run."""
    option = config.option
    if hasattr(option, "numprocesses"):
        option.numprocesses = 0
        option.maxprocesses = None
        option.tx = []
        option.dist = "no"
        option.distload = False
