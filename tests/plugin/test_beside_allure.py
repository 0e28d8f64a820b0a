"""Beside allure-pytest: its results say for which track and task a test ran."""

from __future__ import annotations

import json

import pytest

from tests.plugin.beside import BOTH_WAYS, FAILING, Project, last_line

pytest.importorskip("allure_pytest")

BESIDE = ("allure_pytest",)
OWN_LABEL = "import allure\n\n\n@allure.epic('Mine')\ndef test_it():\n    pass\n"


def labels(project: Project) -> dict[str, dict[str, str]]:
    """Read the labels of each result, by the name of its module or criterion."""
    found = {}
    for path in (project.root / "results").glob("*-result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        known = {one["name"]: one.get("value", "") for one in result["labels"]}
        found[result["fullName"].partition("#")[0].rpartition(".")[2]] = known
    return found


@BOTH_WAYS
def test_results_name_track_and_task(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    project = Project(pytester).tests(first=FAILING, third=OWN_LABEL)
    result = project.run(*way, "--alluredir=results", beside=BESIDE)
    assert "INTERNALERROR" not in result.stdout.str()
    assert last_line(result).startswith("exit 1: 1 failed, 1 BLOCKED by TASK-001")
    known = labels(project)
    assert known["test_first"]["feature"] == "TASK-001 first"
    assert known["test_first"]["epic"].startswith("Track ")
    assert known["test_third"]["feature"] == "TASK-003 third"
    assert known["test_third"]["epic"] == "Mine", "what the test says itself stays"


def test_without_results_no_test_is_marked(pytester: pytest.Pytester) -> None:
    project = Project(pytester).tests()
    project.write(
        "tests/test_third.py",
        "def test_it(request):\n    assert not list(request.node.iter_markers('allure_label'))\n",
    )
    assert project.run("--tracks=2", "-n0", beside=BESIDE).ret == 0
