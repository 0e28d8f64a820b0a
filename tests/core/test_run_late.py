"""Gates that whichever run comes last carries out: this one, if everything else has passed."""

from __future__ import annotations

import pytest

from pytest_tracks.core.model import TaskKind
from pytest_tracks.core.run import Run
from pytest_tracks.core.verdict import Outcome
from tests.core.playing import A, ends, item, make_run, show, verdicts
from tests.core.worlds import make_task

FINAL = make_task("REVIEW-FINAL", ("A", "ELSEWHERE"), kind=TaskKind.FINAL_REVIEW)


def run_of_a_part() -> Run:
    run = make_run(A, FINAL, late=["REVIEW-FINAL"])
    show(run, run.take(0), {})
    return run


def test_it_is_not_taken_before_somebody_knows_about_the_rest() -> None:
    run = run_of_a_part()
    assert run.waits_for == ("REVIEW-FINAL",)
    assert run.take(0) is None
    assert run.only_late_left
    assert run.is_active


def test_it_is_carried_out_when_it_is_opened() -> None:
    run = run_of_a_part()
    run.open_late("REVIEW-FINAL")
    show(run, run.take(0), {item("REVIEW-FINAL"): Outcome.FAILED})
    assert verdicts(ends(run)) == {"A": "PASS", "REVIEW-FINAL": "FAIL"}
    assert not run.is_active


def test_left_out_it_has_no_verdict() -> None:
    run = run_of_a_part()
    run.leave_out("REVIEW-FINAL")
    assert verdicts(ends(run)) == {"A": "PASS"}
    assert not run.is_active


def test_a_failure_before_it_is_no_verdict_of_it() -> None:
    run = make_run(A, FINAL, late=["REVIEW-FINAL"])
    show(run, run.take(0), {item("A"): Outcome.FAILED})
    assert verdicts(ends(run)) == {"A": "FAIL"}
    assert not run.is_active


def test_a_stopped_run_says_nothing_of_it() -> None:
    run = make_run(A, FINAL, late=["REVIEW-FINAL"])
    run.close(interrupted=True)
    assert "REVIEW-FINAL" not in ends(run)


def test_a_gate_without_criteria_passes_when_it_is_opened() -> None:
    gate = make_task("SYNC-01", ("A", "ELSEWHERE"), items=0, kind=TaskKind.SYNC_POINT)
    run = make_run(A, gate, late=["SYNC-01"])
    show(run, run.take(0), {})
    run.open_late("SYNC-01")
    assert verdicts(ends(run)) == {"A": "PASS", "SYNC-01": "PASS"}


def test_only_what_waits_can_be_decided() -> None:
    run = make_run(A, FINAL, late=["REVIEW-FINAL"])
    with pytest.raises(ValueError, match="does not wait"):
        run.leave_out("REVIEW-FINAL")
