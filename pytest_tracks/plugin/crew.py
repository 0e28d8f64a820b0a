"""Whom the scheduler works with: workers to send to, and the controller's half of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_tracks.core.run import Run

__all__ = ["Crew", "Node"]


class Node(Protocol):
    """What is used of xdist's WorkerController; hashable by identity."""

    @property
    def shutting_down(self) -> bool:
        """Whether nothing more can be sent."""
        ...

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        """Append to the worker's queue; raises OSError where the worker is dead."""
        ...

    def shutdown(self) -> None:
        """Let the worker end behind what is in its queue."""
        ...


class Crew(Protocol):
    """The controller's half that the adapter works for (``conductor``, or a fake in tests)."""

    @property
    def run(self) -> Run:
        """The engine; there once ``assemble`` was called."""
        ...

    @property
    def lanes(self) -> int:
        """How many workers the run starts with."""
        ...

    @property
    def should_stop(self) -> bool:
        """Whether pytest wants to stop (``-x``, ``--maxfail``)."""
        ...

    @property
    def may_queue_ahead(self) -> bool:
        """Whether a lane may be sent more while it is busy: not where a failure ends the run."""
        ...

    @property
    def may_put_off(self) -> bool:
        """Whether what has been settled may be recorded together with what comes next."""
        ...

    @property
    def has_unshown(self) -> bool:
        """Whether anything was recorded that has not been shown."""
        ...

    def assemble(self, node: Node, ids: Sequence[str]) -> None:
        """Make the run from what the first worker has collected."""
        ...

    def agrees(self, node: Node, ids: Sequence[str]) -> bool:
        """Whether another worker has collected the same."""
        ...

    def loose_items(self) -> Sequence[str]:
        """List the items that serve no task and run beside them."""
        ...

    def item_ended(self, task: str, handle: str) -> None:
        """Hand what the item showed to the run."""
        ...

    def item_crashed(self, task: str, handle: str) -> None:
        """Hand a crash to the run."""
        ...

    def look_elsewhere(self) -> bool:
        """Learn what other runs have settled; returns whether that changed anything."""
        ...

    def begin(self, task: str) -> None:
        """Note that a worker comes to the first item of a task."""
        ...

    def end(self, task: str) -> None:
        """Note that the last item of a task has ended, and judge it."""
        ...

    def record(self) -> None:
        """Write down what has been settled; what it released may then run."""
        ...

    def show(self) -> None:
        """Make what was written down durable; then report and show it."""
        ...
