from __future__ import annotations

import pytest

from pytest_tracks.core.list_schedule import Workload
from pytest_tracks.core.model import Plan
from pytest_tracks.core.planning import Planning, Request, make_planning
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.project.proof import Answer, find_solver, proof_text
from tests.core.plans import plan, source_plan, task


class FakeSolver:
    name = "Fake"

    def __init__(self, makespan: int | None, bound: int) -> None:
        self.answer = Answer(makespan, bound)
        self.asked: list[tuple[int, float]] = []

    def solve(self, workload: Workload, makespan: int, seconds: float) -> Answer:
        self.asked.append((makespan, seconds))
        return self.answer


def _planning(given: Plan, tracks: int) -> Planning:
    return make_planning(given, ProjectRecord(), Request(tracks))


def _with_gap(**more: object) -> Planning:
    """23 hours that no two tracks can share evenly: 13 hours is optimal, 12 the bound."""
    sizes = {"A": 2.5, "B": 2.5, "C": 2.5, "D": 2.0, "E": 2.0}
    tasks = [task(name, hours, **more) for name, hours in sizes.items()]
    return _planning(plan(*tasks), 2)


def test_the_bound_alone_is_a_proof() -> None:
    solver = FakeSolver(None, 0)
    assert "proven, the makespan is the lower bound" in proof_text(
        _planning(source_plan(), 3), solver
    )
    assert solver.asked == []


def test_without_a_solver_it_says_how_to_get_one() -> None:
    assert proof_text(_with_gap(), None) == (
        "Optimality: open between 6 h and 6.5 h. To have it decided: pip install ortools"
    )


@pytest.mark.parametrize(
    ("makespan", "bound", "words"),
    [
        (13, 13, "proven, Fake shows that no plan is shorter"),
        (13, 12, "open, Fake found no shorter plan; none is under 6 h"),
        (None, 0, "open, Fake found no shorter plan; none is under 6 h"),
        (12, 12, r"missed, Fake found 6 h (none is under 6 h)"),
    ],
)
def test_the_answer_in_words(makespan: int | None, bound: int, words: str) -> None:
    solver = FakeSolver(makespan, bound)
    assert proof_text(_with_gap(), solver, 3) == f"Optimality: {words}."
    assert solver.asked == [(13, 3)]


class TestCpSat:
    @pytest.fixture(autouse=True)
    def _needs_ortools(self) -> None:
        pytest.importorskip("ortools")

    def test_it_proves(self) -> None:
        assert "proven, CP-SAT shows" in proof_text(_with_gap(), find_solver(), 5)

    def test_it_knows_pins_and_resources(self) -> None:
        tasks = [task(name, 5, pin=1 if name == "A" else None) for name in "ABC"]
        tasks += [task(name, 4, resources={"db": 1}) for name in "DE"]
        planning = _planning(plan(*tasks), 2)
        assert planning.layout.gap > 0
        assert "proven, CP-SAT shows" in proof_text(planning, find_solver(), 5)
