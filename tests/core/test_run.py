from __future__ import annotations

import dataclasses
import random
from collections.abc import Collection, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gate import Blocked
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.model import Plan, Task, TaskKind
from pytest_tracks.core.roster import Participant
from pytest_tracks.core.run import Assignment, Policy, Run
from pytest_tracks.core.verdict import CriterionVerdict, Outcome, TaskVerdict
from tests.core.playing import SYNC, A, B, C, ends, item, make_run, play, show, verdicts
from tests.core.worlds import World, make_plan, make_task, participant, random_world

# -- the way through ---------------------------------------------------------------------------


def test_a_chain_passes_in_order_with_a_start_and_an_end_for_each() -> None:
    run = make_run(A, B)
    show(run, run.take(0), {})
    show(run, run.take(0), {})
    events = run.events()
    assert [(type(event), event.task) for event in events] == [
        (Started, "A"),
        (Settled, "A"),
        (Started, "B"),
        (Settled, "B"),
    ]
    assert run.events() == []
    assert not run.is_active
    assert run.is_exhausted(0)
    assert run.verdicts == {"A": TaskVerdict.PASS, "B": TaskVerdict.PASS}


def test_evidence_names_what_ran_and_a_gap_says_what_is_missing() -> None:
    run = make_run(make_task("A", items=3))
    run.take(0)
    run.observe("A", item("A", 1), Observation(Outcome.PASSED))
    run.observe("A", item("A", 2), Observation(Outcome.FAILED, "assert 1 == 2"))
    run.end("A")
    results = ends(run)["A"].results
    found = {name: (one.verdict.value, one.gap, one.evidence) for name, one in results.items()}
    assert found == {
        "AC-001": ("PASS", "", (item("A", 1),)),
        "AC-002": ("FAIL", "assert 1 == 2", (item("A", 2),)),
        "AC-003": ("NOT_RUN", "it was not run", ()),
    }
    assert [one.shown for one in results.values()] == [False, True, False]


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.PASSED])
def test_every_verdict_but_pass_has_a_gap(outcome: Outcome) -> None:
    settled = play(make_run(A), {item("A"): outcome})["A"]
    assert settled.verdict is not TaskVerdict.PASS
    assert settled.results["AC-001"].gap


def test_fault_52_a_failure_blocks_what_is_behind_it_with_the_reason() -> None:
    run = make_run(A, B, C)
    found = play(run, {item("A"): Outcome.FAILED})
    assert verdicts(found) == {"A": "FAIL", "B": "BLOCKED", "C": "BLOCKED"}
    assert found["B"].blocked == Blocked("B", ("A",), ("A",))
    assert found["C"].blocked == Blocked("C", ("B",), ("A",))
    assert found["C"].how == "blocked"
    assert not found["C"].results


def test_fault_51_a_predecessor_outside_the_run_counts_by_what_is_recorded() -> None:
    plan = make_plan(A, B)
    for passed, expected in (([], "BLOCKED"), (["A"], "PASS")):
        run = Run(plan, {"B": participant(B)}, [["B"]], priority={}, passed=passed)
        assert verdicts(play(run)) == {"B": expected}


def test_fault_18_a_task_without_any_part_is_unverified_and_needs_no_item() -> None:
    nothing = make_task("A", items=0)
    run = Run(make_plan(nothing), {"A": Participant(nothing, (), (), True)}, [["A"]], priority={})
    assert run.take(0) is None
    assert verdicts(ends(run)) == {"A": "UNVERIFIED"}


def test_a_pure_gate_passes_with_its_predecessors_and_runs_nothing() -> None:
    found = play(make_run(A, SYNC, make_task("B", ("SYNC-01",))))
    assert verdicts(found) == {"A": "PASS", "SYNC-01": "PASS", "B": "PASS"}
    assert found["SYNC-01"].how == "gate"


def test_a_pure_gate_behind_a_failure_is_blocked() -> None:
    found = play(make_run(A, SYNC), {item("A"): Outcome.FAILED})
    assert verdicts(found) == {"A": "FAIL", "SYNC-01": "BLOCKED"}


@pytest.mark.parametrize(
    ("task", "pure"),
    [
        (SYNC, True),
        (make_task("A", items=0), False),
        (make_task("A", items=1, kind=TaskKind.SYNC_POINT), False),
    ],
)
def test_a_pure_gate_has_no_criteria_and_is_no_task(task: Task, pure: bool) -> None:
    assert is_pure_gate(make_plan(A, task), task.id) is pure


# -- what is recorded --------------------------------------------------------------------------


def test_what_holds_is_done_without_running() -> None:
    run = make_run(A, B, holding=["A"])
    assignment = run.take(0)
    assert assignment == Assignment("B", (item("B"),))
    found = ends(run)
    assert (found["A"].how, found["A"].verdict) == ("done", TaskVerdict.PASS)
    assert found["A"].results["AC-001"].verdict is CriterionVerdict.PASS


def test_what_holds_behind_a_failure_is_blocked_all_the_same() -> None:
    found = play(make_run(A, B, holding=["B"]), {item("A"): Outcome.FAILED})
    assert verdicts(found) == {"A": "FAIL", "B": "BLOCKED"}


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_a_rerun_of_what_holds_is_judged_by_what_it_shows(outcome: Outcome) -> None:
    settled = play(make_run(A, holding=["A"], rerun=["A"]), {item("A"): outcome})["A"]
    expected = TaskVerdict.PASS if outcome is Outcome.PASSED else TaskVerdict.FAIL
    assert (settled.how, settled.verdict) == ("run", expected)


def partly(task: Task) -> Participant:
    """Select the first item of a task only."""
    whole = participant(task)
    return Participant(task, whole.parts, whole.handles[:1], is_whole=False)


