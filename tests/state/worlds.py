"""Small plans, machines and stores for the tests of the state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pytest_tracks.core.model import Check, Criterion, Location, Plan, Sprint, Task
from pytest_tracks.core.record import AttemptKind, Digest, LiveRun
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, TaskVerdict
from pytest_tracks.state.facts import AttemptStarted, Entry, Fact, TaskSettled
from pytest_tracks.state.store import Store

HERE = Location("docs/planning/tracks.yaml")
FOLDER = "docs/planning"
DIGEST = Digest("d1", "f1", "t1", "s1", "")


def task(task_id: str, *predecessors: str, criteria: int = 1, **more: object) -> Task:
    """Make a task with prose criteria."""
    found = tuple(
        Criterion(f"AC-{number:03}", f"point {number}", Check(), HERE)
        for number in range(1, criteria + 1)
    )
    made = Task(task_id, f"Title of {task_id}", HERE, criteria=found, predecessors=predecessors)
    return replace(made, **more)  # type: ignore[arg-type]


def plan(*tasks: Task, sprints: Iterable[Sprint] = (), files: Iterable[str] = ()) -> Plan:
    """Make a plan; of TASK-1 and TASK-2 if no task is given."""
    tasks = tasks or (task("TASK-1"), task("TASK-2", "TASK-1"))
    return Plan(
        "Shop", {it.id: it for it in tasks}, FOLDER, files=tuple(files), sprints=tuple(sprints)
    )


@dataclass
class FakeMachine:
    """A machine whose clocks move by hand and whose processes live as long as they are told."""

    pid: int = 100
    host: str = "here"
    process_started: str = ""
    wall: datetime = datetime(2025, 10, 31, 10, 0, tzinfo=timezone.utc)
    seconds: float = 1000.0
    alive: set[int] = field(default_factory=lambda: {100})

    def now(self) -> str:
        return self.wall.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        return self.seconds

    def is_alive(self, run: LiveRun) -> bool:
        return run.pid in self.alive

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def put_clock(self, **change: float) -> None:
        self.wall += timedelta(**change)


def open_store(
    root: Path, the_plan: Plan | None = None, machine: FakeMachine | None = None
) -> Store:
    """Open the store of a plan below ``root``."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    return Store.open(root, the_plan or plan(), surroundings=machine or FakeMachine())


def state_file(root: Path) -> Path:
    return root / FOLDER / ".project-state.yaml"


def journal_file(root: Path) -> Path:
    return root / FOLDER / ".tracks" / "journal.jsonl"


def result(
    verdict: str = "PASS", gap: str = "", name: str = "AC-001"
) -> dict[str, CriterionResult]:
    return {name: CriterionResult(name, CriterionVerdict(verdict), gap)}


def started(
    task_id: str = "TASK-1",
    attempt: str = "a1",
    kind: str = "attempt",
    run: str = "r1",
    digest: Digest | None = DIGEST,
) -> AttemptStarted:
    return AttemptStarted(run, task_id, attempt, AttemptKind(kind), 1, digest)


def settled(
    verdict: str = "PASS",
    task_id: str = "TASK-1",
    attempt: str = "a1",
    run: str = "r1",
    digest: Digest | None = DIGEST,
    **more: object,
) -> TaskSettled:
    word = "PASS" if verdict == "PASS" else "FAIL"
    values: dict[str, object] = {"criteria": result(word), **more}
    fact = TaskSettled(run, task_id, TaskVerdict(verdict), attempt, 1, digest)
    return replace(fact, **values)  # type: ignore[arg-type]


def entries(*facts: Fact, first: int = 1, minutes: float = 1.0) -> list[Entry]:
    """Put facts in order, ``minutes`` apart by both clocks."""
    begin = datetime(2025, 10, 31, 10, 0, tzinfo=timezone.utc)
    found = []
    for place, fact in enumerate(facts):
        at = begin + timedelta(minutes=place * minutes)
        text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        serial = first + place
        found.append(Entry(serial, text, f"w-{serial}", fact, elapsed=place * minutes * 60))
    return found


def run_task(
    store: Store, task_id: str, verdict: str = "PASS", digest: Digest | None = DIGEST
) -> None:
    """Let one task run in the store's open run."""
    attempt = f"{store.run_id}-{task_id}"
    kind = store.task(task_id).attempt_kind(digest.definition if digest else "")
    store.append(started(task_id, attempt, kind.value, store.run_id, digest))
    store.append(settled(verdict, task_id, attempt, store.run_id, digest))


def passed_project(root: Path, *task_ids: str) -> bytes:
    """Record a finished run in which tasks passed; returns the state file."""
    store = open_store(root)
    store.start_run(commit="c0ffee")
    for task_id in task_ids or ("TASK-1", "TASK-2"):
        run_task(store, task_id)
    store.finish_run(0)
    return state_file(root).read_bytes()
