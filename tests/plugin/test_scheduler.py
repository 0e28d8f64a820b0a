"""What is sent to a worker, and when: the real engine, with a worker that only listens."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

from pytest_tracks.core.model import Task
from pytest_tracks.core.run import Policy
from pytest_tracks.plugin.scheduler import LARGEST_BATCH, TrackScheduling
from tests.core.worlds import World, make_plan, make_task, participant
from tests.plugin.test_simulator import SHUTDOWN, SimulatedCrew, SimulatedNode


class Floor:
    """One lane for each list of tasks; what a worker has run is told by hand."""

    def __init__(
        self, *lanes: list[Task], stops_at_failure: bool = False, fails: Collection[str] = ()
    ) -> None:
        tasks = [task for lane in lanes for task in lane]
        roster = {task.id: participant(task) for task in tasks}
        names = [[task.id for task in lane] for lane in lanes]
        world = World(make_plan(*tasks), roster, names, frozenset(fails), dynamic=False)
        self.crew = SimulatedCrew(
            world,
            [],
            Policy(record_first=True),
            random.Random(1),
            stops_at_failure=stops_at_failure,
        )
        self.crew.lazy = 1.0
        self.scheduling = TrackScheduling(self.crew)
        self.nodes = [
            SimulatedNode(f"gw{n}", check=self.crew.check_sent) for n in range(len(lanes))
        ]
        for node in self.nodes:
            self.scheduling.add_node(node)
        for node in self.nodes:
            self.scheduling.add_node_collection(node, self.crew.ids)
        self.scheduling.schedule()

    def sent(self, lane: int = 0) -> list[str]:
        """Name the tasks that a worker has been sent since the last call, and ``park``."""
        indices = [n for n in self.nodes[lane].queue if n != SHUTDOWN]
        self.nodes[lane].queue.clear()
        task_of: Mapping[str, str] = self.crew.task_of
        ids = self.crew.ids
        return [task_of[ids[n]] if 0 <= n < len(ids) else "park" for n in indices]

    def ends(self, what: str, lane: int = 0, seconds: float = 0.1) -> None:
        """Let a worker tell that a task's item, or its park item, has ended."""
        ids = self.crew.ids
        index = next((n for n, one in enumerate(ids) if self.crew.task_of[one] == what), len(ids))
        self.scheduling.mark_test_complete(self.nodes[lane], index, seconds)


def test_a_lane_has_its_next_task_before_it_needs_it() -> None:
    floor = Floor([make_task("A"), make_task("B"), make_task("C"), make_task("D")])
    assert floor.sent() == ["A", "park", "B", "park"]
    floor.ends("A", seconds=0.2)
    assert floor.sent() == ["C", "park"]
    floor.ends("park")
    floor.ends("B", seconds=0.2)
    assert floor.sent() == ["D", "park"]
    assert not floor.nodes[0].shutdown_sent


def test_where_a_failure_ends_the_run_nothing_is_queued_ahead() -> None:
    tasks = [make_task("A"), make_task("B"), make_task("C")]
    fails = participant(tasks[1]).handles
    floor = Floor(tasks, stops_at_failure=True, fails=fails)
    assert floor.sent() == ["A", "park"]
    floor.ends("A", seconds=0.2)
    assert floor.sent() == ["B", "park"]
    floor.ends("park")
    floor.ends("B", seconds=0.2)
    assert floor.sent() == []


def test_a_lane_does_not_grow_its_batch_by_waiting() -> None:
    others = [make_task(f"X{n:02}") for n in range(20)]
    late = [make_task(f"L{n}", ("X17",)) for n in range(4)]
    floor = Floor([make_task("A"), make_task("B", ("X19",)), *late], others)
    assert floor.sent() == ["A", "park"]
    floor.ends("A", seconds=0.2)
    for n in range(18):
        floor.ends(f"X{n:02}", lane=1, seconds=0.2)
        floor.ends("park", lane=1)
    assert floor.sent() == ["L0", "park", "L1", "park"], "one, and the next"


def test_trivial_tasks_come_in_batches_and_slow_ones_by_two() -> None:
    floor = Floor([make_task(f"T{n:02}") for n in range(60)])
    sizes, names = [], floor.sent()
    for n in range(24):
        floor.ends(f"T{n:02}", seconds=0.001 if n < 20 else 0.2)
        floor.ends("park")
        sizes.append(names.count("park") - n - 1)
        names += floor.sent()
    assert max(sizes) == LARGEST_BATCH
    floor.ends("T24", seconds=0.2)
    assert floor.sent() == []


def test_what_rests_on_the_running_task_is_not_queued_behind_it() -> None:
    floor = Floor([make_task("A"), make_task("B", ("A",))], [make_task("X")])
    assert floor.sent() == ["A", "park"]
    floor.ends("X", lane=1)
    assert floor.sent() == []
    floor.ends("A")
    assert floor.sent()[0] == "B"
    assert "A" in floor.crew.settled, "it was recorded before B was sent"
