"""Beside everyday use: an editor's discovery, plain runs, and runs that only look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.beside import (
    BOTH_WAYS,
    FAILING,
    PASSING,
    PLAN,
    WORKERS,
    Project,
    assert_clean,
    last_line,
)

PROSE = PLAN + "- {id: TASK-004, title: fourth, acceptance_criteria: [nobody checks this]}\n"

HEAVY = ("yaml", "coverage", "jinja2", "rich", "filelock", "networkx")
OURS = tuple(
    f"pytest_tracks.{layer}" for layer in ("core", "state", "formats", "checks", "reports")
)

PRINT_MODULES = """
import json, sys
def pytest_unconfigure(config):
    print("MODULES " + json.dumps(sorted(sys.modules)))
"""


def imported(names: list[str], modules: tuple[str, ...]) -> list[str]:
    return [one for one in names if any(one == m or one.startswith(f"{m}.") for m in modules)]


@pytest.mark.parametrize(
    "args", [(), ("tests/test_first.py::test_it",), ("-n2",), ("--collect-only",)]
)
def test_installed_but_unused_imports_nothing_heavy(
    pytester: pytest.Pytester, args: tuple[str, ...]
) -> None:
    project = Project(pytester).tests()
    project.write("conftest.py", PRINT_MODULES)
    result = project.run(*args)
    assert result.ret == pytest.ExitCode.OK
    [line] = [line for line in result.outlines if "MODULES " in line]
    names = json.loads(line.partition("MODULES ")[2])
    assert imported(names, (*HEAVY, *OURS)) == []
    assert imported(names, ("pytest_tracks.plugin",)) == [
        "pytest_tracks.plugin",
        "pytest_tracks.plugin.hookspecs",
        "pytest_tracks.plugin.options",
    ]
    assert not project.has_state()


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, pytest_tracks; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert imported(done.stdout.split(), (*HEAVY, "xdist", "pytest")) == []


def test_discovery_from_a_subfolder_and_one_test_leave_no_trace(pytester: pytest.Pytester) -> None:
    project = Project(pytester, plan=PROSE).tests(first=FAILING)
    os.chdir(project.root / "tests")
    try:
        found = project.run("--collect-only", "-q")
        one = project.run("../tests/test_second.py::test_it")
    finally:
        os.chdir(project.root)
    assert [line for line in found.outlines if "::" in line] == [
        "tests/test_first.py::test_it",
        "tests/test_second.py::test_it",
        "tests/test_third.py::test_it",
    ]
    one.assert_outcomes(passed=1)
    for result in (found, one):
        assert not [line for line in result.outlines if line.startswith(("plan:", "exit "))]
    assert not project.has_state()


@BOTH_WAYS
def test_collect_only_lists_own_items_and_real_tests(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester, plan=PROSE).tests()
    result = project.run(*way, "--collect-only", "-q")
    assert result.ret == pytest.ExitCode.OK
    assert sorted(line for line in result.outlines if "::" in line) == [
        "docs/planning/tracks.yaml::TASK-004::AC-001",
        "tests/test_first.py::test_it",
        "tests/test_second.py::test_it",
        "tests/test_third.py::test_it",
    ]
    assert not project.has_state()


def test_without_the_plugin_its_option_and_mark_are_unknown(pytester: pytest.Pytester) -> None:
    marked = 'import pytest\n@pytest.mark.criterion("TASK-001/AC-001")\n' + PASSING
    project = Project(pytester).tests(first=marked)
    project.run("-pno:tracks").stdout.fnmatch_lines(
        ["*PytestUnknownMarkWarning: Unknown pytest.mark.criterion*"]
    )
    strict = project.run("-pno:tracks", "--strict-markers")
    strict.stdout.fnmatch_lines(["*'criterion' not found in `markers` configuration option*"])
    assert project.run("-pno:tracks", *WORKERS).ret == pytest.ExitCode.USAGE_ERROR


@BOTH_WAYS
def test_strict_markers_know_the_mark(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    plan = PLAN.replace("{text: one, test: tests/test_first.py}", "one")
    marked = 'import pytest\n@pytest.mark.criterion("TASK-001/AC-001")\n' + PASSING
    project = Project(pytester, plan=plan).tests(first=marked)
    result = project.run(*way, "--strict-markers", "--strict-config")
    assert result.ret == pytest.ExitCode.OK
    assert_clean(result)
    assert set(project.verdicts().values()) == {"PASS"}


@BOTH_WAYS
@pytest.mark.parametrize(
    "options",
    [
        ("-s",),
        ("--capture=no", "-v"),
        ("--color=yes",),
        ("-pno:terminal",),
        ("-W", "error"),
        ("-q",),
        ("-vv", "-rA"),
        ("--tb=no", "--no-header", "--no-summary"),
        ("--show-capture=no", "-l", "--durations=3"),
        ("-pno:logging", "-pno:warnings", "-pno:capture"),
    ],
    ids=" ".join,
)
def test_pytests_own_options(
    pytester: pytest.Pytester, way: tuple[str, ...], options: tuple[str, ...]
) -> None:
    project = Project(pytester, plan=PROSE).tests(third=FAILING)
    result = project.run(*way, *options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED, result.stdout.str()
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert project.verdicts() == {"1": "PASS", "2": "PASS", "3": "FAIL", "4": "UNVERIFIED"}
    if "-pno:terminal" not in options:
        assert "exit 1: 1 failed, 1 UNVERIFIED" in result.stdout.str()


def test_our_own_code_raises_no_warnings(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    project = Project(pytester).tests()
    assert_clean(project.run(*WORKERS, "-W", "error"))
    result = project.run(*WORKERS, "-n0", "-W", "error", "--tracks-rerun")
    assert_clean(result)
    assert last_line(result) == "exit 0: all 3 tasks PASS"


@BOTH_WAYS
def test_a_warning_of_ours_as_an_error_ends_the_run_in_words(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    marked = 'import pytest\n@pytest.mark.criterion("TASK-001/AC-009")\n' + PASSING
    project = Project(pytester).tests(first=marked)
    lenient = project.run(*way)
    lenient.stdout.fnmatch_lines(["*criterion mark: the plan has no TASK-001/AC-009 (did you*"])
    assert lenient.ret == pytest.ExitCode.OK
    result = project.run(*way, "-W", "error", "--tracks-rerun")
    output = result.stdout.str() + result.stderr.str()
    assert "criterion mark: the plan has no TASK-001/AC-009" in output
    assert "INTERNALERROR" not in output
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR)


def test_the_console_script(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests()
    script = Path(sys.executable).with_name("pytest")
    if not script.exists():
        pytest.skip("pytest is installed without its script")
    result = pytester.run(script, *WORKERS, "-pno:randomly", "-pno:sugar", timeout=60)
    assert result.ret == pytest.ExitCode.OK
    assert set(project.verdicts().values()) == {"PASS"}


UNITTEST = """
import unittest
class TestShop(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.ready = True
    def test_good(self): self.assertTrue(self.ready)
    def test_bad(self): self.assertEqual({value}, 1)
"""
DOCTEST = '"""\n>>> 1 + 1\n{value}\n"""\n'
SUBTESTS = """
def test_it(subtests):
    for value in (1, {value}):
        with subtests.test(value=value):
            assert value == 1
"""


@BOTH_WAYS
@pytest.mark.parametrize("kind", ["unittest", "doctest", "subtests"])
def test_other_kinds_of_tests_can_be_bound(
    pytester: pytest.Pytester, way: tuple[str, ...], kind: str
) -> None:
    source, good = {"unittest": (UNITTEST, 1), "doctest": (DOCTEST, 2), "subtests": (SUBTESTS, 1)}[
        kind
    ]
    if kind == "subtests" and pytest.version_tuple < (9,):
        pytest.skip("subtests are part of pytest 9")
    project = Project(pytester, ini="addopts = --doctest-modules").tests()
    bound = {"unittest": "tests/test_first.py::TestShop", "doctest": "tests/test_first.py"}
    project.write(
        "docs/planning/tracks.yaml",
        PLAN.replace("tests/test_first.py", bound.get(kind, "tests/test_first.py::test_it")),
    )
    project.write("tests/test_first.py", source.format(value=5))
    result = project.run(*way)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    project.write("tests/test_first.py", source.format(value=good))
    result = project.run(*way)
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert set(project.verdicts().values()) == {"PASS"}
