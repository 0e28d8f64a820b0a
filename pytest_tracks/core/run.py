"""One run of a plan: items in, verdicts out.

::

    take(lane) ──► Assignment ──► observe(…) for each item ──► end(task)
                                                                  │
    events() ◄── Settled, Blocked, … ◄── gate, verdict rules ◄────┘

The engine behind both ways to run (xdist workers, one process) and behind the simulator of the
tests. It knows no pytest: an item is a handle, and what it showed is an Outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pytest_tracks.core.dispatch import Dispatch, Lender
from pytest_tracks.core.gate import Blocked, Gate
from pytest_tracks.core.judging import Observation, judge_part
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.record import CoverageResult
from pytest_tracks.core.roster import Participant
from pytest_tracks.core.verdict import (
    CriterionResult,
    CriterionVerdict,
    Outcome,
    TaskVerdict,
    judge_task,
)

__all__ = ["Assignment", "Observation", "Policy", "Run", "Settled", "Started"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person asked for."""

    open_unverified: bool = False
    """A task whose only defect is UNVERIFIED opens the gate."""
    ungated: bool = False
    """Run the criteria of blocked tasks for information."""
    dynamic: bool = False
    """An idle lane takes another lane's released task."""
    record_first: bool = False
    """What a verdict releases is not handed out before ``recorded`` says that it is durable."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a lane is to run now; ``informational`` says that it can change no verdict."""

    task: str
    handles: tuple[str, ...]
    informational: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """Event: the first item of a task is about to run."""

    task: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Event: the verdict of a task.

    ``how`` says where it comes from: ``run`` (an attempt), ``done`` (what is recorded holds),
    ``kept`` (a partial run in which nothing failed does not replace a PASS that holds),
    ``blocked``, ``gate`` (a pure gate), ``elsewhere`` (another run), ``unreached`` (the run stopped
    before it).
    """

    task: str
    verdict: TaskVerdict
    how: str
    results: Mapping[str, CriterionResult] = field(default_factory=dict)
    blocked: Blocked | None = None
    assumes: tuple[str, ...] = ()
    informational: bool = False
    """BLOCKED, and its criteria were run for information."""
    coverage: CoverageResult | None = None


@dataclass(slots=True)
class _Attempt:
    participant: Participant
    informational: bool
    seen: dict[str, Observation] = field(default_factory=dict)


class Run:
    """The verbs of a run; misuse raises ValueError.

    ``roster`` holds the tasks that have something to do, ``passed`` tasks outside it whose
    recorded PASS holds, ``holding`` those inside it whose recorded PASS holds, ``rerun`` those
    of them that run all the same. ``lanes`` are lists of task ids; ``priority`` is the longest
    remaining path. Another run that is going on settles the tasks ``awaited`` (outside the
    roster) and ``elsewhere`` (inside it). The gates ``late`` wait for nothing outside this run:
    when what is before them here has passed they are in ``waits_for``, until somebody who knows
    about the rest says ``open_late`` or ``leave_out``.
    """

    def __init__(
        self,
        plan: Plan,
        roster: Mapping[str, Participant],
        lanes: Sequence[Sequence[str]],
        *,
        priority: Mapping[str, float],
        passed: Collection[str] = (),
        assumed: Mapping[str, Sequence[str]] | None = None,
        holding: Collection[str] = (),
        rerun: Collection[str] = (),
        pure: Collection[str] = (),
        awaited: Collection[str] = (),
        elsewhere: Collection[str] = (),
        late: Collection[str] = (),
        policy: Policy | None = None,
        lender: Lender | None = None,
    ) -> None:
        self._plan = plan
        self._roster = roster
        self._policy = policy or Policy()
        self._holding = frozenset(holding)
        self._rerun = frozenset(rerun)
        self._home = {task: lane for lane, tasks in enumerate(lanes) for task in tasks}
        self._assumes: dict[str, tuple[str, ...]] = {
            task: tuple(ids) for task, ids in (assumed or {}).items()
        }
        self._awaited = frozenset(task for task in awaited if task not in roster)
        self._late = frozenset(late)
        self._told: dict[str, TaskVerdict] = {}
        members = [task for task in plan.tasks if task in roster or task in pure or task in late]
        here = frozenset(members) - self._late
        gate = Gate(
            {
                **dict.fromkeys(self._awaited, ()),
                **{
                    task: [
                        one
                        for one in plan.tasks[task].predecessors
                        if task not in self._late or one in here
                    ]
                    for task in members
                },
            },
            passed=passed,
            pure=[task for task in pure if task not in self._late],
        )
        in_order = sorted(
            self._home, key={task: n for n, task in enumerate(plan.tasks)}.__getitem__
        )
        self._dispatch = Dispatch(
            gate,
            [[task for task in in_order if self._home[task] == lane] for lane in range(len(lanes))],
            priority=priority,
            needs={task: plan.tasks[task].resources for task in roster if self._runs(task)},
            capacities=plan.capacities,
            pinned=[task for task in roster if plan.tasks[task].pin is not None],
            dynamic=self._policy.dynamic,
            on_hold={*self._awaited, *elsewhere, *self._late},
            lender=lender,
        )
        self._attempts: dict[str, _Attempt] = {}
        self._begun: set[str] = set()
        self._informational: list[list[Blocked]] = [[] for _ in lanes]
        self._held_back: dict[str, Blocked] = {}
        self._verdicts: dict[str, TaskVerdict] = {}
        self._events: list[Settled | Started] = []
        self._drain()

    # -- what there is to do ---------------------------------------------------------------------

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return len(self._informational)

    @property
    def is_active(self) -> bool:
        """Whether anything runs or may still be taken."""
        waiting = any(self._informational) and not self._dispatch.is_stopped
        return self._dispatch.is_active or bool(self._attempts) or waiting

    @property
    def verdicts(self) -> Mapping[str, TaskVerdict]:
        """Verdicts of all tasks that are settled, as far as this run knows them."""
        return self._verdicts

    def take(self, lane: int) -> Assignment | None:
        """Give a lane its next assignment; None where it has to wait or nothing is left.

        Tasks that need no item to run (recorded PASS holds, nothing to run) are settled on the
        way.
        """
        assignment = self._assign(lane, self._dispatch.take)
        if assignment is None and self._informational[lane] and not self._dispatch.is_stopped:
            return self._take_informational(lane)
        return assignment

    def take_ahead(self, lane: int, *, in_order: bool) -> Assignment | None:
        """Give a lane that is busy what it runs next; None where that is still open.

        With ``in_order`` only what it would run next whatever ends meanwhile. It is taken like
        any other: it can be given back, and its own end settles it.
        """
        return self._assign(lane, partial(self._dispatch.take_ahead, in_order=in_order))

    def _assign(self, lane: int, take: Callable[[int], str | None]) -> Assignment | None:
        while (task := take(lane)) is not None:
            participant = self._roster[task]
            if not self._runs(task):
                self._settle(Settled(task, TaskVerdict.PASS, "done", self._done_results(task)))
            elif participant.handles:
                self._attempts[task] = _Attempt(participant, informational=False)
                return Assignment(task, participant.handles)
            else:
                self._attempts[task] = _Attempt(participant, informational=False)
                self.begin(task)
                self.end(task)
        return None

    def _runs(self, task: str) -> bool:
        """Whether a task is run although, or because, what is recorded of it does not do."""
        return task not in self._holding or task in self._rerun

    def _take_informational(self, lane: int) -> Assignment | None:
        queue = self._informational[lane]
        fits = self._dispatch.hold_resources
        position = next((n for n, one in enumerate(queue) if fits(one.task)), None)
        if position is None:
            return None
        blocked = queue.pop(position)
        participant = self._roster[blocked.task]
        self._attempts[blocked.task] = _Attempt(participant, informational=True)
        self._held_back[blocked.task] = blocked
        return Assignment(blocked.task, participant.handles, informational=True)

    def _done_results(self, task: str) -> dict[str, CriterionResult]:
        return {
            part.criterion.id: CriterionResult(part.criterion.id, CriterionVerdict.PASS)
            for part in self._roster[task].parts
        }

    def is_exhausted(self, lane: int) -> bool:
        """Whether nothing can come to a lane any more, apart from what it runs."""
        if self._dispatch.is_stopped:
            return True
        if self._informational[lane] or not self._dispatch.is_exhausted(lane):
            return False
        return not (self._policy.ungated and self._dispatch.is_active)

    def goes_alone(self, task: str) -> bool:
        """Whether a task must not be sent together with others: what is sent, nobody else can take.

        So as not to hoard resources, or tasks that an idle lane could run.
        """
        return self._policy.dynamic or self._dispatch.needs_resources(task)

    # -- what has happened -----------------------------------------------------------------------

    def begin(self, task: str) -> None:
        """Note that the first item of a taken task is about to run; once is enough."""
        attempt = self._attempt(task)
        if not attempt.informational and task not in self._begun:
            self._begun.add(task)
            self._events.append(Started(task))

    def observe(self, task: str, handle: str, observation: Observation) -> None:
        """Take what an item of a running task showed; a failure is never overwritten."""
        attempt = self._attempt(task)
        if handle not in attempt.participant.handles:
            raise ValueError(f"{handle} is no item of {task}")
        before = attempt.seen.get(handle)
        if before is None or before.outcome is not Outcome.FAILED:
            attempt.seen[handle] = observation

    def end(self, task: str, *, interrupted: bool = False, is_cut: bool = False) -> None:
        """Judge a task: everything of it that will run has run.

        ``is_cut`` says that the run stopped before its end.
        """
        attempt = self._attempt(task)
        del self._attempts[task]
        results = {
            part.criterion.id: judge_part(part, attempt.seen) for part in attempt.participant.parts
        }
        if attempt.informational:
            self._dispatch.free_resources(task)
            self._report_informational(task, results)
            return
        verdict = judge_task(result.verdict for result in results.values())
        if interrupted and verdict is TaskVerdict.INCOMPLETE:
            verdict = TaskVerdict.INTERRUPTED
        is_partial = is_cut or not attempt.participant.is_whole
        settled = self._settled(task, verdict, results, is_partial=is_partial)
        measured = next((one.coverage for one in attempt.seen.values() if one.coverage), None)
        self._settle(replace(settled, coverage=measured) if measured else settled)

    def _settled(
        self,
        task: str,
        verdict: TaskVerdict,
        results: Mapping[str, CriterionResult],
        *,
        is_partial: bool,
    ) -> Settled:
        unfinished = verdict in (TaskVerdict.INCOMPLETE, TaskVerdict.INTERRUPTED)
        if unfinished and is_partial and task in self._holding:
            return Settled(task, TaskVerdict.PASS, "kept", results)
        return Settled(task, verdict, "run", results, assumes=self._assumed_by(task))

    def _assumed_by(self, task: str) -> tuple[str, ...]:
        assumes = dict.fromkeys(
            assumed
            for predecessor in self._plan.tasks[task].predecessors
            for assumed in self._assumes.get(predecessor, ())
        )
        return tuple(assumes)

    def give_back(self, task: str) -> None:
        """Put a taken task back of which no item has run; it will be taken again."""
        attempt = self._attempt(task)
        if attempt.seen:
            raise ValueError(f"items of {task} have run")
        del self._attempts[task]
        if attempt.informational:
            self._dispatch.free_resources(task)
            self._informational[self._home[task]].insert(0, self._held_back.pop(task))
        else:
            self._dispatch.give_back(task)

    def stop(self) -> None:
        """Release nothing more; what runs may end."""
        self._dispatch.stop()

    def close(self, *, interrupted: bool) -> None:
        """End the run: what began is judged by what it showed, the rest is unreached."""
        self.stop()
        for task in list(self._attempts):
            if task in self._begun or task in self._held_back:  # held back: it is BLOCKED
                self.end(task, interrupted=interrupted, is_cut=True)
        for task in self._dispatch.unsettled:
            if task in self._roster and task not in self._late:
                attempt_results = {
                    part.criterion.id: CriterionResult(
                        part.criterion.id, CriterionVerdict.NOT_RUN, "the run stopped before it"
                    )
                    for part in self._roster[task].parts
                }
                self._events.append(
                    Settled(task, TaskVerdict.INCOMPLETE, "unreached", attempt_results)
                )
        for lane in self._informational:
            for blocked in lane:
                self._report_blocked(blocked)
            lane.clear()
        self._attempts.clear()

    def events(self) -> list[Settled | Started]:
        """Hand out what has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    @property
    def has_events(self) -> bool:
        """Whether anything has happened since the last call of ``events``."""
        return bool(self._events)

    def is_held_back(self, lane: int) -> bool:
        """Whether a lane could have a task if what has happened were recorded."""
        return self._dispatch.is_held_back(lane)

    def recorded(self) -> None:
        """Note that all that ``events`` has handed out is durable: what it released may run."""
        if not self._events:
            self._dispatch.admit()

    # -- other runs ------------------------------------------------------------------------------

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Tasks that could be settled now, and that another run is to settle."""
        return self._dispatch.waiting

    def learn(self, task: str, verdict: TaskVerdict) -> None:
        """Take the verdict of a task that another run has settled; others are left alone."""
        self._told[task] = verdict
        self._apply_told()

    def take_back(self, task: str) -> None:
        """Note that nobody else will settle a task: it is run here, or it closes the gate."""
        if task in self._roster:
            self._dispatch.take_off_hold(task)
        elif task in self._dispatch.waiting:
            self._dispatch.settle_elsewhere(task, opens=False)
            self._drain()

    @property
    def refused(self) -> tuple[str, ...]:
        """Those of them that are this run's own, and wait for resources that another has."""
        return self._dispatch.refused

    @property
    def only_late_left(self) -> bool:
        """Whether nothing is unsettled but late gates."""
        return self._late.issuperset(self._dispatch.unsettled)

    def open_late(self, task: str) -> None:
        """Carry a late gate out here: all that it waits for has passed, here and elsewhere."""
        if is_pure_gate(self._plan, task):
            self._dispatch.settle_elsewhere(task, opens=True)
            self._verdicts[task] = TaskVerdict.PASS
            self._events.append(Settled(task, TaskVerdict.PASS, "gate"))
            self._drain()
        else:
            self._dispatch.take_off_hold(task)

    def leave_out(self, task: str) -> None:
        """Leave a late gate to other runs: here it has no verdict."""
        self._dispatch.settle_elsewhere(task, opens=False)
        self._drain()

    def _apply_told(self) -> None:
        while told := [task for task in self._dispatch.waiting if task in self._told]:
            task, verdict = told[0], self._told[told[0]]
            self._verdicts[task] = verdict
            if task in self._roster:
                self._events.append(Settled(task, verdict, "elsewhere"))
            self._dispatch.settle_elsewhere(task, opens=verdict is TaskVerdict.PASS)
            self._drain()

    # -- consequences ----------------------------------------------------------------------------

    def _attempt(self, task: str) -> _Attempt:
        try:
            return self._attempts[task]
        except KeyError:
            raise ValueError(f"{task} does not run") from None

    def _settle(self, settled: Settled) -> None:
        opens = self._opens(settled)
        assumed = settled.assumes
        if opens and settled.verdict is TaskVerdict.UNVERIFIED:
            assumed = (*assumed, settled.task)
        if assumed:
            self._assumes[settled.task] = assumed
        self._verdicts[settled.task] = settled.verdict
        self._events.append(settled)
        hold = self._policy.record_first and settled.how == "run"
        self._dispatch.settle(settled.task, opens=opens, hold=hold)
        self._drain()

    def _opens(self, settled: Settled) -> bool:
        if settled.verdict is TaskVerdict.UNVERIFIED and settled.how == "run":
            defects = {result.verdict for result in settled.results.values()}
            only = defects <= {CriterionVerdict.PASS, CriterionVerdict.UNVERIFIED}
            return only and self._policy.open_unverified
        return settled.verdict is TaskVerdict.PASS

    def _drain(self) -> None:
        for task in self._dispatch.take_passed_gates():
            self._verdicts[task] = TaskVerdict.PASS
            self._assumes[task] = self._assumed_by(task)
            passed = Settled(task, TaskVerdict.PASS, "gate", assumes=self._assumes[task])
            self._events.append(passed)
        for blocked in self._dispatch.take_blocked():
            self._verdicts[blocked.task] = TaskVerdict.BLOCKED
            participant = self._roster.get(blocked.task)
            if self._policy.ungated and participant is not None and participant.handles:
                self._informational[self._home[blocked.task]].append(blocked)
            else:
                self._report_blocked(blocked)
        if self._told:
            self._apply_told()

    def _report_blocked(self, blocked: Blocked) -> None:
        if blocked.task in self._late:  # what is before it elsewhere is not known here
            return
        self._events.append(Settled(blocked.task, TaskVerdict.BLOCKED, "blocked", blocked=blocked))

    def _report_informational(self, task: str, results: Mapping[str, CriterionResult]) -> None:
        blocked = self._held_back.pop(task)
        self._events.append(
            Settled(
                task,
                TaskVerdict.BLOCKED,
                "blocked",
                results,
                blocked=blocked,
                informational=True,
            )
        )


def is_pure_gate(plan: Plan, task: str) -> bool:
    """Whether a task has no item of its own and passes when its predecessors have."""
    return plan.tasks[task].kind is not TaskKind.TASK and not plan.tasks[task].criteria
