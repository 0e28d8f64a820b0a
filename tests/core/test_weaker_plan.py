from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.model import (
    Acknowledgement,
    Check,
    Contract,
    Coverage,
    Criterion,
    Location,
    Plan,
    Requirement,
    Task,
    TaskKind,
)
from pytest_tracks.core.weakening import (
    Weakening,
    acknowledged_by,
    acknowledged_removals,
    removed_task,
)
from pytest_tracks.core.weaker_plan import weaker_plan
from tests.core.plans import plan, task

HERE = Location("plan.yaml", 3)


def criterion(
    name: str = "AC-001",
    kind: str = "prose",
    text: str = "It works",
    allow: frozenset[str] = frozenset(),
    **params: object,
) -> Criterion:
    return Criterion(name, text, Check(kind, params), HERE, name.startswith("AC-0"), allow)


def with_criteria(*criteria: Criterion) -> Task:
    return task("T", criteria=criteria)


def found(before: Task, after: Task) -> dict[str, str]:
    return {one.id: one.message for one in weaker_plan(plan(before), plan(after))}


def ids(before: Criterion, after: Criterion) -> list[str]:
    return list(found(with_criteria(before), with_criteria(after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (criterion(kind="run", command="make lint"), criterion(), ["T/AC-001 check"]),
        (criterion(), criterion(kind="run", command="make lint"), []),
        (
            criterion(kind="run", command="make lint"),
            criterion(kind="run", command="make -k lint"),
            ["T/AC-001 command"],
        ),
        (
            criterion(kind="run", command="x", timeout=1.0),
            criterion(kind="run", command="x", timeout=900.0),
            [],
        ),
        (
            criterion(kind="metric", run="x", max=200.0),
            criterion(kind="metric", run="x", max=300.0),
            ["T/AC-001 max"],
        ),
        (
            criterion(kind="metric", run="x", max=200.0),
            criterion(kind="metric", run="x", max=100.0),
            [],
        ),
        (
            criterion(kind="metric", run="x", min=2.0),
            criterion(kind="metric", run="x", min=1.0),
            ["T/AC-001 min"],
        ),
        (
            criterion(kind="metric", run="x", min=2.0),
            criterion(kind="metric", run="x", min=3.0),
            [],
        ),
        (
            criterion(kind="metric", run="x", min=2.0),
            criterion(kind="metric", run="x"),
            ["T/AC-001 min"],
        ),
        (
            criterion(kind="metric", run="x"),
            criterion(kind="metric", run="x", tolerance=5.0),
            ["T/AC-001 tolerance"],
        ),
        (criterion(kind="metric", run="x"), criterion(kind="metric", run="x", max=5.0), []),
        (
            criterion(kind="metric", run="x", max=5.0),
            criterion(kind="metric", run="x", max=5.0, baseline={"percent": 5.0}),
            [],
        ),
        (
            criterion(kind="metric", run="x", baseline={"percent": 5.0}),
            criterion(kind="metric", run="x", baseline={"percent": 9.0}),
            ["T/AC-001 baseline.percent"],
        ),
        (
            criterion(kind="metric", run="x", max=5.0, baseline={"percent": 5.0}),
            criterion(kind="metric", run="x", max=5.0),
            ["T/AC-001 baseline.percent"],
        ),
        (criterion(kind="manual"), criterion(kind="manual", expires=90), []),
        (
            criterion(kind="manual", expires=90),
            criterion(kind="manual", expires=365),
            ["T/AC-001 expires"],
        ),
        (criterion(kind="manual", expires=90), criterion(kind="manual"), ["T/AC-001 expires"]),
        (
            criterion(kind="manual"),
            criterion(kind="manual", covers=("README.md",)),
            ["T/AC-001 covers"],
        ),
        (
            criterion(kind="file", path="a", contains=("x", "y")),
            criterion(kind="file", path="a", contains=("y", "z")),
            ["T/AC-001 contains"],
        ),
        (
            criterion(kind="file", path="a", contains=("x",)),
            criterion(kind="file", path="a", contains=("x", "y")),
            [],
        ),
        (
            criterion(kind="http", url="/", json={"status": "ok"}),
            criterion(kind="http", url="/", json={}),
            ["T/AC-001 json.status"],
        ),
        (
            criterion(kind="http", url="/"),
            criterion(kind="http", url="/", status=(200, 500)),
            ["T/AC-001 status"],
        ),
        (criterion(kind="http", url="/"), criterion(kind="http", url="/", status=(204,)), []),
        (
            criterion(kind="http", url="/"),
            criterion(kind="http", url="/", method="HEAD"),
            ["T/AC-001 method"],
        ),
        (
            criterion(kind="http", url="/", status=200),
            criterion(kind="http", url="/", status=(200, 500)),
            ["T/AC-001 status"],
        ),
        (
            criterion(kind="test", ids=("tests/a", "tests/b")),
            criterion(kind="test", ids=("tests/a",)),
            ["T/AC-001 test"],
        ),
        (
            criterion(kind="test", ids=("tests/a/test_x.py::test_y",)),
            criterion(kind="test", ids=("tests/a",)),
            [],
        ),
        (
            criterion(kind="mark", expression="auth"),
            criterion(kind="mark", expression="auth and not slow"),
            ["T/AC-001 expression"],
        ),
        (criterion("X"), criterion("X", text="It exists"), ["T/X text"]),
        (criterion(), criterion(allow=frozenset({"skip"})), ["T/AC-001 allow"]),
        (criterion(allow=frozenset({"skip"})), criterion(), []),
    ],
)
def test_one_criterion(before: Criterion, after: Criterion, expected: list[str]) -> None:
    assert ids(before, after) == expected


def test_a_line_that_slips_in_above_moves_ids_and_weakens_nothing() -> None:
    old = [criterion(f"AC-00{n}", text=f"Text {n}") for n in (1, 2)]
    new = [criterion("AC-001", text="New"), *(replace(old[n], id=f"AC-00{n + 2}") for n in (0, 1))]
    assert found(with_criteria(*old), with_criteria(*new)) == {}
    assert list(found(with_criteria(*new), with_criteria(*old))) == ["T/AC-001 removed"]


def test_criteria_that_say_the_same_are_told_apart_by_their_checks() -> None:
    old = [criterion("AC-001", "run", command="a"), criterion("AC-002", "run", command="b")]
    swapped = [criterion("AC-001", "run", command="b"), criterion("AC-002", "run", command="a")]
    assert found(with_criteria(*old), with_criteria(*swapped)) == {}
    twice = [criterion("AC-001", "run", command="a"), criterion("AC-002", "run", command="a")]
    assert list(found(with_criteria(*old), with_criteria(*twice))) == ["T/AC-002 command"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Coverage(("src",), 80.0), None, ["T/coverage removed"]),
        (Coverage(("src",), 80.0), Coverage(("src",), 79.0), ["T/coverage minimum"]),
        (Coverage(("src",), 80.0), Coverage(("src",), 90.0, True), []),
        (Coverage(("src",), 80.0), Coverage(("src", "lib"), 80.0), ["T/coverage source"]),
        (Coverage(("src", "lib"), 80.0), Coverage(("src",), 80.0), ["T/coverage source"]),
        (Coverage(("src",), 80.0, True), Coverage(("src",), 80.0), ["T/coverage branch"]),
        (None, Coverage(("src",), 80.0), []),
    ],
)
def test_coverage(before: Coverage | None, after: Coverage | None, expected: list[str]) -> None:
    assert list(found(task("T", coverage=before), task("T", coverage=after))) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (task("T", after=["A"]), task("T"), ["T predecessors"]),
        (task("T"), task("T", after=["A"]), []),
        (task("T", files=("a", "b")), task("T", files=("a",)), ["T files"]),
        (task("T", files=("a",)), task("T"), []),  # now it rests on the whole tree
        (task("T"), task("T", files=("a",)), ["T files"]),
        (task("T", uses=("api",)), task("T"), ["T uses"]),
        (task("T"), task("T", kind=TaskKind.SYNC_POINT), ["T kind"]),
        (task("T"), task("U"), ["T removed"]),
        (task("T", 5), task("T", 1, owner="Bob"), []),
    ],
)
def test_tasks(before: Task, after: Task, expected: list[str]) -> None:
    assert list(found(before, after)) == expected


