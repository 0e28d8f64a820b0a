"""Whether a layout is the shortest there is, decided by CP-SAT where ``ortools`` is installed.

The model: an interval for every task, precedence between them, at most as many at once as there
are tracks. Only where tasks are fixed to tracks do tracks have to be told apart: then each task
has an optional interval on every track that it may go to. Resources are cumulative.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from pytest_tracks.core.list_schedule import ANY, Workload
from pytest_tracks.core.planning import Planning
from pytest_tracks.core.workload import workload_of

__all__ = ["Answer", "CpSat", "Solver", "find_solver", "proof_text"]

SECONDS = 10.0

_SEED = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver knows, in whole units; ``makespan`` None: it has found no schedule."""

    makespan: int | None
    bound: int
    """No schedule is shorter."""


class Solver(Protocol):
    """Looks for the shortest schedule of a workload, for so many seconds."""

    name: str

    def solve(self, workload: Workload, makespan: int, seconds: float) -> Answer:
        """``makespan`` is that of a schedule that is known."""
        ...


def find_solver() -> Solver | None:
    """Return CP-SAT where it is installed."""
    try:
        module = importlib.import_module("ortools.sat.python.cp_model")
    except ImportError:
        return None
    return CpSat(module)


def proof_text(planning: Planning, solver: Solver | None, seconds: float = SECONDS) -> str:
    """Say whether the planning's makespan is optimal for its tracks and pins."""
    layout = planning.layout
    if not layout.gap:
        return "Optimality: proven, the makespan is the lower bound."
    if solver is None:
        return (
            f"Optimality: open between {layout.lower_bound:g} h and {layout.makespan:g} h."
            " To have it decided: pip install ortools"
        )
    workload, unit = _workload(planning)
    answer = solver.solve(workload, round(layout.makespan / unit), seconds)
    return _verdict(planning, answer, float(unit), solver.name)


def _workload(planning: Planning) -> tuple[Workload, Fraction]:
    """Hold fast what the layout had to: completed tasks, given sprints and pins."""
    plan, track_of = planning.plan, planning.layout.track_of()
    kept = {task: track_of[task] for task in planning.completed}
    kept.update({task: sprint.track for sprint in plan.sprints for task in sprint.tasks})
    kept.update({task.id: task.pin for task in plan.tasks.values() if task.pin is not None})
    return workload_of(plan, [track.number for track in planning.layout.tracks], kept)


def _verdict(planning: Planning, answer: Answer, unit: float, solver: str) -> str:
    makespan = planning.layout.makespan
    bound = max(planning.layout.lower_bound, answer.bound * unit)
    if answer.makespan is not None and answer.makespan * unit < makespan - unit / 2:
        found = answer.makespan * unit
        return f"Optimality: missed, {solver} found {found:g} h (none is under {bound:g} h)."
    if bound > makespan - unit / 2:
        return f"Optimality: proven, {solver} shows that no plan is shorter."
    return f"Optimality: open, {solver} found no shorter plan; none is under {bound:g} h."


class CpSat:
    """Google's solver; ``module`` is ``ortools.sat.python.cp_model``."""

    name = "CP-SAT"

    def __init__(self, module: Any) -> None:
        self._cp = module

    def solve(self, workload: Workload, makespan: int, seconds: float) -> Answer:
        """Minimise the makespan, which is known to be reachable."""
        model = self._cp.CpModel()
        end = model.new_int_var(0, makespan, "makespan")
        self._constrain(model, workload, makespan, end)
        model.minimize(end)
        solver = self._cp.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.random_seed = _SEED
        status = solver.solve(model)
        found = status in (self._cp.OPTIMAL, self._cp.FEASIBLE)
        return Answer(
            round(solver.objective_value) if found else None,
            round(solver.best_objective_bound),
        )

    def _constrain(self, model: Any, workload: Workload, horizon: int, end: Any) -> None:
        graph = workload.graph
        starts = [model.new_int_var(0, horizon, f"s{task}") for task in range(len(graph))]
        intervals = [
            model.new_fixed_size_interval_var(start, length, f"i{task}")
            for task, (start, length) in enumerate(zip(starts, graph.durations, strict=True))
        ]
        for task, start in enumerate(starts):
            model.add(start + graph.durations[task] <= end)
            for before in graph.predecessors[task]:
                model.add(starts[before] + graph.durations[before] <= start)
        model.add_cumulative(intervals, [1] * len(intervals), workload.tracks)
        if any(track != ANY for track in workload.fixed):
            self._tell_tracks_apart(model, workload, starts)
        for resource, units in enumerate(workload.capacities):
            demands = [dict(needs).get(resource, 0) for needs in workload.demands]
            model.add_cumulative(intervals, demands, units)

    def _tell_tracks_apart(self, model: Any, workload: Workload, starts: list[Any]) -> None:
        on_track: list[list[Any]] = [[] for _ in range(workload.tracks)]
        for task, (start, length) in enumerate(zip(starts, workload.graph.durations, strict=True)):
            fixed = workload.fixed[task]
            tracks = range(workload.tracks) if fixed == ANY else (fixed,)
            chosen = [model.new_bool_var(f"t{task}-{track}") for track in tracks]
            model.add_exactly_one(chosen)
            for track, is_here in zip(tracks, chosen, strict=True):
                name = f"o{task}-{track}"
                on_track[track].append(
                    model.new_optional_fixed_size_interval_var(start, length, is_here, name)
                )
        for intervals in on_track:
            model.add_no_overlap(intervals)
