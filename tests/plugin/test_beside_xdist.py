"""Beside xdist's own options: --tracks says how many workers there are, -n 0 that none is."""

from __future__ import annotations

import pytest

from tests.plugin.beside import FAILING, PASSING, PLAN, Project, assert_clean, last_line

ALL_PASS = "exit 0: all 3 tasks PASS"

NOTING_WORKER = """
from pathlib import Path
def test_it(request):
    name = getattr(request.config, "workerinput", {"workerid": "none"})["workerid"]
    with Path("workers.txt").open("a") as log: log.write(name + " ")
"""


def workers(project: Project) -> set[str]:
    path = project.root / "workers.txt"
    names = set(path.read_text(encoding="utf-8").split())
    path.unlink()
    return names


def noting_project(pytester: pytest.Pytester, ini: str = "") -> Project:
    return Project(pytester, ini=ini).tests(NOTING_WORKER, NOTING_WORKER, NOTING_WORKER)


@pytest.mark.parametrize(
    "addopts",
    [
        "-n 4 --dist loadgroup",
        "-n auto",
        "--maxprocesses=1",
        "-n 3 --maxprocesses=1 --dist loadscope",
        "--dist each --tx 3*popen",
        "-d --tx popen",
    ],
)
def test_tracks_overrides_what_addopts_say(pytester: pytest.Pytester, addopts: str) -> None:
    project = noting_project(pytester, ini=f"addopts = {addopts}")
    result = project.run("--tracks=2")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert_clean(result)
    assert last_line(result) == ALL_PASS
    assert workers(project) == {"gw0", "gw1"}
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("option", ["--dist=each", "--dist=worksteal", "--dist=loadfile", "-nauto"])
def test_tracks_overrides_the_command_line(pytester: pytest.Pytester, option: str) -> None:
    project = noting_project(pytester)
    result = project.run("--tracks=2", option)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert last_line(result) == ALL_PASS
    assert workers(project) == {"gw0", "gw1"}


@pytest.mark.parametrize("option", ["-n0", "-pno:xdist", "--pdb"])
def test_in_one_process(pytester: pytest.Pytester, option: str) -> None:
    project = noting_project(pytester)
    result = project.run("--tracks=2", option)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert_clean(result)
    assert last_line(result) == ALL_PASS
    assert workers(project) == {"none"}


def test_workers_of_addopts_stay_away_from_one_track(pytester: pytest.Pytester) -> None:
    project = noting_project(pytester, ini="addopts = -n 2 --dist loadgroup")
    result = project.run("--task=TASK-00*")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert workers(project) == {"none"}


def test_groups_in_marks_do_not_hide_the_tests_from_their_criteria(
    pytester: pytest.Pytester,
) -> None:
    grouped = "import pytest\n@pytest.mark.xdist_group('one')\n" + PASSING
    project = Project(pytester, ini="addopts = --dist loadgroup").tests(grouped, grouped, FAILING)
    result = project.run("--tracks=2")
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "FAIL"}, result.stdout.str()


def test_the_debugger_is_reached(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests(first=FAILING)
    debugger = "class Debugger:\n    quitting = False\n    def __init__(self, **kwargs): pass\n"
    debugger += "    def reset(self): pass\n"
    debugger += "    def interaction(self, frame, found): print('REACHED', type(found).__name__)\n"
    project.write("stand_in.py", debugger)
    result = project.run("--tracks=2", "--pdb", "--pdbcls=stand_in:Debugger", "-ppytester")
    result.stdout.fnmatch_lines(["*REACHED*"])
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}


def test_a_run_without_xdist_says_nothing_of_it(pytester: pytest.Pytester) -> None:
    plan = PLAN.replace("TASK-003\n", "TASK-003\n  track: 2\n")
    project = Project(pytester, plan=plan).tests(third=FAILING)
    result = project.run("--tracks=2", "-pno:xdist", "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "FAIL"}
    assert last_line(result) == "exit 1: 1 failed"
