from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import CriterionResult, CriterionVerdict, Status, TaskVerdict
from pytest_tracks.state.facts import (
    CriterionSettled,
    Entry,
    Fact,
    LostFact,
    RunFinished,
    RunStarted,
    TracksLaidOut,
    UnknownFact,
)
from pytest_tracks.state.fold import Fold, fold

from .worlds import DIGEST, entries, result, settled, started

EMPTY = ProjectRecord()
OTHER = replace(DIGEST, files="f2")
REDEFINED = replace(DIGEST, definition="d2")
RUN = RunStarted("r1", 100, "here")


def after(*facts: Fact, dead: tuple[str, ...] = ()) -> TaskRecord:
    return fold(EMPTY, entries(*facts), dead).task("TASK-1")


def passed() -> list[Fact]:
    return [RUN, started(), settled()]


def test_pass_at_the_first_attempt():
    record = after(*passed())
    assert record.verdict is TaskVerdict.PASS
    assert (record.iterations, record.attempts) == (1, 1)
    assert record.started_at == "2025-10-31T10:01:00.000Z"
    assert record.completed_at == "2025-10-31T10:02:00.000Z"
    assert record.duration_minutes == 1
    assert record.digest == DIGEST
    assert record.open == {}


def test_iterations_count_up_to_the_first_pass():
    record = after(*[RUN, started(), settled("FAIL"), started(attempt="a2"), settled(attempt="a2")])
    assert (record.iterations, record.attempts) == (2, 2)
    assert record.started_at == "2025-10-31T10:01:00.000Z"
    assert record.duration_minutes == 3


@pytest.mark.parametrize("digest", [DIGEST, OTHER], ids=["rerun", "stale"])
def test_a_recheck_that_passes_counts_no_iteration(digest: Digest):
    recheck = [
        started(attempt="a2", kind="recheck", digest=digest),
        settled(attempt="a2", digest=digest, run_seconds=7.0),
    ]
    record = after(*passed(), *recheck)
    assert (record.iterations, record.attempts) == (1, 2)
    assert record.completed_at == "2025-10-31T10:02:00.000Z"
    assert (record.duration_minutes, record.run_seconds) == (1, 7.0)
    assert record.digest == digest


def test_a_stale_task_that_fails_is_work_again():
    facts = passed()
    assert after(*facts).attempt_kind("d1").value == "recheck"
    facts += [
        started(attempt="a2", kind="recheck", digest=OTHER),
        settled("FAIL", attempt="a2", digest=OTHER),
    ]
    record = after(*facts)
    assert (record.iterations, record.completed_at, record.duration_minutes) == (2, None, None)
    assert record.attempt_kind("d1").value == "attempt"
    facts += [started(attempt="a3", digest=OTHER), settled(attempt="a3", digest=OTHER)]
    record = after(*facts)
    assert (record.iterations, record.attempts) == (3, 3)
    assert record.started_at == "2025-10-31T10:03:00.000Z"
    assert record.duration_minutes == 3


def test_a_rerun_that_fails_counts_no_iteration():
    facts = [*passed(), started(attempt="a2", kind="recheck"), settled("FAIL", attempt="a2")]
    assert after(*facts).iterations == 1


def test_a_changed_definition_counts_on():
    record = after(*passed())
    assert record.attempt_kind("d2").value == "attempt"
    record = after(
        *passed(), started(attempt="a2", digest=REDEFINED), settled(attempt="a2", digest=REDEFINED)
    )
    assert record.iterations == 2
    assert record.passed_definition == "d2"


def test_legacy_iterations_are_counted_on_from():
    legacy = ProjectRecord(
        {"TASK-1": TaskRecord(TaskVerdict.UNVERIFIED, "completed", iterations=3)}
    )
    record = fold(legacy, entries(*passed())).task("TASK-1")
    assert (record.iterations, record.claim) == (4, "")


@pytest.mark.parametrize("kind", ["blocked", "ungated"])
def test_blocked_tasks_count_nothing(kind: str):
    facts: list[Fact] = [RUN]
    if kind == "ungated":
        facts.append(started(kind="ungated"))
    facts.append(
        settled("BLOCKED", attempt="a1" if kind == "ungated" else "", blocked_by=("TASK-0",))
    )
    record = after(*facts)
    assert (record.iterations, record.attempts) == (0, 0)
    assert record.verdict is TaskVerdict.BLOCKED
    assert record.blocked_by == ("TASK-0",)


def test_blocked_keeps_what_the_last_pass_was_bound_to():
    record = after(*passed(), settled("BLOCKED", attempt="", digest=OTHER, blocked_by=("X",)))
    assert record.status is Status.BLOCKED
    assert record.digest == DIGEST
    assert record.attempt_kind("d1").value == "recheck"


def test_a_gate_passes_without_an_attempt():
    record = after(RUN, settled(attempt="", criteria={}))
    assert record.verdict is TaskVerdict.PASS
    assert (record.iterations, record.attempts) == (0, 0)
    assert record.completed_at == "2025-10-31T10:01:00.000Z"


