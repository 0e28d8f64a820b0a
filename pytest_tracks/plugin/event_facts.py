"""From the events of a run to the facts of the journal: bound to contents, with what was seen."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.verdict import Outcome, TaskVerdict
from pytest_tracks.project.remembering import red_digests
from pytest_tracks.state.digest import criterion_digest
from pytest_tracks.state.facts import AttemptStarted, Fact, TaskSettled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import Digest
    from pytest_tracks.core.roster import Part
    from pytest_tracks.plugin.holdings import Holdings
    from pytest_tracks.project.settings import Settings

__all__ = ["EventFacts"]

_META_NAMES = {"tier": "tier_used"}

_CHANGED = "changed while it ran"


class EventFacts:
    """Says of each event whether it changes the record, and which fact it is."""

    def __init__(self, settings: Settings, plan: Plan, holdings: Holdings) -> None:
        self.track_of: Mapping[str, int] = {}
        self._settings = settings
        self._plan = plan
        self._holdings = holdings
        self._started: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._passed: dict[str, TaskSettled] = {}

    def note_start(self, task: str) -> None:
        """Note when a task has begun; once is enough, and the fact may be written later."""
        self._started.setdefault(task, time.monotonic())
        self._holdings.begun.add(task)

    def note_end(self, task: str) -> None:
        """Note when a task has ended, likewise."""
        self._ended[task] = time.monotonic()

    def is_a_change(self, event: Started | Settled) -> bool:
        """Whether an event says anything that the record does not."""
        if isinstance(event, Started):
            return True
        if event.how in ("done", "elsewhere", "unreached"):
            return False
        known = self._holdings.before.task(event.task)
        same = known.verdict is event.verdict and known.blocked_by == _blockers(event)
        if event.how == "gate":
            same = same and known.digest == self._holdings.digests.get(event.task)
        return not (event.how in ("blocked", "gate") and same)

    def fact(self, event: Started | Settled, run_id: str) -> Fact:
        """Make the fact that an event is."""
        if isinstance(event, Started):
            return self._attempt(event.task, run_id)
        if event.how in ("blocked", "gate"):
            return TaskSettled(
                run_id,
                event.task,
                event.verdict,
                track=self.track_of.get(event.task),
                digest=self._holdings.digests.get(event.task),
                blocked_by=_blockers(event),
            )
        return self._ran(event, run_id)

    def _attempt(self, task: str, run_id: str) -> AttemptStarted:
        self.note_start(task)  # where no item is run for it
        digest = self._holdings.digests[task]
        return AttemptStarted(
            run_id,
            task,
            _attempt_id(task, run_id),
            self._holdings.before.task(task).attempt_kind(digest.definition),
            self.track_of.get(task),
            digest,
        )

    def _ran(self, settled: Settled, run_id: str) -> TaskSettled:
        known = self._holdings.before.task(settled.task)
        parts = self._holdings.roster[settled.task].parts
        tests = {
            part.criterion.id: self._remembered(part, known.tests.get(part.criterion.id, ()))
            for part in parts
        }
        kept = settled.how == "kept"  # the fold keeps the PASS; what was seen is a part
        fact = TaskSettled(
            run_id,
            settled.task,
            TaskVerdict.INCOMPLETE if kept else settled.verdict,
            _attempt_id(settled.task, run_id),
            track=self.track_of.get(settled.task),
            digest=self._holdings.digests[settled.task],
            criteria=dict(settled.results),
            tests={name: ids for name, ids in tests.items() if ids},
            is_partial=kept,
            texts={**known.texts, **{part.criterion.id: part.criterion.text for part in parts}},
            assumes=settled.assumes,
            run_seconds=round(self._run_seconds(settled.task), 3),
            coverage=settled.coverage,
            meta={_META_NAMES.get(key, key): value for key, value in self._settings.meta.items()},
        )
        fact = self._with_digests(fact)
        if fact.verdict is TaskVerdict.PASS:
            self._passed[settled.task] = fact
        return fact

    def _with_digests(self, fact: TaskSettled) -> TaskSettled:
        """Add which definitions were measured, and which were seen to fail."""
        task = self._plan.tasks[fact.task]
        measured = {
            name: criterion_digest(task.criterion(name))
            for name, result in fact.criteria.items()
            if result.measured is not None
        }
        reds = red_digests(task, fact.criteria)
        if not measured and not reds:
            return fact
        return dataclasses.replace(fact, definitions=measured, reds=reds)

    def unbound(self) -> list[TaskSettled]:
        """Let no PASS hold for contents that were replaced while it was earned.

        Nobody knows which of the two was checked, so such a PASS is good for neither, and the
        task runs again next time.
        """
        now = self._holdings.replaced(self._passed) if self._passed else {}
        return [
            dataclasses.replace(
                self._passed[task],
                attempt="",
                digest=_neither(self._holdings.digests[task], now[task]),
            )
            for task in sorted(now)
        ]

    def _run_seconds(self, task: str) -> float:
        return self._ended.get(task, time.monotonic()) - self._started[task]

    def _remembered(self, part: Part, known: tuple[str, ...]) -> tuple[str, ...]:
        """Keep tests that are gone in mind until somebody accepts that, or the text changes."""
        if self._settings.accepts_missing or not any(
            outcome is Outcome.NOT_RUN for outcome, _ in part.given
        ):
            return part.tests or (() if self._settings.accepts_missing else known)
        return tuple(dict.fromkeys((*part.tests, *known)))


def _attempt_id(task: str, run_id: str) -> str:
    return f"{run_id}/{task}"


def _neither(before: Digest, now: Digest) -> Digest:
    """Make a digest that nothing has: it says which parts were replaced."""
    parts = ("definition", "files", "tests", "shared", "predecessors", "contracts")
    differing = [part for part in parts if getattr(before, part) != getattr(now, part)]
    return dataclasses.replace(before, **dict.fromkeys(differing, _CHANGED))


def _blockers(settled: Settled) -> tuple[str, ...]:
    return settled.blocked.by if settled.blocked is not None else ()
