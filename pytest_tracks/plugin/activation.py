"""Sets a run with tracks up: prepares it, and registers each feature that takes part in it.

::

    loading ──► lanes, choice ──► preparation ──► FEATURES, each by its own register(run)
    the plan    the layout        what there is   └──► ways: one process, or workers

Called before anything else starts. A new feature is a module with a class of hooks and a function
``register``, which looks at the options and registers the class or does not.
"""

from __future__ import annotations

import os
import sys

import pytest

from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.plugin import beside_html, github, junit, report_option, result_file, termination
from pytest_tracks.plugin.options import NESTED
from pytest_tracks.plugin.preparation import Preparation, prepare
from pytest_tracks.plugin.ways import register_way

__all__ = ["activate"]


def activate(config: pytest.Config) -> None:
    """Set the run up; raises pytest.UsageError with one argument for each problem."""
    if NESTED in os.environ:
        config.pluginmanager.register(_Nested(), "tracks-nested")
        return
    try:
        _require_assertions()
        run = prepare(config)
        for register in FEATURES:
            register(run)
    except TracksError as error:
        problems = getattr(error, "problems", None) or (error,)
        raise pytest.UsageError(*[str(problem) for problem in problems]) from None


def _require_assertions() -> None:
    """Refuse to judge by assertions that are left out; raises UsageError.

    Pytest keeps those of test modules; those of other modules, and of the commands of the plan,
    which have the same environment, say nothing.
    """
    if sys.flags.optimize:
        raise UsageError(
            "Python leaves assertions out (-O, PYTHONOPTIMIZE), so nothing can be shown to work"
            " (start it without)"
        )


class _Nested:
    """Where a criterion runs pytest, the plan is not run again."""

    def pytest_report_header(self) -> str:
        """Say so."""
        return f"tracks: inside criterion {os.environ[NESTED]}, so tracks options do nothing"


def _register_run(run: Preparation) -> None:
    plugins = run.config.pluginmanager
    plugins.register(run.live, "tracks-live")
    plugins.register(run.conductor, "tracks-conductor")
    plugins.register(run.view, "tracks-terminal")


FEATURES = (
    _register_run,
    junit.register,
    github.register,
    result_file.register,
    beside_html.register,
    report_option.register,
    termination.register,
    register_way,
)
"""In this order: of hooks that ask for nothing else, pytest calls those that came last first."""
