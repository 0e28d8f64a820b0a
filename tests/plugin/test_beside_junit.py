"""Beside pytest's own reporters and its memory: junit XML, --lf, --ff, --nf, --sw."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import junitparser
import pytest

from tests.plugin.beside import (
    BOTH_WAYS,
    FAILING,
    IN_PROCESS,
    PASSING,
    PLAN,
    WORKERS,
    Project,
    assert_clean,
    last_line,
)

SENTENCE = "exit 1: 1 failed, 1 UNVERIFIED (bind a check: TASK-004/AC-001), 1 BLOCKED by TASK-001"
PROSE = PLAN + "- {id: TASK-004, title: fourth, acceptance_criteria: [nobody checks this]}\n"


def read_cases(path: Path) -> dict[str, ET.Element]:
    """Read the test cases of a junit file by class name and name."""
    root = ET.parse(path).getroot()
    return {f"{case.get('classname')}::{case.get('name')}": case for case in root.iter("testcase")}


@BOTH_WAYS
def test_junit_shows_blocked_and_unverified_as_skipped_with_the_reason(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester, plan=PROSE).tests(first=FAILING)
    result = project.run(*way, "--junitxml=report.xml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    cases = read_cases(project.root / "report.xml")
    suite = ET.parse(project.root / "report.xml").getroot().find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "5",  # the gate is one
        "failures": "2",
        "skipped": "2",
        "errors": "0",
    }
    blocked = cases["tests.test_second::test_it"].find("skipped")
    assert blocked is not None
    assert "BLOCKED by TASK-001" in str(blocked.get("message"))
    [unverified] = [case for name, case in cases.items() if name.endswith("AC-001")]
    skipped = unverified.find("skipped")
    assert skipped is not None
    assert "UNVERIFIED" in str(skipped.get("message"))
    assert cases["tests.test_first::test_it"].find("failure") is not None
    gate = cases["tracks::gate"].find("failure")
    assert gate is not None
    said = " ".join(line.strip() for line in result.outlines[-2:])
    assert gate.get("message") == said == SENTENCE


def properties(case: ET.Element) -> dict[str, str]:
    return {str(one.get("name")): str(one.get("value")) for one in case.iter("property")}


@BOTH_WAYS
def test_junit_says_whose_criterion_a_case_is_and_what_came_of_it(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester, plan=PROSE).tests(first=FAILING)
    project.run(*way, "--junitxml=report.xml")
    cases = read_cases(project.root / "report.xml")
    first = properties(cases["tests.test_first::test_it"])
    assert first.pop("tracks_track") in ("01", "02")
    assert first == {
        "tracks_task": "TASK-001",
        "tracks_criterion": "AC-001",
        "tracks_iteration": "1",
        "tracks_verdict": "FAIL",
        "tracks_task_verdict": "FAIL",
    }
    blocked = properties(cases["tests.test_second::test_it"])
    assert (blocked["tracks_verdict"], blocked["tracks_iteration"]) == ("BLOCKED", "0")
    [unverified] = [case for name, case in cases.items() if name.endswith("AC-001")]
    assert properties(unverified)["tracks_verdict"] == "UNVERIFIED"


def test_a_reader_of_junit_files_that_people_use_takes_it(pytester: pytest.Pytester) -> None:
    project = Project(pytester, plan=PROSE).tests(first=FAILING)
    project.run(*WORKERS, "--junitxml=report.xml")
    (suite,) = junitparser.JUnitXml.fromfile(str(project.root / "report.xml"))
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (5, 2, 2, 0)
    cases = {case.name: case for case in suite if case.classname != "tests.test_first"}
    assert [type(one) for one in cases["gate"].result] == [junitparser.Failure]
    found = next(iter(cases.values())).child(junitparser.Properties)
    names = {prop.name for prop in found}
    assert {"tracks_task", "tracks_criterion", "tracks_verdict"} <= names


@BOTH_WAYS
def test_blocked_and_unverified_can_be_failures_in_junit(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester, plan=PROSE).tests(first=FAILING)
    project.run(*way, "--junitxml=report.xml", "-o", "tracks_junit_blocked=failure")
    suite = ET.parse(project.root / "report.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("4", "0")
    cases = read_cases(project.root / "report.xml")
    blocked = cases["tests.test_second::test_it"].find("failure")
    assert blocked is not None
    assert "BLOCKED by TASK-001" in str(blocked.get("message"))


def test_an_open_gate_passes_and_what_holds_is_no_failure(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests()
    project.run(*WORKERS)
    project.run(*WORKERS, "--junitxml=report.xml", "-o", "tracks_junit_blocked=failure")
    cases = read_cases(project.root / "report.xml")
    assert cases["tracks::gate"].find("failure") is None
    assert all(case.find("failure") is None for case in cases.values())
    assert properties(cases["tests.test_first::test_it"])["tracks_verdict"] == "PASS"


@BOTH_WAYS
def test_last_failed_runs_what_failed_and_earns_nothing_for_what_was_blocked(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests(first=FAILING)
    assert project.run(*way).ret == pytest.ExitCode.TESTS_FAILED
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    project.write("tests/test_first.py", PASSING)
    result = project.run(*way, "--lf")
    # A skipped report drops an item from --lf, so TASK-002 is not selected, nor judged.
    assert project.verdicts() == {"1": "PASS", "2": "BLOCKED", "3": "PASS"}
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    result = project.run(*way)
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "PASS"}
    assert result.ret == pytest.ExitCode.OK


@BOTH_WAYS
def test_last_failed_with_nothing_failed_keeps_every_pass(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests()
    assert project.run(*way).ret == pytest.ExitCode.OK
    before = (project.root / "docs/planning/.project-state.yaml").read_bytes()
    result = project.run(*way, "--lf")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert (project.root / "docs/planning/.project-state.yaml").read_bytes() == before


ORDERED = """
from pathlib import Path
def test_a():
    with Path("order.txt").open("a") as log: log.write("{name} ")
