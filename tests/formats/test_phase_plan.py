from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan, Step
from pytest_tracks.errors import Problem

from .foreign_plans import load_foreign, refuse_foreign

PLACE = "plan.md"


def load(root: Path, text: str, side: str = "") -> Plan:
    files = {PLACE: textwrap.dedent(text)}
    return load_foreign(root, PLACE, {**files, "tracks.yaml": side} if side else files)


def refuse(root: Path, text: str) -> tuple[Problem, ...]:
    return refuse_foreign(root, PLACE, {PLACE: textwrap.dedent(text)})


def warnings(plan: Plan) -> list[tuple[int, str]]:
    gaps = ("no-hours", "unchecked")
    return [(one.line, one.code) for one in plan.warnings if one.code not in gaps]


def two_phases(second: str) -> str:
    return f"### Phase 1: A\ndependencies: []\n\nTasks:\n- [ ] a\n\n### Phase 2: B\n{second}\n"


@pytest.mark.parametrize(
    "line",
    [
        "dependencies: [1]",
        "**Dependencies**: [1]",
        "**Dependencies:** Phase 1",
        "- **Dependencies**: [Phase 1]",
        "depends_on: [phase_1]",
        "**Depends on**: Phase 1 (needs its models)",
        "Text first.\n\n- [ ] step\n\ndependencies: [1]  # wherever it stands",
        "#### Notes\n\ndependencies: [1]",
    ],
)
def test_dependencies_wherever_and_however_they_stand(tmp_path: Path, line: str) -> None:
    plan = load(tmp_path, two_phases(f"{line}\n\nTasks:\n- [ ] b"))
    assert plan.tasks["PHASE-2"].predecessors == ("PHASE-1",)
    assert warnings(plan) == []


@pytest.mark.parametrize("line", ["dependencies: []", "**Dependencies**: None", "dependencies: -"])
def test_no_dependencies(tmp_path: Path, line: str) -> None:
    assert load(tmp_path, two_phases(f"{line}\n\nWork.")).tasks["PHASE-2"].predecessors == ()


def test_a_phase_that_says_nothing_waits_for_the_one_before(tmp_path: Path) -> None:
    plan = load(tmp_path, two_phases("\n- [ ] b"))
    assert plan.tasks["PHASE-2"].predecessors == ("PHASE-1",)
    assert warnings(plan) == [(7, "no-dependencies")]


def test_ranges_and_lists(tmp_path: Path) -> None:
    phases = [f"### Phase {n}: P\ndependencies: []\n\nWork.\n" for n in (1, 2, 3, "3.1", "04")]
    last = "### Phase 5: Q\ndependencies: [1-3, 3.1 and 04]\n\nWork.\n"
    plan = load(tmp_path, "\n".join([*phases, last]))
    expected = ("PHASE-1", "PHASE-2", "PHASE-3", "PHASE-3.1", "PHASE-4")
    assert plan.tasks["PHASE-5"].predecessors == expected


