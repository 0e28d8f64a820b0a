from __future__ import annotations

import pytest

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.gate import Blocked
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.run import Assignment, Policy, Run
from pytest_tracks.core.verdict import CriterionVerdict, Outcome, TaskVerdict
from tests.core.playing import SYNC, A, B, C, ends, item, make_run, play, show, verdicts
from tests.core.worlds import make_plan, make_task, participant

OPEN = Policy(open_unverified=True)
UNGATED = Policy(ungated=True)


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


# -- recorded first ----------------------------------------------------------------------------

RECORDED = Policy(record_first=True)


def test_nothing_runs_on_a_verdict_that_is_not_recorded() -> None:
    run = make_run(A, B, policy=RECORDED)
    show(run, run.take(0), {})
    assert run.has_events
    assert run.take(0) is None
    assert run.is_held_back(0)
    run.recorded()
    assert run.take(0) is None, "nobody has fetched the event yet"
    assert run.events()
    assert not run.has_events
    run.recorded()
    assert run.take(0) == Assignment("B", (item("B"),))


def test_what_was_recorded_before_the_run_opens_at_once() -> None:
    run = make_run(A, B, C, policy=RECORDED, holding=["A"])
    assert run.take(0) == Assignment("B", (item("B"),))


def test_a_lane_is_given_ahead_what_rests_on_recorded_verdicts() -> None:
    x = make_task("X")
    run = make_run(A, x, B, lanes=[["A", "X", "B"]], policy=RECORDED)
    first = run.take(0)
    assert first is not None
    assert run.take_ahead(0, in_order=True) == Assignment("X", (item("X"),))
    assert run.take_ahead(0, in_order=True) is None
    run.give_back("X")
    assert run.take_ahead(0, in_order=True) == Assignment("X", (item("X"),))
