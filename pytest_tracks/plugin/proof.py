"""``--tracks-verify`` is proof only of a run that came to its end.

The run goes on in a process of its own before any conftest.py is loaded; the first one waits for
its word. Whatever makes pytest do something else (``--collect-only``) or end it early gives none.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.project.witness import Witness

if TYPE_CHECKING:
    from pytest_tracks.plugin.conductor import Conductor

__all__ = ["prove"]


def prove(config: pytest.Config) -> None:
    """Call the witness of this run; workers have none, their controller has."""
    if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker knows no more of itself so early
        config.pluginmanager.register(_Proof(Witness.call()), "tracks-proof")


class _Proof:
    """Passes on what the run has decided."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Give its word, whatever a hook has made of the exit status since."""
        conductor: Conductor | None = config.pluginmanager.getplugin("tracks-conductor")
        if conductor is not None and conductor.exit_status is not None:
            self._witness.vouch(conductor.exit_status)
