"""Workers and controller without processes: the real engine and scheduler, any interleaving.

A simulated worker keeps xdist's two rules that matter: it fetches item N+1 before it runs item N,
and it obeys its queue blindly. Which worker moves next, which message is delivered next, and who
crashes when is drawn from a seed that a failure prints.
"""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.run import Policy, Run
from pytest_tracks.core.verdict import Outcome, TaskVerdict
from pytest_tracks.plugin.scheduler import TrackScheduling
from tests.core.worlds import World, random_world

CASES = int(os.environ.get("TRACKS_SIMULATOR_CASES", "2500"))
SEED = int(os.environ.get("TRACKS_SIMULATOR_SEED", "20251031"))
CHUNKS = 10
SHUTDOWN = -1


@dataclass(eq=False)
class SimulatedNode:
    """A worker: a queue, the item in its hand, and messages on their way to the controller."""

    name: str
    queue: deque[int] = field(default_factory=deque)
    hand: int | None = None
    messages: deque[tuple[str, int]] = field(default_factory=deque)
    ended: bool = False
    dead: bool = False
    shutdown_sent: bool = False
    last_run: int | None = None
    check: Callable[[int], None] = lambda index: None
    """Looks at what is sent."""

    @property
    def shutting_down(self) -> bool:
        return self.dead or self.shutdown_sent

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        if self.dead:
            raise OSError("cannot send to a dead worker")
        for index in indices:
            self.check(index)
        self.queue.extend(indices)

    def shutdown(self) -> None:
        self.shutdown_sent = True
        if not self.dead:
            self.queue.append(SHUTDOWN)

    @property
    def can_move(self) -> bool:
        return not (self.ended or self.dead) and bool(self.queue or self.hand == SHUTDOWN)

    def move(self) -> None:
        """Fetch; with an item in hand and its successor fetched, run it."""
        if self.hand is None:
            self.hand = self.queue.popleft()
        elif self.hand != SHUTDOWN:
            successor = self.queue.popleft()
            assert self.hand != successor, "an item directly after itself is not torn down"
            self.messages.append(("complete", self.hand))
            self.hand = successor
        if self.hand == SHUTDOWN:
            self.ended = True
            self.messages.append(("finished", 0))


class SimulatedCrew:
    """What the conductor is to the scheduler, with every rule of the gate checked on the way."""

    def __init__(
        self,
        world: World,
        loose: Sequence[str],
        policy: Policy,
        chance: random.Random,
        *,
        stops_at_failure: bool,
    ) -> None:
        self.chance = chance
        self.lazy = chance.choice([0.0, 0.5, 1.0])
        """How often what has been settled may wait for more before it is recorded."""
        self.may_queue_ahead = not stops_at_failure
        self.task_of = {
            handle: task for task, one in world.roster.items() for handle in one.handles
        }
        self.lanes = len(world.lanes)
        self.world = world
        self.loose = list(loose)
        self.should_stop = False
        self.ids = [handle for one in world.roster.values() for handle in one.handles] + self.loose
        self.policy = policy
        self.run: Run
        self.settled: dict[str, Settled] = {}
        self.begun: set[str] = set()
        self.ran: list[tuple[str, str]] = []
        self.crashed: set[str] = set()
        self.shown = 0

    def assemble(self, node: object, ids: Sequence[str]) -> None:
        plan = self.world.plan
        self.run = Run(
            plan,
            self.world.roster,
            self.world.lanes,
            priority={task: float(len(task)) for task in plan.tasks},
            pure=[task for task in plan.tasks if is_pure_gate(plan, task)],
            policy=self.policy,
        )

    def agrees(self, node: object, ids: Sequence[str]) -> bool:
        return list(ids) == self.ids

    def loose_items(self) -> Sequence[str]:
        return self.loose

    def item_ended(self, task: str, handle: str) -> None:
        self.starts(task)
        self.ran.append((task, handle))
        failed = handle in self.world.fails
        self.should_stop |= failed and not self.may_queue_ahead
        self.run.observe(task, handle, Observation(Outcome.FAILED if failed else Outcome.PASSED))

    def item_crashed(self, task: str, handle: str) -> None:
        self.starts(task)
        self.crashed.add(task)
        self.ran.append((task, handle))
        self.run.observe(task, handle, Observation(Outcome.FAILED, "crashed"))

    @property
    def has_unshown(self) -> bool:
        return self.shown < len(self.settled)

    def show(self) -> None:
        self.shown = len(self.settled)

    def check_sent(self, index: int) -> None:
        """See that what is sent rests on recorded verdicts only, and on no run that has stopped."""
        task = self.task_of.get(self.ids[index]) if index < len(self.ids) else None
        if task is not None:
            assert not self.should_stop
            self.starts(task)

    def starts(self, task: str) -> None:
        if not self.policy.ungated:
            for predecessor in self.world.plan.tasks[task].predecessors:
                assert self.settled[predecessor].verdict is TaskVerdict.PASS, (task, predecessor)
            assert task not in self.settled

    def look_elsewhere(self) -> bool:
        raise AssertionError("this run waits for nobody")

    @property
    def may_put_off(self) -> bool:
        return self.chance.random() < self.lazy

    def begin(self, task: str) -> None:
        self.run.begin(task)

    def end(self, task: str) -> None:
        self.run.end(task)

    def record(self) -> None:
        self.take_events()
        self.run.recorded()
        held: dict[str, int] = {}
        for task in {task for task, _ in self.ran} - set(self.settled):
            for name, units in self.world.plan.tasks[task].resources.items():
                held[name] = held.get(name, 0) + units
        for name, units in held.items():
            assert units <= self.world.plan.capacities[name]

    def take_events(self) -> None:
        for event in self.run.events():
            if isinstance(event, Started):
                assert event.task not in self.begun
                self.begun.add(event.task)
            else:
                assert event.task not in self.settled
                self.settled[event.task] = event