"""


@pytest.mark.parametrize("option", ["--ff", "--nf"])
def test_failed_first_and_new_first_do_not_move_the_gate(
    pytester: pytest.Pytester, option: str
) -> None:
    project = Project(pytester).tests(second=FAILING)
    project.run(*IN_PROCESS)
    project.tests(
        first=ORDERED.format(name="first"),
        second=ORDERED.format(name="second"),
        third=ORDERED.format(name="third"),
    )
    result = project.run(*WORKERS, "--tracks-rerun", option)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    order = (project.root / "order.txt").read_text().split()
    assert sorted(order) == ["first", "second", "third"]
    assert order.index("first") < order.index("second")


@BOTH_WAYS
def test_stepwise_stops_at_the_failure_and_no_verdict_is_lost(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests(first=FAILING)
    result = project.run(*way, "--sw")
    assert result.ret != pytest.ExitCode.OK
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert project.verdicts()["1"] == "FAIL"
    project.write("tests/test_first.py", PASSING)
    assert project.run(*way, "--sw").ret == pytest.ExitCode.OK
    assert set(project.verdicts().values()) == {"PASS"}


def test_without_the_cache_plugin(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests()
    result = project.run(*WORKERS, "-pno:cacheprovider")
    assert result.ret == pytest.ExitCode.OK
    assert_clean(result)
    assert last_line(result) == "exit 0: all 3 tasks PASS"


@BOTH_WAYS
def test_last_failed_does_not_take_skipped_files_for_missing_tests(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    plan = PLAN.replace("{text: one, test: tests/test_first.py}", "one")
    plan = plan.replace("{text: three, test: tests/test_third.py}", "three")
    marked = 'import pytest\n@pytest.mark.criterion("TASK-00{}/AC-001")\n'
    failing, passing = marked.format(1) + FAILING, marked.format(3) + PASSING
    project = Project(pytester, plan=plan).tests(first=failing, third=passing)
    project.run(*way)
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    project.write("tests/test_first.py", marked.format(1) + PASSING)
    result = project.run(*way, "--lf")
    assert project.verdicts()["1"] == "PASS"
    assert project.verdicts()["3"] == "PASS"
    assert "UNVERIFIED" not in result.stdout.str()
