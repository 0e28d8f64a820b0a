from __future__ import annotations

import dataclasses
import random
from collections.abc import Collection, Iterator, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.gate import Blocked
from pytest_tracks.core.model import Plan, Task, TaskKind
from pytest_tracks.core.roster import Participant
from pytest_tracks.core.run import (
    Assignment,
    Observation,
    Policy,
    Run,
    Settled,
    Started,
    is_pure_gate,
)
from pytest_tracks.core.verdict import CriterionVerdict, Outcome, TaskVerdict

from tests.core.worlds import World, make_plan, make_task, participant, random_world

OPEN = Policy(open_unverified=True)
UNGATED = Policy(ungated=True)


def item(task: str, number: int = 1) -> str:
    return f"plan.yaml::{task}::AC-{number:03}"


def make_run(*tasks: Task, lanes: Sequence[Sequence[str]] | None = None, **more: object) -> Run:
    plan = make_plan(*tasks)
    roster = {task.id: participant(task) for task in tasks if task.criteria}
    more.setdefault("pure", [task.id for task in tasks if is_pure_gate(plan, task.id)])
    more.setdefault("priority", {})
    return Run(plan, roster, lanes or [list(roster)], **more)  # type: ignore[arg-type]


def show(run: Run, assignment: Assignment | None, shown: Mapping[str, Outcome]) -> None:
    """Run a task to its end; items that ``shown`` does not name pass."""
    assert assignment is not None
    run.begin(assignment.task)
    for handle in assignment.handles:
        outcome = shown.get(handle, Outcome.PASSED)
        run.observe(assignment.task, handle, Observation(outcome))
    run.end(assignment.task)


def play(run: Run, shown: Mapping[str, Outcome] | None = None) -> dict[str, Settled]:
    """Run everything in one process; returns the end of every task."""
    while run.is_active:
        assignments = [run.take(lane) for lane in range(run.lanes)]
        for assignment in filter(None, assignments):
            show(run, assignment, shown or {})
        assert any(assignments) or not run.is_active, "nothing runs and nothing can be taken"
    return ends(run)


def ends(run: Run) -> dict[str, Settled]:
    settled = [event for event in run.events() if isinstance(event, Settled)]
    assert len({event.task for event in settled}) == len(settled), "a task is settled once"
    return {event.task: event for event in settled}


def verdicts(found: Mapping[str, Settled]) -> dict[str, str]:
    return {task: settled.verdict.value for task, settled in found.items()}


A, B, C = make_task("A"), make_task("B", ("A",)), make_task("C", ("B",))


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


SYNC = make_task("SYNC-01", ("A",), items=0, kind=TaskKind.SYNC_POINT)


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


# -- unverified --------------------------------------------------------------------------------


def test_unverified_blocks_by_default_and_opens_by_policy() -> None:
    shown = {item("A"): Outcome.UNVERIFIED}
    assert verdicts(play(make_run(A, B), shown)) == {"A": "UNVERIFIED", "B": "BLOCKED"}
    assert verdicts(play(make_run(A, B, policy=OPEN), shown)) == {"A": "UNVERIFIED", "B": "PASS"}


def test_what_passes_behind_unverified_assumes_it_transitively() -> None:
    tasks = [A, make_task("X"), B, make_task("C", ("B", "X")), make_task("D", ("C",))]
    shown = {item("A"): Outcome.UNVERIFIED, item("C"): Outcome.UNVERIFIED}
    found = play(make_run(*tasks, policy=OPEN), shown)
    assumes = {task: settled.assumes for task, settled in found.items()}
    assert assumes == {"A": (), "X": (), "B": ("A",), "C": ("A",), "D": ("A", "C")}


def test_an_assumption_goes_through_a_pure_gate() -> None:
    tasks = [A, SYNC, make_task("B", ("SYNC-01",))]
    found = play(make_run(*tasks, policy=OPEN), {item("A"): Outcome.UNVERIFIED})
    assert found["SYNC-01"].assumes == ("A",)
    assert found["B"].assumes == ("A",)


def test_an_assumption_goes_on_from_what_is_recorded() -> None:
    run = make_run(A, B, C, holding=["A", "B"], assumed={"B": ("Z",)}, policy=OPEN)
    assert play(run)["C"].assumes == ("Z",)
    plan = make_plan(A, B)
    outside = Run(
        plan, {"B": participant(B)}, [["B"]], priority={}, passed=["A"], assumed={"A": ("Z",)}
    )
    assert play(outside)["B"].assumes == ("Z",)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (Outcome.PENDING, "UNVERIFIED"),
        (Outcome.NOT_RUN, "INCOMPLETE"),
        (Outcome.FAILED, "FAIL"),
        (Outcome.FLAKY, "FLAKY"),
    ],
)
def test_beside_another_defect_unverified_does_not_open_the_gate(
    other: Outcome, verdict: str
) -> None:
    run = make_run(make_task("A", items=2), B, policy=OPEN)
    found = play(run, {item("A", 1): Outcome.UNVERIFIED, item("A", 2): other})
    assert verdicts(found) == {"A": verdict, "B": "BLOCKED"}


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FLAKY, Outcome.SKIPPED])
def test_no_other_defect_opens_the_gate(outcome: Outcome) -> None:
    found = play(make_run(A, B, policy=OPEN), {item("A"): outcome})
    assert verdicts(found)["B"] == "BLOCKED"


# -- ungated -----------------------------------------------------------------------------------


