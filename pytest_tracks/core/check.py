"""The CI gate: what a recorded state must show, and what it lacks.

::

    bare             every task of the plan
    against a base   every task that was PASS there     what has vanished must be acknowledged
    required         every task that is named           alone, or besides a base

A task is fine when its recorded PASS is of exactly what there is now and rests on nothing that
nobody has verified. Everything else is a reason, and one reason closes the gate.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import LiveRun, ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict

__all__ = ["Decision", "Defect", "Demand", "Evidence", "Reason", "decide", "passed_tasks"]


class Defect(enum.Enum):
    """What is wrong with the evidence for a task, or with the state."""

    NEVER = "never validated"
    CLAIM = "claim"
    VERDICT = "verdict"
    CHANGED = "changed"
    ASSUMES = "assumes"
    PARTIAL = "partial"
    RUNNING = "running"
    WAITS = "waits"
    VANISHED = "vanished"
    OPEN_RUN = "open run"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate is closed: the defect, the task (or run) that has it, and what makes it up."""

    defect: Defect
    subject: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a state."""

    against: str = ""
    """The base as the person named it; empty: none."""
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tasks that were PASS there → what these verdicts assumed."""
    required: frozenset[str] = frozenset()
    acknowledged: frozenset[str] = frozenset()
    """Tasks that have vanished, and the plan says why."""

    @property
    def is_bare(self) -> bool:
        """Whether every task is asked for."""
        return not self.against and not self.required


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known now."""

    plan: Plan
    record: ProjectRecord
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tasks whose PASS is of other contents → what has changed since, in words."""
    runs: Collection[LiveRun] = ()
    """Runs whose record has no end."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer; the gate is open where there is no reason against it."""

    reasons: tuple[Reason, ...]
    passed: tuple[str, ...]
    """Tasks that are fine."""
    open: tuple[Reason, ...]
    """Tasks that are not, and of which nothing is asked yet: listed, not failed."""

    @property
    def is_fine(self) -> bool:
        """Whether the gate is open."""
        return not self.reasons


def passed_tasks(plan: Plan, record: ProjectRecord) -> dict[str, tuple[str, ...]]:
    """Map the tasks of a plan that are recorded as PASS to what these verdicts assume."""
    return {
        name: record.task(name).assumes
        for name in plan.tasks
        if record.task(name).verdict is TaskVerdict.PASS
    }


def decide(evidence: Evidence, demand: Demand) -> Decision:
    """Hold the evidence against the demand; reasons come in plan order."""
    found = _Examination(evidence, demand).defects()
    asked = {
        name
        for name in evidence.plan.tasks
        if demand.is_bare or name in demand.required or name in demand.passed
    }
    vanished = sorted(demand.passed.keys() - evidence.plan.tasks.keys() - demand.acknowledged)
    reasons = [Reason(Defect.OPEN_RUN, run.run_id, run.pending) for run in evidence.runs]
    reasons += [Reason(Defect.VANISHED, name) for name in vanished]
    reasons += [reason for name, reason in found.items() if name in asked]
    return Decision(
        tuple(reasons),
        tuple(name for name in evidence.plan.tasks if name not in found),
        tuple(reason for name, reason in found.items() if name not in asked),
    )


class _Examination:
    """Looks at each task once: what a gate lacks follows from what its predecessors lack."""

    def __init__(self, evidence: Evidence, demand: Demand) -> None:
        self._evidence = evidence
        self._demand = demand
        self._known: dict[str, Reason | None] = {}

    def defects(self) -> dict[str, Reason]:
        """Map the tasks that are not fine to what is wrong, in plan order."""
        names = self._evidence.plan.tasks
        return {name: reason for name in names if (reason := self._examined(name))}

    def _examined(self, start: str) -> Reason | None:
        """Examine a task after the gates that it hangs on: by a stack, chains may be long."""
        waiting = [start]
        while waiting:
            name = waiting[-1]
            before = [one for one in self._gates_before(name) if one not in self._known]
            if before:
                waiting += before
            else:
                self._known[waiting.pop()] = next(self._wrong_with(name), None)
        return self._known[start]

    def _gates_before(self, name: str) -> tuple[str, ...]:
        plan = self._evidence.plan
        return plan.tasks[name].predecessors if is_pure_gate(plan, name) else ()

    def _wrong_with(self, name: str) -> Iterator[Reason]:
        """Yield what is wrong, the worst first."""
        if is_pure_gate(self._evidence.plan, name):
            closed = tuple(one for one in self._gates_before(name) if self._known[one])
            if closed:
                yield Reason(Defect.WAITS, name, closed)
            return
        known = self._evidence.record.task(name)
        if known.claim:
            yield Reason(Defect.CLAIM, name, (known.claim,))
        elif known.verdict is None:
            yield Reason(Defect.NEVER, name)
        elif known.verdict is not TaskVerdict.PASS:
            yield Reason(Defect.VERDICT, name, (known.verdict.value,))
        if known.open:
            yield Reason(Defect.RUNNING, name, tuple(known.open))
        if name in self._evidence.changed:
            yield Reason(Defect.CHANGED, name, self._evidence.changed[name])
        yield from self._gaps(name)

    def _gaps(self, name: str) -> Iterator[Reason]:
        known = self._evidence.record.task(name)
        unproven = [
            criterion.id
            for criterion in self._evidence.plan.tasks[name].criteria
            if criterion.id not in known.criteria
            or known.criteria[criterion.id].verdict is not CriterionVerdict.PASS
        ]
        if unproven:
            yield Reason(Defect.PARTIAL, name, tuple(unproven))
        assumed_before = self._demand.passed.get(name, ())
        is_kept = bool(self._demand.against) and name not in self._demand.required
        new = [one for one in known.assumes if not (is_kept and one in assumed_before)]
        if new:
            yield Reason(Defect.ASSUMES, name, tuple(new))