def run_partly(holding: Collection[str]) -> Run:
    task = make_task("A", items=2)
    return Run(
        make_plan(task, B),
        {"A": partly(task), "B": participant(B)},
        [["A", "B"]],
        priority={},
        holding=holding,
        rerun=holding,
    )


def test_fault_51_a_partial_run_in_which_nothing_failed_keeps_a_pass_that_holds() -> None:
    found = play(run_partly(holding=["A"]))
    assert (found["A"].how, found["A"].verdict) == ("kept", TaskVerdict.PASS)
    assert verdicts(found)["B"] == "PASS"


def test_fault_51_a_partial_run_makes_no_pass_where_none_is_recorded() -> None:
    found = play(run_partly(holding=[]))
    assert verdicts(found) == {"A": "INCOMPLETE", "B": "BLOCKED"}


def test_fault_51_a_failure_in_a_partial_run_replaces_a_pass_that_holds() -> None:
    found = play(run_partly(holding=["A"]), {item("A"): Outcome.FAILED})
    assert verdicts(found) == {"A": "FAIL", "B": "BLOCKED"}


def test_fault_54_a_skip_in_a_whole_rerun_is_not_hidden_by_the_pass_on_record() -> None:
    """Nothing was deselected: that the digest holds does not show what the skip left out."""
    whole = participant(make_task("A", items=2))
    part = dataclasses.replace(whole.parts[0], handles=whole.handles)
    both = dataclasses.replace(whole, parts=(part,))
    run = Run(make_plan(A), {"A": both}, [["A"]], priority={}, holding=["A"], rerun=["A"])
    settled = play(run, {item("A", 2): Outcome.SKIPPED})["A"]
    assert (settled.how, settled.verdict) == ("run", TaskVerdict.INCOMPLETE)


# -- observations ------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(list(Outcome)), max_size=3), st.sampled_from(list(Outcome)))
def test_a_failure_is_never_overwritten(before: list[Outcome], after: Outcome) -> None:
    run = make_run(A)
    run.take(0)
    for outcome in [*before, Outcome.FAILED, after]:
        run.observe("A", item("A"), Observation(outcome))
    run.end("A")
    assert verdicts(ends(run)) == {"A": "FAIL"}


def test_misuse_is_refused_by_name() -> None:
    run = make_run(A, B)
    for misuse in (run.begin, run.end, run.give_back):
        with pytest.raises(ValueError, match=r"^A does not run$"):
            misuse("A")
    run.take(0)
    with pytest.raises(ValueError, match=r"::B::AC-001 is no item of A$"):
        run.observe("A", item("B"), Observation(Outcome.PASSED))
    with pytest.raises(ValueError, match=r"^B does not run$"):
        run.observe("B", item("B"), Observation(Outcome.PASSED))
    run.observe("A", item("A"), Observation(Outcome.PASSED))
    with pytest.raises(ValueError, match=r"^items of A have run$"):
        run.give_back("A")
    run.end("A")
    with pytest.raises(ValueError, match=r"^A does not run$"):
        run.end("A")


def test_only_a_task_with_resources_goes_alone() -> None:
    run = make_run(A, make_task("R", resources={"port": 1}))
    assert (run.goes_alone("A"), run.goes_alone("R")) == (False, True)


# -- any plan, any outcome ---------------------------------------------------------------------

OUTCOME = {
    Outcome.PASSED: 12,
    Outcome.UNVERIFIED: 3,
    Outcome.PENDING: 1,
    Outcome.FAILED: 1,
    Outcome.SKIPPED: 1,
}


def draw_outcomes(world: World, chance: random.Random) -> dict[str, Outcome]:
    population, weights = list(OUTCOME), list(OUTCOME.values())
    return {
        handle: chance.choices(population, weights)[0]
        for one in world.roster.values()
        for handle in one.handles
    }


def expect(
    plan: Plan, roster: Mapping[str, Participant], shown: Mapping[str, Outcome], opens: bool
) -> Iterator[tuple[str, bool, bool, set[str]]]:
    """Say of each task whether it is blocked, whether it passes, and what it assumes."""
    opened: set[str] = set()
    carried: dict[str, set[str]] = {}
    for name, task in plan.tasks.items():
        blocked = not opened.issuperset(task.predecessors)
        seen = {shown[handle] for handle in roster[name].handles} if name in roster else set()
        passes = not blocked and seen <= {Outcome.PASSED}
        assumes = set().union(*(carried.get(one, set()) for one in task.predecessors))
        unverified = seen <= {Outcome.PASSED, Outcome.UNVERIFIED}
        if passes or (opens and unverified and not blocked):
            opened.add(name)
        carried[name] = assumes if passes else assumes | {name}
        yield name, blocked, passes, assumes


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.booleans())
def test_any_plan_ends_with_the_verdicts_that_its_outcomes_earn(seed: int, opens: bool) -> None:
    chance = random.Random(seed)
    world = random_world(chance)
    shown = draw_outcomes(world, chance)
    run = Run(
        world.plan,
        world.roster,
        world.lanes,
        priority={},
        pure=[task for task in world.plan.tasks if is_pure_gate(world.plan, task)],
        policy=Policy(open_unverified=opens, dynamic=world.dynamic),
    )
    found = play(run, shown)
    for task, blocked, passes, assumes in expect(world.plan, world.roster, shown, opens):
        settled = found.pop(task)
        assert (settled.verdict is TaskVerdict.BLOCKED) is blocked
        assert (settled.verdict is TaskVerdict.PASS) is passes
        assert blocked or set(settled.assumes) == assumes
    assert found == {}
