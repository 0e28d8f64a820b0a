"""A run in which nothing has changed: it starts nothing, says the same, and is never fooled."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import Project, Ran, logs

TEST = """
    import pytest

    @pytest.mark.criterion("B/AC-001")
    def test_b():
        pass
"""


@pytest.fixture
def again(pytester: pytest.Pytester, project: Project) -> Callable[..., Ran]:
    """Run with the same words each time: pytester adds others to pytest's."""

    def run(*arguments: str) -> Ran:
        words = arguments or ("--tracks=2",)
        return Ran(pytester.run(sys.executable, "-m", "pytest", *words, timeout=60))

    return run


@pytest.fixture
def held(project: Project, again: Callable[..., Ran]) -> Project:
    """A project that has passed, once: the next run is told if nothing changes."""
    project.write("src/a.py", "A = 1\n")
    project.write("tests/test_b.py", TEST)
    project.task("A", logs("A"), files=["src/a.py"])
    project.task("B", "It works", after=("A",), files=["src/b.py"])
    assert again().status == 0
    assert project.logged() == ["A"]
    assert recital_of(project).exists()
    return project


def recital_of(project: Project) -> Path:
    return project.root / "docs/planning/.tracks/recital.json"


def is_spared(ran: Ran) -> bool:
    return "created:" not in ran.out and "collected" not in ran.out


def shown(ran: Ran) -> list[str]:
    return [re.sub(r" in \d+\.\d+s =+", "", line) for line in ran.lines]


def test_the_first_run_after_all_has_passed_is_told_what_a_recalled_one_finds(
    project: Project, again: Callable[..., Ran]
) -> None:
    project.write("tests/test_b.py", TEST.replace("pass", "print('looks like a test')"))
    project.task("A", logs("A"))
    project.task("B", "It works", after=("A",))
    again()
    before = project.state_file.read_bytes(), project.journal_file.read_bytes()
    rehearsed = recital_of(project).read_bytes()
    told = again()
    recital_of(project).unlink()
    recalled, repeated = again(), again()
    assert recital_of(project).read_bytes() == rehearsed
    assert shown(recalled) == shown(told) == shown(repeated)
    assert is_spared(told)
    assert is_spared(recalled)
    assert told.status == repeated.status == 0
    assert told.sentence == "exit 0: all 2 tasks PASS (2 before, skipped)"
    assert told.counts == {"done": 2}
    assert any("A Title of A  done     held, 1/1 criterion (skipping)" in x for x in told.lines)
    assert "no-assert test_b asserts nothing" in " ".join(told.out.split())
    assert (project.state_file.read_bytes(), project.journal_file.read_bytes()) == before
    assert project.logged() == ["A"]


def test_what_is_recited_needs_no_engine(
    project: Project, again: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory
) -> None:
    note = tmp_path_factory.mktemp("beside") / "imported.txt"
    project.write(
        "conftest.py",
        "import pathlib, sys\n\n\ndef pytest_unconfigure():\n"
        f"    found = 'pytest_tracks.plugin.activation' in sys.modules\n"
        f"    pathlib.Path({str(note)!r}).write_text(str(found))\n",
    )
    project.task("A", logs("A"))
    again()
    assert note.read_text() == "True"
    again()
    assert note.read_text() == "False"


@pytest.mark.parametrize("way", [("--tracks=2", "-n0"), ("--task=A",), ("--track=1",)])
def test_in_one_process_too(
    project: Project, again: Callable[..., Ran], way: tuple[str, ...]
) -> None:
    project.task("A", logs("A"), track=1)
    again(*way)
    rehearsed = recital_of(project).read_bytes()
    told = again(*way)
    recital_of(project).unlink()
    recalled = again(*way)
    assert recital_of(project).read_bytes() == rehearsed
    assert shown(told) == shown(recalled)
    assert told.sentence == "exit 0: 1 task PASS (1 before, skipped)"
    assert project.logged() == ["A"]


def test_another_environment_is_noticed(
    held: Project, again: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "another")
    assert not is_spared(again())


def test_nothing_is_kept_for_contents_that_were_replaced_in_mid_run(
    project: Project, again: Callable[..., Ran]
) -> None:
    project.write("src/a.py", "A = 1\n")
    rewrites = f"echo A = 2 > src/a.py; echo A >> {project.log}"
    project.task("A", {"text": "It works", "run": rewrites}, files=["src/a.py"])
    assert again().status == 0
    assert not recital_of(project).exists()
    again()
    assert project.logged() == ["A", "A"]


def test_nothing_is_kept_where_a_task_is_not_pass(
    project: Project, again: Callable[..., Ran]
) -> None:
    project.task("A", logs("A"))
    project.task("B", {"text": "It fails", "run": "exit 1"}, after=("A",))
    assert again().status == 1
    assert not recital_of(project).exists()


def test_bound_tests_are_known_from_the_record(held: Project, again: Callable[..., Ran]) -> None:
    ran = again()
    assert is_spared(ran)
    assert ran.counts == {"done": 2}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/a.py", "A = 2\n"),
        ("conftest.py", "import os\n"),
        ("tests/test_b.py", TEST.replace("pass", "assert 0")),
        ("tests/test_new.py", "def test_new(): pass\n"),
        ("docs/planning/tasks/A.yaml", "id: A\ntitle: Other\nacceptance_criteria: [text]\n"),
        ("pytest.ini", "[pytest]\naddopts = -p no:sugar -p no:html -p no:metadata\n"),
    ],
)
def test_what_has_changed_is_noticed(
    held: Project, again: Callable[..., Ran], path: str, text: str
) -> None:
    held.write(path, text)
    assert not is_spared(again())


