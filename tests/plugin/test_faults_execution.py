"""Rows 18 to 53 of the fault table: what the plan, a command or a process does to a run."""

from __future__ import annotations

import signal

import pytest

from tests.plugin.conftest import Project, logs

OK = {"text": "ok", "run": "true"}


def test_fault_18_unverified_is_never_pass(project: Project, way: tuple[str, ...]) -> None:
    project.task("EMPTY")
    project.task("PROSE", "Login works", logs("other criterion"))
    project.task("BEHIND", logs("behind"), after=("EMPTY", "PROSE"))
    ran = project.run(*way)
    assert project.verdicts() == {
        "EMPTY": "UNVERIFIED",
        "PROSE": "UNVERIFIED",
        "BEHIND": "BLOCKED",
    }
    assert project.logged() == ["other criterion"]
    assert ran.status == 1
    assert "2 UNVERIFIED (bind a check: PROSE/AC-001)" in ran.sentence
    assert "1 BLOCKED by" in ran.sentence
    assert project.state()["statistics"]["completed_tasks"] == 0


def test_fault_24_plan_edited_during_the_run(project: Project, way: tuple[str, ...]) -> None:
    file = project.task("A", logs("old"), files=["a.txt"])
    edit = f'cp "$LATER" {file.relative_to(project.root).as_posix()}'
    project.task("A", logs("old", then=edit), files=["a.txt"])
    later = project.root.parent / "later.yaml"
    later.write_text(file.read_text().replace("echo old", "echo new").replace(edit, "true"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATER", str(later))
        project.run(*way)
    assert project.logged() == ["old"]
    assert project.status()["tasks"]["A"]["verdict"] == "STALE"
    assert project.run(*way).status == 0
    assert project.logged() == ["new"]
    assert project.status()["tasks"]["A"]["verdict"] == "PASS"


def test_fault_25_a_ticked_plan_is_a_claim(project: Project) -> None:
    project.task("DONE", "Works", status="completed", steps=["[x] build it", "[x] ship it"])
    project.task("FALSE", logs("false", then="false"), status="completed")
    project.task("BEHIND", logs("behind"), after=("DONE",))
    assert project.status()["tasks"]["DONE"]["verdict"] is None
    assert project.run("--tracks=1", "-n", "0").status == 1
    assert project.verdicts() == {"DONE": "UNVERIFIED", "FALSE": "FAIL", "BEHIND": "BLOCKED"}
    assert project.logged() == ["false"]


@pytest.mark.parametrize("name", ["docs/planning/.tracks", "docs/planning/.project-state.yaml"])
def test_fault_32_state_that_cannot_be_written(project: Project, name: str) -> None:
    """A file in the place of a folder, and the other way round, stop root as well."""
    project.task("A", logs("A"))
    if name.endswith(".tracks"):
        project.write(name, "no folder")
    else:
        (project.root / name).mkdir()
    ran = project.run("--tracks=2")
    assert ran.status == 4
    assert ran.errors.startswith("ERROR: ")
    assert "Traceback" not in ran.errors + ran.out
    assert project.logged() == []


NASTY = r"printf 'caf\xe9 \033[31mred\033[0m \033]0;title\007 nul\000 \x01 end\n'; exit 3"


def test_fault_44_output_that_is_not_text(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", {"text": "prints rubbish", "run": NASTY})
    ran, junit = project.run_with_junit(*way)
    (text,) = junit.texts("failure")
    for shown in (ran.out, text):
        assert "red  nul  end" in shown
        assert "\x1b" not in shown
        assert "\x00" not in shown
    assert project.verdicts() == {"A": "FAIL"}


NO_UTF8 = r"""
    import warnings

    def test_half_a_pair():
        assert "\ud83d" == "whole", "half: \ud83d"

    def test_other(record_property):
        record_property("half", "\ud83d")
        warnings.warn("half: \ud83d")
"""


def test_fault_44_texts_that_no_utf8_holds_end_no_worker(
    project: Project, way: tuple[str, ...]
) -> None:
    project.write("tests/test_text.py", NO_UTF8)
    project.task("A", {"text": "half a pair", "test": "tests/test_text.py"})
    project.task("B", logs("B"))
    ran, junit = project.run_with_junit(*way)
    assert ran.status == 1
    assert "INTERNALERROR" not in ran.out + ran.errors
    assert "half: " in junit.texts("failure")[0]
    assert project.verdicts() == {"A": "FAIL", "B": "PASS"}


def test_fault_44_a_message_of_megabytes_is_cut_before_it_is_kept(
    project: Project, way: tuple[str, ...]
) -> None:
    project.write("tests/test_long.py", "def test_long(): assert 0, 'begin' + 'y' * 2_000_000")
    project.task("A", {"text": "long", "test": "tests/test_long.py"})
    project.run(*way, "--tracks-json=results.json", "--tracks-report=out")
    gap = project.recorded("A")["criteria"]["AC-001"]["gap"]
    assert gap.startswith("AssertionError: beginyyy")
    assert len(gap) < 2_100
    kept = [project.state_file, project.root / "results.json", project.root / "out/tasks/A.json"]
    assert [path.name for path in kept if path.stat().st_size > 20_000] == []


SECRET = "hunter2-correct-horse"
TELLING_TEST = """
    import os

    def test_tells():
        assert os.environ["API_TOKEN"] == "other"
"""


def test_fault_45_secrets_are_masked(
    project: Project, way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    project.task("A", {"text": "tells", "run": 'echo "it is $API_TOKEN"; exit 1'})
    ran, _ = project.run_with_junit(*way)
    recorded = project.state_file.read_text() + project.journal_file.read_text()
    for told in (ran.out, project.junit.read_text(), recorded):
        assert SECRET not in told
    assert "it is ***" in ran.out
    assert project.verdicts() == {"A": "FAIL"}


def test_fault_45_secrets_in_a_tests_failure_do_not_reach_the_state(
    project: Project, way: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    project.write("tests/test_tells.py", TELLING_TEST)
    project.task("A", {"text": "tells", "test": "tests/test_tells.py"})
    project.run(*way)
    recorded = project.state_file.read_text() + project.journal_file.read_text()
    assert SECRET not in recorded
    assert "***" in project.recorded("A")["criteria"]["AC-001"]["gap"]


def test_fault_46_how_commands_end(project: Project, way: tuple[str, ...]) -> None:
    project.task("SIGNAL", {"text": "dies", "run": "kill -SEGV $$"})
    project.task("MISSING", {"text": "is not there", "run": ["no-such-program-here"]})
    project.task("STDIN", {"text": "reads", "run": 'test -z "$(cat)"', "timeout": 20})
    ran = project.run(*way)
    gaps = {
        name: project.recorded(name)["criteria"]["AC-001"].get("gap") for name in project.verdicts()
    }
    assert f"killed by SIGSEGV ({int(signal.SIGSEGV)})" in gaps["SIGNAL"]
    assert "not found" in gaps["MISSING"]
    assert "docs/planning/tasks/MISSING.yaml:5" in ran.out
    assert project.verdicts() == {"SIGNAL": "FAIL", "MISSING": "FAIL", "STDIN": "PASS"}
    assert ran.status == 1


def test_fault_46_missing_working_directory(project: Project) -> None:
    project.task("A", logs("A"))
    project.task("B", {"text": "elsewhere", "run": "true", "cwd": "no/such/folder"})
    ran = project.run("--tracks=2")
    assert ran.status == 4
    assert "docs/planning/tasks/B.yaml:7" in ran.errors
    assert project.logged() == []


CRASHES = """
    import ctypes, os
    import pytest

    def crash(how):
        os._exit(3) if how == "exit" else ctypes.string_at(0)

    @pytest.fixture
    def crashing(request):
        when, how = request.node.callspec.params["when"], request.node.callspec.params["how"]
        if when == "setup":
            crash(how)
        yield
        if when == "teardown":
            crash(how)

    @pytest.mark.parametrize("when", ["setup", "call", "teardown"])
    @pytest.mark.parametrize("how", ["exit", "segfault"])
    def test_crash(crashing, how, when):
        if when == "call":
            crash(how)

    def test_rest():
        pass
"""


def test_fault_47_a_worker_dies(project: Project) -> None:
    project.write("tests/test_crash.py", CRASHES)
    crashing = [
        f"{how}-{when}" for how in ("exit", "segfault") for when in ("setup", "call", "teardown")
    ]
    for name in crashing:
        test = f"tests/test_crash.py::test_crash[{name}]"
        rest = {"text": "rest", "test": "tests/test_crash.py::test_rest"}
        project.task(name, {"text": "crashes", "test": test}, rest)
        project.task(f"{name}-behind", logs("behind"), after=(name,))
    project.task("elsewhere", logs("elsewhere"))
    ran, junit = project.run_with_junit("--tracks=2")
    verdicts = project.verdicts()
    for name in crashing:
        assert verdicts[name] == "FAIL"
        assert verdicts[f"{name}-behind"] == "BLOCKED"
        criteria = project.recorded(name)["criteria"]
        assert f"test_crash[{name}]" in criteria["AC-001"]["gap"]
        assert criteria["AC-002"]["verdict"] == "NOT_RUN"  # after a crash the rest is not run
    assert verdicts["elsewhere"] == "PASS"
    assert project.logged() == ["elsewhere"]
    assert ran.status == 1
    assert junit.counts["failures"] + junit.counts["errors"] >= len(crashing)


def _leaving(project: Project) -> None:
    leave = "import os\ndef test_exit():\n    if os.environ.get('LEAVE'): os._exit(0)\n"
    project.write("tests/test_exit.py", leave)
    project.task("A", logs("A"))
    project.task("B", {"text": "leaves", "test": "tests/test_exit.py"}, after=("A",))


def test_fault_48_exit_without_a_word(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    _leaving(project)
    monkeypatch.setenv("LEAVE", "yes")
    assert project.run("--tracks=1", "-n", "0").status == 0  # nobody can prevent that
    status = project.status()["tasks"]
    assert {name: status[name]["verdict"] for name in "AB"} == {"A": "PASS", "B": "INTERRUPTED"}
    monkeypatch.delenv("LEAVE")
    assert project.run("--tracks=1", "-n", "0").status == 0
    assert project.recorded("B")["validation_result"] == "PASS"
    assert project.recorded("B")["iterations"] == 2
    assert project.logged() == ["A"]


def test_fault_48_the_next_run_closes_the_open_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leaving(project)
    monkeypatch.setenv("LEAVE", "yes")
    project.run("--tracks=1", "-n", "0")
    assert project.run("--task=A", "--tracks-rerun").status == 0
    assert project.verdicts() == {"A": "PASS", "B": "INTERRUPTED"}
    assert project.state()["current_execution"] is None


def test_fault_48_pytest_exit_with_status_0(project: Project, way: tuple[str, ...]) -> None:
    leave = "import pytest\ndef test_exit(): pytest.exit('bye', returncode=0)\n"
    project.write("tests/test_exit.py", leave)
    project.task("A", {"text": "leaves", "test": "tests/test_exit.py"}, logs("rest of A"))
    project.task("B", logs("B"), after=("A",))
    assert project.run(*way).status != 0
    status = project.status()["tasks"]
    assert status["A"]["verdict"] not in ("PASS", None)
    assert status["B"]["verdict"] != "PASS"
    assert project.logged() == []


TWO_TESTS = """
    import os
    import pytest

    def log(text):
        with open(os.environ["LOG"], "a") as file:
            file.write(text + "\\n")

    @pytest.mark.criterion("A/AC-001")
    def test_one():
        log("one")

    @pytest.mark.slow
    @pytest.mark.criterion("A/AC-002")
    def test_two():
        log("two")
"""
HALVES = {
    "-k": ("-k", "test_one or B"),
    "-m": ("-m", "not slow"),
    "--deselect": ("--deselect=tests/test_two.py::test_two",),
}


def _two_criteria(project: Project) -> None:
    project.write("tests/test_two.py", TWO_TESTS)
    project.task("A", {"id": "AC-001", "text": "one"}, {"id": "AC-002", "text": "two"})
    project.task("B", logs("B"), after=("A",))


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_fault_51_a_half_run_task_is_incomplete(
    project: Project, way: tuple[str, ...], half: tuple[str, ...]
) -> None:
    _two_criteria(project)
    ran = project.run(*way, *half)
    assert ran.status == 1
    assert project.verdicts() == {"A": "INCOMPLETE", "B": "BLOCKED"}
    assert project.logged() == ["one"]


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_fault_51_a_partial_run_never_costs_a_pass(project: Project, half: tuple[str, ...]) -> None:
    _two_criteria(project)
    whole = ("--tracks=1", "-n", "0")
    assert project.run(*whole).status == 0
    before = project.recorded("A")
    project.logged()
    assert project.run(*whole, *half, "--tracks-rerun").status == 0
    assert project.logged() == ["one", "B"]
    after = project.recorded("A")
    assert after["validation_result"] == "PASS"
    assert after["acceptance_criteria_met"] == 2
    assert after["completed_at"] == before["completed_at"]
    assert project.run(*whole).sentence == "exit 0: all 2 tasks PASS (2 before, skipped)"


def test_fault_51_no_selected_item_keeps_the_recorded_verdict(
    project: Project, way: tuple[str, ...]
) -> None:
    _two_criteria(project)
    ran = project.run(*way, "-k", "B")
    assert ran.status == 1
    assert "BLOCKED by A" in ran.sentence
    assert project.verdicts() == {"A": None, "B": "BLOCKED"}
    assert project.run(*way).status == 0
    project.logged()
    assert project.run(*way, "-k", "B", "--tracks-rerun").status == 0
    assert project.logged() == ["B"]
    assert project.verdicts() == {"A": "PASS", "B": "PASS"}


@pytest.mark.parametrize("option", ["-x", "--maxfail=1", "--sw"])
def test_fault_51_a_run_that_stops_early(project: Project, option: str) -> None:
    _two_criteria(project)
    project.write(
        "tests/test_two.py", TWO_TESTS.replace('        log("one")', '        log("one"); assert 0')
    )
    project.task("C", logs("C"))
    ran = project.run("--tracks=1", "-n", "0", option)
    assert ran.status in (1, 2)
    assert project.logged() == ["one"]
    assert project.verdicts()["A"] == "FAIL"
    assert project.recorded("A")["criteria"]["AC-002"]["verdict"] == "NOT_RUN"
    assert project.verdicts()["C"] is None


def test_fault_51_other_lanes_end_what_they_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure under ``-x`` stops what has not begun; a PASS recorded before is not lost."""
    monkeypatch.setenv("BREAKS", "")
    project.plan(tracks={1: {"name": "one"}, 2: {"name": "two"}})
    wait = 'until grep -q {} "$LOG"; do sleep 0.01; done; '
    breaks = {"text": "breaks", "run": wait.format("began") + 'echo F >> "$LOG"; test -z "$BREAKS"'}
    project.task("F", {**breaks, "timeout": 30}, track=1)
    ends = {"text": "ends", "run": wait.format("F"), "timeout": 30}
    project.task("RUNS", logs("began"), ends, track=2)
    project.task("LATER", logs("later"), after=("RUNS",), track=2)
    assert project.run("--tracks=2", "-x").status == 0
    assert project.logged() == ["began", "F", "later"]
    monkeypatch.setenv("BREAKS", "yes")
    ran = project.run("--tracks=2", "-x", "--tracks-rerun")
    assert ran.status == 2
    assert project.logged()[:2] == ["began", "F"]
    assert project.verdicts() == {"F": "FAIL", "RUNS": "PASS", "LATER": "PASS"}


def test_fault_51_last_failed_runs_the_failed_half(project: Project, way: tuple[str, ...]) -> None:
    _two_criteria(project)
    broken = TWO_TESTS.replace('log("two")', 'log("two"); assert 0')
    project.write("tests/test_two.py", broken)
    assert project.run(*way).status == 1
    assert sorted(project.logged()) == ["one", "two"]
    project.write("tests/test_two.py", TWO_TESTS)
    ran = project.run(*way, "--lf")
    assert ran.status == 1
    assert project.logged() == ["two"]
    assert project.verdicts()["A"] == "INCOMPLETE"
    assert project.run(*way).status == 0
    assert sorted(project.logged()) == ["B", "one", "two"]


def test_fault_52_a_dependency_failed(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", logs("A", then="false"))
    project.task("B", logs("B"), after=("A",))
    project.task("C", logs("C"), after=("B",))
    project.task("D", logs("D"))
    ran, junit = project.run_with_junit(*way)
    assert sorted(project.logged()) == ["A", "D"]
    assert project.verdicts() == {"A": "FAIL", "B": "BLOCKED", "C": "BLOCKED", "D": "PASS"}
    assert project.recorded("C")["blocked_by"] == ["B"]
    assert ran.counts == {"failed": 1, "passed": 1, "blocked": 2}
    assert ran.status == 1
    assert ran.sentence == "exit 1: 1 failed, 2 BLOCKED by A"
    assert junit.counts == {"tests": 4, "failures": 1, "errors": 0, "skipped": 2}
    assert ["BLOCKED by A" in text for text in junit.texts("skipped")] == [True, False]
    assert "BLOCKED by B (behind A)" in junit.texts("skipped")[1]


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--markers"])
def test_fault_53_looking_runs_and_writes_nothing(project: Project, option: str) -> None:
    project.task("A", logs("A"))
    ran = project.run("--tracks=2", option)
    assert ran.status == 0
    assert project.logged() == []
    assert not project.state_file.exists()
    assert not project.journal_file.parent.exists()
    if option == "--collect-only":
        assert "<CriterionItem AC-001>" in ran.out


def test_fault_53_a_bare_run_is_not_touched(project: Project) -> None:
    project.task("A", logs("A"))
    project.write("tests/test_plain.py", "def test_plain(): pass\n")
    ran = project.run()
    assert ran.counts == {"passed": 1}
    assert project.logged() == []
    assert not project.journal_file.parent.exists()
