"""What one run leaves to the next: verdicts, iterations, and a state that tells no lies."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.plugin.conftest import Project, logs

HERE = ("--tracks=1", "-n", "0")


def test_a_run_that_changes_no_fact_writes_nothing(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B"), after=("A",))
    project.run(*way)
    before = project.state_file.read_bytes(), project.journal_file.read_bytes()
    ran = project.run(*way)
    assert ran.status == 0
    assert (project.state_file.read_bytes(), project.journal_file.read_bytes()) == before


def test_mended_in_the_second_iteration(project: Project, way: tuple[str, ...]) -> None:
    project.write("src/a.py", "broken\n")
    project.task("A", logs("A", then="grep -q mended src/a.py"), files=["src/a.py"])
    project.task("B", logs("B"), after=("A",))
    project.task("C", logs("C"), files=["src/c.py"])
    assert project.run(*way).status == 1
    assert project.recorded("A")["iterations"] == 1
    assert project.recorded("A")["completed_at"] is None
    started = project.recorded("A")["started_at"]
    project.logged()
    project.write("src/a.py", "mended\n")
    ran = project.run(*way)
    assert ran.status == 0
    assert project.logged() == ["A", "B"]
    known = project.recorded("A")
    assert (known["iterations"], known["attempts"]) == (2, 2)
    assert (known["status"], known["started_at"]) == ("completed", started)
    assert known["completed_at"] > started
    assert project.recorded("B")["iterations"] == 1
    assert ran.sentence == "exit 0: all 3 tasks PASS (1 before, skipped)"


def test_a_failure_is_tried_again_unchanged(project: Project) -> None:
    """Only PASS is remembered as settled: what failed may pass where the world has changed."""
    project.task("A", logs("A", then="false"))
    for expected in (1, 2):
        assert project.run(*HERE).status == 1
        assert project.logged() == ["A"]
        assert project.recorded("A")["iterations"] == expected


def test_a_stale_task_that_fails_blocks_what_had_passed(
    project: Project, way: tuple[str, ...]
) -> None:
    project.write("src/a.py", "good\n")
    project.task("A", logs("A", then="grep -q good src/a.py"), files=["src/a.py"])
    project.task("B", logs("B"), files=["src/b.py"], after=("A",))
    project.run(*way)
    project.write("src/a.py", "bad\n")
    project.logged()
    ran = project.run(*way)
    assert ran.sentence == "exit 1: 1 failed, 1 BLOCKED by A"
    assert project.logged() == ["A"]
    assert project.verdicts() == {"A": "FAIL", "B": "BLOCKED"}


def test_lanes_and_ways_share_one_memory(project: Project) -> None:
    for name in "ABC":
        project.task(name, logs(name))
    assert project.run("--task=A").status == 0
    assert project.logged() == ["A"]
    assert project.run("--tracks=2").status == 0
    assert sorted(project.logged()) == ["B", "C"]
    ran = project.run(*HERE)
    assert ran.counts == {"done": 3}
    assert project.logged() == []


def test_the_state_file_is_lost_the_journal_is_not(project: Project) -> None:
    project.task("A", logs("A"))
    project.run(*HERE)
    project.state_file.unlink()
    assert project.run(*HERE).status == 0
    assert project.logged() == ["A"]
    assert project.status()["tasks"]["A"]["verdict"] == "PASS"


def test_the_journal_is_lost_the_state_file_is_not(project: Project) -> None:
    """As after a fresh clone: the snapshot is committed, the journal is not."""
    project.task("A", logs("A"))
    project.run(*HERE)
    shutil.rmtree(project.journal_file.parent)
    project.logged()
    ran = project.run(*HERE)
    assert ran.counts == {"done": 1}
    assert project.logged() == []


@pytest.mark.parametrize("keep", [0.25, 0.6, 0.95])
def test_fault_26_a_truncated_state_file(project: Project, keep: float) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B", then="false"))
    project.run(*HERE)
    content = project.state_file.read_bytes()
    project.state_file.write_bytes(content[: int(len(content) * keep)])
    project.logged()
    ran = project.run(*HERE)
    assert "recovered from the journal" in ran.out
    assert project.logged() == ["B"]
    assert project.verdicts() == {"A": "PASS", "B": "FAIL"}
    corrupt = list(project.state_file.parent.glob(f"{project.state_file.name}.corrupt-*"))
    assert len(corrupt) == 1


def test_fault_28_one_verdict_edited_by_hand(project: Project) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B", then="false"))
    project.run(*HERE)
    head, tail = project.state_file.read_text().split("\n  B:\n")
    tail = tail.replace("status: failed", "status: completed").replace(
        "validation_result: FAIL", "validation_result: PASS"
    )
    project.state_file.write_text(f"{head}\n  B:\n{tail}")
    assert project.status()["tasks"]["B"]["verdict"] == "UNVERIFIED"
    assert project.status()["tasks"]["A"]["verdict"] == "PASS"
    project.logged()
    ran = project.run(*HERE)
    assert ran.out.count("warning: docs/planning/.project-state") == 1
    assert project.logged() == ["B"]
    assert project.verdicts() == {"A": "PASS", "B": "FAIL"}


def test_fault_30_a_newer_state_is_left_alone(project: Project) -> None:
    project.task("A", logs("A"))
    project.run(*HERE)
    text = project.state_file.read_text().replace('version: "1.0"', 'version: "9.0"')
    project.state_file.write_text(text)
    shutil.rmtree(project.journal_file.parent)
    project.logged()
    ran = project.run(*HERE)
    assert ran.status == 4
    assert "upgrade" in ran.errors
    assert project.state_file.read_text() == text
    assert project.logged() == []


def test_fault_31_unknown_keys_survive(project: Project) -> None:
    project.task("A", logs("A"))
    project.write(
        "docs/planning/.project-state.yaml",
        """
        version: "1.0"
        type: project
        house_rules: {reviewers: [ann, bob]}
        tasks:
          A: {status: pending, assignee: ann}
        """,
    )
    assert project.run(*HERE).status == 0
    assert project.state()["house_rules"] == {"reviewers": ["ann", "bob"]}
    assert project.recorded("A")["assignee"] == "ann"
    assert project.recorded("A")["validation_result"] == "PASS"


def test_the_state_is_where_the_ini_file_says(project: Project) -> None:
    project.ini("tracks_state = var/tracks/state.yaml")
    project.task("A", logs("A"))
    assert project.run(*HERE).status == 0
    assert not project.state_file.exists()
    assert (project.root / "var/tracks/state.yaml").exists()
    assert project.run(*HERE).counts == {"done": 1}
    assert project.status()["tasks"]["A"]["verdict"] == "PASS"


def test_reports_in_the_project_make_nothing_stale(project: Project) -> None:
    project.task("A", logs("A"))
    project.run(*HERE, "--junitxml=report.xml")
    assert project.run(*HERE, "--junitxml=report.xml").counts == {"done": 1}


def test_a_removed_task_is_forgotten_by_nobody_else(project: Project) -> None:
    project.task("A", logs("A"), files=["a"])
    file = project.task("B", logs("B"), files=["b"])
    project.run(*HERE)
    file.unlink()
    project.logged()
    ran = project.run(*HERE)
    assert ran.sentence == "exit 0: 1 task PASS (1 before, skipped)"
    assert project.logged() == []


def test_status_tells_the_words_of_the_recorded_state(project: Project) -> None:
    project.task("A", logs("A"))
    project.task("B", logs("B", then="false"))
    before = project.command("status")
    assert "2 not run" in before.stdout.str()
    project.run(*HERE)
    shown = project.command("status")
    assert shown.ret == 0
    assert "2 tasks: 1 PASS, 1 FAIL" in shown.stdout.str()


def test_what_was_recorded_is_shown_also_where_the_rest_cannot_be(project: Project) -> None:
    """As where the disk is full by now: here the plan's folder is gone from its place."""
    project.task("A", logs("A"))
    project.task("B", logs("B", then="mv docs moved"), after=("A",))
    ran = project.run(*HERE, "-p", "no:cacheprovider")
    said = ran.out
    assert "the state cannot be written" in said
    assert "run again where it is now" in said
    assert re.search(r"^ +A +Title of A +PASS", said, re.MULTILINE), said
    assert "1 of 2 criteria met" in said
    assert not (project.root / "docs").exists()
    assert ran.status == 1
