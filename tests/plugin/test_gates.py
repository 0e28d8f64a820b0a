"""Reviews and sync points in real runs: gated like tasks, and carried out by whoever comes last."""

from __future__ import annotations

import json
import threading

from tests.plugin.conftest import Project, logs
from tests.plugin.test_waiting import Runs, finish, runs, until

__all__ = ["runs"]


def two_tracks(project: Project, **gates: object) -> None:
    project.plan(tracks={1: "One", 2: "Two"}, **gates)
    project.task("A", logs("A"), track=1, files=["a"])
    project.task("B", logs("B"), track=2, files=["b"])


def test_a_sync_point_holds_back_what_follows(project: Project, way: tuple[str, ...]) -> None:
    two_tracks(project, sync_points=[{"after": ["wave 1"], "criteria": [logs("sync")]}])
    project.task("C", logs("C"), after=("A",), track=1, files=["c"])
    ran = project.run(*way)
    assert ran.status == 0, ran.out
    order = project.logged()
    assert order[2:] == ["sync", "C"]
    assert set(order[:2]) == {"A", "B"}


def test_reviews_follow_their_sprint_their_track_and_everything(
    project: Project, way: tuple[str, ...]
) -> None:
    two_tracks(
        project,
        sprint_review=[logs("sprint")],
        track_review=[logs("track")],
        final_review=[{"section": "Security", "criteria": [logs("final")]}],
    )
    project.write("docs/sprints/SPRINT-001-01.yaml", "{title: First, tasks: [A]}")
    ran = project.run(*way)
    assert ran.status == 0, ran.out
    order = project.logged()
    assert order[-1] == "final"
    assert order.index("A") < order.index("sprint")
    assert order.count("track") == 2
    state = project.state()
    assert state["sprints"]["SPRINT-001-01"]["quality_gates_passed"] is True
    assert state["statistics"]["total_tasks"] == 2, "reviews are no tasks of the plan"


def test_a_sprint_whose_review_fails_is_not_complete(project: Project) -> None:
    two_tracks(project, sprint_review=[logs("sprint", then="false")], final_review=[logs("final")])
    project.write("docs/sprints/SPRINT-001-01.yaml", "{title: First, tasks: [A]}")
    ran = project.run("--tracks=2")
    assert ran.status == 1
    assert project.verdicts()["REVIEW-FINAL"] == "BLOCKED"
    assert project.state()["sprints"]["SPRINT-001-01"]["quality_gates_passed"] is False
    assert "final" not in project.logged()


def test_the_last_track_carries_the_final_review_out_and_counts_it(project: Project) -> None:
    two_tracks(project, final_review=[logs("final")])
    first = project.run("--track=1")
    assert first.status == 0, first.out
    assert first.sentence == "exit 0: 1 task PASS"
    assert project.logged() == ["A"]
    last = project.run("--track=2")
    assert last.status == 0, last.out
    assert last.sentence == "exit 0: all 2 tasks PASS"
    assert project.logged() == ["B", "final"]
    again = project.run("--track=1")
    assert again.status == 0
    assert project.logged() == [], "once is enough"


def test_a_final_review_that_fails_fails_the_run_that_carried_it_out(project: Project) -> None:
    two_tracks(project, final_review=[logs("final", then="false")])
    assert project.run("--track=1").status == 0
    assert project.run("--track=2").status == 1
    assert project.verdicts() == {"A": "PASS", "B": "PASS", "REVIEW-FINAL": "FAIL"}


def test_behind_a_failure_the_final_review_is_left_alone(project: Project) -> None:
    two_tracks(project, final_review=[logs("final")])
    project.task("B", logs("B", then="false"), track=2, files=["b"])
    assert project.run("--track=1").status == 0
    ran = project.run("--track=2")
    assert ran.status == 1
    assert ran.sentence == "exit 1: 1 failed"
    assert project.logged() == ["A", "B"]


