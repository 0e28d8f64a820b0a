"""Tasks that another run settles: waited for, learned from, or taken back."""

from __future__ import annotations

from pytest_tracks.core.events import Settled
from pytest_tracks.core.judging import Observation
from pytest_tracks.core.run import Run
from pytest_tracks.core.verdict import Outcome, TaskVerdict
from tests.core.worlds import make_plan, make_task, participant

A, B, C = make_task("A"), make_task("B", ("A",)), make_task("C", ("B",))
PLAN = make_plan(A, B, C)
PASSED = Observation(Outcome.PASSED)


def make_run(here: str, **options: object) -> Run:
    roster = {name: participant(PLAN.tasks[name]) for name in here}
    return Run(PLAN, roster, [list(here)], priority={}, **options)  # type: ignore[arg-type]


def settled(run: Run) -> dict[str, tuple[str, str]]:
    return {
        event.task: (event.verdict.value, event.how)
        for event in run.events()
        if isinstance(event, Settled)
    }


def play(run: Run) -> None:
    while assignment := run.take(0):
        run.begin(assignment.task)
        for handle in assignment.handles:
            run.observe(assignment.task, handle, PASSED)
        run.end(assignment.task)


def test_what_another_run_has_is_waited_for() -> None:
    run = make_run("BC", awaited=["A"])
    assert run.take(0) is None
    assert run.waits_for == ("A",)
    assert not run.is_exhausted(0)
    assert run.is_active
    run.learn("A", TaskVerdict.PASS)
    play(run)
    assert settled(run) == {"B": ("PASS", "run"), "C": ("PASS", "run")}
    assert not run.is_active


def test_its_failure_blocks_at_once() -> None:
    run = make_run("BC", awaited=["A"])
    run.learn("A", TaskVerdict.FAIL)
    assert settled(run) == {"B": ("BLOCKED", "blocked"), "C": ("BLOCKED", "blocked")}
    assert not run.is_active


def test_its_death_blocks_what_only_it_would_have_run() -> None:
    run = make_run("BC", awaited=["A"])
    run.take_back("A")
    assert settled(run)["B"] == ("BLOCKED", "blocked")
    assert run.waits_for == ()


def test_a_task_that_both_want_runs_once() -> None:
    run = make_run("ABC", elsewhere=["A", "B"])
    assert run.take(0) is None
    run.learn("B", TaskVerdict.PASS)  # B waits behind A here: its verdict is kept until then
    assert run.waits_for == ("A",)
    run.learn("A", TaskVerdict.PASS)
    play(run)
    assert settled(run) == {
        "A": ("PASS", "elsewhere"),
        "B": ("PASS", "elsewhere"),
        "C": ("PASS", "run"),
    }


def test_a_task_of_a_dead_run_is_run_here() -> None:
    run = make_run("ABC", elsewhere=["A", "B"])
    run.take_back("A")
    run.take_back("B")
    play(run)
    assert settled(run) == dict.fromkeys("ABC", ("PASS", "run"))


def test_what_is_stopped_waits_for_nobody() -> None:
    run = make_run("BC", awaited=["A"])
    run.close(interrupted=True)
    assert settled(run) == {"B": ("INCOMPLETE", "unreached"), "C": ("INCOMPLETE", "unreached")}
    assert not run.is_active
