from __future__ import annotations

import inspect
import pickle
import re

import pytest

from pytest_tracks import errors
from pytest_tracks.errors import PlanError, Problem, StateError, TracksError, UsageError

PROBLEMS = (
    Problem("b.yaml", 7, 5, "unknown-task", "TASK-9 is not in the plan", "did you mean TASK-8?"),
    Problem("a.yaml", 0, 0, "empty", "expected a mapping"),
)


@pytest.mark.parametrize(
    ("line", "col", "place"), [(7, 5, "a.yaml:7:5"), (7, 0, "a.yaml:7"), (0, 0, "a.yaml")]
)
def test_a_problem_says_where_what_and_what_to_do(line: int, col: int, place: str) -> None:
    assert str(Problem("a.yaml", line, col, "code", "It is wrong")) == f"{place}: code It is wrong"
    assert str(Problem("a.yaml", line, col, "code", "It is wrong", "mend it")) == (
        f"{place}: code It is wrong (mend it)"
    )


def test_a_column_without_a_line_means_the_file() -> None:
    assert str(Problem("a.yaml", 0, 5, "code", "It is wrong")) == "a.yaml: code It is wrong"


def test_problems_sort_by_place() -> None:
    places = [("b", 1, 1), ("a", 10, 1), ("a", 9, 2), ("a", 9, 1)]
    found = sorted(Problem(*place, "code", "message") for place in places)
    assert [(one.path, one.line, one.col) for one in found] == sorted(places)


@pytest.mark.parametrize("kind", [PlanError, StateError])
def test_an_error_carries_all_problems_and_shows_one_a_line(kind: type[PlanError]) -> None:
    with pytest.raises(TracksError) as caught:
        raise kind(*PROBLEMS)
    assert isinstance(caught.value, kind)
    assert caught.value.problems == PROBLEMS
    assert str(caught.value).splitlines() == [str(problem) for problem in PROBLEMS]


@pytest.mark.parametrize("kind", [PlanError, StateError])
def test_an_error_survives_the_way_between_processes(kind: type[PlanError]) -> None:
    copy = pickle.loads(pickle.dumps(kind(*PROBLEMS)))
    assert type(copy) is kind
    assert copy.problems == PROBLEMS


def test_a_usage_error_is_its_message() -> None:
    assert str(UsageError("--tracks=02: did you mean --track=02?")) == (
        "--tracks=02: did you mean --track=02?"
    )


def test_every_error_is_in_the_tree_and_the_tree_in_the_docstring() -> None:
    kinds = {
        name: kind
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, Exception) and not name.startswith("_")
    }
    assert all(issubclass(kind, TracksError) for kind in kinds.values())
    assert set(re.findall(r"^[ │├└─]*(\w+Error) ", errors.__doc__ or "", re.M)) == set(kinds)
    assert set(errors.__all__) == {*kinds, "Problem"}
