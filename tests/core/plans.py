"""Small plans for the planner's tests, and what every layout must hold to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from pytest_tracks.core.distribute import Layout
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.list_schedule import ANY, Schedule, Workload
from pytest_tracks.core.model import Location, Plan, Task, Track

SOURCE_CHAINS = {
    "backend": {"001": 8, "004": 8, "008": 8, "012": 10, "016": 8},
    "frontend": {"002": 6, "005": 6, "009": 8, "013": 10, "017": 8},
    "infrastructure": {"003": 6, "007": 6, "011": 8, "015": 8},
}
SOURCE_INDEPENDENT = {
    "006": ("backend", 6),
    "010": ("frontend", 6),
    "014": ("infrastructure", 4),
    "018": ("backend", 4),
}


def task(task_id: str, hours: float | None = 1, after: Sequence[str] = (), **more: object) -> Task:
    return Task(
        task_id,
        task_id,
        Location("plan.yaml"),
        hours=hours,
        predecessors=tuple(after),
        **more,  # type: ignore[arg-type]
    )


def plan(*tasks: Task, tracks: Sequence[Track] = (), capacities: Mapping[str, int] = {}) -> Plan:
    return Plan(
        "shop",
        {task.id: task for task in tasks},
        "docs",
        tracks=tuple(tracks),
        capacities=capacities,
    )


def source_plan(pins: Mapping[str, int] = {}, tracks: Sequence[Track] = ()) -> Plan:
    """The source document's 18 tasks: chains of 42, 38 and 28 hours and 20 independent ones."""
    tasks = []
    for component, chain in SOURCE_CHAINS.items():
        before: list[str] = []
        for number, hours in chain.items():
            task_id = f"TASK-{number}"
            pin = pins.get(number)
            tasks.append(task(task_id, hours, before, component=component, pin=pin))
            before = [task_id]
    for number, (component, hours) in SOURCE_INDEPENDENT.items():
        tasks.append(task(f"TASK-{number}", hours, component=component, pin=pins.get(number)))
    return plan(*tasks, tracks=tracks)


@st.composite
def workloads(draw: st.DrawFn, most: int = 10, plain: bool = False, longest: int = 9) -> Workload:
    """Random graphs; unless ``plain`` with fixed tasks and resources too."""
    count = draw(st.integers(1, most))
    tracks = draw(st.integers(1, 4))
    ids = [str(index) for index in range(count)]
    after = {
        ids[index]: [ids[other] for other in draw(st.sets(st.integers(0, index - 1), max_size=3))]
        for index in range(1, count)
    }
    durations = draw(st.lists(st.integers(0, longest), min_size=count, max_size=count))
    graph = build_graph(ids, after, dict(zip(ids, durations, strict=True)))
    if plain:
        return Workload(graph, tracks, (ANY,) * count)
    fixed = draw(st.lists(st.integers(ANY, tracks - 1), min_size=count, max_size=count))
    need = st.lists(
        st.sampled_from([(0, 1), (0, 2), (1, 1)]), max_size=2, unique_by=lambda pair: pair[0]
    )
    demands = draw(st.lists(need, min_size=count, max_size=count))
    return Workload(graph, tracks, tuple(fixed), tuple(map(tuple, demands)), (2, 1))


def assert_feasible(workload: Workload, schedule: Schedule) -> None:
    """Precedence, one task at a time on a track, fixed tracks and resources are respected."""
    graph = workload.graph
    ends = [start + length for start, length in zip(schedule.starts, graph.durations, strict=True)]
    assert schedule.makespan == max(ends, default=0)
    assert min(schedule.starts, default=0) >= 0
    for index in range(len(graph)):
        assert all(ends[other] <= schedule.starts[index] for other in graph.predecessors[index])
        assert 0 <= schedule.tracks[index] < workload.tracks
        assert workload.fixed[index] in (ANY, schedule.tracks[index])
    spans = list(zip(schedule.tracks, schedule.starts, ends, strict=True))
    for place, (track, start, end) in enumerate(spans):
        for other_track, other_start, other_end in spans[:place]:
            if track == other_track and start < end and other_start < other_end:
                assert end <= other_start or other_end <= start
    for resource, units in enumerate(workload.capacities):
        for moment in schedule.starts:
            held = sum(
                wanted
                for index, needs in enumerate(workload.demands)
                for needed, wanted in needs
                if needed == resource and schedule.starts[index] <= moment < ends[index]
            )
            assert held <= units


def assert_layout_holds(plan: Plan, layout: Layout) -> None:
    """Every task is laid once, after its predecessors, and alone on its track."""
    laid = [task_id for track in layout.tracks for task_id in track.tasks]
    assert sorted(laid) == sorted(plan.tasks)
    for task_id, task in plan.tasks.items():
        assert all(layout.end[other] <= layout.start[task_id] for other in task.predecessors)
        assert layout.end[task_id] <= layout.makespan
    for track in layout.tracks:
        for before, after in zip(track.tasks, track.tasks[1:], strict=False):
            assert layout.end[before] <= layout.start[after]
    assert layout.lower_bound <= layout.makespan
