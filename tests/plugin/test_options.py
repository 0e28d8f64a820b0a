"""What the options and ini names do to a run."""

from __future__ import annotations

import sys

import pytest

from tests.plugin.conftest import Project, logs

HERE = ("--tracks=1", "-n", "0")


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("--tracks=02", "did you mean --track=02?"),
        ("--tracks=Frontend", "did you mean --track=Frontend?"),
        ("--tracks=0", "give a number of lanes from 1, or auto"),
        ("--tracks=-1", "did you mean --track=-1?"),
    ],
)
def test_fault_68_a_track_is_no_number_of_lanes(project: Project, option: str, advice: str) -> None:
    project.task("A", logs("A"))
    ran = project.run(option)
    assert ran.status == 4
    assert ran.errors == f"ERROR: {option} is not a number of lanes ({advice})\n"
    assert project.logged() == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("tracks_unverified = maybe", "tracks_unverified = maybe: choose block or open"),
        ("tracks_assignment = some", "tracks_assignment = some: choose static or dynamic"),
        ("tracks_plan = ../plan", "the plan must be inside rootdir"),
    ],
)
def test_ini_values_that_do_not_fit(project: Project, lines: str, message: str) -> None:
    project.ini(lines)
    project.task("A", logs("A"))
    ran = project.run("--tracks=1")
    assert ran.status == 4
    assert ran.errors.startswith(f"ERROR: {message}")
    assert project.logged() == []


def test_meta_that_is_no_pair(project: Project) -> None:
    project.task("A", logs("A"))
    ran = project.run("--tracks=1", "--tracks-meta=T1")
    assert (ran.status, project.logged()) == (4, [])
    assert "give KEY=VALUE" in ran.errors


def test_a_plan_that_is_not_there(project: Project) -> None:
    ran = project.run("--tracks=2")
    assert ran.status == 4
    assert "docs/planning" in ran.errors
    assert "0 tasks" not in ran.out + ran.errors


def test_fault_70_a_criterion_that_runs_pytest(project: Project, way: tuple[str, ...]) -> None:
    """Without the guard the inner run would run the plan, and that its criteria, for ever."""
    project.ini(addopts="--tracks=1")
    project.write("tests/test_plain.py", "def test_plain(): pass\n")
    inner = f'echo inner >> "$LOG"; {sys.executable} -m pytest tests/test_plain.py'
    project.task("A", {"text": "inner run", "run": inner, "timeout": 40})
    ran = project.run(*way)
    assert ran.status == 0, ran.out
    assert project.logged() == ["inner"]
    assert project.verdicts() == {"A": "PASS"}


def test_fault_70_the_inner_run_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKS_CRITERION", "A/AC-001")
    project.write("tests/test_plain.py", "def test_plain(): pass\n")
    project.task("A", logs("A"))
    ran = project.run("--tracks=2")
    assert ran.counts == {"passed": 1}
    assert "tracks: inside criterion A/AC-001, so tracks options do nothing" in ran.out
    assert project.logged() == []


@pytest.mark.parametrize(
    "option", ["-n4", "--dist=loadscope", "--dist=worksteal", "--maxprocesses=1", "--tx=popen"]
)
def test_lanes_override_other_ways_to_distribute(project: Project, option: str) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B"), after=("A",))
    project.ini(addopts=option)
    ran = project.run("--tracks=2")
    assert ran.status == 0
    assert "2/2 workers" in ran.out
    assert project.logged() == ["A", "B"]


