"""Checks that cannot fail, and checks that nobody has seen fail."""

import pytest

IDLE = """
    import pytest

    @pytest.mark.criterion("A/AC-001")
    def test_idle():
        print("looks like a test")
"""


def test_warnings_name_the_place_and_do_not_flood(project):
    project.task(
        "A", *[{"text": f"Number {n}", "run": "pytest --version || true"} for n in range(9)]
    )
    ran = project.run("--tracks=1", "-n", "0")
    assert ran.status == 0
    warnings = [line for line in ran.lines if line.startswith("warning:")]
    assert len(warnings) == 6
    assert warnings[0].startswith("warning: docs/planning/tasks/A.yaml:5:3: cannot-fail A/AC-001:")
    assert warnings[-1] == "warning: 4 more criteria like these (-v shows all)"
    told = project.run("--tracks=1", "-n", "0", "-v")
    assert len([line for line in told.lines if line.startswith("warning:")]) == 9


@pytest.mark.parametrize("how", ["option", "ini"])
def test_strict_runs_nothing_with_such_a_criterion(project, how):
    project.task("A", {"text": "Nothing", "run": 'echo "ran" >> "$LOG"'})
    if how == "ini":
        project.ini("tracks_strict = true")
    ran = project.run("--tracks=1", *(["--tracks-strict"] if how == "option" else []))
    assert ran.status == 4
    assert "docs/planning/tasks/A.yaml:5:3: cannot-fail A/AC-001:" in ran.errors
    assert project.logged() == []
    assert not project.state_file.exists()


def test_a_test_that_asserts_nothing(project, way):
    project.task("A", "It works")
    project.write("tests/test_a.py", IDLE)
    ran = project.run(*way)
    assert ran.status == 0
    text = " ".join(ran.out.split())
    assert "tests/test_a.py:4:1: no-assert test_idle asserts nothing" in text
    strict = project.run(*way, "--tracks-strict")  # what had passed without is not believed
    assert (strict.status, project.verdicts()) == (1, {"A": "FAIL"})
    assert "no-assert" in project.recorded("A")["criteria"]["AC-001"]["gap"]
    project.write("tests/test_a.py", IDLE + "        assert True\n")
    assert project.run(*way, "--tracks-strict").status == 0


def test_require_red(project, way):
    project.plan(project="P", settings={"require_red": True})
    project.write(
        "tests/test_a.py", IDLE.replace("print(", "assert open('value').read() == '1', (")
    )
    project.write("value", "1")
    project.task("A", "It works", {"text": "Exempt", "run": "test -f value", "require_red": False})
    ran = project.run(*way)
    assert ran.sentence == "exit 1: 0 failed, 1 UNVERIFIED (see it fail once: A/AC-001)"
    assert "see red once: AC-001 never failed" in ran.out
    project.write("value", "2")
    assert project.run(*way).status == 1
    assert project.verdicts() == {"A": "FAIL"}
    project.write("value", "1")
    assert project.run(*way).status == 0
    assert project.verdicts() == {"A": "PASS"}
    project.task("A", "It works well", {"text": "Exempt", "run": "true", "require_red": False})
    assert project.run(*way).status == 1  # another definition: its failure was never seen


def test_a_pass_of_before_does_not_hold_once_red_is_asked_for(project):
    project.task("A", {"text": "Works", "run": "test ! -e broken"})
    assert project.run("--tracks=1", "-n", "0").status == 0
    project.plan(project="P", settings={"require_red": True})
    assert project.run("--tracks=1", "-n", "0").status == 1
    assert project.verdicts() == {"A": "UNVERIFIED"}


def test_a_test_that_was_not_there_was_not_seen_to_fail(project):
    project.plan(project="P", settings={"require_red": True})
    project.task("A", {"text": "Works", "test": "tests/test_a.py::test_a"})
    assert project.run("--tracks=1", "-n", "0").status == 1
    assert project.verdicts() == {"A": "FAIL"}  # collected 0
    project.write("tests/test_a.py", "def test_a():\n    assert True\n")
    assert project.run("--tracks=1", "-n", "0").status == 1
    assert project.verdicts() == {"A": "UNVERIFIED"}
