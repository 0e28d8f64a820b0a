from __future__ import annotations

from pathlib import Path

from pytest_tracks.core.model import Plan

from .foreign_plans import load_foreign, refuse_foreign, warned

TASK = """
    ---
    id: {id}
    title: 'A: b'
    status: Done
    assignee: @ann
    labels: [x, y]
    dependencies: [{before}]
    modified_files:
      - src/a.py
    ---

    ## Description

    <!-- SECTION:DESCRIPTION:BEGIN -->
    What it is.
    <!-- SECTION:DESCRIPTION:END -->

    ## Acceptance Criteria
    <!-- AC:BEGIN -->
    - [x] #1 It works
    - [ ] #2 It is `fast`
    <!-- AC:END -->
    - [ ] not this

    ## Definition of Done
    <!-- DOD:BEGIN -->
    - [ ] #1 Tests pass
    <!-- DOD:END -->
    """


def entry(name: str, before: str = "", **changed: str) -> str:
    text = TASK.lstrip("\n").format(id=name, before=before)
    for old, new in changed.items():
        text = text.replace(old, new)
    import textwrap

    return textwrap.dedent(text)


def load(root: Path, **files: str) -> Plan:
    return load_foreign(
        root, "backlog", {f"backlog/tasks/{name}.md": text for name, text in files.items()}
    )


def test_what_a_file_says(tmp_path: Path) -> None:
    plan = load(tmp_path, a=entry("task-1"), b=entry("task-2", "TASK-1"))
    one = plan.tasks["task-1"]
    assert (one.title, one.owner, one.claim) == ("A: b", "@ann", "Done")
    assert (one.tags, one.files) == (("x", "y"), ("src/a.py",))
    assert one.description == "What it is."
    assert [(c.text, c.location.line) for c in one.criteria] == [
        ("It works", 20),
        ("It is `fast`", 21),
    ]
    assert plan.tasks["task-2"].predecessors == ("task-1",)


def test_the_definition_of_done_is_the_final_review_once(tmp_path: Path) -> None:
    plan = load(tmp_path, a=entry("task-1"), b=entry("task-2"))
    review = plan.tasks["REVIEW-FINAL"]
    assert [one.text for one in review.criteria] == ["Tests pass"]
    assert review.title == "Definition of done"


def test_numbers_alone_mean_the_prefix_of_the_folder(tmp_path: Path) -> None:
    plan = load(tmp_path, a=entry("BACK-1"), b=entry("BACK-1.2", "1, 3"))
    assert plan.tasks["BACK-1.2"].predecessors == ("BACK-1", "BACK-3")
    assert [code for code, _ in warned(plan)] == ["outside-predecessor"]


def test_people_begin_with_at_signs(tmp_path: Path) -> None:
    several = entry("task-1").replace("assignee: @ann", "assignee: [@ann, bob]")
    listed = entry("task-2").replace("assignee: @ann", "assignee:\n  - @cid")
    plan = load(tmp_path, a=several, b=listed)
    assert [one.owner for one in plan.tasks.values() if one.owner] == ["@ann, bob", "@cid"]


def test_without_markers_the_heading_counts(tmp_path: Path) -> None:
    import re

    plan = load(tmp_path, a=re.sub(r"<!-- AC:\w+ -->\n", "", entry("task-1")))
    assert [one.text for one in plan.tasks["task-1"].criteria] == [
        "It works",
        "It is `fast`",
        "not this",
    ]


def test_a_marker_without_its_end_is_told(tmp_path: Path) -> None:
    plan = load(tmp_path, a=entry("task-1").replace("<!-- AC:END -->\n", ""))
    assert warned(plan) == [("unclosed-marker", 19)]
    assert len(plan.tasks["task-1"].criteria) == 3


def test_archives_and_drafts_are_not_read(tmp_path: Path) -> None:
    files = {
        "backlog/tasks/a.md": entry("task-1", "task-2"),
        "backlog/archive/tasks/b.md": entry("task-2"),
        "backlog/completed/c.md": entry("task-3"),
    }
    plan = load_foreign(tmp_path, "backlog", files)
    assert set(plan.tasks) == {"task-1", "task-2", "task-3", "REVIEW-FINAL"}
    assert plan.tasks["task-2"].tags == ("outside",)


def test_a_fault_in_the_front_matter_is_placed(tmp_path: Path) -> None:
    text = entry("task-1").replace("labels: [x, y]", "labels: [x, y")
    problems = refuse_foreign(tmp_path, "a.md", {"a.md": text})
    assert problems[0].code == "yaml-syntax"
    assert problems[0].line in (6, 7)
