"""Tasks, sprints and PRD of planning agents: spellings that the corpus does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan, TaskKind

from .foreign_plans import load_foreign, refuse_foreign, warned

API_FIRST = """
    # several documents in a file
    ---
    id: TASK-001
    title: API specification
    dependencies: []  # runs first
    agent: backend:api-designer
    acceptance_criteria:
      - OpenAPI spec exists
      - "Errors: all of them are described"
      - Versions: v1 and v2
    deliverables:
      - docs/api/openapi.yaml (the contract)
      - docs/api/DECISIONS.md (why)
    validation:
      commands:
        - openapi-spec-validator docs/api/openapi.yaml
        - {command: pytest tests/spec, description: Spec tests pass}
      manual:
        - Verify that /docs shows it
    ---
    id: TASK-002
    name: Backend
    dependencies: [TASK-001]
    validation:
      - pytest tests/integration
    ---
    id: TASK-003
    title: Frontend
    dependencies: TASK-001, TASK-002 (the API)
    validation: Click through it
    """


def load(root: Path, files: dict[str, str], place: str = "plan") -> Plan:
    return load_foreign(root, place, files)


def checks(plan: Plan, task: str) -> list[tuple[str, object]]:
    return [
        (one.text, one.check.params.get("command", one.check.kind))
        for one in plan.tasks[task].criteria
    ]


@pytest.fixture
def api_first(tmp_path: Path) -> Plan:
    return load(tmp_path, {"plan/api-first.yaml": API_FIRST})


def test_several_documents_with_validation(api_first: Plan) -> None:
    assert api_first.format == "plan of tasks and sprints"
    assert checks(api_first, "TASK-001") == [
        ("OpenAPI spec exists", "prose"),
        ("Errors: all of them are described", "prose"),
        ("Versions: v1 and v2", "prose"),
        (
            "openapi-spec-validator docs/api/openapi.yaml",
            "openapi-spec-validator docs/api/openapi.yaml",
        ),
        ("Spec tests pass", "pytest tests/spec"),
        ("Verify that /docs shows it", "manual"),
    ]
    assert checks(api_first, "TASK-002") == [("pytest tests/integration",) * 2]
    assert checks(api_first, "TASK-003") == [("Click through it", "prose")]


def test_predecessors_and_files_in_their_spellings(api_first: Plan) -> None:
    assert api_first.tasks["TASK-001"].predecessors == ()
    assert api_first.tasks["TASK-003"].predecessors == ("TASK-001", "TASK-002")
    assert api_first.tasks["TASK-001"].files == ("docs/api/openapi.yaml", "docs/api/DECISIONS.md")
    assert api_first.tasks["TASK-001"].metadata == {"source": {"agent": "backend:api-designer"}}


def test_criteria_stand_at_their_lines(api_first: Plan) -> None:
    lines = [one.location.line for one in api_first.tasks["TASK-001"].criteria]
    assert lines == [9, 10, 11, 17, 18, 20]


def test_both_key_styles_and_prefixes(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        {
            "plan/tasks/FEATURE-001-TASK-001.json": """
                {"id": "FEATURE-001-TASK-001", "title": "a", "dependsOn": ["none"],
                 "estimatedHours": "8 hours", "acceptanceCriteria": ["b"], "assignedTo": "Ann"}
                """,
            "plan/tasks/ISSUE-7-TASK-002.yaml": """
                id: ISSUE-7-TASK-002
                title: c
                dependencies: [feature-001-task-001]
                estimated_hours: 1.5
                acceptance_criteria: [{id: AC-9, description: d}]
                """,
        },
    )
    first, second = plan.tasks["FEATURE-001-TASK-001"], plan.tasks["ISSUE-7-TASK-002"]
    assert (first.predecessors, first.hours, first.owner) == ((), 8, "Ann")
    assert (second.predecessors, second.hours) == (("FEATURE-001-TASK-001",), 1.5)
    assert [(one.id, one.text) for one in second.criteria] == [("AC-9", "d")]
    assert warned(plan) == []


@pytest.mark.parametrize(
    ("written", "hours"), [("2d", 16), ("90 min", 1.5), ("4", 4), ("soon", None), ("0", None)]
)
def test_hours_as_people_write_them(tmp_path: Path, written: str, hours: float | None) -> None:
    text = f'{{"id": "TASK-1", "acceptance_criteria": ["a"], "estimated_hours": "{written}"}}'
    plan = load(tmp_path, {"plan/TASK-1.json": text})
    assert plan.tasks["TASK-1"].hours == hours
    assert [code for code, _ in warned(plan)] == ([] if hours else ["unread-hours"])


def test_sprints_gates_and_order(tmp_path: Path) -> None:
    tasks = "\n---\n".join(
        f"id: TASK-{n}\ntitle: t\nacceptance_criteria: [a]" for n in ("001", "002", "003")
    )
    plan = load(
        tmp_path,
        {
            "plan/tasks/all.yaml": tasks,
            "docs/sprints/SPRINT-001-01.yaml": (
                "id: SPRINT-001-01\nname: First\ngoal: g\ntasks: [TASK-001]\n"
                "dependencies: [none]\nquality_gates: [All tests pass]\n"
            ),
            "docs/sprints/SPRINT-002-02.json": (
                '{"id": "SPRINT-002-02", "tasks": [{"id": "TASK-002"}],'
                ' "dependencies": {"sprints": ["SPRINT-001-01"]}}'
            ),
            "docs/sprints/FEATURE-9-SPRINT-001-03.yaml": (
                "id: FEATURE-9-SPRINT-001-03\ntasks: [TASK-003]\ndepends_on: [SPRINT-009-09]\n"
            ),
        },
    )
    gate = plan.tasks["SYNC-SPRINT-001-01"]
    assert (gate.kind, gate.predecessors) == (TaskKind.SYNC_POINT, ("TASK-001",))
    assert [one.text for one in gate.criteria] == ["All tests pass"]
    assert plan.tasks["TASK-002"].predecessors == ("SYNC-SPRINT-001-01",)
    assert [(one.id, one.track, one.tasks) for one in plan.sprints] == [
        ("SPRINT-001-01", 1, ("TASK-001",)),
        ("SPRINT-002-02", 2, ("TASK-002",)),
    ]
    assert plan.tasks["TASK-003"].pin == 3
    assert [code for code, _ in warned(plan)] == ["unknown-sprint"]


def test_requirements_by_need_and_success(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        {
            "plan/PROJECT_PRD.yaml": """
                project: {name: Shop, version: 1}
                requirements:
                  must_have: [{id: REQ-001, description: Pay}]
                  should_have: [{id: REQ-002, description: Wish, acceptance_criteria: [a]}]
                  out_of_scope: [No ads]
                success_criteria:
                  metrics: [{metric: speed}]
                  mvp_complete_when: [People can pay]
                """,
            "plan/tasks/TASK-001.json": (
                '{"id": "TASK-001", "requirements": ["REQ-001", "REQ-002", "REQ-009"],'
                ' "acceptance_criteria": ["a"]}'
            ),
        },
    )
    assert plan.project == "Shop"
    assert [(one.id, one.title, one.must) for one in plan.requirements] == [
        ("REQ-001", "Pay", True),
        ("REQ-002", "Wish", False),
    ]
    assert [one.text for one in plan.tasks["REVIEW-FINAL"].criteria] == ["People can pay"]
    assert warned(plan) == [("unknown-requirement", 1)]


def test_a_state_file_is_claims(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        {
            "plan/tasks/TASK-001.json": '{"id": "TASK-001", "acceptance_criteria": ["a"]}',
            "plan/.feature-001-state.yaml": (
                "tasks: {TASK-001: {status: completed}}\n"
                "parallel_tracks: {track_info: {1: {name: Backend}}}\n"
            ),
            "plan/.project-state.yaml": "tasks: {TASK-001: {status: failed}}\n",
        },
    )
    assert plan.tasks["TASK-001"].claim == "completed"
    assert [(one.number, one.name) for one in plan.tracks] == [(1, "Backend")]


def test_a_task_without_criteria_is_judged_by_what_it_says(tmp_path: Path) -> None:
    text = '{"id": "TASK-1", "title": "t", "description": "Do it", "dependencies": []}'
    plan = load(tmp_path, {"plan/TASK-1.json": text})
    assert [one.text for one in plan.tasks["TASK-1"].criteria] == ["Do it"]


def test_an_unknown_predecessor_is_a_gate(tmp_path: Path) -> None:
    text = '{"id": "TASK-1", "dependencies": ["TASK-9", "TASK-9"], "acceptance_criteria": ["a"]}'
    plan = load(tmp_path, {"plan/TASK-1.json": text})
    assert plan.tasks["TASK-1"].predecessors == ("TASK-9",)
    assert [one.check.kind for one in plan.tasks["TASK-9"].criteria] == ["prose"]


@pytest.mark.parametrize(
    "task",
    [
        "id: TASK-001\nvalidation: {commands: ['true']}\n",
        "id: TASK-001\nestimatedHours: 3\nacceptance_criteria: [a]\n",
        "id: TASK-001\nacceptance_criteria: [a]\n---\nid: TASK-002\nacceptance_criteria: [b]\n",
    ],
)
def test_the_usual_folder_in_other_spellings(tmp_path: Path, task: str) -> None:
    plan = load(tmp_path, {"docs/planning/tasks/TASK-001.yaml": task}, "docs/planning")
    assert plan.format == "plan of tasks and sprints"


def test_the_usual_folder_in_our_own_spelling_stays_native(tmp_path: Path) -> None:
    task = "id: TASK-001\nacceptance_criteria: [a]\nvendor: b\n"
    plan = load(tmp_path, {"docs/planning/tasks/TASK-001.yaml": task}, "docs/planning")
    assert plan.format == ""


def test_a_native_fault_is_told_as_such(tmp_path: Path) -> None:
    task = {"docs/planning/tasks/TASK-001.yaml": "id: TASK-001\ntitel: a\n"}
    (problem,) = refuse_foreign(tmp_path, "docs/planning", task)
    assert (problem.code, problem.line) == ("unknown-key", 2)


def test_every_fault_of_every_file(tmp_path: Path) -> None:
    problems = refuse_foreign(
        tmp_path,
        "plan",
        {"plan/TASK-1.json": '{"id": }', "plan/TASK-2.yaml": "id: a\n  b: [\n"},
    )
    assert [(one.path, one.line, one.code) for one in problems] == [
        ("plan/TASK-1.json", 1, "json-syntax"),
        ("plan/TASK-2.yaml", 2, "yaml-syntax"),
    ]
