"""From what was collected to a run: who takes part, what of it holds, what other runs are at.

::

    collected ──► roster ──► holding ──► doubts ──► claim ──► Run, Waiting, SharedResources
                  (plan)     (record)    (vigilance) (state)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_tracks.core.contracts import behind_owners
from pytest_tracks.core.distribute import lay_on_lanes
from pytest_tracks.core.gates import is_pure_gate, tracks_of_gates, wanted_gates
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.roster import Collected, Participant, make_roster
from pytest_tracks.core.run import Policy, Run
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.plugin.shared_resources import SharedResources
from pytest_tracks.plugin.vigilance import Doubts, shown
from pytest_tracks.plugin.waiting import Waiting
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.resource_locks import ResourceLocks

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.plugin.choice import Choice
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["Assembled", "Assembly"]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A run, and what stands around it."""

    run: Run
    roster: Mapping[str, Participant]
    waiting: Waiting
    resources: SharedResources | None
    """None where no task has to do with any."""


class Assembly:
    """Makes a run; ``keep`` calls what may fail to write, and ends the run in words."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        choice: Choice,
        recorder: Recorder,
        view: TerminalView,
        keep: Callable[..., Any],
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._choice = choice
        self._taking_part = tuple(choice.taking_part)
        self._recorder = recorder
        self._view = view
        self._keep = keep
        self._gated = plan
        """The plan with the order that broken contracts bring."""
        self._roster: dict[str, Participant] = {}

    def holds_all(self, collected: Collected) -> bool:
        """Whether there is nothing to run, should a collection find this."""
        record = self._recorder.record()
        roster = make_roster(self._plan, self._taking_part, collected, record)
        holding = self._recorder.holdings.find_holding(roster, collected, verify=False)
        return bool(roster) and all(task in holding for task in roster)

    def assemble(self, collected: Collected, *, verbose: bool) -> Assembled:
        """Make the run of all that was collected, also of what failed to load."""
        record, settings = self._recorder.record(), self._settings
        holding = self._take_roster(collected, record, verbose=verbose)
        holding = self._claim(holding)
        resources = self._lender()
        run = self._make_run(holding, self._recorder.record(), resources)
        late = {task: self._plan.tasks[task].predecessors for task in self._late_here(holding)}
        waiting = Waiting(self._plan, run, self._recorder, self._view, settings.wait, late)
        self._view.assembled(record, self._roster, holding, settings)
        return Assembled(run, self._roster, waiting, resources)

    def _take_roster(
        self, collected: Collected, record: ProjectRecord, *, verbose: bool
    ) -> Collection[str]:
        """Learn who takes part; returns the tasks whose recorded PASS holds, without doubt."""
        roster = make_roster(self._plan, self._taking_part, collected, record)
        holdings = self._recorder.holdings
        holding = holdings.find_holding(roster, collected, verify=self._settings.verify)
        doubts = Doubts(self._plan, roster, record, self._settings, holding)
        self._roster = doubts.roster
        self._view.doubtful(shown(doubts.problems, verbose=verbose))
        return holdings.refuse(doubts.refused)

    def _claim(self, holding: Collection[str]) -> Collection[str]:
        """Announce what is going to run; returns the tasks whose PASS holds by then."""
        late = self._choice.late
        running = [
            task
            for task in self._roster
            if (task not in holding or self._settings.rerun) and task not in late
        ]
        for task in late:
            if task in holding:
                self._roster.pop(task, None)
        if not running:
            return holding
        claim = self._recorder.claim
        claimed: Collection[str] = self._keep(claim, running, verify=self._settings.verify)
        return claimed

    def _make_run(
        self, holding: Collection[str], record: ProjectRecord, lender: SharedResources | None
    ) -> Run:
        plan, settings = self._order(), self._settings
        hours = plan.durations()
        passed = self._passed_outside(holding)
        return Run(
            plan,
            self._roster,
            self._lane_tasks(hours),
            priority=self._priority(hours),
            passed=passed,
            assumed={task: _assumed(task, record) for task in (*passed, *holding)},
            holding={task for task in self._roster if task in holding},
            rerun=self._roster if settings.rerun else (),
            pure=self._pure(),
            awaited=self._awaited(passed),
            late=self._late_here(holding),
            elsewhere=() if settings.verify else self._recorder.pending_elsewhere(),
            lender=lender,
            policy=Policy(
                open_unverified=settings.open_unverified,
                ungated=settings.ungated,
                dynamic=settings.dynamic,
                record_first=True,
            ),
        )

    def _order(self) -> Plan:
        """Return the plan in the order of this run: who owns a broken contract comes first."""
        broken = self._recorder.holdings.breaches()
        self._view.breaches(broken, self._settings.root)
        self._gated = behind_owners(self._plan, broken) if broken else self._plan
        return self._gated

    def _passed_outside(self, holding: Collection[str]) -> set[str]:
        """List the tasks that take no part, and that let pass what builds on them."""
        outside = [task for task in self._gated.tasks if task not in self._roster]
        passed = {task for task in outside if task in holding}
        if self._settings.open_unverified and not self._settings.verify:
            passed |= {task for task in outside if self._recorder.holdings.is_only_unverified(task)}
        return passed

    def _lender(self) -> SharedResources | None:
        """Set up what guards the resources between runs, where any task has to do with one."""
        if not any(one.task.resources for one in self._roster.values()):
            return None
        state = self._settings.root / self._settings.state
        locks = ResourceLocks(state.parent / FOLDER, self._plan.capacities)
        return SharedResources(locks, self._view, self._keep)

    def _priority(self, hours: dict[str, float]) -> dict[str, float]:
        """Rank the released tasks of a lane: as the layout starts them, where lanes keep to it.

        Simulated on random layered graphs, lanes that go by the longest remaining path drift away
        from the layout they were made by, and end twice as far from its makespan.
        """
        plan = self._plan
        if not self._settings.dynamic:
            return {task: -start for task, start in self._choice.layout.start.items()}
        graph = build_graph(
            plan.tasks, {name: task.predecessors for name, task in plan.tasks.items()}, hours
        )
        return dict(zip(graph.ids, graph.b_levels(), strict=True))

    def _awaited(self, passed: Collection[str]) -> list[str]:
        """List the predecessors outside this run that another run may still bring to PASS."""
        if self._settings.verify:
            return []
        plan = self._gated
        members = {*self._roster, *self._pure()}.difference(self._choice.late)
        predecessors = {one for task in members for one in plan.tasks[task].predecessors}
        return sorted(predecessors.difference(members, passed))

    def _pure(self) -> list[str]:
        """List the gates without criteria that this run has to do with."""
        plan = self._plan
        near = {*self._taking_part, *wanted_gates(plan, self._taking_part)}
        return [task for task in plan.tasks if task in near and is_pure_gate(plan, task)]

    def _late_here(self, holding: Collection[str]) -> list[str]:
        """List the late gates that have still to be carried out."""
        return [
            task
            for task in self._choice.late
            if task not in holding and (task in self._roster or is_pure_gate(self._plan, task))
        ]

    def _lane_tasks(self, hours: dict[str, float]) -> list[list[str]]:
        tracks = {
            track.number: [task for task in track.tasks if task in self._roster]
            for track in self._choice.layout.tracks
        }
        lanes = lay_on_lanes(tracks, hours, self._choice.lanes)
        beside = tracks_of_gates(self._plan, self._choice.layout.track_of())
        for gate, number in beside.items():
            if gate in self._roster and not is_pure_gate(self._plan, gate):
                tracks[number].append(gate)
        return [[task for number in lane for task in tracks[number]] for lane in lanes]


def _assumed(task: str, record: ProjectRecord) -> tuple[str, ...]:
    known = record.task(task)
    itself = (task,) if known.verdict is TaskVerdict.UNVERIFIED else ()
    return (*known.assumes, *itself)