@pytest.mark.parametrize("verdict", ["INCOMPLETE", "INTERRUPTED"])
def test_a_partial_run_never_costs_a_pass_that_holds(verdict: str):
    partial = replace(settled(verdict, attempt="a2", criteria=result("NOT_RUN")), is_partial=True)
    record = after(*passed(), started(attempt="a2", kind="recheck"), partial)
    assert record.verdict is TaskVerdict.PASS
    assert record.met == 1
    assert record.attempts == 2


def test_a_whole_run_that_skipped_a_test_does_cost_the_pass():
    whole = settled("INCOMPLETE", attempt="a2", criteria=result("NOT_RUN"))
    record = after(*passed(), started(attempt="a2", kind="recheck"), whole)
    assert record.verdict is TaskVerdict.INCOMPLETE


def test_a_partial_run_on_other_contents_does_cost_the_pass():
    not_run = result("NOT_RUN")
    partial = settled("INCOMPLETE", attempt="a2", digest=OTHER, criteria=not_run, is_partial=True)
    record = after(*passed(), started(attempt="a2", kind="recheck", digest=OTHER), partial)
    assert record.verdict is TaskVerdict.INCOMPLETE


def test_a_partial_run_in_which_something_failed_does_cost_the_pass():
    partial = settled("INCOMPLETE", attempt="a2", criteria=result("FAIL"), is_partial=True)
    assert after(*passed(), started(attempt="a2"), partial).verdict is TaskVerdict.INCOMPLETE


def test_a_run_of_all_of_it_that_is_incomplete_does_cost_the_pass():
    skipped = settled("INCOMPLETE", attempt="a2", criteria=result("NOT_RUN"))
    record = after(*passed(), started(attempt="a2", kind="recheck"), skipped)
    assert record.verdict is TaskVerdict.INCOMPLETE


def test_fault_40_started_without_an_end_is_interrupted_and_keeps_its_iteration():
    facts = [RUN, started(), CriterionSettled("r1", "TASK-1", "a1", result()["AC-001"])]
    going_on = after(*facts)
    assert going_on.status is Status.IN_PROGRESS
    assert going_on.verdict is None
    dead = after(*facts, dead=("r1",))
    assert dead.verdict is TaskVerdict.INTERRUPTED
    assert dead.met == 1
    assert dead == after(*facts, RunFinished("r1"))
    resumed = [RunFinished("r1"), started(attempt="a2", run="r2"), settled(attempt="a2", run="r2")]
    assert after(*facts, *resumed).iterations == 2


def test_an_interrupted_recheck_keeps_a_pass_that_holds():
    facts = [*passed(), started(attempt="a2", kind="recheck")]
    assert after(*facts, dead=("r1",)).verdict is TaskVerdict.PASS
    failed = CriterionSettled(
        "r1", "TASK-1", "a2", CriterionResult("AC-001", CriterionVerdict.FAIL)
    )
    assert after(*facts, failed, dead=("r1",)).verdict is TaskVerdict.INTERRUPTED


def test_a_run_found_dead_late_does_not_take_a_newer_pass_back():
    facts = [RUN, started(), RunStarted("r2", 7, "here"), started(attempt="a2", run="r2")]
    facts += [settled(attempt="a2", run="r2"), RunFinished("r1", interrupted=True)]
    assert after(*facts).verdict is TaskVerdict.PASS


def test_one_attempt_cannot_fail_and_pass():
    assert after(RUN, started(), settled("FAIL"), settled("PASS")).verdict is TaskVerdict.CONFLICT
    assert after(RUN, started(), settled("PASS"), settled("FAIL")).verdict is TaskVerdict.FAIL


def test_fault_38_durations_within_a_run_come_from_the_monotonic_clock():
    first, begin, end = entries(*passed())
    back = replace(end, at="2025-10-31T09:02:00.000Z")
    record = fold(EMPTY, [first, begin, back]).task("TASK-1")
    assert record.duration_minutes == 1
    assert record.verdict is TaskVerdict.PASS


def test_fault_38_order_is_by_serial_whatever_the_clock_says():
    facts = entries(*passed(), started(attempt="a2"), settled("FAIL", attempt="a2"))
    early = [replace(entry, at="2025-10-31T08:00:00.000Z") for entry in facts[3:]]
    assert fold(EMPTY, [*early, *facts[:3]]).task("TASK-1").verdict is TaskVerdict.FAIL


def test_fault_38_from_run_to_run_a_duration_is_at_least_the_last_attempt():
    facts = entries(
        RUN,
        started(),
        settled("FAIL"),
        started(attempt="a2", run="r2"),
        settled(attempt="a2", run="r2"),
    )
    last = replace(facts[-1], at="2025-10-31T09:00:00.000Z")
    assert fold(EMPTY, [*facts[:-1], last]).task("TASK-1").duration_minutes == 1


