from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.core.model import Plan
from pytest_tracks.core.nodeids import CriterionKey, format_node_id
from pytest_tracks.errors import PlanError

from .plans import FOLDER, PRD, SPRINTS, TASK, TRACKS, in_memory, load, place, refuse, write

SPRINT = f"{SPRINTS}/SPRINT-001-01.yaml"
VALID = {
    TRACKS: b"""\
project: Shop
tracks: {1: Backend, 2: {name: Web, tasks: [TASK-002]}}
resources: {postgres: 2}
settings: {x: [1, {y: no}]}
""",
    PRD: b"requirements:\n- {id: REQ-1, title: Orders, must: true}\n",
    TASK: b"""\
- id: TASK-001
  title: "Schema \xe2\x86\x92 tables"
  track: 01
  requirements: [REQ-1]
  estimated_hours: 3.5
  depends_on: [none]
  files: ["src/db/**"]
  resources: {postgres: 2}
  steps: [a, {text: b, done: true}]
  coverage: {source: src, min: 80, branch: true}
  acceptance_criteria: &criteria
  - It is there
  - {id: LINT, text: Clean, run: ruff check, timeout: 60, allow: [skip]}
- id: TASK-002
  name: Pages
  dependencies: TASK-001
  acceptance_criteria: *criteria
  jira: {a: [1]}
""",
    SPRINT: b"id: SPRINT-001-01\ntitle: First\ntasks: [TASK-001]\n",
}


def check_error(error: PlanError) -> None:
    assert error.problems
    assert all(problem.path and problem.code for problem in error.problems)
    assert str(error).encode()


def loads_or_refuses(files: dict[str, bytes]) -> Plan | None:
    try:
        plan = in_memory(files)
    except PlanError as error:
        check_error(error)
        return None
    assert plan.tasks
    for task in plan.tasks.values():
        for criterion in task.criteria:
            format_node_id(task.location.path, CriterionKey(task.id, criterion.id))
        assert set(task.predecessors) <= set(plan.tasks)
    return plan


def test_the_valid_plan_is_valid() -> None:
    plan = loads_or_refuses(VALID)
    assert plan is not None
    assert plan.warnings == ()
    assert [len(task.criteria) for task in plan.tasks.values()] == [2, 2]


def test_all_problems_of_all_files_in_file_order(tmp_path: Path) -> None:
    problems = refuse(
        tmp_path,
        {
            f"{FOLDER}/tasks/b.yaml": "id: B\nestimated_hours: x\ndepends_on: [Q, A]\n",
            f"{FOLDER}/tasks/a.yaml": "id: A\ndepends_on: [B]\nid: C\n",
            f"{FOLDER}/tasks/c.yaml": b"\xff",
            TRACKS: "porject: x\nfinal_review: 3\n",
            PRD: "requirements: 1",
            SPRINT: "tasks: [Z]",
        },
    )
    assert [place(problem) for problem in problems] == [
        ("tracks.yaml", 1),
        ("tracks.yaml", 2),
        ("PROJECT_PRD.yaml", 1),
        ("a.yaml", 3),
        ("b.yaml", 2),
        ("b.yaml", 3),
        ("b.yaml", 3),
        ("c.yaml", 1),
        ("SPRINT-001-01.yaml", 1),
    ]


def test_the_digest_is_of_paths_and_bytes(tmp_path: Path) -> None:
    first = load(tmp_path / "a", VALID).digest
    assert len(first) == 64
    assert load(tmp_path / "b", VALID).digest == first
    assert load(tmp_path / "b", {f"{FOLDER}/NOTES.md": "x"}).digest == first
    commented = load(tmp_path / "b", {TASK: VALID[TASK] + b"# x\n"}).digest
    assert commented != first
    moved = {f"{FOLDER}/tasks/other.yaml": VALID[TASK]}
    others = {path: content for path, content in VALID.items() if path != TASK}
    assert load(tmp_path / "c", moved | others).digest not in (first, commented)
    assert load(tmp_path / "b", {SPRINT: VALID[SPRINT] + b"\n"}).digest != commented


def test_root_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", VALID)
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert load(tmp_path / "link").tasks == load(tmp_path / "real").tasks


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(sorted(VALID)), st.binary(max_size=200))
def test_any_bytes_are_a_plan_or_a_plan_error(path: str, content: bytes) -> None:
    loads_or_refuses(VALID | {path: content})


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(sorted(VALID)), st.text(max_size=200))
def test_any_text_is_a_plan_or_a_plan_error(path: str, content: str) -> None:
    loads_or_refuses(VALID | {path: content.encode("utf-8", "surrogatepass")})


PIECES = st.sampled_from(
    [
        b"",
        b":",
        b": ",
        b"- ",
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b"'",
        b"\n",
        b"\n  ",
        b"\t",
        b"~",
        b",",
        b"&a ",
        b"*a",
        b"*criteria",
        b"<<: ",
        b"!!int ",
        b"? ",
        b"|\n",
        b"%",
        b"@",
        b"#",
        b"\r",
        b"\0",
        b"TASK-001",
        b"TASK-002",
        b"none",
        b"0",
        b"-1",
        b"1e3",
        b".nan",
        b"true",
        b"id: ",
        b"\\ud800",
        b"track: ",
        b"coverage: ",
        b"---\n",
        b"<<<<<<< x\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xc2\x85",
    ]
)


@st.composite
def mutated_plans(draw: st.DrawFn) -> dict[str, bytes]:
    files = dict(VALID)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(files)))
        content = files[path]
        start = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from([0, 0, 1, 2, 8, 40]))
        files[path] = content[:start] + draw(PIECES) + content[start + length :]
    return files


@settings(deadline=None)  # the machine may be busy
@given(mutated_plans())
def test_a_mutated_plan_is_a_plan_or_a_plan_error(files: dict[str, bytes]) -> None:
    loads_or_refuses(files)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from(sorted(VALID)), unique=True))
def test_any_part_of_the_plan_is_a_plan_or_a_plan_error(paths: list[str]) -> None:
    loads_or_refuses({path: VALID[path] for path in paths})


@pytest.mark.slow
def test_three_thousand_mutations() -> None:
    generator = random.Random(1)
    for _ in range(3_000):
        files = dict(VALID)
        path = generator.choice(sorted(files))
        content = bytearray(files[path])
        for _ in range(generator.randint(1, 5)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        loads_or_refuses(files | {path: bytes(content)})


def test_a_thousand_tasks_load_in_about_a_second(tmp_path: Path) -> None:
    criteria = "".join(f"- {{text: Criterion {n}, run: make check-{n}}}\n" for n in range(5))
    for number in range(1000):
        write(
            tmp_path,
            {
                f"{FOLDER}/tasks/TASK-{number:04}.yaml": (
                    f"id: TASK-{number:04}\ntitle: A title\nestimated_hours: 3\n"
                    f"depends_on: [{f'TASK-{number - 1:04}' if number else 'none'}]\n"
                    f'files: ["src/{number}/**"]\nacceptance_criteria:\n{criteria}'
                )
            },
        )
    times = []
    for _ in range(3):
        started = time.perf_counter()
        plan = load(tmp_path)
        times.append(time.perf_counter() - started)
        if times[-1] < 1:
            break
    assert len(plan.tasks) == 1000
    assert min(times) < (1.5 if yaml.__with_libyaml__ else 15)
