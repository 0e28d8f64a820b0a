from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import Location, Plan, Task, TaskKind
from pytest_tracks.core.readiness import assess

PLACE = Location("plan.yaml")


def make_plan(*tasks: Task) -> Plan:
    return Plan("P", {task.id: task for task in tasks}, "docs/planning")


def task(name: str, before: str = "", hours: float = 1, **more: object) -> Task:
    return Task(name, name, PLACE, predecessors=tuple(before.split()), hours=hours, **more)  # type: ignore[arg-type]


def test_longest_remaining_path_first_and_passed_work_counts_nothing() -> None:
    plan = make_plan(task("A", hours=2), task("B", hours=3), task("C", "A", 5), task("D", "C", 1))
    found = assess(plan, passed={"C"})
    assert found.ready == ("A", "B", "D")
    assert found.remaining_hours == {"A": 3, "B": 3, "C": 1, "D": 1}
    assert found.open == {"C"}
    assert found.waiting == {}


def test_a_pure_gate_opens_by_itself_and_is_never_ready() -> None:
    gate = task("SYNC-01", "A B", kind=TaskKind.SYNC_POINT)
    plan = make_plan(task("A"), task("B"), gate, task("C", "SYNC-01"))
    assert assess(plan, {"A"}).waiting == {"SYNC-01": ("B",), "C": ("SYNC-01",)}
    assert assess(plan, {"A"}).roots(["C"]) == ("B",)
    assert assess(plan, {"A", "B"}).ready == ("C",)


def test_roots_go_through_everything_that_waits() -> None:
    plan = make_plan(task("A"), task("X"), task("B", "A"), task("C", "B"), task("D", "C X"))
    assert assess(plan, set()).roots(["D"]) == ("A", "X")
    assert assess(plan, {"X"}).roots(["B", "D"]) == ("A",)


@given(st.data())
def test_every_task_is_in_one_place_and_something_is_ready_until_all_is_done(
    data: st.DataObject,
) -> None:
    names = [f"T{number}" for number in range(data.draw(st.integers(1, 8)))]
    tasks = [
        task(name, " ".join(data.draw(st.lists(st.sampled_from(names[:at]), unique=True))))
        if at
        else task(name)
        for at, name in enumerate(names)
    ]
    plan = make_plan(*data.draw(st.permutations(tasks)))
    passed = data.draw(st.frozensets(st.sampled_from(names)))
    found = assess(plan, passed)
    assert sorted([*found.ready, *found.waiting, *found.open]) == sorted(names)
    assert found.open == passed
    assert bool(found.ready) == (passed != set(names))
    for name in found.ready:
        assert set(plan.tasks[name].predecessors) <= passed
    assert all(found.roots([name]) for name in found.waiting)