def test_ungated_runs_the_blocked_for_information_and_they_stay_blocked() -> None:
    run = make_run(A, B, C, policy=UNGATED)
    show(run, run.take(0), {item("A"): Outcome.FAILED})
    run.events()
    assert not run.is_exhausted(0)
    assert run.take(0) == Assignment("B", (item("B"),), informational=True)
    run.begin("B")
    run.observe("B", item("B"), Observation(Outcome.PASSED))
    run.end("B")
    (settled,) = run.events()
    assert isinstance(settled, Settled)
    assert (settled.how, settled.verdict) == ("blocked", TaskVerdict.BLOCKED)
    assert settled.informational
    assert settled.blocked == Blocked("B", ("A",), ("A",))
    assert settled.results["AC-001"].verdict is CriterionVerdict.PASS
    assert verdicts(play(run)) == {"C": "BLOCKED"}


def test_ungated_keeps_lanes_as_long_as_something_may_be_blocked_yet() -> None:
    run = make_run(A, B, lanes=[["A"], ["B"]], policy=UNGATED)
    assignment = run.take(0)
    assert run.take(1) is None
    assert not run.is_exhausted(1)
    show(run, assignment, {item("A"): Outcome.FAILED})
    assert run.take(1) == Assignment("B", (item("B"),), informational=True)


def test_ungated_work_that_is_given_back_is_taken_again() -> None:
    run = make_run(A, B, policy=UNGATED)
    show(run, run.take(0), {item("A"): Outcome.FAILED})
    first = run.take(0)
    run.give_back("B")
    assert run.take(0) == first


@pytest.mark.parametrize("begun", [True, False])
def test_ungated_work_that_is_cut_off_is_still_reported_as_blocked(begun: bool) -> None:
    run = make_run(A, B, C, policy=UNGATED)
    show(run, run.take(0), {item("A"): Outcome.FAILED})
    run.take(0)
    if begun:
        run.begin("B")
    run.close(interrupted=True)
    assert verdicts(ends(run)) == {"A": "FAIL", "B": "BLOCKED", "C": "BLOCKED"}
    assert not run.is_active


def test_after_a_stop_ungated_work_does_not_keep_the_run_alive() -> None:
    run = make_run(A, B, policy=UNGATED)
    show(run, run.take(0), {item("A"): Outcome.FAILED})
    run.stop()
    assert run.take(0) is None
    assert run.is_exhausted(0)
    assert not run.is_active
    run.close(interrupted=False)
    assert verdicts(ends(run))["B"] == "BLOCKED"


# -- the end of a run --------------------------------------------------------------------------


def test_fault_49_an_interrupted_run_keeps_what_has_ended_and_says_what_has_not() -> None:
    run = make_run(A, make_task("I", items=2), make_task("U"))
    show(run, run.take(0), {})
    run.take(0)
    run.begin("I")
    run.observe("I", item("I", 1), Observation(Outcome.PASSED))
    run.close(interrupted=True)
    found = ends(run)
    assert verdicts(found) == {"A": "PASS", "I": "INTERRUPTED", "U": "INCOMPLETE"}
    assert (found["I"].how, found["U"].how) == ("run", "unreached")
    assert found["U"].results["AC-001"].verdict is CriterionVerdict.NOT_RUN
    assert found["U"].results["AC-001"].gap == "the run stopped before it"


def test_fault_49_a_failure_before_the_interrupt_is_a_failure() -> None:
    run = make_run(make_task("A", items=2))
    run.take(0)
    run.begin("A")
    run.observe("A", item("A", 1), Observation(Outcome.FAILED))
    run.close(interrupted=True)
    assert verdicts(ends(run)) == {"A": "FAIL"}


def test_fault_51_a_run_that_stops_at_a_failure_leaves_the_begun_incomplete() -> None:
    run = make_run(A, make_task("I", items=2), make_task("U"), lanes=[["A"], ["I"], ["U"]])
    failing = run.take(0)
    run.take(1)
    run.begin("I")
    run.observe("I", item("I", 1), Observation(Outcome.PASSED))
    show(run, failing, {item("A"): Outcome.FAILED})
    run.stop()
    assert run.take(2) is None
    run.close(interrupted=False)
    assert verdicts(ends(run)) == {"A": "FAIL", "I": "INCOMPLETE", "U": "INCOMPLETE"}


def test_what_was_taken_and_never_began_is_unreached() -> None:
    run = make_run(A)
    run.take(0)
    run.close(interrupted=True)
    settled = ends(run)["A"]
    assert (settled.how, settled.verdict) == ("unreached", TaskVerdict.INCOMPLETE)
    assert "A" not in run.verdicts


def test_what_is_given_back_is_taken_again_and_starts_once() -> None:
    run = make_run(A)
    first = run.take(0)
    run.begin("A")
    run.give_back("A")
    assert run.take(0) == first
    show(run, first, {})
    assert [type(event) for event in run.events()] == [Started, Settled]


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
        with pytest.raises(ValueError, match="^A does not run$"):
            misuse("A")
    run.take(0)
    with pytest.raises(ValueError, match="::B::AC-001 is no item of A$"):
        run.observe("A", item("B"), Observation(Outcome.PASSED))
    with pytest.raises(ValueError, match="^B does not run$"):
        run.observe("B", item("B"), Observation(Outcome.PASSED))
    run.observe("A", item("A"), Observation(Outcome.PASSED))
    with pytest.raises(ValueError, match="^items of A have run$"):
        run.give_back("A")
    run.end("A")
    with pytest.raises(ValueError, match="^A does not run$"):
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