def test_requirements() -> None:
    must = Requirement("REQ-1", "Sign in", HERE)
    before = replace(plan(task("T")), requirements=(must, Requirement("REQ-2", "Pay", HERE)))
    after = replace(plan(task("T")), requirements=(replace(must, must=False),))
    assert [one.id for one in weaker_plan(before, after)] == ["REQ-1 must", "REQ-2 removed"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("ada",), ("ada", "bob"), ["reviewers added"]),
        (("ada",), None, ["reviewers added"]),
        (None, ("ada",), []),
        (("ada", "bob"), ("ada",), []),
    ],
)
def test_reviewers(
    before: tuple[str, ...] | None, after: tuple[str, ...] | None, expected: list[str]
) -> None:
    old, new = (replace(plan(task("T")), reviewers=who) for who in (before, after))
    assert [one.id for one in weaker_plan(old, new)] == expected


def test_contracts_and_red() -> None:
    contract = Contract("api.yaml", "T", HERE)
    before = replace(plan(task("T")), contracts=(contract,), settings={"require_red": True})
    after = replace(before, contracts=(replace(contract, owner="U"),), settings={})
    found = [one.id for one in weaker_plan(before, after)]
    assert found == ["api.yaml contract", "settings require_red"]
    red = replace(criterion(), require_red=True)
    assert ids(red, criterion()) == ["T/AC-001 require_red"]


