"""Resources that several runs use: taken when a task is about to run, freed when it is settled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.state.resource_locks import ResourceLocks

__all__ = ["SharedResources"]


class SharedResources:
    """The lender of a run; ``keep`` calls what may fail to write, and ends the run in words."""

    def __init__(self, locks: ResourceLocks, view: TerminalView, keep: Callable[..., Any]) -> None:
        self._locks = locks
        self._view = view
        self._keep = keep

    def take(self, task: str, needs: Mapping[str, int]) -> bool:
        """Take all that a task needs; where another run has it, say so once."""
        is_taken = bool(self._keep(self._locks.take, task, needs))
        if not is_taken:
            self._view.waiting_for(task, f"{', '.join(needs)} of {self._locks.holder}")
        return is_taken

    def free(self, task: str) -> None:
        """Give it back."""
        self._locks.free(task)

    def close(self) -> None:
        """Give back what the end of the run has left open."""
        self._locks.close()
