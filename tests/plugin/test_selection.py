"""Which tasks and tests take part: tracks, lanes, tasks, paths, node ids; and what binds a test."""

from __future__ import annotations

import json
import sys
from itertools import pairwise

import pytest

from tests.plugin.conftest import WAYS, Project, logs

HERE = ("--tracks=1", "-n", "0")


def _two_tracks(project: Project) -> None:
    """Backend A1 ← A2; Frontend B1 ← B2; B2 needs A2 too."""
    project.plan(tracks={1: {"name": "Backend"}, 2: {"name": "Frontend"}})
    project.task("A1", logs("A1"), track=1)
    project.task("A2", logs("A2"), track=1, after=("A1",))
    project.task("B1", logs("B1"), track=2)
    project.task("B2", logs("B2"), track=2, after=("A2", "B1"))


@pytest.mark.parametrize("name", ["2", "02", "Frontend", "frontend"])
def test_fault_23_one_track_by_any_of_its_names(project: Project, name: str) -> None:
    _two_tracks(project)
    ran = project.run(f"--track={name}")
    assert project.logged() == ["B1"]
    assert project.verdicts()["B2"] == "BLOCKED"
    assert ran.status == 1
    assert "BLOCKED by A2" in ran.sentence


def test_fault_23_unknown_track(project: Project) -> None:
    _two_tracks(project)
    ran = project.run("--track=99")
    assert ran.status == 4
    assert ran.errors.strip() == (
        "ERROR: --track=99 is no track of this plan (its tracks: 01 Backend, 02 Frontend)"
    )
    assert project.logged() == []


def test_one_track_after_the_other(project: Project) -> None:
    _two_tracks(project)
    assert project.run("--track=1").status == 0
    assert project.logged() == ["A1", "A2"]
    ran = project.run("--track=2")
    assert project.logged() == ["B1", "B2"]
    assert ran.sentence == "exit 0: all 2 tasks PASS"
    assert project.run("--tracks=2").sentence == "exit 0: all 4 tasks PASS (4 before, skipped)"


def test_filters_narrow_a_run_with_workers(project: Project) -> None:
    _two_tracks(project)
    assert project.run("--tracks=2", "--track=Backend").status == 0
    assert project.logged() == ["A1", "A2"]
    assert project.run("--tracks=2", "--task=B*", "--tracks-rerun").status == 0
    assert project.logged() == ["B1", "B2"]


def test_tasks_by_glob(project: Project) -> None:
    _two_tracks(project)
    assert project.run("--task=A*", "--task=B1").status == 0
    assert sorted(project.logged()) == ["A1", "A2", "B1"]
    assert project.verdicts() == {"A1": "PASS", "A2": "PASS", "B1": "PASS", "B2": None}


def test_tasks_that_nothing_matches(project: Project) -> None:
    _two_tracks(project)
    ran = project.run("--task=a1", "--task=A1")
    assert ran.status == 4
    assert ran.errors == "ERROR: --task=a1 matches no task of the plan (4 tasks are known)\n"
    assert project.logged() == []


@pytest.mark.parametrize("lanes", [1, 3])
def test_more_and_fewer_lanes_than_tracks(project: Project, lanes: int) -> None:
    """Tracks are laid onto the lanes; the recorded ones stay as the plan has them."""
    _two_tracks(project)
    ran = project.run(f"--tracks={lanes}")
    assert ran.status == 0
    assert sorted(project.logged()) == ["A1", "A2", "B1", "B2"]
    tracks = project.state()["parallel_tracks"]["track_info"]
    assert {number: track["tasks"] for number, track in tracks.items()} == {
        1: ["A1", "A2"],
        2: ["B1", "B2"],
    }


def test_as_many_lanes_as_written_tracks(project: Project) -> None:
    _two_tracks(project)
    ran = project.run("--tracks=auto")
    assert ran.status == 0
    assert "2/2 workers" in ran.out
    assert sorted(project.logged()) == ["A1", "A2", "B1", "B2"]


ORDER = """
    import os
    import pytest

    def log(text):
        with open(os.environ["LOG"], "a") as file:
            file.write(text + "\\n")

    @pytest.fixture(scope="session")
    def session():
        log("session up")
        yield
        log("session down")

    @pytest.mark.criterion("A/works", "B/works")
    @pytest.mark.criterion("B/more")
    @pytest.mark.parametrize("n", [1, 2])
    def test_many(session, n):
        log(f"many {n}")

    @pytest.fixture(scope="class")
    def whole():
        log("class up")
        yield
        log("class down")

    @pytest.mark.usefixtures("whole")
    class TestClass:
        @pytest.mark.criterion("A/class")
        def test_one(self): log("one")

        @pytest.mark.criterion("A/class")
        def test_two(self): log("two")
"""


