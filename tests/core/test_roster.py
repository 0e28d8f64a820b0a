from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_tracks.core.binding import Binding, BoundItem
from pytest_tracks.core.events import Settled
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.model import COVERAGE_ID, Check, Coverage, Criterion, Plan, Task
from pytest_tracks.core.nodeids import CriterionKey, format_node_id
from pytest_tracks.core.record import CoverageResult, ProjectRecord, TaskRecord
from pytest_tracks.core.roster import Collected, Participant, make_roster
from pytest_tracks.core.run import Run
from pytest_tracks.core.verdict import CriterionVerdict, Outcome, TaskVerdict
from tests.core.worlds import PLACE, make_plan

OWN = "plan.yaml::T::{}"


def plan_of(coverage: Coverage | None = None, **checks: Check) -> Plan:
    criteria = tuple(
        Criterion(name, f"{name} holds", check, PLACE) for name, check in checks.items()
    )
    return make_plan(Task("T", "Task", PLACE, criteria=criteria, coverage=coverage))


def ids(*test_ids: str) -> Check:
    return Check("test", {"ids": test_ids})


def mark(expression: str = "auth") -> Check:
    return Check("mark", {"expression": expression})


def bound(node_id: str, *names: str, by: str = "test", selected: bool = True) -> BoundItem:
    bindings = tuple(Binding(CriterionKey("T", name), by) for name in names)
    return BoundItem(node_id, node_id, selected, bindings)


def own(*names: str, selected: bool = True) -> dict[str, bool]:
    return {OWN.format(name): selected for name in names}


def participant(plan: Plan, collected: Collected, **record: object) -> Participant | None:
    memory = ProjectRecord(tasks={"T": TaskRecord(**record)})  # type: ignore[arg-type]
    return make_roster(plan, {"T"}, collected, memory).get("T")


def given(found: Participant | None, name: str = "A") -> list[tuple[Outcome, str]]:
    assert found is not None
    return [*next(part.given for part in found.parts if part.criterion.id == name)]


def settle(
    plan: Plan,
    found: Participant | None,
    shown: Mapping[str, Outcome],
    coverage: CoverageResult | None = None,
) -> Settled:
    """Run the task alone; items that ``shown`` does not name are not reached."""
    assert found is not None
    run = Run(plan, {"T": found}, [["T"]], priority={})
    assignment = run.take(0)
    if assignment is not None:
        for handle in assignment.handles:
            if handle in shown:
                measured = coverage if handle == found.gate else None
                run.observe("T", handle, Observation(shown[handle], coverage=measured))
        run.end("T")
    (settled,) = [event for event in run.events() if isinstance(event, Settled)]
    return settled


# -- who takes part ----------------------------------------------------------------------------


def test_a_criterion_is_represented_by_the_tests_that_are_bound_to_it() -> None:
    found = participant(plan_of(A=ids("t.py")), Collected([bound("t.py::x", "A")]))
    assert found is not None
    (part,) = found.parts
    assert part.handles == part.tests == ("t.py::x",)
    assert found.handles == ("t.py::x",)
    assert found.is_whole


def test_a_criterion_without_bound_tests_is_represented_by_its_own_item() -> None:
    found = participant(plan_of(A=Check("run")), Collected(own=own("A")))
    assert found is not None
    (part,) = found.parts
    assert part.node_id == format_node_id(PLACE.path, CriterionKey("T", "A"))
    assert part.handles == found.handles == (part.node_id,)
    assert part.tests == ()


def test_a_test_that_serves_two_criteria_is_one_item_in_plan_order() -> None:
    plan = plan_of(A=ids("t.py"), B=Check("run"), C=ids("t.py"))
    items = [bound("t.py::late", "C"), bound("t.py::both", "A", "C")]
    found = participant(plan, Collected(items, own("B")))
    assert found is not None
    assert found.handles == ("t.py::both", OWN.format("B"), "t.py::late")


def test_fault_71_a_test_that_serves_two_tasks_is_an_item_of_each() -> None:
    first = Task("T", "", PLACE, criteria=(Criterion("A", "a", Check(), PLACE),))
    second = Task(
        "U", "", PLACE, criteria=(Criterion("A", "a", Check(), PLACE),), predecessors=("T",)
    )
    bindings = tuple(Binding(CriterionKey(task, "A"), "mark") for task in "TU")
    item = BoundItem("t.py::x", "t.py::x", True, bindings)
    roster = make_roster(make_plan(first, second), {"T", "U"}, Collected([item]), ProjectRecord())
    assert {task: one.handles for task, one in roster.items()} == {
        "T": ("t.py::x",),
        "U": ("t.py::x",),
    }


