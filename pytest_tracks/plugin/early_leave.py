"""A worker that ends by itself in the middle of its work: ``pytest.exit`` in a test.

In one process that ends the session, and so it does with workers. Left alone, xdist takes it for a
worker that has nothing more to do, and stumbles over the item that it was at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_tracks.plugin.conductor import Conductor

__all__ = ["EarlyLeave"]


class EarlyLeave:
    """Ends the run in order where a worker leaves before its time."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Say to xdist, in the worker's name, that the run is to stop; a crash is another matter.

        What the worker was at is INTERRUPTED then, and xdist does not ask for it.
        """
        scheduling = self._conductor.scheduling
        sent = scheduling.running(node) if scheduling is not None and not error else None
        if sent is not None and sent.handle is not None:
            reason = f"{node.gateway.id} left the run (pytest.exit?) while it ran {sent.handle}"
            output = node.workeroutput
            output["shouldstop"] = output.get("shouldstop") or reason
