from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.verdict import (
    CriterionVerdict,
    Outcome,
    Status,
    TaskVerdict,
    count_met,
    judge_criterion,
    judge_task,
    status_of,
)

WORST_FIRST = [
    CriterionVerdict.FAIL,
    CriterionVerdict.FLAKY,
    CriterionVerdict.NOT_RUN,
    CriterionVerdict.UNVERIFIED,
    CriterionVerdict.PENDING,
    CriterionVerdict.PASS,
]
TASK_VERDICTS = dict(
    zip(
        WORST_FIRST,
        [
            TaskVerdict.FAIL,
            TaskVerdict.FLAKY,
            TaskVerdict.INCOMPLETE,
            TaskVerdict.UNVERIFIED,
            TaskVerdict.PENDING,
            TaskVerdict.PASS,
        ],
        strict=True,
    )
)
FORGIVEN_BY = {
    Outcome.SKIPPED: "skip",
    Outcome.XFAILED: "xfail",
    Outcome.XPASSED: "xfail",
    Outcome.FLAKY: "flaky",
}

OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=6)
ALLOW = st.frozensets(st.sampled_from(["skip", "xfail", "flaky"]))
VERDICTS = st.lists(st.sampled_from(list(CriterionVerdict)), max_size=6)


def counts_as_passed(outcome: Outcome, allow: frozenset[str]) -> bool:
    return outcome is Outcome.PASSED or FORGIVEN_BY.get(outcome) in allow


@given(OUTCOMES, ALLOW)
def test_pass_takes_something_that_passed_and_nothing_else(
    outcomes: list[Outcome], allow: frozenset[str]
) -> None:
    earned = bool(outcomes) and all(counts_as_passed(one, allow) for one in outcomes)
    assert (judge_criterion(outcomes, allow) is CriterionVerdict.PASS) is earned


@given(OUTCOMES)
def test_without_exceptions_pass_takes_only_passed(outcomes: list[Outcome]) -> None:
    earned = set(outcomes) == {Outcome.PASSED}
    assert (judge_criterion(outcomes) is CriterionVerdict.PASS) is earned


@given(OUTCOMES, ALLOW, st.sampled_from(list(Outcome)))
def test_a_further_outcome_never_makes_a_criterion_better(
    outcomes: list[Outcome], allow: frozenset[str], further: Outcome
) -> None:
    """Beside a pass; without one, "nothing but skipped" is FAIL and may become NOT_RUN."""
    before = judge_criterion([Outcome.PASSED, *outcomes], allow)
    after = judge_criterion([Outcome.PASSED, *outcomes, further], allow)
    assert WORST_FIRST.index(after) <= WORST_FIRST.index(before)


@given(OUTCOMES, ALLOW, st.sampled_from([one for one in Outcome if one is not Outcome.PASSED]))
def test_no_further_outcome_but_a_pass_opens_what_was_closed(
    outcomes: list[Outcome], allow: frozenset[str], further: Outcome
) -> None:
    if outcomes and judge_criterion(outcomes, allow) is not CriterionVerdict.PASS:
        assert judge_criterion([*outcomes, further], allow) is not CriterionVerdict.PASS


@given(OUTCOMES, ALLOW)
def test_a_failure_is_a_failure_whatever_else_was_seen(
    outcomes: list[Outcome], allow: frozenset[str]
) -> None:
    assert judge_criterion([*outcomes, Outcome.FAILED], allow) is CriterionVerdict.FAIL