def test_an_acknowledgement_is_good_for_one_change_only() -> None:
    once = Weakening("T/AC-001", "max", "…", 200.0, 300.0)
    word = Acknowledgement(once.id, once.digest, "slower machine", HERE)
    assert acknowledged_by(once, [word]) is word
    assert acknowledged_by(replace(once, message="said otherwise"), [word]) is word
    assert acknowledged_by(replace(once, after=400.0), [word]) is None
    assert acknowledged_by(replace(once, subject="U/AC-001"), [word]) is None


def test_acknowledged_removals() -> None:
    gone = {"T": with_criteria(criterion()), "U": task("U")}
    word = removed_task(gone["T"])
    kept = replace(
        plan(task("V")), acknowledged=(Acknowledgement(word.id, word.digest, "obsolete", HERE),)
    )
    assert acknowledged_removals(gone, kept) == {"T"}
    other = {"T": with_criteria(criterion(), criterion("AC-002"))}
    assert acknowledged_removals(other, kept) == frozenset()


criteria = st.lists(
    st.builds(
        lambda number, text, kind, value: criterion(number, kind, text, max=value),
        st.integers(1, 4).map(lambda n: f"AC-00{n}"),
        st.sampled_from(["It works", "It is fast"]),
        st.sampled_from(["prose", "run", "metric"]),
        st.integers(0, 3),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
plans = st.builds(
    lambda ones, names: plan(*(replace(with_criteria(*ones), id=name) for name in names)),
    criteria,
    st.sets(st.sampled_from("TUV")),
)


@given(plans)
def test_nothing_is_weaker_than_itself(one: Plan) -> None:
    assert list(weaker_plan(one, one)) == []


@given(plans, plans)
def test_ids_are_unique_and_every_criterion_that_is_gone_is_listed(one: Plan, other: Plan) -> None:
    found = [weakening.id for weakening in weaker_plan(one, other)]
    assert len(found) == len(set(found))
    for name, old in one.tasks.items():
        missing = len(old.criteria) - len(other.tasks[name].criteria) if name in other.tasks else 0
        gone = [one for one in found if one.startswith(f"{name}/") and one.endswith(" removed")]
        assert len(gone) >= missing
