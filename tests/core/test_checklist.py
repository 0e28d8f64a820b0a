from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tracks.core.checklist import Point, check_plan
from pytest_tracks.core.model import Check, Contract, Criterion, Location, Plan, Task

AT = Location("plan.md", 7)
RUN = Criterion("AC-001", "c", Check("run", {"command": "make"}), AT)


def task(name: str, **other: object) -> Task:
    fine = Task(
        name, name, AT, criteria=(RUN,), hours=40, files=(f"src/{name}.py",), value="it helps"
    )
    return replace(fine, **other)  # type: ignore[arg-type]


def points(*tasks: Task, contracts: tuple[Contract, ...] = ()) -> dict[str, Point]:
    plan = Plan("P", {one.id: one for one in tasks}, "docs", contracts=contracts)
    return {point.title: point for point in check_plan(plan)}


def test_a_plan_that_meets_all_eight() -> None:
    found = points(task("b", predecessors=("a",)), task("a"))
    assert len(found) == 8
    assert [point for point in found.values() if point.faults] == []
    assert found["Merge Order"].says == "a → b"


@pytest.mark.parametrize(
    ("title", "changed", "fault"),
    [
        ("File Ownership", {"files": ()}, "b owns no files"),
        ("File Ownership", {"files": ("src/*.py",)}, "a and b both own src/a.py"),
        ("Independence", {"criteria": (replace(RUN, check=Check()),)}, "b has no check of its own"),
        ("Independence", {"criteria": ()}, "b has no check of its own"),
        ("Balanced Sizing", {"hours": None}, "b states no duration"),
        ("Balanced Sizing", {"hours": 100}, "b takes 100 h, a only 40 h"),
        ("Value Delivery", {"value": ""}, "b does not say what value it delivers"),
    ],
)
def test_each_point_can_fail(title: str, changed: dict[str, object], fault: str) -> None:
    found = points(task("a"), task("b", **changed))
    assert [point.title for point in found.values() if point.faults] == [title]
    assert found[title].faults == ((AT, fault),)


def test_shared_tests_and_shared_files_are_points_of_their_own() -> None:
    one, two = task("a", files=("tests/conftest.py",)), task("b", files=("tests/conftest.py",))
    assert points(one, two)["Test Isolation"].faults == ((AT, "a and b share tests/conftest.py"),)
    one, two = (task(name, files=(f"{name}.py", "package.json")) for name in "ab")
    found = points(one, two)
    assert [point.title for point in found.values() if point.faults] == ["Shared Files"]
    agreed = points(one, two, contracts=(Contract("package.json", "a", AT),))
    assert not agreed["Shared Files"].faults
    turns = [replace(one_task, resources={"npm": 1}) for one_task in (one, two)]
    assert not points(*turns)["Shared Files"].faults