class Simulation:
    """The controller's loop, as xdist's DSession runs it."""

    def __init__(self, world: World, chance: random.Random, *, crashes: float, loose: int) -> None:
        self.chance = chance
        self.crashes = crashes
        policy = Policy(dynamic=world.dynamic, ungated=chance.random() < 0.1, record_first=True)
        self.crew = SimulatedCrew(
            world,
            [f"loose-{n}" for n in range(loose)],
            policy,
            chance,
            stops_at_failure=chance.random() < 0.1,
        )
        self.scheduling = TrackScheduling(self.crew)
        self.nodes: list[SimulatedNode] = []
        self.loose_ran: list[str] = []
        self.loose_crashed: list[str] = []
        self.is_shutting_down = False
        for _ in range(self.crew.lanes):
            self.start_worker()

    def start_worker(self) -> None:
        node = SimulatedNode(f"gw{len(self.nodes)}", check=self.crew.check_sent)
        node.messages.append(("ready", 0))
        node.messages.append(("collected", 0))
        self.nodes.append(node)

    def play(self) -> None:
        for _ in range(20_000):
            moves = [node for node in self.nodes if node.can_move]
            talks = [node for node in self.nodes if node.messages]
            if not moves and not talks:
                break
            if talks and (not moves or self.chance.random() < 0.5):
                self.deliver(self.chance.choice(talks))
            else:
                self.move(self.chance.choice(moves))
        stuck = [node.name for node in self.nodes if not (node.ended or node.dead)]
        assert not stuck, f"deadlock: {stuck} wait for ever"

    def move(self, node: SimulatedNode) -> None:
        if node.queue and node.hand is not None and self.chance.random() < self.crashes:
            node.dead = True
            node.messages.append(("down", 0))
        else:
            node.move()

    def deliver(self, node: SimulatedNode) -> None:
        what, index = node.messages.popleft()
        if what == "ready":
            self.ready(node)
        elif what == "collected" and not self.is_shutting_down:
            self.scheduling.add_node_collection(node, self.crew.ids)
            if self.scheduling.collection_is_completed:
                self.scheduling.schedule()
        elif what == "complete":
            self.note_loose(node)
            self.scheduling.mark_test_complete(node, index, self.chance.choice([0.0, 0.001, 0.2]))
        elif what == "finished" and node in self.scheduling.nodes:
            assert self.scheduling.remove_node(node) is None
        elif what == "down":
            self.down(node)
        if self.scheduling.tests_finished and not self.is_shutting_down:
            self.is_shutting_down = True
            for each in self.scheduling.nodes:
                each.shutdown()

    def ready(self, node: SimulatedNode) -> None:
        if self.is_shutting_down:
            node.shutdown()
        else:
            self.scheduling.add_node(node)

    def note_loose(self, node: SimulatedNode) -> None:
        sent = self.scheduling.running(node)
        if sent is not None and sent.task is None and sent.handle is not None:
            self.loose_ran.append(sent.handle)

    def down(self, node: SimulatedNode) -> None:
        if node in self.scheduling.nodes:
            crashed = self.scheduling.remove_node(node)
            if crashed is not None and crashed.startswith("loose"):
                self.loose_crashed.append(crashed)
        self.is_shutting_down = False
        self.start_worker()


def expected_verdicts(world: World, crashed: set[str]) -> dict[str, TaskVerdict]:
    verdicts: dict[str, TaskVerdict] = {}
    for name, task in world.plan.tasks.items():
        if any(verdicts[one] is not TaskVerdict.PASS for one in task.predecessors):
            verdicts[name] = TaskVerdict.BLOCKED
        elif name in world.roster:
            failed = name in crashed or world.fails.intersection(world.roster[name].handles)
            verdicts[name] = TaskVerdict.FAIL if failed else TaskVerdict.PASS
        else:
            verdicts[name] = TaskVerdict.PASS
    return verdicts


def simulate(seed: int) -> None:
    chance = random.Random(seed)
    world = random_world(chance)
    crashes = chance.choice([0.0, 0.0, 0.02, 0.1])
    simulation = Simulation(world, chance, crashes=crashes, loose=chance.choice([0, 0, 5, 100]))
    simulation.play()
    crew = simulation.crew
    assert crew.lazy or not crew.has_unshown, "nothing was to be put off"
    crew.take_events()
    verdicts = {task: settled.verdict for task, settled in crew.settled.items()}
    informational = {task for task, settled in crew.settled.items() if settled.informational}
    expected = expected_verdicts(world, crew.crashed - informational)
    if crew.should_stop:
        expected = {task: verdict for task, verdict in expected.items() if task in verdicts}
    assert verdicts == expected
    assert len(crew.ran) == len(set(crew.ran)), "an item ran twice in one attempt"
    if not crew.policy.ungated:
        blocked = {task for task, verdict in verdicts.items() if verdict is TaskVerdict.BLOCKED}
        assert not blocked.intersection(task for task, _ in crew.ran)
    loose = simulation.loose_ran + simulation.loose_crashed
    assert crew.should_stop or sorted(loose) == sorted(crew.loose)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_interleaving_keeps_the_gate_and_ends(chunk: int) -> None:
    for case in range(chunk, CASES, CHUNKS):
        try:
            simulate(SEED + case)
        except Exception as error:
            raise AssertionError(f"seed {SEED + case}: {error}") from error


def test_the_simulator_sees_a_deadlock() -> None:
    """Without the park item behind the last one, a worker that waits would wait for ever."""
    node = SimulatedNode("gw0")
    node.send_runtest_some([0])
    node.move()
    assert node.hand == 0
    assert not node.can_move
