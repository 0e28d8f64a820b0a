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
from dataclasses import dataclass, replace
from functools import partial

from pytest_tracks.core.attempt import Attempt, judge_attempt, uniform_results
from pytest_tracks.core.dispatch import Dispatch, Lender
from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gate import Blocked, Gate
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.ledger import Ledger
from pytest_tracks.core.model import Plan
from pytest_tracks.core.roster import Participant
from pytest_tracks.core.ungated import Ungated
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict

__all__ = ["Assignment", "Policy", "Run"]


_STOPPED = "the run stopped before it"


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
        self._late = frozenset(late)
        self._told: dict[str, TaskVerdict] = {}
        abroad = frozenset(task for task in awaited if task not in roster)
        self._dispatch = Dispatch(
            _make_gate(plan, roster, passed=passed, pure=pure, awaited=abroad, late=self._late),
            self._lane_tasks(len(lanes)),
            priority=priority,
            needs={task: plan.tasks[task].resources for task in roster if self._runs(task)},
            capacities=plan.capacities,
            pinned=[task for task in roster if plan.tasks[task].pin is not None],
            dynamic=self._policy.dynamic,
            on_hold={*abroad, *elsewhere, *self._late},
            lender=lender,
        )
        self._attempts: dict[str, Attempt] = {}
        self._begun: set[str] = set()
        self._ungated = Ungated(len(lanes))
        self._ledger = Ledger(plan, assumed or {})
        self._drain()

    def _lane_tasks(self, lanes: int) -> list[list[str]]:
        """List the tasks of each lane in the order of the plan."""
        tasks: list[list[str]] = [[] for _ in range(lanes)]
        for task in self._plan.tasks:
            if task in self._home:
                tasks[self._home[task]].append(task)
        return tasks

    # -- what there is to do ---------------------------------------------------------------------

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return self._ungated.lanes

    @property
    def is_active(self) -> bool:
        """Whether anything runs or may still be taken."""
        waiting = self._ungated.is_waiting and not self._dispatch.is_stopped
        return self._dispatch.is_active or bool(self._attempts) or waiting

    @property
    def verdicts(self) -> Mapping[str, TaskVerdict]:
        """Verdicts of all tasks that are settled, as far as this run knows them."""
        return self._ledger.verdicts

    def take(self, lane: int) -> Assignment | None:
        """Give a lane its next assignment; None where it has to wait or nothing is left.

        Tasks that need no item to run (recorded PASS holds, nothing to run) are settled on the
        way.
        """
        assignment = self._assign(lane, self._dispatch.take)
        if assignment is None and not self._dispatch.is_stopped:
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
                self._settle(
                    Settled(
                        task,
                        TaskVerdict.PASS,
                        "done",
                        uniform_results(participant, CriterionVerdict.PASS),
                    )
                )
            elif participant.handles:
                self._attempts[task] = Attempt(participant, informational=False)
                return Assignment(task, participant.handles)
            else:
                self._attempts[task] = Attempt(participant, informational=False)
                self.begin(task)
                self.end(task)
        return None

    def _runs(self, task: str) -> bool:
        """Whether a task is run although, or because, what is recorded of it does not do."""
        return task not in self._holding or task in self._rerun

    def _take_informational(self, lane: int) -> Assignment | None:
        task = self._ungated.take(lane, self._dispatch.hold_resources)
        if task is None:
            return None
        participant = self._roster[task]
        self._attempts[task] = Attempt(participant, informational=True)
        return Assignment(task, participant.handles, informational=True)

    def is_exhausted(self, lane: int) -> bool:
        """Whether nothing can come to a lane any more, apart from what it runs."""
        if self._dispatch.is_stopped:
            return True
        if self._ungated.waits(lane) or not self._dispatch.is_exhausted(lane):
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
            self._ledger.note(Started(task))

    def observe(self, task: str, handle: str, observation: Observation) -> None:
        """Take what an item of a running task showed; a failure is never overwritten."""
        self._attempt(task).observe(handle, observation)

    def end(self, task: str, *, interrupted: bool = False, is_cut: bool = False) -> None:
        """Judge a task: everything of it that will run has run.

        ``is_cut`` says that the run stopped before its end.
        """
        attempt = self._attempt(task)
        del self._attempts[task]
        results = attempt.results()
        if attempt.informational:
            self._dispatch.free_resources(task)
            self._ledger.block(self._ungated.end(task), results)
            return
        verdict = judge_attempt(results, interrupted=interrupted)
        is_partial = is_cut or not attempt.participant.is_whole
        settled = self._settled(task, verdict, results, is_partial=is_partial)
        self._settle(replace(settled, coverage=attempt.coverage))

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
        return Settled(task, verdict, "run", results, assumes=self._ledger.assumed_by(task))

    def give_back(self, task: str) -> None:
        """Put a taken task back of which no item has run; it will be taken again."""
        attempt = self._attempt(task)
        if attempt.seen:
            raise ValueError(f"items of {task} have run")
        del self._attempts[task]
        if attempt.informational:
            self._dispatch.free_resources(task)
            self._ungated.give_back(self._home[task], task)
        else:
            self._dispatch.give_back(task)

    def stop(self) -> None:
        """Release nothing more; what runs may end."""
        self._dispatch.stop()

    def close(self, *, interrupted: bool) -> None:
        """End the run: what began is judged by what it showed, the rest is unreached."""
        self.stop()
        for task in list(self._attempts):
            if task in self._begun or self._ungated.has(task):  # of those it is known: BLOCKED
                self.end(task, interrupted=interrupted, is_cut=True)
        for task in self._dispatch.unsettled:
            if task in self._roster and task not in self._late:
                results = uniform_results(self._roster[task], CriterionVerdict.NOT_RUN, _STOPPED)
                self._ledger.note(Settled(task, TaskVerdict.INCOMPLETE, "unreached", results))
        for blocked in self._ungated.clear():
            self._report_blocked(blocked)
        self._attempts.clear()

    def events(self) -> list[Settled | Started]:
        """Hand out what has happened since the last call, in order."""
        return self._ledger.hand_out()

    @property
    def has_events(self) -> bool:
        """Whether anything has happened since the last call of ``events``."""
        return self._ledger.has_events

    def is_held_back(self, lane: int) -> bool:
        """Whether a lane could have a task if what has happened were recorded."""
        return self._dispatch.is_held_back(lane)

    def recorded(self) -> None:
        """Note that all that ``events`` has handed out is durable: what it released may run."""
        if not self._ledger.has_events:
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
            self._ledger.settle(Settled(task, TaskVerdict.PASS, "gate"))
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
            self._ledger.learn(task, verdict, is_own=task in self._roster)
            self._dispatch.settle_elsewhere(task, opens=verdict is TaskVerdict.PASS)
            self._drain()

    # -- consequences ----------------------------------------------------------------------------

    def _attempt(self, task: str) -> Attempt:
        try:
            return self._attempts[task]
        except KeyError:
            raise ValueError(f"{task} does not run") from None

    def _settle(self, settled: Settled) -> None:
        opens = self._opens(settled)
        self._ledger.settle(settled, opens=opens)
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
            self._ledger.pass_gate(task)
        for blocked in self._dispatch.take_blocked():
            self._ledger.verdicts[blocked.task] = TaskVerdict.BLOCKED
            participant = self._roster.get(blocked.task)
            if self._policy.ungated and participant is not None and participant.handles:
                self._ungated.add(self._home[blocked.task], blocked)
            else:
                self._report_blocked(blocked)
        if self._told:
            self._apply_told()

    def _report_blocked(self, blocked: Blocked) -> None:
        if blocked.task not in self._late:  # what is before it elsewhere is not known here
            self._ledger.block(blocked)


def _make_gate(
    plan: Plan,
    roster: Collection[str],
    *,
    passed: Collection[str],
    pure: Collection[str],
    awaited: Collection[str],
    late: Collection[str],
) -> Gate:
    """Make the gate of this run; a late gate waits for nothing outside it."""
    members = [task for task in plan.tasks if task in roster or task in pure or task in late]
    here = set(members).difference(late)
    waiting: dict[str, Sequence[str]] = dict.fromkeys(awaited, ())
    for task in members:
        before = plan.tasks[task].predecessors
        waiting[task] = [one for one in before if one in here] if task in late else before
    return Gate(waiting, passed=passed, pure=[task for task in pure if task not in late])
