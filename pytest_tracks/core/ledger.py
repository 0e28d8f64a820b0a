"""What has been settled in a run, on what assumption, and what of it has not been told yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gate import Blocked
from pytest_tracks.core.model import Plan
from pytest_tracks.core.verdict import CriterionResult, TaskVerdict

__all__ = ["Ledger"]


class Ledger:
    """Verdicts and events; ``assumed`` maps tasks to the UNVERIFIED ones that they build on."""

    def __init__(self, plan: Plan, assumed: Mapping[str, Sequence[str]]) -> None:
        self.verdicts: dict[str, TaskVerdict] = {}
        self._plan = plan
        self._assumes = {task: tuple(ids) for task, ids in assumed.items()}
        self._events: list[Settled | Started] = []

    @property
    def has_events(self) -> bool:
        """Whether anything has happened since the last call of ``hand_out``."""
        return bool(self._events)

    def hand_out(self) -> list[Settled | Started]:
        """Hand out what has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def assumed_by(self, task: str) -> tuple[str, ...]:
        """List the UNVERIFIED tasks that the predecessors of a task build on, or are."""
        assumes = dict.fromkeys(
            assumed
            for predecessor in self._plan.tasks[task].predecessors
            for assumed in self._assumes.get(predecessor, ())
        )
        return tuple(assumes)

    def note(self, event: Settled | Started) -> None:
        """Tell of something that is no verdict of this run."""
        self._events.append(event)

    def settle(self, settled: Settled, *, opens: bool = False) -> None:
        """Enter a verdict; one that ``opens`` though UNVERIFIED is what others then assume."""
        assumed = settled.assumes
        if opens and settled.verdict is TaskVerdict.UNVERIFIED:
            assumed = (*assumed, settled.task)
        if assumed:
            self._assumes[settled.task] = assumed
        self.verdicts[settled.task] = settled.verdict
        self.note(settled)

    def pass_gate(self, task: str) -> None:
        """Enter that a pure gate has passed."""
        self.settle(Settled(task, TaskVerdict.PASS, "gate", assumes=self.assumed_by(task)))

    def learn(self, task: str, verdict: TaskVerdict, *, is_own: bool) -> None:
        """Enter what another run has settled; only of this run's own tasks it is told."""
        self.verdicts[task] = verdict
        if is_own:
            self.note(Settled(task, verdict, "elsewhere"))

    def block(self, blocked: Blocked, results: Mapping[str, CriterionResult] | None = None) -> None:
        """Tell that a task is BLOCKED, with what its criteria showed where they were run."""
        self.note(
            Settled(
                blocked.task,
                TaskVerdict.BLOCKED,
                "blocked",
                results or {},
                blocked=blocked,
                informational=results is not None,
            )
        )
