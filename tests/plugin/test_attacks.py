"""Ways to a PASS that was not earned, found by attacking the plugin; each one is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Project, logs

HERE = ("--tracks=1", "-n", "0")
BROKEN = """
import pytest

@pytest.mark.criterion("A/G")
def test_broken():
    assert 0
"""


@pytest.fixture
def two(project: Project) -> Project:
    """A and, behind it, B; both are PASS, by one test each."""
    for name, after in (("A", ()), ("B", ("A",))):
        criterion = {"id": "G", "text": f"{name} works"}
        project.task(name, criterion, after=after, files=[f"{name.lower()}.py"])
        project.write(
            f"tests/test_{name.lower()}.py",
            f'import pytest\n\n@pytest.mark.criterion("{name}/G")\ndef test_it():\n    pass\n',
        )
    assert project.run(*HERE).status == 0
    return project


@pytest.mark.parametrize(
    "arguments",
    [("--task=B",), ("--tracks=1", "-k", "test_b", "--tracks-rerun")],
    ids=["in process", "with a worker"],
)
def test_a_new_test_of_a_task_that_takes_no_part(two: Project, arguments: tuple[str, ...]) -> None:
    two.write("tests/test_a2.py", BROKEN)
    assert two.run(*arguments).status == 1
    assert two.verdicts()["B"] == "BLOCKED"


@pytest.mark.parametrize("how", ["--ignore=tests/test_a2.py", "collect_ignore", "deleted"])
def test_a_failing_test_hidden_while_another_serves(two: Project, how: str) -> None:
    file = two.write("tests/test_a2.py", BROKEN)
    assert two.run(*HERE).status == 1
    arguments = [how] if how.startswith("--") else []
    if how == "collect_ignore":
        two.write("tests/conftest.py", "collect_ignore = ['test_a2.py']\n")
    if how == "deleted":
        file.unlink()
    for _ in range(2):  # it is not forgotten either
        assert two.run(*HERE, *arguments).status == 1
        assert two.verdicts() == {"A": "INCOMPLETE", "B": "BLOCKED"}


def test_that_a_test_is_gone_can_be_accepted(two: Project) -> None:
    two.write(
        "tests/test_a.py",
        (two.root / "tests/test_a.py").read_text().replace("test_it", "test_this"),
    )
    assert two.run(*HERE).status == 1
    assert two.run(*HERE, "--tracks-rerun").status == 0
    assert two.run(*HERE).status == 0


def test_a_module_that_skips_itself_beside_one_that_passes(two: Project) -> None:
    skip = "import pytest\n\npytest.importorskip('no_such_module_x')\n"
    two.write("tests/test_a2.py", skip + BROKEN)
    assert two.run(*HERE, "--tracks-rerun").status == 1
    assert two.verdicts()["A"] == "INCOMPLETE"


def test_marks_that_a_conftest_adds_late(project: Project, way: tuple[str, ...]) -> None:
    project.task("A", {"text": "Suite is green", "mark": "slow"})
    project.write(
        "tests/test_a.py",
        "import pytest\n\n@pytest.mark.slow\ndef test_a(): pass\n\ndef test_late(): assert 0\n",
    )
    project.write(
        "tests/conftest.py",
        """
        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "test_late":
                    item.add_marker("slow")
        """,
    )
    assert project.run(*way).status == 1
    assert project.verdicts() == {"A": "FAIL"}


def test_what_assumes_does_not_open_a_gate_that_blocks(project: Project) -> None:
    project.task("A", "Nothing checks this")
    project.task("B", logs("B"), after=("A",))
    project.task("C", logs("C"), after=("B",))
    project.run("-o", "tracks_unverified=open", "--task=A", "--task=B", "-n", "0")
    assert project.recorded("B")["assumes"] == ["A"]
    assert project.run("--task=C").status == 1
    assert project.verdicts()["C"] == "BLOCKED"


@pytest.mark.parametrize("owns", [{"files": ["a.py"]}, {}], ids=["owned", "whole tree"])
def test_contents_replaced_while_they_were_checked(
    project: Project, owns: dict[str, list[str]]
) -> None:
    """The run reads NO, the check sees OK: the PASS is good for neither."""
    source = project.write("a.py", "NO")
    command = "echo OK > a.py; grep -q OK a.py"
    project.task("A", {"text": "is OK", "run": command}, **owns)
    project.run(*HERE)
    source.write_text("NO")
    assert project.status()["tasks"]["A"]["verdict"] == "STALE"


def change_target(root: Path) -> None:
    (root / "target.py").write_text("NO")


def change_ignored(root: Path) -> None:
    (root / "GUIDE.md").write_text("NO")


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ({"run": "grep -q OK link.py"}, change_target),
        ({"file": {"path": "link.py", "contains": "OK"}}, change_target),
        ({"run": "grep -q OK ./GUIDE.md"}, change_ignored),
    ],
    ids=["link in a command", "link that is named", "path with a dot"],
)
def test_what_a_check_names_counts(project: Project, check: dict[str, object], change) -> None:  # type: ignore[no-untyped-def]
    project.write("target.py", "OK")
    project.write("GUIDE.md", "OK")
    (project.root / "link.py").symlink_to("target.py")
    project.task("A", {"text": "is OK", **check}, files=["link.py"])
    project.task("B", logs("B"), files=["target.py"])
    assert project.run(*HERE).status == 0
    change(project.root)
    assert project.run(*HERE).status == 1
    assert project.verdicts()["A"] == "FAIL"


def test_a_position_that_comes_back_with_another_text(project: Project) -> None:
    project.write(
        "tests/test_a.py",
        "import pytest\n\n"
        '@pytest.mark.criterion("A/AC-001")\ndef test_alpha(): pass\n\n'
        '@pytest.mark.criterion("A/AC-002")\ndef test_beta(): pass\n',
    )
    for criteria in (["Alpha", "Beta"], ["Alpha"]):
        project.task("A", *criteria)
        assert project.run(*HERE).status == 0
    project.task("A", "Alpha", "Gamma")
    assert project.run(*HERE).status == 1
    assert project.verdicts() == {"A": "UNVERIFIED"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tracks=1", "no_such.py"),
        ("--tracks=1", "docs/planning/tasks/A.yaml::X"),
        ("docs/planning/tasks/A.yaml::A::AC-9",),
    ],
    ids=["path", "task", "criterion"],
)
def test_arguments_that_name_nothing_are_refused(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.task("A", logs("A"))
    assert project.run(*arguments).status == 4
    assert project.logged() == []