def test_a_fact_that_comes_late_counts_and_replaces_nothing():
    base = fold(EMPTY, entries(*passed(), first=50))
    late = entries(
        started(attempt="b1", run="r9"), settled("FAIL", attempt="b1", run="r9"), first=10
    )
    record = fold(base, late).task("TASK-1")
    assert record.verdict is TaskVerdict.PASS
    assert (record.iterations, record.attempts) == (2, 2)


def test_what_was_lost_may_have_been_a_fail():
    record = after(*passed(), LostFact("TASK-1"))
    assert (record.verdict, record.claim) == (TaskVerdict.UNVERIFIED, "completed")


def test_tracks_stay_as_they_were_laid_out():
    track = TrackRecord(2, "Frontend", ("TASK-1",))
    record = fold(EMPTY, entries(TracksLaidOut("r1", "planned", (track,), 3)))
    assert (record.mode, record.max_possible_tracks, record.tracks) == ("planned", 3, {2: track})
    assert record.task("TASK-1").track == 2


def test_live_runs_show_the_task_that_they_started_last():
    facts = [RUN, started(), started("TASK-2", "b1")]
    live = fold(EMPTY, entries(*facts)).live
    assert (live["r1"].task, live["r1"].track, live["r1"].pid) == ("TASK-2", 1, 100)
    assert fold(EMPTY, entries(*facts, RunFinished("r1"))).live == {}


def test_a_fact_of_a_newer_version_is_folded_into_nothing():
    record = fold(EMPTY, entries(UnknownFact("wave-completed", {"wave": 1})))
    assert record == EMPTY


# Properties: any run of facts folds, in any order, in any portions, to the same

_names = st.sampled_from(["TASK-1", "TASK-2"])
_attempts = st.sampled_from(["a1", "a2", "a3"])
_runs = st.sampled_from(["r1", "r2"])
_digests = st.sampled_from([None, DIGEST, OTHER, REDEFINED])
_verdicts = st.sampled_from([verdict.value for verdict in TaskVerdict])
_facts = st.one_of(
    st.builds(lambda run: RunStarted(run, 1, "here"), _runs),
    st.builds(RunFinished, _runs),
    st.builds(
        started,
        _names,
        _attempts,
        st.sampled_from(["attempt", "recheck", "ungated"]),
        _runs,
        _digests,
    ),
    st.builds(settled, _verdicts, _names, st.one_of(_attempts, st.just("")), _runs, _digests),
    st.builds(
        lambda task, attempt, verdict: CriterionSettled(
            "r1", task, attempt, result(verdict)["AC-001"]
        ),
        _names,
        _attempts,
        st.sampled_from(["PASS", "FAIL", "NOT_RUN"]),
    ),
    st.builds(LostFact, _names),
    st.builds(
        lambda names: TracksLaidOut("r1", "document", (TrackRecord(1, "A", tuple(names)),)),
        st.lists(_names),
    ),
)
journals = st.lists(_facts, max_size=25).map(lambda facts: entries(*facts))


@settings(deadline=None)  # the machine may be busy
@given(journals, st.randoms(use_true_random=False))
def test_the_union_of_portions_in_any_order_folds_to_the_same(
    all_entries: list[Entry], rng: random.Random
):
    expected = fold(EMPTY, all_entries)
    shuffled = [*all_entries, *all_entries[::2]]
    rng.shuffle(shuffled)
    assert fold(EMPTY, shuffled) == expected


@settings(deadline=None)  # the machine may be busy
@given(journals, st.data())
def test_folding_may_stop_anywhere_and_go_on_from_there(
    all_entries: list[Entry], data: st.DataObject
):
    cut = data.draw(st.integers(0, len(all_entries)))
    part_way = fold(EMPTY, all_entries[:cut])
    assert fold(part_way, all_entries[cut:]) == fold(EMPTY, all_entries)


@settings(deadline=None)  # the machine may be busy
@given(journals)
def test_no_pass_without_a_pass(all_entries: list[Entry]):
    told = {
        entry.fact.task
        for entry in all_entries
        if getattr(entry.fact, "verdict", None) is TaskVerdict.PASS
    }
    record = fold(EMPTY, all_entries, dead=("r1", "r2"))
    found = {name for name, task in record.tasks.items() if task.verdict is TaskVerdict.PASS}
    assert found <= told


@settings(deadline=None)  # the machine may be busy
@given(journals)
def test_attempts_are_never_fewer_than_iterations(all_entries: list[Entry]):
    for record in fold(EMPTY, all_entries).tasks.values():
        assert 0 <= record.iterations <= record.attempts


def test_a_fold_keeps_up_one_entry_at_a_time():
    folding = Fold(EMPTY)
    for entry in entries(*passed()):
        folding.apply(entry)
    assert folding.task("TASK-1") == folding.record().task("TASK-1")