def test_marks_parameters_and_fixtures(project: Project, way: tuple[str, ...]) -> None:
    """One test serves three criteria; it runs once in each task, every fixture is taken down."""
    project.write("tests/test_order.py", ORDER)
    project.task("A", {"id": "works", "text": "a"}, {"id": "class", "text": "b"}, track=1)
    criteria = ({"id": "works", "text": "c"}, {"id": "more", "text": "d"})
    project.task("B", *criteria, after=("A",), track=1)
    project.plan(tracks={1: {"name": "only"}})
    ran, junit = project.run_with_junit("--tracks=1", *way[1:])
    assert ran.status == 0
    assert project.logged() == [
        *("session up", "many 1", "many 2", "class up", "one", "two", "class down"),
        *("many 1", "many 2", "session down"),
    ]
    assert ran.counts == {"passed": 6}
    assert junit.counts == {"tests": 6, "failures": 0, "errors": 0, "skipped": 0}
    evidence = project.recorded("B")["criteria"]["more"]["evidence"]
    assert evidence == [f"tests/test_order.py::test_many[{n}]" for n in (1, 2)]


def test_one_parameter_that_fails_fails_the_criterion(
    project: Project, way: tuple[str, ...]
) -> None:
    text = "import pytest\n@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_n(n): assert n != 2\n"
    project.write("tests/test_n.py", text)
    project.task("ALL", {"text": "all", "test": "tests/test_n.py::test_n"})
    project.task("ONE", {"text": "one", "test": "tests/test_n.py::test_n[3]"})
    ran = project.run(*way)
    assert project.verdicts() == {"ALL": "FAIL", "ONE": "PASS"}
    assert ran.counts == {"passed": 3, "failed": 1}


DOWN_FAILS = """
    import pytest

    @pytest.fixture(scope="session")
    def leaving():
        yield
        raise RuntimeError("not clean")

    def test_it(leaving): pass
"""


def test_a_session_fixture_that_fails_at_the_end(project: Project, way: tuple[str, ...]) -> None:
    """What is torn down at the very end still fails the run."""
    project.write("tests/test_down.py", DOWN_FAILS)
    project.task("A", {"text": "it", "test": "tests/test_down.py"})
    project.task("B", logs("B"), after=("A",))
    ran = project.run(*way)
    assert ran.status == 1
    assert "RuntimeError: not clean" in ran.out
    assert ran.counts["error"] == 1
    assert "all 2 tasks PASS" not in ran.sentence or "but" in ran.sentence


LOOSE = """
    import os

    def test_loose():
        with open(os.environ["LOG"], "a") as file:
            file.write("loose\\n")
        assert os.environ.get("LOOSE") != "fails"
"""