def test_a_new_test_with_a_mark_is_bound(held: Project, again: Callable[..., Ran]) -> None:
    held.write(
        "tests/test_more.py", TEST.replace("test_b", "test_more").replace("pass", "assert 0")
    )
    ran = again()
    assert ran.status == 1
    assert "test_more" in ran.out


def test_a_new_test_that_git_ignores_is_bound(
    held: Project, again: Callable[..., Ran], pytester: pytest.Pytester
) -> None:
    held.write(".gitignore", "generated\n")
    assert pytester.run("git", "init", "-q").ret == 0
    for _ in range(3):
        assert again().status == 0
    assert is_spared(again())
    held.write("generated/test_more.py", TEST.replace("test_b", "test_more").replace("pass", "0/0"))
    assert again().status == 1


@pytest.mark.parametrize("line", ["testpaths = build tests", "norecursedirs = .git"])
def test_a_new_test_is_bound_that_git_ignores_in_a_folder_that_is_named(
    pytester: pytest.Pytester, held: Project, again: Callable[..., Ran], line: str
) -> None:
    pytester.run("git", "init", "-q")
    held.write(".gitignore", "build/\n")
    held.write("pytest.ini", f"[pytest]\n{line}\n")
    held.write("build/test_old.py", "def test_old():\n    pass\n")
    assert again().status == 0
    assert is_spared(again())
    held.write("build/test_new.py", TEST.replace("pass", "assert 0"))
    assert again().status == 1


def test_tests_outside_of_the_project_are_always_collected(
    held: Project, again: Callable[..., Ran]
) -> None:
    outside = held.root.parent / f"{held.root.name}-outside"
    outside.mkdir()
    held.write("pytest.ini", f"[pytest]\ntestpaths = tests ../{outside.name}\n")
    (outside / "test_old.py").write_text("def test_old():\n    pass\n")
    assert again().status == 0
    (outside / "test_new.py").write_text(textwrap.dedent(TEST).replace("pass", "assert 0"))
    assert again().status == 1


def test_a_file_that_keeps_its_size_and_times_is_read(
    held: Project, again: Callable[..., Ran]
) -> None:
    path = held.root / "src/a.py"
    before = path.stat()
    path.write_text("A = 9\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    again()
    assert held.logged() == ["A"]


def test_a_fail_of_another_run_is_seen(held: Project, again: Callable[..., Ran]) -> None:
    held.write("tests/test_b.py", TEST.replace("pass", "assert 0"))
    assert again("--task=B").status == 1
    held.write("tests/test_b.py", TEST)
    assert held.recorded("B")["validation_result"] != "PASS"
    ran = again()
    assert not is_spared(ran)
    assert (ran.status, held.recorded("B")["attempts"]) == (0, 2)


def test_a_state_that_is_gone_is_no_pass(held: Project, again: Callable[..., Ran]) -> None:
    held.state_file.unlink()
    held.journal_file.unlink()
    assert again().status == 0
    assert held.logged() == ["A"], "it ran again"


@pytest.mark.parametrize("content", [b"", b'{"digest": 1}', b"\xff\x00"])
def test_a_damaged_memory_costs_time_only(
    held: Project, again: Callable[..., Ran], content: bytes
) -> None:
    for name in ("bindings.json", "recital.json", "files.json", "plan.json"):
        (held.root / "docs/planning/.tracks" / name).write_bytes(content)
    ran = again()
    assert (ran.status, ran.sentence) == (0, "exit 0: all 2 tasks PASS (2 before, skipped)")
    assert held.logged() == []


@pytest.mark.parametrize(
    "option", ["--tracks-rerun", "--tracks-verify", "--collect-only", "-k=A", "--junitxml=x.xml"]
)
def test_options_that_ask_for_more_get_it(
    held: Project, again: Callable[..., Ran], option: str
) -> None:
    ran = again("--tracks=2", option)
    assert not is_spared(ran)
    if option == "--junitxml=x.xml":
        assert (held.root / "x.xml").exists()


def test_what_other_lanes_have_waited_for_goes_on_where_all_holds(
    project: Project, way: tuple[str, ...]
) -> None:
    """Lanes settle by turns what holds; none of them has an item to come back with."""
    names = [f"T{number}" for number in range(8)]
    for number, name in enumerate(names):
        before = (names[number - 1],) if number else ()
        project.task(name, logs(name), after=before, track=number % 2 + 1)
    assert project.run(*way).status == 0
    ran = project.run(*way)
    assert ran.sentence == "exit 0: all 8 tasks PASS (8 before, skipped)"


def test_a_test_that_asserts_nothing_is_warned_of_again(
    held: Project, again: Callable[..., Ran]
) -> None:
    idle = TEST.replace("pass", "print('looks like a test')")
    held.write("tests/test_b.py", idle)
    for _ in range(4):
        ran = again()
        assert "no-assert test_b asserts nothing" in " ".join(ran.out.split())
    assert is_spared(ran)