@pytest.mark.parametrize(
    ("second", "line", "code"),
    [
        ('dependencies: [1, "three"]', 8, "bad-dependencies"),
        ("dependencies: [9]", 8, "unknown-predecessor"),
        ("dependencies: [2]", 8, "cycle"),
        ("dependencies: [1]\n\nand later\n\ndependencies: []", 12, "two-dependencies"),
        ("dependencies: [1]\n\n```bash\nls\n", 10, "unclosed-fence"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(
    tmp_path: Path, second: str, line: int, code: str
) -> None:
    (problem,) = refuse(tmp_path, two_phases(second))
    assert (problem.path, problem.line, problem.code) == (PLACE, line, code)


def test_one_number_twice_is_refused(tmp_path: Path) -> None:
    (problem,) = refuse(tmp_path, two_phases("dependencies: []") + "### Phase 2: C\n\n- [ ] c\n")
    assert (problem.line, problem.code) == (9, "duplicate-id")


def test_prose_for_dependencies_is_warned_about(tmp_path: Path) -> None:
    plan = load(tmp_path, two_phases("**Dependencies**: the design is approved\n\nWork."))
    assert plan.tasks["PHASE-2"].predecessors == ("PHASE-1",)
    assert warnings(plan) == [(7, "no-dependencies"), (8, "bad-dependencies")]


@pytest.mark.parametrize(
    ("heading", "title", "claim"),
    [
        ("### Phase 1: Set up [COMPLETE]", "Set up", "completed"),
        ("## Phase 1 - Set up [IN PROGRESS]", "Set up", "in_progress"),
        ("#### Phase 1. Set up [✅ DONE]", "Set up", "completed"),
        ("### ✅ Phase 1: Set `up` [NOT STARTED]", "Set `up`", "pending"),
        ("### **Phase 1: Set up**", "Set up", ""),
        ("### Phase 1 (Set up)", "(Set up)", ""),
        ("### Phase 1", "Phase 1", ""),
    ],
)
@pytest.mark.fault(25)
def test_fault_25_headings_and_their_status_as_a_claim(
    tmp_path: Path, heading: str, title: str, claim: str
) -> None:
    task = load(tmp_path, f"{heading}\ndependencies: []\n\n- [x] a\n").tasks["PHASE-1"]
    assert (task.title, task.claim, task.steps) == (title, claim, (Step("a", True),))
    assert [one.check.kind for one in task.criteria] == ["prose"]


@pytest.mark.fault(20)
def test_fault_20_phases_and_boxes_in_fences_are_neither(tmp_path: Path) -> None:
    text = two_phases("dependencies: [1]\n\n```markdown\n### Phase 3: no\n- [ ] no\n```\n\n- [ ] b")
    plan = load(tmp_path, text)
    assert [*plan.tasks] == ["PHASE-1", "PHASE-2"]
    assert plan.tasks["PHASE-2"].steps == (Step("b"),)


TESTED = """
    # A plan

    ### Phase 1: A
    dependencies: []

    **Objective**: Make it
    work.

    **Tasks**:
    - [ ] one
      - detail
      - [x] two

    **Testing**:
    ```bash
    # It builds
    make
    npm list / pip list
    ```

    - a person has looked at it

    ```
    make more
    ```

    **Success Criteria**:
    - [ ] it works

    **Code Pattern**:
    ```bash
    never run
    ```

    ## Success Criteria
    - [ ] all of it
    """


def test_criteria_are_commands_then_words(tmp_path: Path) -> None:
    plan = load(tmp_path, TESTED)
    task = plan.tasks["PHASE-1"]
    assert task.description == "Make it work."
    assert task.steps == (Step("one"), Step("two", True))
    assert [(one.text, one.check.kind, one.location.line) for one in task.criteria] == [
        ("It builds: `make`", "run", 18),
        (
            "It builds: `npm list / pip list` (offers `npm list` or `pip list`)",
            "prose",
            19,
        ),
        ("a person has looked at it", "prose", 22),
        ("it works", "prose", 29),
    ]
    assert warnings(plan) == [(19, "alternatives"), (24, "unread-fence")]
    review = plan.tasks["REVIEW-FINAL"]
    assert [one.text for one in review.criteria] == ["all of it"]
    assert plan.project == "A plan"


def test_a_side_file_chooses_and_steps_can_gate(tmp_path: Path) -> None:
    side = """
settings: {steps: gate}
criteria:
  PHASE-1/AC-002: {run: pip list}
  PHASE-1/AC-006: {file: two.txt}
  REVIEW-FINAL/AC-001: {run: make check}
"""
    plan = load(tmp_path, TESTED, side)
    kinds = [one.check.kind for one in plan.tasks["PHASE-1"].criteria]
    assert kinds == ["run", "run", "prose", "prose", "prose", "file"]
    assert plan.tasks["PHASE-1"].steps == ()
    assert plan.tasks["REVIEW-FINAL"].criteria[0].check.kind == "run"


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("**Expected Duration**: 3 hours", 3),
        ("**Duration**: 1-2 days", 12),
        ("**Estimated Time**: 30 min", 0.5),
        ("**Estimated Hours**: 4", 4),
        ("**Duration**: soon", None),
    ],
)
def test_durations(tmp_path: Path, line: str, hours: float | None) -> None:
    text = f"### Phase 1: A\ndependencies: []\n\n{line}\n\n- [ ] a\n"
    assert load(tmp_path, text).tasks["PHASE-1"].hours == hours


def test_what_is_open_is_said_once(tmp_path: Path) -> None:
    plan = load(tmp_path, two_phases("dependencies: [1]"))
    gaps = {one.code: one for one in plan.warnings}
    assert sorted(gaps) == ["no-hours", "unchecked"]
    assert gaps["unchecked"].message.startswith("2 of 2 criteria have no check")
    assert "plan.md.tracks/tracks.yaml: criteria: {PHASE-1/AC-001: {run: " in gaps["unchecked"].hint
    side = "criteria: {PHASE-1/AC-001: {run: a}, PHASE-2/AC-001: {run: b}}\nhours: {PHASE-1: 1}"
    (only,) = load(tmp_path, two_phases("dependencies: [1]"), side).warnings
    assert (only.code, only.line) == ("no-hours", 7)
    assert "tracks.yaml: hours: {PHASE-2: 4}" in only.hint


def test_claims_that_do_not_hold_are_warned_about(tmp_path: Path) -> None:
    text = two_phases("dependencies: [1]\n\nWork.") + textwrap.dedent(
        """
        ## Metadata
        - **Total Phases**: 3
        - **Expected Speedup**: 40% faster

        Phase 1 (2h), Phase 2 (2h)

        - Sequential execution: all = 4h total
        - Wave 1: Phases 1 and 2
        """
    )
    plan = load(tmp_path, text)
    assert warnings(plan) == [(13, "contradiction"), (14, "contradiction"), (19, "contradiction")]
    found = {one.text: (one.found, one.agrees) for one in plan.statements}
    assert found["Sequential execution: all = 4h total"] == ("4 h one after the other", True)
    assert found["Expected Speedup: 40% faster"] == ("4 h → 4 h, 0 % saved", False)


def test_two_phase_plans_in_a_folder_are_no_one_plan(tmp_path: Path) -> None:
    text = two_phases("dependencies: [1]")
    problems = refuse_foreign(tmp_path, "docs", {"docs/a.md": text, "docs/b.md": text})
    assert [(one.path, one.code) for one in problems] == [("docs/b.md", "two-plans")]


def test_a_folder_with_other_documents_is_fine(tmp_path: Path) -> None:
    files = {"docs/a.md": two_phases("dependencies: [1]"), "docs/README.md": "# Read me\n"}
    plan = load_foreign(tmp_path, "docs", files)
    assert (plan.files, plan.ignored) == (("docs/a.md",), ("docs/README.md",))
