"""A criterion has an item of its own exactly where nothing else represents it."""

from __future__ import annotations

from tests.plugin.conftest import Project

TEST = """
    import pytest

    @pytest.mark.criterion("A/AC-001")
    def test_bound(): pass

    def test_other(): pass
"""
HOOK = """
    import pytest

    seen = []

    def pytest_itemcollected(item):
        seen.append(item.nodeid)

    def pytest_collection_modifyitems(items):
        for item in items:
            if item.name == "test_other":
                item.add_marker(pytest.mark.criterion("A/AC-002"))

    def pytest_collection_finish():
        print("seen", sorted(node for node in seen if "AC-" in node))
"""


def test_only_what_no_test_serves_and_what_runs_something_has_its_own_item(
    project: Project,
) -> None:
    project.write("tests/test_it.py", TEST)
    project.write("conftest.py", HOOK)
    project.task(
        "A", "is bound", "is bound late", "is bound by nobody", {"text": "runs", "run": "true"}
    )
    project.task("B", "also by nobody")
    ran = project.run("--tracks=2", "--collect-only", "-s")
    own = [line.strip() for line in ran.out.splitlines() if "CriterionItem" in line]
    assert own == [
        "<CriterionItem AC-003>",
        "<CriterionItem AC-004>",
        "<CriterionItem AC-001>",
    ]
    (seen,) = [line for line in ran.out.splitlines() if line.startswith("seen")]
    assert "A::AC-001" not in seen
    assert "A::AC-003" in seen
    assert "B::AC-001" in seen


def test_a_criterion_whose_marks_a_hook_takes_away_is_unverified(
    project: Project, way: tuple[str, ...]
) -> None:
    project.write("tests/test_it.py", TEST)
    project.write(
        "conftest.py",
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        item.own_markers.clear()\n",
    )
    project.task("A", "is bound")
    project.run(*way)
    assert project.recorded("A")["validation_result"] == "UNVERIFIED"