def test_the_runner_s_handle_is_used_and_the_test_s_own_id_remembered() -> None:
    item = BoundItem("t.py::x", "t.py::x@group", True, (Binding(CriterionKey("T", "A"), "test"),))
    found = participant(plan_of(A=ids("t.py")), Collected([item]))
    assert found is not None
    assert (found.handles, found.parts[0].tests) == (("t.py::x@group",), ("t.py::x",))


def test_a_task_that_does_not_take_part_is_left_out() -> None:
    plan = plan_of(A=Check("run"))
    assert make_roster(plan, set(), Collected(own=own("A")), ProjectRecord()) == {}


# -- deselected parts --------------------------------------------------------------------------


def test_fault_51_a_task_of_which_everything_was_deselected_is_not_in_the_run() -> None:
    plan = plan_of(A=ids("t.py"), B=Check("run"))
    items = [bound("t.py::x", "A", selected=False)]
    assert participant(plan, Collected(items, own("B", selected=False))) is None


def test_fault_51_what_was_deselected_counts_against_the_task() -> None:
    plan = plan_of(A=ids("t.py"), B=Check("run"))
    items = [bound("t.py::x", "A"), bound("t.py::y", "A", selected=False)]
    found = participant(plan, Collected(items, own("B", selected=False)))
    assert found is not None
    assert found.handles == ("t.py::x",)
    assert not found.is_whole
    settled = settle(plan, found, {"t.py::x": Outcome.PASSED})
    assert settled.verdict is TaskVerdict.INCOMPLETE
    assert {result.verdict for result in settled.results.values()} == {CriterionVerdict.NOT_RUN}


def test_fault_51_a_failure_among_the_selected_is_a_failure_all_the_same() -> None:
    plan = plan_of(A=ids("t.py"))
    items = [bound("t.py::x", "A"), bound("t.py::y", "A", selected=False)]
    settled = settle(plan, participant(plan, Collected(items)), {"t.py::x": Outcome.FAILED})
    assert settled.verdict is TaskVerdict.FAIL


# -- what could not be collected -----------------------------------------------------------------


def test_fault_54_where_nothing_matches_the_own_item_stays_to_say_so() -> None:
    plan = plan_of(A=ids("t.py::gone"))
    found = participant(plan, Collected([], own("A")))
    assert found is not None
    assert found.handles == (OWN.format("A"),)
    assert settle(plan, found, {OWN.format("A"): Outcome.FAILED}).verdict is TaskVerdict.FAIL


@pytest.mark.parametrize("check", [ids("t.py"), mark(), Check(), Check("run")])
def test_fault_54_what_was_not_collected_at_all_is_not_run(check: Check) -> None:
    """A conftest that hides the plan's file, say."""
    plan = plan_of(A=check)
    found = participant(plan, Collected())
    assert given(found) == [(Outcome.NOT_RUN, "it was not collected")]
    assert settle(plan, found, {}).verdict is TaskVerdict.INCOMPLETE


@pytest.mark.parametrize("test_id", ["tests", "tests/t.py", "tests/t.py::x", "."])
def test_fault_54_a_module_that_skips_itself_is_no_pass(test_id: str) -> None:
    plan = plan_of(A=ids(test_id))
    found = participant(plan, Collected(own=own("A"), skips={"tests/t.py": "no database"}))
    assert given(found) == [(Outcome.SKIPPED, "tests/t.py skipped itself: no database")]
    settled = settle(plan, found, {OWN.format("A"): Outcome.PASSED})
    assert settled.verdict is TaskVerdict.FAIL


def test_fault_54_a_skipped_module_among_others_leaves_the_criterion_incomplete() -> None:
    plan = plan_of(A=ids("tests"))
    collected = Collected([bound("tests/u.py::x", "A")], skips={"tests/t.py": "no database"})
    settled = settle(plan, participant(plan, collected), {"tests/u.py::x": Outcome.PASSED})
    assert settled.results["A"].verdict is CriterionVerdict.NOT_RUN
    assert settled.results["A"].gap == "tests/t.py skipped itself: no database"


