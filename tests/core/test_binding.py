from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.binding import Binder, Binding, Claim, covers, is_usable, prefixes
from pytest_tracks.core.model import Check, Criterion, Plan, Task
from pytest_tracks.core.nodeids import CriterionKey
from tests.core.worlds import PLACE, make_plan

NAME = st.text(st.sampled_from("ab_é1"), min_size=1, max_size=4)
FOLDER = NAME | NAME.map(lambda name: f"[{name}]") | NAME.map(lambda name: f"{name}:x")
PARAMETER = st.text(st.sampled_from("a:[]/. -"), max_size=8) | st.just("x::y[z]")


@dataclass(frozen=True)
class TestId:
    """The node id of a test, in its steps."""

    __test__ = False

    folders: list[str]
    file: str
    classes: list[str]
    function: str
    parameter: str | None

    @property
    def plain(self) -> str:
        """Without the parameter."""
        return "::".join([*self.ups[0:1], *self.classes, self.function])

    @property
    def text(self) -> str:
        return self.plain + ("" if self.parameter is None else f"[{self.parameter}]")

    @property
    def ups(self) -> list[str]:
        """The file and all its folders, nearest first."""
        steps = [*self.folders, f"{self.file}.py"]
        return ["/".join(steps[:count]) for count in range(len(steps), 0, -1)]

    @property
    def names(self) -> list[str]:
        classes = [
            "::".join([self.ups[0], *self.classes[:count]])
            for count in range(len(self.classes), 0, -1)
        ]
        return list(dict.fromkeys([self.text, self.plain, *classes, *self.ups, "."]))


TEST_IDS = st.builds(
    TestId,
    st.lists(FOLDER, max_size=3),
    NAME,
    st.lists(NAME, max_size=2),
    NAME,
    st.none() | PARAMETER,
)


@given(TEST_IDS)
def test_a_test_goes_by_its_id_function_classes_file_and_folders(test: TestId) -> None:
    assert prefixes(test.text) == test.names


@given(TEST_IDS)
def test_each_of_its_names_covers_it(test: TestId) -> None:
    assert all(covers(name, test.text) for name in test.names)


@given(TEST_IDS, TEST_IDS)
def test_nothing_else_covers_it(test: TestId, other: TestId) -> None:
    for name in other.names:
        assert covers(name, test.text) is (name in test.names)


@pytest.mark.parametrize(
    ("test_id", "node_id"),
    [
        ("tests/test_a", "tests/test_ab.py::test_x"),
        ("tests/test_a.py", "tests/test_a.pyx::test_x"),
        ("tests", "tests2/test_a.py::test_x"),
        ("test_a.py", "tests/test_a.py::test_x"),
        ("tests/test_a.py::test_x", "tests/test_a.py::test_xy"),
        ("tests/test_a.py::test_x", "tests/test_a.py::TestX::test_x"),
        ("tests/test_a.py::test_x[1]", "tests/test_a.py::test_x[12]"),
        ("tests/test_a.py::test_x[1]", "tests/test_a.py::test_x"),
        ("tests/test_a.py::test_x[a", "tests/test_a.py::test_x[a::b]"),
        ("app/[slug]", "app/slug/test_x.py::test_a"),
        ("app/[slug]/test_x.py::test_a[1]", "app/[slug]/test_x.py::test_a[2]"),
    ],
)
def test_a_likeness_covers_nothing(test_id: str, node_id: str) -> None:
    assert not covers(test_id, node_id)


@pytest.mark.parametrize(
    "test_id", ["app/[slug]", "./app//[slug]/", "app/./[slug]/test_x.py", ".", "./"]
)
def test_a_path_may_be_written_in_several_ways(test_id: str) -> None:
    assert covers(test_id, "app/[slug]/test_x.py::TestA::test_b[c::d[e]]")


@pytest.mark.parametrize("test_id", ["a/test_x.py", "a/test_x.py::TestA", "a"])
def test_what_could_not_be_loaded_is_covered_like_a_test(test_id: str) -> None:
    assert covers(test_id, "a/test_x.py::TestA") is True
    assert covers("a/test_x.py::TestA", "a/test_x.py") is False


# -- marks and texts ---------------------------------------------------------------------------

KEY = CriterionKey("T", "AC-001")


def criterion(name: str = "AC-001", text: str = "It works", **more: object) -> Criterion:
    check = more.pop("check", Check())
    return Criterion(name, text, check, PLACE, **more)  # type: ignore[arg-type]


MARK = Binding(KEY, "mark")


def test_fault_72_a_mark_is_not_used_for_a_text_that_slid_under_its_id() -> None:
    assert is_usable(MARK, criterion(text="It works"), {"AC-001": "It works"})
    assert not is_usable(MARK, criterion(text="Inserted above"), {"AC-001": "It works"})


def test_fault_72_before_the_first_pass_a_mark_is_taken_at_its_word() -> None:
    assert is_usable(MARK, criterion(), {})
    assert is_usable(MARK, criterion(), {"AC-002": "Another"})


