"""A third party's format, through the hook and real runs."""

from __future__ import annotations

import pytest

CONFTEST = """
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import PlanTree, Recognition
from pytest_tracks.formats.node_building import keys


class Todo:
    name = "to-do list"
    patterns = ("*.todo",)

    def recognises(self, documents):
        return Recognition(tuple(documents))

    def read(self, documents, problems):
        document = documents[0]
        lines = [line for line in document.text.splitlines() if line]
        return PlanTree(tuple(
            keys(document.at(number), {
                "id": line, "acceptance_criteria": [{"text": line, "run": f"test -f {line}"}],
            })
            for number, line in enumerate(lines, 1)
        ))


def pytest_tracks_load_plan(config):
    return [Todo()] * COPIES
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.replace("COPIES", "1"))
    pytester.makefile(".todo", plan="one\ntwo\n")
    pytester.makefile("", one="here")
    return pytester


def test_a_third_party_format_runs_on_workers(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--tracks-plan=plan.todo", "--tracks=2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*commands: 2 of plan.todo (to-do list) have never run here*"])
    for line in ("one one  PASS *", "two two  FAIL *"):
        result.stdout.fnmatch_lines([line])
    assert (project.path / "plan.todo.tracks" / ".project-state.yaml").is_file()


def test_a_folder_of_it_is_found_too(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--tracks-plan=.", "--task=one")
    assert result.ret == 0


def test_two_formats_of_one_name_are_refused(project: pytest.Pytester) -> None:
    project.makeconftest(CONFTEST.replace("COPIES", "2"))
    result = project.runpytest_subprocess("--tracks-plan=plan.todo", "--tracks=1")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: two formats of plans are called 'to-do list'"])
