from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.drafts import Reference
from pytest_tracks.formats.precedence import note_cycles

from .plans import FOLDER, TASK, TRACKS, load, load_task, place, refuse, refuse_task


def chain(edges: dict[str, str]) -> str:
    return "".join(f"- id: {task}\n  depends_on: [{edges[task]}]\n" for task in edges)


def test_fault_01_the_whole_cycle_with_every_edge(tmp_path: Path) -> None:
    names = {name: f"{FOLDER}/tasks/{name}.yaml" for name in "ABCD"}
    problems = refuse(
        tmp_path,
        {
            names["A"]: "id: A\n\ndepends_on: [B]\n",
            names["B"]: "id: B\ndepends_on:\n- D\n- C\n",
            names["C"]: "id: C\n\n\n\ndepends_on: A\n",
            names["D"]: "id: D\n",
        },
    )
    (problem,) = problems
    assert (problem.code, problem.path, problem.line) == ("cycle", names["A"], 3)
    assert problem.message == (
        f"A → B → C → A: A depends on B at {names['A']}:3, "
        f"B depends on C at {names['B']}:4, C depends on A at {names['C']}:5"
    )


def test_fault_01_separate_cycles_are_all_told(tmp_path: Path) -> None:
    problems = refuse(tmp_path, {TASK: chain({"A": "B", "B": "A", "C": "D", "D": "C, A"})})
    assert [problem.message.partition(":")[0] for problem in problems] == ["A → B → A", "C → D → C"]


def test_fault_02_a_task_that_depends_on_itself(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "id: A\ntitle: x\ndepends_on: [A]\n")
    assert (problem.code, problem.line, problem.col) == ("cycle", 3, 14)
    assert "A depends on itself" in problem.message


def test_fault_03_unknown_predecessor_with_the_nearest_id(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "- id: TASK-001\n- id: B\n  depends_on: [TASK-01]\n")
    assert (problem.code, problem.line, problem.col) == ("unknown-predecessor", 3, 16)
    assert problem.hint == "did you mean 'TASK-001'?"
    assert str(problem).startswith(f"{TASK}:3:16: unknown-predecessor ")


def test_fault_03_a_task_is_not_suggested_as_its_own_predecessor(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "- {id: TASK-001, depends_on: [TASK-009]}\n")
    assert problem.hint == "add the task, or take the id out"


def test_fault_03_many_unknown_ones_in_a_large_plan_do_not_take_forever(tmp_path: Path) -> None:
    content = "".join(
        f"- {{id: TASK-{n}, depends_on: [TASK-{n}x, T{'é' * 999}]}}\n" for n in range(300)
    )
    problems = refuse(tmp_path, {TASK: content})
    assert len(problems) == 600
    assert max(len(str(problem)) for problem in problems) < 400


def test_fault_04_one_id_in_two_files(tmp_path: Path) -> None:
    other = f"{FOLDER}/tasks/other.yaml"
    (problem,) = refuse(tmp_path, {TASK: "id: A\n", other: "\n\nid: A\n"})
    assert (problem.code, problem.path, problem.line) == ("duplicate-id", other, 3)
    assert f"{TASK}:1" in problem.message


def test_fault_04_the_same_task_by_an_alias(tmp_path: Path) -> None:
    assert refuse_task(tmp_path, "- &a {id: A}\n- *a\n").code == "duplicate-id"


@pytest.mark.parametrize(
    ("one", "other"), [("Task-1", "TASK-1"), ("é", "e\u0301"), ("K", "\u212a"), ("ß", "SS")]
)
def test_fault_05_ids_that_differ_by_case_or_form_only(
    tmp_path: Path, one: str, other: str
) -> None:
    problem = refuse_task(tmp_path, f"- id: {one}\n- id: {other}\n")
    assert (problem.code, problem.line) == ("similar-id", 2)
    assert f"{TASK}:1" in problem.message


def test_fault_05_references_must_be_written_as_the_id(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "- id: TASK-1\n- {id: B, depends_on: [task-1]}\n")
    assert problem.code == "unknown-predecessor"


def test_tasks_may_come_in_any_order(tmp_path: Path) -> None:
    plan = load_task(tmp_path, chain({"C": "B", "B": "A", "A": "none"}))
    assert list(plan.tasks) == ["C", "B", "A"]
    assert plan.tasks["C"].predecessors == ("B",)


def test_what_could_not_be_read_may_hold_the_missing_id(tmp_path: Path) -> None:
    other = f"{FOLDER}/tasks/other.yaml"
    problems = refuse(tmp_path, {TASK: "{id: A, depends_on: X1}", other: "id: X1\n\tbad"})
    assert [place(problem) for problem in problems] == [("TASK-001.yaml", 1), ("other.yaml", 2)]
    assert "could not be read" in problems[0].hint


def test_a_task_with_other_problems_is_still_known(tmp_path: Path) -> None:
    problem = refuse_task(tmp_path, "- {id: A, estimated_hours: x}\n- {id: B, depends_on: A}\n")
    assert problem.code == "wrong-type"


def test_resources_above_their_capacity(tmp_path: Path) -> None:
    asked = {"A": "db: 2", "B": "db: 3", "C": "x: 2"}
    tasks = "".join(f"- {{id: {i}, resources: {{{units}}}}}\n" for i, units in asked.items())
    problems = refuse(tmp_path, {TRACKS: "resources: {db: 2}", TASK: tasks})
    assert [(problem.code, problem.line) for problem in problems] == [
        ("over-capacity", 2),
        ("over-capacity", 3),
    ]


def test_one_resource_in_two_spellings_would_not_be_exclusive(tmp_path: Path) -> None:
    tasks = "- {id: A, resources: db}\n- {id: B, resources: DB}\n"
    assert refuse_task(tmp_path, tasks).code == "similar-id"
    plan = load(
        tmp_path, {TRACKS: "resources: {postgres: 1}", TASK: "{id: A, resources: [postgress, x]}"}
    )
    assert [(found.code, found.hint) for found in plan.warnings] == [
        ("unknown-resource", "did you mean 'postgres'?")
    ]


GRAPHS = st.dictionaries(
    st.integers(0, 7), st.lists(st.integers(0, 7), max_size=4, unique=True), max_size=8
)


@settings(deadline=None)  # the machine may be busy
@given(GRAPHS)
def test_cycles_are_noted_exactly_where_there_are_some(graph: dict[int, list[int]]) -> None:
    references = {
        str(task): [Reference(str(p), Location("a", task + 1, p + 1)) for p in ps if p in graph]
        for task, ps in graph.items()
    }
    problems = Problems()
    note_cycles(references, problems)
    assert bool(problems.errors) == _is_cyclic(
        {t: {p for p in graph[t] if p in graph} for t in graph}
    )
    for problem in problems.errors:
        assert problem.line >= 1
        assert problem.message.count("depends on") >= 1


def _is_cyclic(graph: dict[int, set[int]]) -> bool:
    while ready := {task for task, predecessors in graph.items() if not predecessors}:
        graph = {t: ps - ready for t, ps in graph.items() if t not in ready}
    return bool(graph)