@pytest.mark.parametrize(
    ("test_id", "place"),
    [
        ("tests", "tests/t.py"),
        ("tests/t.py", "tests/t.py"),
        ("tests/t.py::x", "tests/t.py"),
        ("tests/t.py::C::x[a::b]", "tests/t.py"),
        ("tests/t.py::C::x", "tests/t.py::C"),
        ("tests/t.py", "tests/t.py::C"),
        ("tests/t.py", "tests"),
    ],
)
def test_fault_56_a_file_that_could_not_be_loaded_fails_what_it_would_have_served(
    test_id: str, place: str
) -> None:
    plan = plan_of(A=ids(test_id))
    collected = Collected([bound("other.py::x", "A")], failures={place: "ImportError: no shop"})
    found = participant(plan, collected)
    assert given(found) == [(Outcome.FAILED, f"{place} could not be loaded: ImportError: no shop")]
    settled = settle(plan, found, {"other.py::x": Outcome.PASSED})
    assert settled.verdict is TaskVerdict.FAIL
    assert settled.results["A"].gap == f"{place} could not be loaded: ImportError: no shop"
    assert not settled.results["A"].shown, "no report of an item shows it: one must be emitted"


@pytest.mark.parametrize(
    ("test_id", "place"),
    [
        ("tests/t.py", "tests/u.py"),
        ("tests/t.py::C", "tests/t.py::D"),
        ("tests/unit", "tests/integration/t.py"),
    ],
)
def test_fault_56_another_file_s_error_is_not_the_criterion_s(test_id: str, place: str) -> None:
    collected = Collected([bound("t.py::x", "A")], failures={place: "ImportError"})
    assert given(participant(plan_of(A=ids(test_id)), collected)) == []


def test_fault_56_a_file_whose_marks_can_only_be_read_fails_what_it_claims() -> None:
    plan = plan_of(A=Check(), B=Check())
    collected = Collected(
        own=own("A", "B"),
        failures={"t.py": "SyntaxError"},
        sources={"t.py": '@pytest.mark.criterion("T/A")'},
    )
    found = participant(plan, collected)
    assert given(found, "A") == [(Outcome.FAILED, "t.py could not be loaded: SyntaxError")]
    assert given(found, "B") == []


def test_fault_56_a_file_that_served_it_the_last_time_fails_it() -> None:
    plan = plan_of(A=Check(), B=Check())
    collected = Collected([bound("u.py::y", "B", by="mark")], failures={"t.py": "ImportError"})
    found = participant(plan, collected, tests={"A": ("t.py::C::x[1]",), "B": ("u.py::y",)})
    assert (Outcome.FAILED, "t.py could not be loaded: ImportError") in given(found, "A")
    assert given(found, "B") == []


def test_fault_56_an_unloaded_file_may_have_held_tests_of_a_mark() -> None:
    plan = plan_of(A=mark())
    collected = Collected([bound("u.py::y", "A")], failures={"t.py": "ImportError"})
    found = participant(plan, collected)
    reason = "t.py could not be loaded and may hold tests of the mark"
    assert given(found) == [(Outcome.NOT_RUN, reason)]
    assert settle(plan, found, {"u.py::y": Outcome.PASSED}).verdict is TaskVerdict.INCOMPLETE


def test_fault_56_a_failure_is_found_even_where_no_item_is_left() -> None:
    plan = plan_of(A=ids("t.py"))
    found = participant(plan, Collected(failures={"t.py": "ImportError"}))
    assert found is not None
    assert found.handles == ()
    assert settle(plan, found, {}).verdict is TaskVerdict.FAIL


# -- what is remembered ------------------------------------------------------------------------


def test_recorded_tests_that_were_not_collected_are_not_run() -> None:
    """Deleting the tests of a prose criterion must not leave it merely unverified."""
    plan = plan_of(A=Check())
    found = participant(plan, Collected(own=own("A")), tests={"A": ("t.py::x", "t.py::y")})
    [(outcome, reason)] = given(found)
    assert outcome is Outcome.NOT_RUN
    assert reason.startswith("its tests were not collected: t.py::x and 1 more (restore")
    assert settle(plan, found, {}).verdict is TaskVerdict.INCOMPLETE


