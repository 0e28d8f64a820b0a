from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan, Step
from pytest_tracks.errors import Problem

from .foreign_plans import load_foreign, refuse_foreign

PLACE = "plan.md"
TWO = """
### Track A: Base

**Owner**: Ada

#### Tasks
1. **A.1** Schema
   - tables
   - [x] keys
2. **A.2** Loader

#### Deliverables
- a schema
- a loader

### Track B: Pages

#### Tasks
1. **B.1** Views

#### Dependencies
- {}
"""


def load(root: Path, text: str) -> Plan:
    return load_foreign(root, PLACE, {PLACE: textwrap.dedent(text)})


def refuse(root: Path, text: str) -> tuple[Problem, ...]:
    return refuse_foreign(root, PLACE, {PLACE: textwrap.dedent(text)})


def warnings(plan: Plan) -> list[tuple[int, str]]:
    gaps = ("no-hours", "unchecked")
    return [(one.line, one.code) for one in plan.warnings if one.code not in gaps]


def test_tracks_tasks_steps_and_deliverables(tmp_path: Path) -> None:
    plan = load(tmp_path, TWO.format("Track A.2 (the loader)"))
    assert [(one.number, one.name, one.owner) for one in plan.tracks] == [
        (1, "A: Base", "Ada"),
        (2, "B: Pages", None),
    ]
    first, second, view = plan.tasks.values()
    assert (first.id, first.title, first.pin, first.owner) == ("A.1", "Schema", 1, "Ada")
    assert first.steps == (Step("tables"), Step("keys", True))
    assert [one.text for one in first.criteria] == ["Schema"]
    assert [(one.text, one.location.line) for one in second.criteria] == [
        ("a schema", 13),
        ("a loader", 14),
    ]
    assert view.predecessors == ("A.2",)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Track A (all of it)", ("A.1", "A.2")),
        ("Track A.1", ("A.1",)),
        ("A.1 and A.2", ("A.1", "A.2")),
        ("Tracks A", ("A.1", "A.2")),
        ("None (can start immediately)", ()),
    ],
)
def test_dependencies_on_tracks_and_tasks(
    tmp_path: Path, stated: str, expected: tuple[str, ...]
) -> None:
    plan = load(tmp_path, TWO.format(stated))
    assert plan.tasks["B.1"].predecessors == expected
    assert warnings(plan) == []


def test_a_dependency_that_names_no_track_is_warned_about(tmp_path: Path) -> None:
    plan = load(tmp_path, TWO.format("approval by the board"))
    assert warnings(plan) == [(22, "unread-dependency")]


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("Track C", "unknown-track"),
        ("Track A.7", "unknown-predecessor"),
        ("Track B", "cycle"),
    ],
)
def test_wrong_dependencies_are_refused(tmp_path: Path, stated: str, code: str) -> None:
    (problem,) = refuse(tmp_path, TWO.format(stated))
    assert (problem.line, problem.code) == (22, code)


def test_labels_and_headings_in_place_of_lists(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        """
        ## Track 1: API
        **Tasks:**
        - [x] 1.1: Routes
        - [ ] Docs
        ## Track 2: UI
        **Dependencies**: Track 1.1
        #### 2.1 Page
        - draw it
        """,
    )
    assert [*plan.tasks] == ["1.1", "1.2", "2.1"]
    assert plan.tasks["1.1"].claim == "completed"
    assert plan.tasks["2.1"].predecessors == ("1.1",)
    assert plan.tasks["2.1"].steps == (Step("draw it"),)


def test_sync_points_gate_what_needs_a_whole_track(tmp_path: Path) -> None:
    text = TWO.format("Track A") + "\n### Sync Points\n1. **After Track A**: It works\n2. Soon\n"
    plan = load(tmp_path, text)
    gate = plan.tasks["SYNC-01"]
    assert (gate.predecessors, gate.criteria[0].text) == (("A.1", "A.2"), "It works")
    assert plan.tasks["B.1"].predecessors == ("A.1", "A.2", "SYNC-01")
    assert warnings(plan) == [(26, "unread-sync-point")]
    partly = load(tmp_path, text.replace("- Track A\n", "- Track A.1\n"))
    assert partly.tasks["B.1"].predecessors == ("A.1",)


AREAS = """
### Conflict Areas
| Area | Tracks | Resolution |
|------|--------|------------|
| Schema file | A, B | Defined in Track {} |
| The database | A, B | Take turns |
"""


def test_conflict_areas_are_contracts_or_resources(tmp_path: Path) -> None:
    plan = load(tmp_path, TWO.format("Track A") + AREAS.format("A"))
    (contract,) = plan.contracts
    assert (contract.path, contract.owner) == ("Schema file", "A.1")
    assert plan.tasks["B.1"].uses == ("Schema file",)
    assert plan.tasks["A.2"].uses == ()
    for task in plan.tasks.values():
        assert dict(task.resources) == {"The-database": 1}
    assert warnings(plan) == []


def test_a_contract_against_the_order_is_warned_about_and_no_edge(tmp_path: Path) -> None:
    plan = load(tmp_path, TWO.format("Track A") + AREAS.format("B"))
    assert plan.tasks["A.1"].predecessors == ()
    messages = [one.message for one in plan.warnings if one.code == "contract-order"]
    assert messages[0] == "B.1, which owns Schema file, waits for A.1, which uses it"


def test_the_text_wins_over_drawing_and_table(tmp_path: Path) -> None:
    text = TWO.format("Track A.1") + textwrap.dedent(
        """
        ```
        Track B (Pages)
            |
            v
        Track A
        ```

        | Track | Blockers |
        |-------|----------|
        | B | A |
        """
    )
    plan = load(tmp_path, text)
    assert plan.tasks["A.1"].predecessors == ()
    found = {(one.line, one.code): one.message for one in plan.warnings}
    drawn = found[25, "drawing-contradicts"]
    assert "leads from Track B to Track A" in drawn
    missing = found[22, "drawing-contradicts"]
    assert "Track B depends on Track A, but the drawing at line 24" in missing
    table = found[33, "blockers-contradict"]
    assert "wait for A, but its dependencies at line 22 are A.1" in table


def test_weeks_are_waves(tmp_path: Path) -> None:
    text = TWO.format("Track A") + textwrap.dedent(
        """
        ### Week 1
        | Track | Tasks |
        |-------|-------|
        | A | A.1, A.2 |
        | B | B.1 |
        """
    )
    plan = load(tmp_path, text)
    (statement,) = plan.statements
    assert (statement.text, statement.agrees) == ("Week 1: A, B", False)
    assert statement.found == "wave 1 is A.1, A.2"


def test_a_document_without_tasks_is_refused(tmp_path: Path) -> None:
    problems = refuse(tmp_path, "### Track A: Base\n\nSome words.\n")
    assert any("its tracks have no list of tasks" in one.message for one in problems)