@given(OUTCOMES, ALLOW, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_counts(
    outcomes: list[Outcome], allow: frozenset[str], chance: object
) -> None:
    shuffled = [*outcomes, *outcomes]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge_criterion(shuffled, allow) is judge_criterion(outcomes, allow)


PASSED, SKIPPED, XFAILED, XPASSED = (
    Outcome.PASSED,
    Outcome.SKIPPED,
    Outcome.XFAILED,
    Outcome.XPASSED,
)


@pytest.mark.parametrize("outcomes", [[], [SKIPPED], [SKIPPED, SKIPPED]])
def test_fault_54_nothing_collected_or_all_skipped_is_a_failure(outcomes: list[Outcome]) -> None:
    assert judge_criterion(outcomes) is CriterionVerdict.FAIL


def test_fault_54_a_skip_beside_a_pass_was_not_run() -> None:
    assert judge_criterion([PASSED, SKIPPED]) is CriterionVerdict.NOT_RUN
    assert judge_criterion([PASSED, SKIPPED], {"skip"}) is CriterionVerdict.PASS


@pytest.mark.parametrize("outcome", [XFAILED, XPASSED])
def test_fault_55_xfail_and_xpass_fail_unless_the_plan_allows_it(outcome: Outcome) -> None:
    assert judge_criterion([PASSED, outcome]) is CriterionVerdict.FAIL
    assert judge_criterion([PASSED, outcome], {"skip", "flaky"}) is CriterionVerdict.FAIL
    assert judge_criterion([PASSED, outcome], {"xfail"}) is CriterionVerdict.PASS


def test_fault_57_flaky_is_a_pass_only_if_the_plan_says_so() -> None:
    assert judge_criterion([PASSED, Outcome.FLAKY]) is CriterionVerdict.FLAKY
    assert judge_criterion([PASSED, Outcome.FLAKY], {"flaky"}) is CriterionVerdict.PASS
    assert judge_task([CriterionVerdict.PASS, CriterionVerdict.FLAKY]) is TaskVerdict.FLAKY


def test_fault_18_what_nothing_checks_is_unverified() -> None:
    assert judge_task([]) is TaskVerdict.UNVERIFIED
    assert judge_criterion([Outcome.UNVERIFIED]) is CriterionVerdict.UNVERIFIED
    assert judge_criterion([PASSED, Outcome.UNVERIFIED]) is CriterionVerdict.UNVERIFIED


def test_fault_51_what_was_not_run_leaves_the_task_incomplete() -> None:
    assert judge_criterion([PASSED, Outcome.NOT_RUN]) is CriterionVerdict.NOT_RUN
    assert judge_task([CriterionVerdict.PASS, CriterionVerdict.NOT_RUN]) is TaskVerdict.INCOMPLETE


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_alone(outcome: Outcome) -> None:
    expected = {
        Outcome.PASSED: CriterionVerdict.PASS,
        Outcome.FLAKY: CriterionVerdict.FLAKY,
        Outcome.UNVERIFIED: CriterionVerdict.UNVERIFIED,
        Outcome.PENDING: CriterionVerdict.PENDING,
        Outcome.NOT_RUN: CriterionVerdict.NOT_RUN,
    }
    assert judge_criterion([outcome]) is expected.get(outcome, CriterionVerdict.FAIL)


@given(VERDICTS)
def test_a_task_passes_only_with_all_its_criteria_and_at_least_one(
    verdicts: list[CriterionVerdict],
) -> None:
    earned = bool(verdicts) and set(verdicts) == {CriterionVerdict.PASS}
    assert (judge_task(verdicts) is TaskVerdict.PASS) is earned


@given(VERDICTS.filter(bool))
def test_a_task_is_as_good_as_its_worst_criterion(verdicts: list[CriterionVerdict]) -> None:
    assert judge_task(iter(verdicts)) is TASK_VERDICTS[min(verdicts, key=WORST_FIRST.index)]


def test_the_order_of_verdicts_is_complete() -> None:
    assert set(WORST_FIRST) == set(CriterionVerdict)


STATUSES = {
    None: "pending",
    TaskVerdict.PASS: "completed",
    TaskVerdict.FAIL: "failed",
    TaskVerdict.FLAKY: "failed",
    TaskVerdict.CONFLICT: "failed",
    TaskVerdict.BLOCKED: "blocked",
    TaskVerdict.UNVERIFIED: "in_progress",
    TaskVerdict.PENDING: "in_progress",
    TaskVerdict.INCOMPLETE: "in_progress",
    TaskVerdict.INTERRUPTED: "in_progress",
    TaskVerdict.STALE: "in_progress",
}


@pytest.mark.parametrize("verdict", [None, *TaskVerdict])
def test_every_verdict_has_a_status(verdict: TaskVerdict | None) -> None:
    assert status_of(verdict).value == STATUSES[verdict]


def test_only_a_pass_is_completed_and_every_status_is_used() -> None:
    found = {verdict: status_of(verdict) for verdict in [None, *TaskVerdict]}
    assert [one for one in found if found[one] is Status.COMPLETED] == [TaskVerdict.PASS]
    assert set(found.values()) == set(Status)


@given(VERDICTS)
def test_met_are_those_that_passed(verdicts: list[CriterionVerdict]) -> None:
    results = {f"AC-{number:03}": verdict for number, verdict in enumerate(verdicts)}
    assert count_met(results) == verdicts.count(CriterionVerdict.PASS)