def test_rerun_runs_what_has_passed(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B"), after=("A",))
    project.run(*way)
    assert project.logged() == ["A", "B"]
    ran = project.run(*way)
    assert ran.counts == {"done": 2}
    assert project.logged() == []
    assert project.run(*way, "--tracks-rerun").sentence == "exit 0: all 2 tasks PASS"
    assert project.logged() == ["A", "B"]
    known = project.recorded("A")
    assert (known["iterations"], known["attempts"]) == (1, 2)


WORLD = {"text": "depends on the world", "run": 'echo A >> "$LOG"; test -z "$BROKEN"'}


def test_verify_fails_on_any_difference(
    project: Project, way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.task("A", WORLD)
    project.task("B", logs("B"))
    project.run(*way)
    project.logged()
    ran = project.run(*way, "--tracks-verify")
    assert ran.sentence == "exit 0: all 2 tasks PASS"
    assert sorted(project.logged()) == ["A", "B"]
    monkeypatch.setenv("BROKEN", "yes")
    assert project.run(*way).status == 0  # what is recorded holds
    assert project.run(*way, "--tracks-verify").status == 1
    assert project.verdicts() == {"A": "FAIL", "B": "PASS"}
    monkeypatch.delenv("BROKEN")
    ran = project.run(*way, "--tracks-verify")
    assert "verify: A is recorded as FAIL, and is PASS here" in ran.out
    assert ran.status == 1


def test_verify_of_a_part_is_refused(project: Project) -> None:
    project.task("A", logs("A"))
    project.run(*HERE)
    ran = project.run("--task=A", "--tracks-verify")
    assert ran.status == 4
    assert "--tracks-verify runs the whole plan" in ran.errors
    assert project.verdicts() == {"A": "PASS"}


def test_ungated_shows_and_changes_nothing(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", logs("A", then="false"))
    project.task("B", logs("B"), after=("A",))
    project.task("C", logs("C", then="false"), after=("B",))
    ran = project.run(*way, "--tracks-ungated")
    assert ran.status == 1
    assert sorted(project.logged()) == ["A", "B", "C"]
    assert project.verdicts() == {"A": "FAIL", "B": "BLOCKED", "C": "BLOCKED"}
    for name in "BC":
        known = project.recorded(name)
        assert (known["iterations"], known["attempts"]) == (0, 0)
        assert known["status"] == "blocked"
    assert "2 BLOCKED by A" in ran.sentence


def test_unverified_open(project: Project, way: tuple[str, ...]) -> None:
    project.ini("tracks_unverified = open")
    project.task("A", "prose", logs("A"))
    project.task("B", logs("B"), after=("A",))
    project.task("C", logs("C"), after=("B",))
    ran = project.run(*way)
    assert ran.status == 0
    assert project.logged() == ["A", "B", "C"]
    assert project.verdicts() == {"A": "UNVERIFIED", "B": "PASS", "C": "PASS"}
    assert project.recorded("A")["status"] == "in_progress"
    assert project.recorded("B")["assumes"] == ["A"]
    assert project.recorded("C")["assumes"] == ["A"]
    assert "1 UNVERIFIED (tracks_unverified = open; bind a check: A/AC-001)" in ran.sentence


def test_unverified_open_is_closed_again(project: Project) -> None:
    """What passed on trust is not let through where there is no trust."""
    project.task("A", "prose")
    project.task("B", logs("B"), after=("A",))
    assert project.run(*HERE, "-o", "tracks_unverified=open").status == 0
    assert project.verdicts() == {"A": "UNVERIFIED", "B": "PASS"}
    project.logged()
    ran = project.run(*HERE)
    assert ran.sentence == "exit 1: 0 failed, 1 UNVERIFIED (bind a check: A/AC-001), 1 BLOCKED by A"
    assert project.verdicts() == {"A": "UNVERIFIED", "B": "BLOCKED"}
    assert project.logged() == []


def test_meta_is_stored(
    project: Project, way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKS_META_COST_USD", "0.25")
    project.task("A", logs("A"))
    project.run(*way, "--tracks-meta=tier=T1", "--tracks-meta", "agent=one")
    assert project.recorded("A")["tier_used"] == "T1"
    assert project.state()["statistics"]["t1_tasks"] == 1
    assert project.recorded("A")["meta"] == {"agent": "one", "cost_usd": "0.25"}
    project.run(*way, "--tracks-rerun", "--tracks-meta=tier=T2")
    assert project.recorded("A")["tier_used"] == "T2"


def test_quiet_keeps_the_sentence(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", logs("A"))
    project.task("B", "prose")
    ran = project.run(*way, "-q")
    assert ran.lines[-1] == "exit 1: 0 failed, 1 UNVERIFIED (bind a check: B/AC-001)"
    assert "Track 1" not in ran.out


def test_verbose_tells_the_run(project: Project) -> None:
    project.write("docs/planning/notes.txt", "not a plan\n")
    project.task("A", logs("A"))
    project.run("--tracks=1", "-v")
    ran = project.run("--tracks=1", "-v")
    assert "Found completed task: A (skipping)" in ran.out
    assert "ignored: docs/planning/notes.txt" in ran.out
    assert ran.lines[-1] == "exit 0: 1 task PASS (1 before, skipped)"


@pytest.mark.parametrize(
    "option",
    ["--tracks-verify", "--tracks-json=x.json", "--tracks-seal=HEAD", "--tracks-rerun"],
)
def test_an_option_that_a_gate_rests_on_is_refused_alone(project: Project, option: str) -> None:
    project.task("A", logs("A"))
    ran = project.run(option)
    assert ran.status == 4
    assert f"{option.partition('=')[0]} goes with --tracks, --track or --task" in ran.errors
    assert project.logged() == []


def test_inside_a_criterion_such_an_option_does_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKS_CRITERION", "A/AC-001")
    project.write("tests/test_it.py", "def test_it(): pass")
    assert project.run("--tracks-verify").status == 0
