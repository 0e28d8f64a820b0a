from __future__ import annotations

from pytest_tracks.core.advice import advise
from pytest_tracks.core.distribute import distribute
from pytest_tracks.core.model import Plan
from pytest_tracks.core.sprints import cut_sprints
from tests.core.plans import plan, source_plan, task
from tests.core.test_distribute import SOURCE_PINS


def advice(given: Plan, tracks: int, sprint_hours: float = 40) -> dict[str, list[str]]:
    layout = distribute(given, tracks)
    sprints = cut_sprints(given, layout, sprint_hours)
    found: dict[str, list[str]] = {}
    for problem in advise(given, layout, sprints, sprint_hours):
        found.setdefault(problem.code, []).append(problem.message)
    return found


def test_a_good_plan_gets_no_advice() -> None:
    assert advice(source_plan(), 3) == {}


def test_the_sources_own_pins_lengthen_its_plan() -> None:
    found = advice(source_plan(SOURCE_PINS), 3)
    assert found["pins-lengthen"] == ["18 pinned tasks lengthen the plan by 8 h"]
    assert found["tracks-apart"] == ["track 3 has 32 h and track 1 52 h, 38 % apart"]


def test_sprints_too_long_and_too_short() -> None:
    found = advice(plan(task("A", 50, pin=1), task("B", 10, pin=2)), 2)
    assert found["sprint-too-long"] == ["SPRINT-001-01 takes 50 h, more than 40 h"]
    assert found["sprint-too-short"][0].startswith("SPRINT-001-02 takes 10 h, under half of the")


def test_tasks_too_long_and_too_short() -> None:
    found = advice(plan(task("A", 17), task("B", 0.25), task("C", 16), task("D", None)), 1)
    assert found["task-too-long"] == ["A takes 17 h, more than 16 h"]
    assert found["task-too-short"] == ["B takes 0.25 h, less than 0.5 h"]


def test_owned_files_that_overlap_are_named_where_the_tasks_may_run_together() -> None:
    given = plan(
        task("A", files=("src/**",)),
        task("B", files=("src/api/*.py",)),
        task("C", after=["A", "B"], files=("src/**",)),
        task("D", files=("docs/**",)),
    )
    assert advice(given, 2)["files-overlap"] == [
        "A and B may run at the same time and both own src/** and src/api/*.py"
    ]


def test_too_many_owners_are_not_compared_in_silence() -> None:
    given = plan(*(task(f"T-{number}", files=("a",)) for number in range(1_501)))
    assert "files-overlap" not in advice(given, 2)
    assert advice(given, 2)["files-not-compared"][0].startswith("1501 tasks own files")