def test_the_final_review_by_name_runs_again(project: Project) -> None:
    two_tracks(project, final_review=[logs("final")])
    assert project.run("--tracks=2").status == 0
    project.logged()
    ran = project.run("--task=REVIEW-FINAL", "--tracks-rerun")
    assert ran.status == 0, ran.out
    assert project.logged() == ["final"]


def test_a_gate_without_criteria_passes_late_too(project: Project) -> None:
    two_tracks(project, sync_points=[{"after": ["A", "B"]}], final_review=None)
    assert project.run("--track=1").status == 0
    assert project.run("--track=2").status == 0
    assert set(project.verdicts().values()) == {"PASS"}
    project.write("shared.txt", "x")
    assert project.run("--tracks=2").status == 0
    tasks = project.status()["tasks"].values()
    assert {task["verdict"] for task in tasks} == {"PASS"}


def test_of_two_terminals_the_one_that_ends_last_carries_it_out(runs: Runs) -> None:
    project = runs.project
    project.plan(tracks={1: "One", 2: "Two"}, final_review=[logs("final")])
    project.task("B", logs("B"), track=2, files=["b"])
    slow = runs.start("--track=1")
    until(slow, "Task 1/1: A")
    quick = runs.start("--track=2")
    assert "exit 0: 1 task PASS" in finish(quick), "it does not wait for the others"
    threading.Thread(target=runs.open_gate, daemon=True).start()
    assert "exit 0: all 2 tasks PASS" in finish(slow)
    assert slow.returncode == quick.returncode == 0
    assert project.logged() == ["A", "B", "final"]


def test_the_plan_lists_gates_without_a_track_of_their_own(project: Project) -> None:
    two_tracks(project, sync_points=[{"after": ["wave 1"]}], final_review=[logs("final")])
    document = json.loads(project.command("plan", "--json").stdout.str())
    found = {task["id"]: (task["kind"], task["hours"], task["track"]) for task in document["tasks"]}
    assert found["SYNC-01"] == ("sync-point", 0.0, None)
    assert found["REVIEW-FINAL"] == ("final-review", 0.0, None)
    assert document["total_hours"] == 2


# -- contracts -----------------------------------------------------------------------------------


def contracted(project: Project) -> None:
    project.plan(
        tracks={1: "One", 2: "Two"}, contracts=[{"path": "docs/api.yaml", "owner": "OWNER"}]
    )
    project.write("docs/api.yaml", "v: 1\n")
    passes = 'grep -q good docs/api.yaml || grep -q "v: 1" docs/api.yaml'
    project.task("OWNER", logs("OWNER", then=passes), track=1, files=["owner"], owner="API team")
    project.task("USER", logs("USER"), track=2, files=["user"], uses=["docs/api.yaml"])
    project.task("OTHER", logs("OTHER"), track=2, files=["other"])
    assert project.run("--tracks=2").status == 0
    project.logged()


def test_a_changed_contract_makes_owner_and_users_run_again_in_that_order(
    project: Project, way: tuple[str, ...]
) -> None:
    contracted(project)
    project.write("docs/api.yaml", "v: 2 # good\n")
    ran = project.run(*way)
    assert ran.status == 0, ran.out
    assert project.logged() == ["OWNER", "USER"], "OTHER does not use it"
    said = " ".join(ran.out.split())
    assert "contract docs/api.yaml has changed since OWNER of API team passed" in said


def test_a_changed_contract_closes_the_gate_until_its_owner_passes_again(project: Project) -> None:
    contracted(project)
    project.write("docs/api.yaml", "v: bad\n")
    user = project.run("--track=2")
    assert user.status == 1
    assert "1 BLOCKED by OWNER" in user.sentence
    assert project.logged() == []
    assert project.run("--track=1").status == 1
    assert project.run("--track=2").status == 1, "the owner failed: the contract is still broken"
    assert project.logged() == ["OWNER"]
    project.write("docs/api.yaml", "v: good\n")
    assert project.run("--track=1").status == 0
    assert project.run("--track=2").status == 0
    assert project.logged() == ["OWNER", "USER"]