def test_fault_72_a_mark_that_states_the_text_is_good_for_that_text_only() -> None:
    mark = Binding(KEY, "mark", "It works")
    assert is_usable(mark, criterion(text="It works"), {"AC-001": "What passed before"})
    assert not is_usable(mark, criterion(text="Inserted above"), {"AC-001": "Inserted above"})
    assert not is_usable(mark, criterion(text="Inserted above"), {})


def test_fault_72_an_id_of_its_own_does_not_slide() -> None:
    named = criterion(text="Reworded", positional=False)
    assert is_usable(MARK, named, {"AC-001": "It works"})
    assert not is_usable(Binding(KEY, "mark", "It works"), named, {})


@pytest.mark.parametrize("by", ["test", "mark-expression"])
def test_fault_72_what_the_plan_itself_binds_is_used(by: str) -> None:
    assert is_usable(Binding(KEY, by), criterion(text="New"), {"AC-001": "Old"})


@given(st.text(max_size=3), st.text(max_size=3), st.none() | st.text(max_size=3), st.booleans())
def test_fault_72_a_mark_is_never_used_against_its_own_text(
    now: str, passed: str, stated: str | None, positional: bool
) -> None:
    usable = is_usable(
        Binding(KEY, "mark", stated),
        criterion(text=now, positional=positional),
        {KEY.criterion: passed},
    )
    agrees = stated == now if stated is not None else (not positional or passed == now)
    assert usable is agrees


# -- the binder --------------------------------------------------------------------------------


def plan_of(**checks: Check) -> Plan:
    criteria = tuple(
        criterion(name, f"{name} holds", check=check) for name, check in checks.items()
    )
    return make_plan(Task("T", "Task", PLACE, criteria=criteria))


def binder_of(plan: Plan) -> Binder:
    return Binder.of(
        plan,
        [CriterionKey(task.id, one.id) for task in plan.tasks.values() for one in task.criteria],
    )


def bind(
    plan: Plan,
    node_id: str,
    claims: Sequence[Claim] = (),
    matches: Callable[[str], bool] = lambda expression: False,
    binder: Binder | None = None,
) -> dict[str, str]:
    found = (binder or binder_of(plan)).bind(node_id, claims, matches, plan)
    return {binding.key.criterion: binding.by for binding in found}


def ids(*test_ids: str) -> Check:
    return Check("test", {"ids": test_ids})


def test_one_test_serves_every_criterion_that_names_it() -> None:
    plan = plan_of(
        A=ids("tests"), B=ids("tests/test_a.py::test_x"), C=ids("other", "./tests/"), D=ids("other")
    )
    found = bind(plan, "tests/test_a.py::test_x[1]")
    assert found == {"A": "test", "B": "test", "C": "test"}


def test_a_mark_expression_is_asked_once_and_serves_all_who_share_it() -> None:
    slow = Check("mark", {"expression": "auth and not slow"})
    plan = plan_of(A=slow, B=slow, C=Check("mark", {"expression": "other"}))
    asked: list[str] = []

    def matches(expression: str) -> bool:
        asked.append(expression)
        return expression == "auth and not slow"

    assert bind(plan, "t.py::test", matches=matches) == {
        "A": "mark-expression",
        "B": "mark-expression",
    }
    assert asked == ["auth and not slow", "other"]


def test_a_claim_keeps_its_text_and_several_are_kept_apart() -> None:
    plan = plan_of(A=Check(), B=Check())
    claims = [Claim(CriterionKey("T", "A"), "A holds"), Claim(CriterionKey("T", "B"))]
    found = binder_of(plan).bind("t.py::test", claims, lambda expression: False, plan)
    assert found == (
        Binding(CriterionKey("T", "A"), "mark", "A holds"),
        Binding(CriterionKey("T", "B"), "mark", None),
    )


def test_what_serves_a_criterion_in_two_ways_is_bound_by_the_plan() -> None:
    """The plan's own word does not slide, a mark's may: the firmer one stands in the table."""
    plan = plan_of(A=ids("t.py"))
    assert bind(plan, "t.py::test", [Claim(CriterionKey("T", "A"))]) == {"A": "test"}


@pytest.mark.parametrize("kind", ["run", "file", "manual"])
def test_a_mark_cannot_speak_for_a_check_that_decides_by_itself(kind: str) -> None:
    plan = plan_of(A=Check(kind))
    binder = binder_of(plan)
    assert bind(plan, "t.py::test", [Claim(CriterionKey("T", "A"))], binder=binder) == {}
    assert list(binder.unknown) == ["T/A"]


def test_marks_with_unknown_criteria_are_gathered_once_in_the_order_met() -> None:
    plan = plan_of(A=Check())
    binder = binder_of(plan)
    for name in ("T/Z", "U/A", "T/Z"):
        task, _, criterion_id = name.partition("/")
        assert (
            bind(plan, "t.py::test", [Claim(CriterionKey(task, criterion_id))], binder=binder) == {}
        )
    assert list(binder.unknown) == ["T/Z", "U/A"]


def test_a_criterion_that_takes_no_part_is_neither_bound_nor_unknown() -> None:
    plan = plan_of(A=Check(), B=ids("t.py"))
    binder = Binder.of(plan, [])
    assert bind(plan, "t.py::test", [Claim(CriterionKey("T", "A"))], binder=binder) == {}
    assert not binder.unknown
