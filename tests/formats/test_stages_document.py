from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan
from pytest_tracks.errors import Problem

from .foreign_plans import load_foreign, refuse_foreign

PLACE = "plan.md"
TEMPLATE = """
# Plan ‚Üí here

## Stage 4.1: Models

**Duration:** 1-2 weeks
**Priority:** P1 Important

**Files Created/Modified:**
- `src/models.py` (new)
- `src/store.py` (modify)
- `docs/models.md` (new)

**Dependencies:**
- **Required:** Stage 3.9 (needs its schema)
- **Optional:** None

**Parallel Group:** A
**Can run in parallel with:** 4.2

**Deliverables:**
- [ ] Models (3 files, ~600 lines)
- [ ] Unit tests (‚â•90% coverage, ~30 tests)

**Value Delivered:**
Developers can store things.

## Stage 4.2: Pages (3 days)

**Goal:** Show things
**Dependencies:** {}
"""


def load(root: Path, text: str, side: str = "") -> Plan:
    files = {PLACE: textwrap.dedent(text)}
    return load_foreign(root, PLACE, {**files, "tracks.yaml": side} if side else files)


def refuse(root: Path, text: str) -> tuple[Problem, ...]:
    return refuse_foreign(root, PLACE, {PLACE: textwrap.dedent(text)})


def codes(plan: Plan) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in plan.warnings]


def test_the_planning_template_of_the_guide(tmp_path: Path) -> None:
    plan = load(tmp_path, TEMPLATE.format("None"))
    models, pages = plan.tasks["STAGE-4.1"], plan.tasks["STAGE-4.2"]
    assert plan.project == "Plan → here"
    assert (models.title, models.hours, models.priority) == ("Models", 60, "P1 Important")
    assert models.files == ("src/models.py", "src/store.py", "docs/models.md")
    assert models.value == "Developers can store things."
    assert models.predecessors == ()
    assert [one.text for one in models.criteria] == [
        "Models (3 files, ~600 lines)",
        "Unit tests (≥90% coverage, ~30 tests)",
    ]
    assert (pages.hours, pages.description) == (24, "Show things")
    assert [one.text for one in pages.criteria] == ["Show things"]
    found = {one.code: one for one in plan.warnings}
    assert found["external-dependency"].line == 15
    assert found["stage-size"].message == "STAGE-4.2 has 0.6 weeks, where 1 to 2 are advised"
    proposed = found["coverage-proposed"]
    assert proposed.line == 23
    assert "STAGE-4.1: {coverage: {source: [src, docs], min: 90}}" in proposed.hint
    assert [one.agrees for one in plan.statements] == [True, True]


@pytest.mark.fault(15)
def test_fault_15_mojibake_is_one_warning(tmp_path: Path) -> None:
    plan = load(tmp_path, TEMPLATE.format("None"))
    assert [line for line, code in codes(plan) if code == "mojibake"] == [2]


@pytest.mark.parametrize(
    "stated",
    ["Stage 4.1 (uses it)", "Stage 4.1", "4.1", "Stages 4.1-4.1", "Stage 3.9 and Stage 4.1"],
)
def test_required_dependencies_are_edges(tmp_path: Path, stated: str) -> None:
    plan = load(tmp_path, TEMPLATE.format(stated))
    assert plan.tasks["STAGE-4.2"].predecessors == ("STAGE-4.1",)
    # The document claims that the two run side by side.
    assert next((one.text, one.agrees) for one in plan.statements) == ("4.1: 4.2", False)


def test_optional_dependencies_and_priority_only_order(tmp_path: Path) -> None:
    text = "## Stage 1.1: A\n**Dependencies:**\n- **Optional:** Stage 1.3\n\n"
    text += "## Stage 1.2: B\n**Dependencies:** None\n**Priority:** P2\n\n"
    text += "## Stage 1.3: C\n**Dependencies:** None\n\n"
    text += "## Stage 1.4: D\n**Dependencies:** None\n**Priority:** P0 Critical\n"
    plan = load(tmp_path, text)
    assert [*plan.tasks] == ["STAGE-1.4", "STAGE-1.2", "STAGE-1.3", "STAGE-1.1"]
    assert all(task.predecessors == () for task in plan.tasks.values())