def test_paths_add_loose_tests(
    project: Project, way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("tests/test_loose.py", LOOSE)
    project.write("tests/test_bound.py", "def test_it(): pass\n")
    project.task("A", {"text": "it", "test": "tests/test_bound.py"}, logs("A"))
    project.task("B", logs("B"), after=("A",))
    assert project.run(*way).status == 0
    assert sorted(project.logged()) == ["A", "B"]
    ran = project.run(*way, "--tracks-rerun", "tests")
    assert ran.status == 0
    assert sorted(project.logged()) == ["A", "B", "loose"]
    assert ran.counts == {"passed": 4}
    monkeypatch.setenv("LOOSE", "fails")
    ran = project.run(*way, "--tracks-rerun", "tests/test_loose.py")
    assert ran.status == 1
    assert sorted(project.logged()) == ["A", "B", "loose"]
    assert ran.sentence == "exit 1: all 2 tasks PASS, but 1 test outside the plan failed"
    assert project.verdicts() == {"A": "PASS", "B": "PASS"}


def test_a_plan_file_and_a_criterion_on_the_command_line(project: Project) -> None:
    project.write("tests/test_two.py", "def test_one(): pass\ndef test_two(): pass\n")
    project.task(
        "A",
        {"text": "one", "test": "tests/test_two.py::test_one"},
        {"text": "two", "test": "tests/test_two.py::test_two"},
        logs("A"),
    )
    project.task("B", logs("B"), after=("A",))
    file = "docs/planning/tasks/A.yaml"
    ran = project.run(file)
    assert ran.counts == {"passed": 3}
    assert project.verdicts() == {"A": "PASS", "B": None}
    ran = project.run(f"{file}::A::AC-002")
    assert ran.status == 0
    assert ran.counts["passed"] == 1
    assert project.logged() == ["A"]
    assert project.recorded("A")["validation_result"] == "PASS"
    ran = project.run(f"{file}::A::AC-003")
    assert project.logged() == ["A"]
    assert project.recorded("A")["acceptance_criteria_met"] == 3


def test_one_criterion_of_a_fresh_task_is_incomplete(project: Project) -> None:
    project.task("A", logs("one"), logs("two"))
    ran = project.run("docs/planning/tasks/A.yaml::A::AC-002")
    assert ran.status == 1
    assert project.logged() == ["two"]
    assert project.verdicts() == {"A": "INCOMPLETE"}


SPAN = "import os, time\nstart = time.monotonic_ns()\ntime.sleep(0.05)\n" + (
    "with open(os.environ['LOG'], 'a') as file:\n"
    "    file.write(f'{start} {time.monotonic_ns()}\\n')\n"
)
"""Holds a resource for a while: without the while, an overlap could not be seen."""


def _spans(project: Project) -> list[tuple[int, int]]:
    found = []
    for line in project.logged():
        start, end = line.split()
        found.append((int(start), int(end)))
    return sorted(found)


@pytest.mark.parametrize("assignment", ["static", "dynamic"])
def test_holders_of_a_resource_never_overlap(project: Project, assignment: str) -> None:
    project.ini(f"tracks_assignment = {assignment}")
    project.write("span.py", SPAN)
    for n in range(6):
        check = {"text": "holds it", "run": [sys.executable, "span.py"]}
        project.task(f"T{n}", check, resources=["database"], track=n % 3 + 1)
    assert project.run("--tracks=3").status == 0
    spans = _spans(project)
    assert len(spans) == 6
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_an_idle_lane_helps_where_it_may(project: Project) -> None:
    """Dynamic: with one lane held up until the others' tasks have run, all still run."""
    project.ini("tracks_assignment = dynamic")
    project.write(
        "wait.py",
        """
        import os, sys, time
        deadline = time.monotonic() + 30
        while "LAST" not in open(os.environ["LOG"]).read():
            if time.monotonic() > deadline:
                sys.exit("nobody helped")
            time.sleep(0.01)
        """,
    )
    project.plan(tracks={1: {"name": "one", "component": "one"}, 2: {"name": "two"}})
    project.task("HELD", {"text": "waits", "run": [sys.executable, "wait.py"]}, component="one")
    project.task("NEXT", logs("NEXT"), component="one")
    project.task("LAST", logs("LAST"), component="one")
    ran = project.run("--tracks=2")
    assert ran.status == 0, ran.out
    assert sorted(project.logged()) == ["LAST", "NEXT"]


def test_counts_and_status_agree(project: Project) -> None:
    """The table, the sentence, junit and ``status --json`` tell the same story."""
    project.write("tests/test_it.py", "def test_it(): pass\n")
    project.task("A", {"text": "it", "test": "tests/test_it.py"}, logs("A", then="false"))
    project.task("B", logs("B"), after=("A",))
    project.task("C", "prose")
    project.task("D", logs("D"))
    ran, junit = project.run_with_junit(*WAYS["workers"])
    assert ran.counts == {"failed": 1, "passed": 2, "blocked": 1, "unverified": 1}
    assert junit.counts == {"tests": 5, "failures": 1, "errors": 0, "skipped": 2}
    assert ran.sentence == (
        "exit 1: 1 failed, 1 UNVERIFIED (bind a check: C/AC-001), 1 BLOCKED by A"
    )
    status = json.loads(project.command("status", "--json").stdout.str())
    assert {name: task["verdict"] for name, task in status["tasks"].items()} == {
        "A": "FAIL",
        "B": "BLOCKED",
        "C": "UNVERIFIED",
        "D": "PASS",
    }
    assert status["tasks"]["A"]["acceptance_criteria_met"] == 1
    assert [one["verdict"] for one in status["tasks"]["A"]["criteria"]] == ["PASS", "FAIL"]
    statistics = status["statistics"]
    assert statistics == {**project.state()["statistics"], **statistics}
    assert statistics["total_tasks"] == 4