def test_fault_18_prose_that_was_never_bound_keeps_its_own_item() -> None:
    plan = plan_of(A=Check())
    found = participant(plan, Collected(own=own("A")))
    assert found is not None
    shown = {OWN.format("A"): Outcome.UNVERIFIED}
    assert settle(plan, found, shown).verdict is TaskVerdict.UNVERIFIED


def test_fault_72_a_mark_on_an_id_whose_text_has_changed_is_no_evidence() -> None:
    plan = plan_of(A=Check())
    collected = Collected([bound("t.py::x", "A", by="mark")])
    found = participant(plan, collected, texts={"A": "Another text"})
    assert found is not None
    assert found.handles == ()
    ((outcome, reason),) = given(found)
    assert outcome is Outcome.UNVERIFIED
    assert reason.startswith("its text has changed since the tests were bound to T/A")
    assert settle(plan, found, {}).verdict is TaskVerdict.UNVERIFIED


def test_fault_72_beside_an_unusable_mark_a_usable_binding_counts() -> None:
    plan = plan_of(A=ids("u.py"))
    items = [bound("t.py::x", "A", by="mark"), bound("u.py::y", "A")]
    found = participant(plan, Collected(items), texts={"A": "Another text"})
    assert found is not None
    assert found.parts[0].handles == ("u.py::y",)


# -- the coverage gate -------------------------------------------------------------------------


def gated(*, selected: bool = True, **checks: Check) -> tuple[Plan, dict[str, bool]]:
    return plan_of(Coverage(("src/auth", "src/shop"), 80.0), **checks), {
        **own(*checks),
        **own(COVERAGE_ID, selected=selected),
    }


def test_fault_61_a_coverage_gate_is_the_last_item_of_its_task() -> None:
    plan, items = gated(A=Check("run"), B=Check("run"))
    found = participant(plan, Collected(own=items))
    assert found is not None
    assert found.handles == tuple(OWN.format(name) for name in ("A", "B", COVERAGE_ID))
    assert found.gate == OWN.format(COVERAGE_ID)
    assert found.parts[2].criterion.text == "Coverage of src/auth, src/shop"
    measured = CoverageResult(85.0, 80.0, 40)
    outcomes = {OWN.format(name): Outcome.PASSED for name in ("A", "B", COVERAGE_ID)}
    settled = settle(plan, found, outcomes, coverage=measured)
    assert (settled.verdict, settled.coverage) == (TaskVerdict.PASS, measured)


def test_fault_61_a_coverage_gate_that_did_not_run_is_no_pass() -> None:
    plan, items = gated(A=Check("run"))
    found = participant(plan, Collected(own=items))
    assert found is not None
    settled = settle(plan, found, {OWN.format("A"): Outcome.PASSED})
    assert settled.verdict is TaskVerdict.INCOMPLETE
    assert settled.results[COVERAGE_ID].verdict is CriterionVerdict.NOT_RUN


def test_fault_61_a_part_of_the_criteria_measures_nothing() -> None:
    plan, items = gated(A=Check("run"), B=Check("run"))
    found = participant(plan, Collected(own={**items, **own("B", selected=False)}))
    assert found is not None
    assert (found.gate, found.handles) == (None, (OWN.format("A"),))
    ((outcome, reason),) = found.parts[-1].given
    assert outcome is Outcome.NOT_RUN
    assert "only a part" in reason


def test_fault_61_a_criterion_that_cannot_run_leaves_the_gate_unmeasured() -> None:
    plan, items = gated(A=Check("run"), B=Check("run"))
    del items[OWN.format("B")]
    found = participant(plan, Collected(own=items))
    assert found is not None
    assert found.gate is None
    assert found.parts[-1].given[0][0] is Outcome.NOT_RUN


def test_fault_61_a_gate_without_criteria_has_nothing_to_measure() -> None:
    plan, items = gated()
    found = participant(plan, Collected(own=items))
    assert found is not None
    assert found.parts[0].given[0][0] is Outcome.UNVERIFIED


def test_fault_61_coverage_alone_does_not_bring_a_deselected_task_into_the_run() -> None:
    plan = plan_of(Coverage(("src",), 80.0), A=Check("run"))
    assert participant(plan, Collected(own=own("A", selected=False))) is None