def test_a_stage_that_is_cut_is_its_parts(tmp_path: Path) -> None:
    text = "## Stage 2: All (3 weeks)\n\n"
    text += "## Stage 2.1: A (1 week)\n**Dependencies:** None\n\n"
    text += "## Stage 2.2: B (2 weeks)\n**Dependencies:** None\n\n"
    text += "## Stage 3.1: C (1 week)\n**Dependencies:** Stage 2\n"
    plan = load(tmp_path, text)
    assert [*plan.tasks] == ["STAGE-2.1", "STAGE-2.2", "STAGE-3.1"]
    assert plan.tasks["STAGE-3.1"].predecessors == ("STAGE-2.1", "STAGE-2.2")


def test_a_week_is_a_setting(tmp_path: Path) -> None:
    text = "## Stage 2: All (3 weeks)\n\n## Stage 2.1: A (1 week)\n**Dependencies:** None\n\n"
    text += "## Stage 2.2: B (10 days)\n**Dependencies:** None\n"
    side = "settings: {hours_per_week: 35, hours_per_day: 7}\n"
    plan = load(tmp_path, text, side)
    assert [task.hours for task in plan.tasks.values()] == [35, 70]
    assert [(one.text, one.agrees) for one in plan.statements] == [("Stage 2: 3 weeks", True)]
    (problem,) = refuse_foreign(tmp_path, PLACE, {"tracks.yaml": "settings: {hours_per_week: no}"})
    assert (problem.path, problem.code) == ("tracks.yaml", "wrong-type")


def test_stages_without_dependencies_wait_in_order(tmp_path: Path) -> None:
    text = "".join(f"## Stage 1.{n}: S\n**Goal:** g\n\n" for n in (1, 2, 3))
    plan = load(tmp_path, text)
    assert plan.tasks["STAGE-1.3"].predecessors == ("STAGE-1.2",)
    assert codes(plan)[0] == (4, "no-dependencies")


def test_stages_in_a_fence_are_read_where_there_are_no_others(tmp_path: Path) -> None:
    fence = "```markdown\n## Stage 5.1: Shown\n**Dependencies:** None\n```\n"
    plan = load(tmp_path, f"# Guide\n\n{fence}")
    assert (plan.tasks["STAGE-5.1"].location.line, codes(plan)[0]) == (4, (3, "stages-in-fence"))
    both = load(tmp_path, f"## Stage 6.1: Own\n**Dependencies:** None\n\n{fence}")
    assert [*both.tasks] == ["STAGE-6.1"]


def test_one_number_twice_is_refused(tmp_path: Path) -> None:
    text = "## Stage 1.1: A\n**Dependencies:** None\n\n" * 2
    (problem,) = refuse(tmp_path, text)
    assert (problem.line, problem.code) == (4, "duplicate-id")


def test_totals_are_compared(tmp_path: Path) -> None:
    text = TEMPLATE.format("Stage 4.1") + textwrap.dedent(
        """
        - Week 1: Run 4.1
        - Week 2: Run 4.2 (after 4.1)
        - Total: 2.1 weeks vs 3 weeks sequential (60% faster!)

        | Stage | Tests |
        |-------|-------|
        | 4.1 | 18+ |
        | 4.2 | 20+ |
        | **Total** | ~40 |
        """
    )
    plan = load(tmp_path, text)
    said = [(one.text[:8], one.found, one.agrees) for one in plan.statements[2:]]
    assert said == [
        ("Week 1: ", "wave 1 is STAGE-4.1", True),
        ("Week 2: ", "wave 2 is STAGE-4.2", True),
        ("Total: 2", "84 h side by side", True),
        ("Total: 2", "84 h one after the other", False),
        ("Total: 2", "84 h → 84 h, 0 % saved", False),
    ]
    assert (41, "contradiction") in codes(plan)
