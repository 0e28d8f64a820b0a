"""What a plan's graph says before anything is distributed: chains, path, width, useful tracks.

Values only: the reports put them into words, except for the two judgements that are sentences by
nature (why so many tracks, and whether one is enough).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_tracks.core.gates import tasks_only
from pytest_tracks.core.graph import Graph
from pytest_tracks.core.model import Plan, Track
from pytest_tracks.core.useful_tracks import Speed, Speeds, useful_maximum
from pytest_tracks.core.width import Width, width
from pytest_tracks.core.workload import component_title, majority_component, workload_of

__all__ = ["Analysis", "Chain", "analyse"]

_FEW_TASKS = 10
"""Fewer tasks than this are not worth the coordination of several tracks."""

_TIGHT = Fraction(5, 4)
"""Where total ÷ critical path is below this, nearly everything waits for everything."""

_ROWS = 6
"""Numbers of tracks listed one by one; above that the table doubles."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Tasks that wait for one another in turn; named by the component or track of most hours."""

    name: str
    tasks: tuple[str, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """All times are hours; tasks are ids."""

    total_hours: float
    critical_path: tuple[str, ...]
    critical_path_hours: float
    chains: tuple[Chain, ...]
    """Of two tasks and more, and single ones with neighbours, longest remaining path first."""
    independent: tuple[str, ...]
    independent_hours: float
    slack: Mapping[str, float]
    waves: tuple[tuple[str, ...], ...]
    width: Width
    table: tuple[Speed, ...]
    max_tracks: int
    """The smallest number of tracks within 5 % of the critical path."""
    reasons: tuple[str, ...]
    """Why ``max_tracks``, a sentence each."""
    single_track: str | None
    """The sentence that says that one track is enough, where it is."""

    def speed(self, tracks: int) -> Speed:
        """Return the row of the table; KeyError where the table has none."""
        for row in self.table:
            if row.tracks == tracks:
                return row
        raise KeyError(tracks)


def analyse(plan: Plan, *, tracks: int | None = None) -> Analysis:
    """Analyse the graph of the plan's tasks; pins, reviews and sync points are left aside.

    ``tracks`` is a number that the table shows in any case. Raises UsageError for a task that
    needs more units of a resource than there are.
    """
    plan = tasks_only(plan)
    workload, unit = workload_of(plan, (1,), {})
    graph = workload.graph
    speeds = Speeds(workload, unit)
    widest = width(graph)
    enough = widest.tasks if widest.exact else len(graph)
    useful = useful_maximum(speeds, enough)
    chains = _chains(plan, graph, speeds)
    path, free = graph.critical_path(), graph.independent()
    return Analysis(
        total_hours=speeds.in_hours(graph.total),
        critical_path=_ids(graph, path),
        critical_path_hours=speeds.in_hours(graph.critical_length()),
        chains=chains,
        independent=_ids(graph, free),
        independent_hours=_hours(graph, free, speeds),
        slack={
            task: speeds.in_hours(hours)
            for task, hours in zip(graph.ids, graph.slack(), strict=True)
        },
        waves=tuple(_ids(graph, wave) for wave in graph.waves()),
        width=widest,
        table=speeds.table([*_numbers(useful), *([tracks] if tracks else [])]),
        max_tracks=useful,
        reasons=_reasons(speeds, widest, useful, sum(len(chain.tasks) > 1 for chain in chains)),
        single_track=_single_track(graph, widest),
    )


def _numbers(useful: int) -> list[int]:
    """Choose the rows: one by one to a few, then doubling, the useful number and one above it."""
    doubling = [_ROWS * 2**power for power in range(1, useful.bit_length())]
    rows = [*range(1, _ROWS + 1), *doubling]
    return [*(row for row in rows if row < useful), useful, useful + 1]


def _ids(graph: Graph[int], tasks: Sequence[int]) -> tuple[str, ...]:
    return tuple(graph.ids[task] for task in tasks)


def _hours(graph: Graph[int], tasks: Sequence[int], speeds: Speeds) -> float:
    return speeds.in_hours(sum(graph.durations[task] for task in tasks))


def _chains(plan: Plan, graph: Graph[int], speeds: Speeds) -> tuple[Chain, ...]:
    alone = set(graph.independent())
    hours = plan.durations()
    tracks = {track.number: track for track in plan.tracks}
    return tuple(
        Chain(
            _chain_name(plan, _ids(graph, chain), hours, tracks),
            _ids(graph, chain),
            _hours(graph, chain, speeds),
        )
        for chain in graph.chains()
        if chain[0] not in alone
    )


def _chain_name(
    plan: Plan, tasks: Sequence[str], hours: Mapping[str, float], tracks: Mapping[int, Track]
) -> str:
    component = majority_component(plan, tasks, hours)
    if component:
        return component_title(plan, component)
    pinned: dict[int, float] = {}
    for task in tasks:
        pin = plan.tasks[task].pin
        if pin is not None:
            pinned[pin] = pinned.get(pin, 0.0) + hours[task]
    if not pinned:
        return ""
    number = min(pinned, key=lambda pin: (-pinned[pin], pin))
    return tracks[number].name if number in tracks else f"Track {number}"


def _reasons(speeds: Speeds, widest: Width, useful: int, chains: int) -> tuple[str, ...]:
    """Say why; a chain is of two tasks or more here."""
    noun = "task" if widest.tasks == 1 else "tasks"
    reasons = [
        _chains_text(chains, _groups(speeds.workload.graph)),
        f"At peak, {widest} {noun} can run simultaneously",
        _with_tracks(speeds, useful),
    ]
    if useful > 1:
        fewer = speeds.in_hours(speeds.makespan(useful - 1))
        reasons.append(f"With {useful - 1} it would take {round(fewer, 2):g} h")
    floor = speeds.in_hours(speeds.floor())
    reasons.append(f"No number of tracks takes less than {round(floor, 2):g} h")
    return tuple(reasons)


def _chains_text(chains: int, groups: int) -> str:
    if not chains:
        return "No task waits for another"
    if chains == 1:
        return "1 dependency chain exists"
    if chains == groups:
        return f"{chains} independent dependency chains exist"
    together = "that all hang together" if groups == 1 else f"in {groups} independent groups"
    return f"{chains} dependency chains exist, {together}"


def _with_tracks(speeds: Speeds, tracks: int) -> str:
    makespan = speeds.makespan(tracks)
    idle = tracks * makespan - speeds.workload.graph.total
    noun = "track" if tracks == 1 else "tracks"
    length, waits = speeds.in_hours(makespan), speeds.in_hours(idle)
    return (
        f"With {tracks} {noun} the plan takes {round(length, 2):g} h ({round(waits, 2):g} h idle)"
    )


def _groups(graph: Graph[int]) -> int:
    """Count the parts of the graph, of two tasks or more, between which nothing waits."""
    seen = [False] * len(graph)
    groups = 0
    for start in graph.order:
        if seen[start]:
            continue
        seen[start], waiting, size = True, [start], 0
        while waiting:
            task = waiting.pop()
            size += 1
            for other in (*graph.predecessors[task], *graph.successors[task]):
                if not seen[other]:
                    seen[other] = True
                    waiting.append(other)
        groups += size > 1
    return groups


def _single_track(graph: Graph[int], widest: Width) -> str | None:
    if len(graph) and widest.exact and widest.tasks == 1:
        return "A single track is enough: all tasks form one chain."
    if len(graph) < _FEW_TASKS:
        return f"A single track is enough: there are fewer than {_FEW_TASKS} tasks ({len(graph)})."
    longest = graph.critical_length()
    if graph.total < longest * _TIGHT:
        share = round(100 * longest / graph.total) if graph.total else 100
        return (
            "A single track is enough: the tasks are tightly coupled"
            f" ({share} % of the work is on the critical path)."
        )
    return None
