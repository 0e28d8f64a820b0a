"""Rows 54 to 72 of the fault table, and the ways to cheat: PASS needs positive evidence."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, logs

HERE = ("--tracks=1", "-n", "0")
PASSING = "def test_it(): pass\n"
BOUND = "import pytest\n@pytest.mark.criterion('A/works')\ndef test_it(): pass\n"


def test_fault_54_nothing_to_collect(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_it.py", PASSING)
    project.write("tests/test_skips.py", "import pytest\n@pytest.mark.skip\ndef test_it(): pass\n")
    project.write(
        "tests/test_module.py", "import pytest\npytest.skip('all', allow_module_level=True)\n"
    )
    project.task("GONE", {"text": "gone", "test": "tests/test_it.py::test_gone"})
    project.task("NOFILE", {"text": "no file", "test": "tests/test_none.py"})
    project.task("NOMARK", {"text": "no mark", "mark": "slow"})
    project.task("SKIPS", {"text": "skips", "test": "tests/test_skips.py"})
    project.task("MODULE", {"text": "module", "test": "tests/test_module.py"})
    project.task("BEHIND", logs("behind"), after=("GONE", "NOMARK", "SKIPS", "MODULE"))
    ran, junit = project.run_with_junit(*way)
    verdicts = project.verdicts()
    assert verdicts.pop("BEHIND") == "BLOCKED"
    assert set(verdicts.values()) == {"FAIL"}
    gap = "collected 0: no test matches tests/test_it.py::test_gone"
    assert project.recorded("GONE")["criteria"]["AC-001"]["gap"] == gap
    failures = "\n".join(junit.texts("failure"))
    for shown in (ran.out, failures):
        assert "docs/planning/tasks/GONE.yaml:5" in shown
        assert "docs/planning/tasks/SKIPS.yaml:5" in shown
        assert "docs/planning/tasks/MODULE.yaml:5" in shown
    assert junit.counts["failures"] == 5
    assert project.logged() == []


XFAILS = """
    import pytest

    @pytest.mark.xfail(reason="later")
    def test_xfails(): assert 0

    @pytest.mark.xfail
    def test_xpasses(): pass

    @pytest.mark.xfail(strict=True)
    def test_xpasses_strictly(): pass
"""


def test_fault_55_expected_failures(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_x.py", XFAILS)
    for name in ("xfails", "xpasses", "xpasses_strictly"):
        check = {"text": name, "test": f"tests/test_x.py::test_{name}"}
        project.task(name, check)
        project.task(f"{name}-allowed", {**check, "allow": ["xfail"]})
    ran = project.run(*way)
    assert project.verdicts() == {
        "xfails": "FAIL",
        "xfails-allowed": "PASS",
        "xpasses": "FAIL",
        "xpasses-allowed": "PASS",
        "xpasses_strictly": "FAIL",
        "xpasses_strictly-allowed": "FAIL",
    }
    assert ran.status == 1
    assert "expected to fail: later" in project.recorded("xfails")["criteria"]["AC-001"]["gap"]


FIXTURES = """
    import pytest

    @pytest.fixture
    def breaks_before():
        raise ValueError("in setup")

    @pytest.fixture
    def breaks_after():
        yield
        raise ValueError("in teardown")

    def test_setup(breaks_before): pass
    def test_teardown(breaks_after): pass
"""


def test_fault_56_errors_around_the_test(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_fixtures.py", FIXTURES)
    project.task("SETUP", {"text": "setup", "test": "tests/test_fixtures.py::test_setup"})
    project.task("TEARDOWN", {"text": "teardown", "test": "tests/test_fixtures.py::test_teardown"})
    project.task("BEHIND", logs("behind"), after=("TEARDOWN",))
    ran = project.run(*way)
    assert ran.status == 1
    assert project.verdicts() == {"SETUP": "FAIL", "TEARDOWN": "FAIL", "BEHIND": "BLOCKED"}
    gaps = {
        name: project.recorded(name)["criteria"]["AC-001"]["gap"] for name in ("SETUP", "TEARDOWN")
    }
    assert gaps == {
        "SETUP": "setup failed: ValueError: in setup",
        "TEARDOWN": "teardown failed: ValueError: in teardown",
    }


def test_fault_56_import_error_stops_one_process(project: Project) -> None:
    """Pytest's own rule; with workers xdist goes on, and so does the plan (see below)."""
    project.write("tests/test_import.py", "import no_such_module\ndef test_it(): pass\n")
    project.task("A", {"text": "imports", "test": "tests/test_import.py::test_it"})
    project.task("B", logs("B"))
    ran = project.run(*HERE)
    assert ran.status == 2
    assert "No module named 'no_such_module'" in ran.out
    assert project.logged() == []
    assert not project.state_file.exists()


@pytest.mark.parametrize(
    "way", [("--tracks=2",), (*HERE, "--continue-on-collection-errors")], ids=["workers", "here"]
)
def test_fault_56_import_error(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_import.py", "import no_such_module\ndef test_it(): pass\n")
    project.task("A", {"text": "imports", "test": "tests/test_import.py::test_it"})
    project.task("B", logs("B"))
    ran = project.run(*way)
    assert ran.status == 1
    assert project.verdicts() == {"A": "FAIL", "B": "PASS"}
    assert "No module named 'no_such_module'" in project.recorded("A")["criteria"]["AC-001"]["gap"]


def test_fault_66_source_edited(project: Project) -> None:
    project.write("src/shop.py", "PRICE = 1\n")
    project.task("A", logs("A"))
    project.task("B", logs("B"), after=("A",))
    assert project.run(*HERE).status == 0
    assert project.logged() == ["A", "B"]
    assert project.run(*HERE).sentence == "exit 0: all 2 tasks PASS (2 before, skipped)"
    assert project.logged() == []
    project.write("src/shop.py", "PRICE = 2\n")
    stale = {name: task["verdict"] for name, task in project.status()["tasks"].items()}
    assert stale == {"A": "STALE", "B": "STALE"}
    assert project.run(*HERE).status == 0
    assert project.logged() == ["A", "B"]


LOGS = "import os\ndef test_it(): open(os.environ['LOG'], 'a').write('{}\\n')\n"


def _five_owners(project: Project) -> None:
    """A ← B, and C, D, E apart; each owns a source file; E runs a command, the others tests."""
    project.write("tests/conftest.py", "")
    project.write("other/conftest.py", "")
    project.write("uv.lock", "1")
    for name in "ABCDE":
        project.write(f"src/{name}.py", "VALUE = 1\n")
    for name in "ABCD":
        test = f"{'other' if name == 'D' else 'tests'}/test_{name}.py"
        project.write(test, LOGS.format(name))
        after = ("A",) if name == "B" else ()
        project.task(name, {"text": name, "test": test}, files=[f"src/{name}.py"], after=after)
    project.task("E", logs("E"), files=["src/E.py"])


@pytest.mark.parametrize(
    ("path", "stale"),
    [
        ("src/A.py", "AB"),
        ("src/B.py", "B"),
        ("src/C.py", "C"),
        ("tests/test_A.py", "ABE"),
        ("tests/test_C.py", "CE"),  # a command may run any test
        ("other/test_D.py", "DE"),
        ("tests/conftest.py", "ABCDE"),
        ("uv.lock", "ABCDE"),
        ("README.md", ""),
    ],
)
def test_fault_67_exactly_the_tasks_concerned_are_stale(
    project: Project, path: str, stale: str
) -> None:
    _five_owners(project)
    assert project.run(*HERE).status == 0
    assert project.logged() == list("ABCDE")
    file = project.root / path
    before = file.read_text() if file.exists() else ""
    project.write(path, before + "# edited\n")
    verdicts = {name: task["verdict"] for name, task in project.status()["tasks"].items()}
    assert "".join(name for name, verdict in verdicts.items() if verdict == "STALE") == stale
    assert project.run(*HERE).status == 0
    assert "".join(project.logged()) == stale
    assert set(project.verdicts().values()) == {"PASS"}


def test_fault_67_criterion_edited(project: Project, way: tuple[str, ...]) -> None:
    _five_owners(project)
    assert project.run(*way).status == 0
    project.logged()
    project.task("A", logs("A", then="false"), files=["src/A.py"])
    ran = project.run(*way)
    assert project.logged() == ["A"]
    assert ran.sentence == "exit 1: 1 failed, 1 BLOCKED by A"
    assert project.verdicts() == {
        "A": "FAIL",
        "B": "BLOCKED",
        "C": "PASS",
        "D": "PASS",
        "E": "PASS",
    }


def test_fault_67_a_blocked_task_with_tests_makes_nobody_stale(project: Project) -> None:
    project.write(
        "tests/test_b.py", "import pytest\n@pytest.mark.criterion('B/b')\ndef test_b(): pass\n"
    )
    project.task("A", logs("A"), files=["a.txt"])
    project.task("FAILS", logs("FAILS", then="false"), files=["b.txt"])
    project.task("B", {"id": "b", "text": "tested"}, after=("FAILS",))
    project.run(*HERE)
    assert project.status()["tasks"]["A"]["verdict"] == "PASS"
    project.logged()
    project.run("--task=A")
    assert project.logged() == []


SERVES_TWO = """
    import os
    import pytest

    @pytest.mark.criterion("A/works", "B/works")
    def test_both():
        with open(os.environ["LOG"], "a") as file:
            file.write("test\\n")
"""


def test_fault_71_one_test_in_two_tasks(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_both.py", SERVES_TWO)
    project.task("A", {"id": "works", "text": "works"}, logs("A"), track=1)
    project.task("B", logs("B"), {"id": "works", "text": "works"}, after=("A",), track=2)
    assert project.run(*way).status == 0
    assert project.logged() == ["test", "A", "B", "test"]
    assert project.verdicts() == {"A": "PASS", "B": "PASS"}
    project.task("A", {"id": "works", "text": "works"}, logs("A", then="false"), track=1)
    assert project.run(*way).status == 1
    assert project.logged() == ["test", "A"]
    assert project.verdicts() == {"A": "FAIL", "B": "BLOCKED"}


SERVES_FIRST = """
    import pytest

    @pytest.mark.criterion("A/AC-001")
    def test_login(): pass
"""


def test_fault_72_a_mark_on_a_position_that_slid(project: Project, way: tuple[str, ...]) -> None:
    project.write("tests/test_login.py", SERVES_FIRST)
    project.task("A", "Login works")
    assert project.run(*way).status == 0
    project.task("A", "Logout works", "Login works")
    ran = project.run(*way)
    assert ran.status == 1
    assert project.verdicts() == {"A": "UNVERIFIED"}
    assert "text has changed" in project.recorded("A")["criteria"]["AC-001"]["gap"]
    stated = SERVES_FIRST.replace('"A/AC-001"', '"A/AC-002", text="Login works"')
    project.write(
        "tests/test_login.py",
        stated
        + "\n"
        + stated.replace("login", "logout").replace(
            '"A/AC-002", text="Login works"', '"A/AC-001", text="Logout works"'
        ),
    )
    assert project.run(*way).status == 0
    assert project.verdicts() == {"A": "PASS"}


MARK = "@pytest.mark.criterion('A/works')\n"
SHOWS_NOTHING = {
    "deleted": "",
    "unmarked": PASSING,
    "skipped": f"import pytest\n@pytest.mark.skip\n{MARK}{PASSING}",
    "xfailed": f"import pytest\n@pytest.mark.xfail\n{MARK}def test_it(): assert 0\n",
    "skips itself": f"import pytest\n{MARK}def test_it(): pytest.skip()\n",
    "a module that skips": f"import pytest\npytest.skip(allow_module_level=True)\n{MARK}{PASSING}",
}


@pytest.mark.parametrize("cheat", SHOWS_NOTHING.values(), ids=SHOWS_NOTHING)
def test_cheat_a_test_that_shows_nothing(project: Project, cheat: str) -> None:
    """After a PASS, and without one: what shows nothing is no PASS."""
    project.task("A", {"id": "works", "text": "works"})
    project.task("B", logs("B"), after=("A",))
    project.write("tests/test_it.py", cheat)
    assert project.run(*HERE).status == 1
    assert project.verdicts()["A"] in ("FAIL", "UNVERIFIED")
    project.write("tests/test_it.py", BOUND)
    assert project.run(*HERE).status == 0
    assert project.verdicts() == {"A": "PASS", "B": "PASS"}
    project.write("tests/test_it.py", cheat)
    project.logged()
    assert project.run(*HERE).status == 1
    assert project.verdicts()["A"] in ("FAIL", "UNVERIFIED", "INCOMPLETE")
    assert project.verdicts()["B"] == "BLOCKED"
    assert project.logged() == []


def _hide(project: Project, way: tuple[str, ...], conftest: str) -> None:
    """A is bound by a mark and passes; then a conftest hides the test, and B must not run."""
    project.task("A", {"id": "works", "text": "works"})
    project.task("B", logs("B"), after=("A",))
    project.write("tests/test_it.py", BOUND)
    assert project.run(*way).status == 0
    project.write("tests/conftest.py", conftest)
    project.logged()
    assert project.run(*way).status == 1
    assert project.verdicts()["B"] == "BLOCKED"
    assert project.logged() == []


def test_cheat_a_test_that_is_not_collected(project: Project, way: tuple[str, ...]) -> None:
    _hide(project, way, "collect_ignore = ['test_it.py']\n")
    assert project.verdicts()["A"] == "INCOMPLETE"
    gap = "its tests were not collected: tests/test_it.py::test_it"
    assert project.recorded("A")["criteria"]["works"]["gap"].startswith(gap)


def test_cheat_a_test_that_a_hook_removes(project: Project, way: tuple[str, ...]) -> None:
    """It counts as deselected: what was PASS is STALE, since the hook's file is new."""
    _hide(
        project,
        way,
        """
        def pytest_collection_modifyitems(items):
            items[:] = [item for item in items if "test_it" not in item.nodeid]
        """,
    )
    assert project.status()["tasks"]["A"]["verdict"] == "STALE"


@pytest.mark.parametrize("command", ["false | cat", "false; true", ["false"]], ids=str)
def test_cheat_a_failure_that_the_shell_would_swallow(project: Project, command: object) -> None:
    project.task("A", {"text": "fails", "run": command})
    assert project.run(*HERE).status == 1
    assert project.verdicts() == {"A": "FAIL"}


def test_cheat_completed_written_into_the_state(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", "Nothing checks this")
    project.task("B", logs("B", then="false"), after=())
    project.task("C", logs("C"), after=("A",))
    assert project.run(*way).status == 1
    text = project.state_file.read_text()
    for word in ("in_progress", "failed", "blocked"):
        text = text.replace(f"status: {word}", "status: completed")
    for word in ("UNVERIFIED", "FAIL", "BLOCKED"):
        text = text.replace(f"validation_result: {word}", "validation_result: PASS")
    project.state_file.write_text(text)
    project.logged()
    assert all(task["verdict"] != "PASS" for task in project.status()["tasks"].values())
    assert project.run(*way).status == 1
    assert project.verdicts() == {"A": "UNVERIFIED", "B": "FAIL", "C": "BLOCKED"}
    assert project.logged() == ["B"]


def test_cheat_a_state_written_by_hand_from_nothing(project: Project) -> None:
    project.task("A", logs("A", then="false"))
    project.task("B", logs("B"), after=("A",))
    project.write(
        "docs/planning/.project-state.yaml",
        """
        version: "1.0"
        type: project
        tasks:
          A: {status: completed, validation_result: PASS, iterations: 1}
          B: {status: completed, validation_result: PASS, iterations: 1}
        """,
    )
    ran = project.run("--task=B")
    assert ran.status == 1
    assert project.logged() == []
    assert project.run(*HERE).status == 1
    assert project.logged() == ["A"]
    assert project.verdicts() == {"A": "FAIL", "B": "BLOCKED"}
