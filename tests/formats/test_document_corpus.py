"""The sources' own documents and public ones of their formats: counted twice, and damaged."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.errors import PlanError, Problem

from .corpus import CORPUS, Count
from .foreign_plans import load_foreign, refuse_foreign
from .mutations import mutate

PHASES = "sources/parallel-phase-plan.md"
TRACKS = "sources/parallel-execution-tracks.md"
STAGES = "sources/parallel-stages-guide.md"
CONCURRENT = (
    "phase-plans/012_concurrent_command_state_interference/"
    "001-concurrent-command-state-interference-plan.md"
)
METADATA = (
    "phase-plans/036_plan_metadata_dependencies_fix/001-plan-metadata-dependencies-fix-plan.md"
)
REPORT = "phase-plans/036_plan_metadata_dependencies_fix/002-plan-metadata-dependencies.md"
STAGE_16 = "stages/STAGE_16_PLAN.md"
PROOF = "stages/stage-proofs/stage-12.1/STAGE_12.1_PROOF.md"
TEMPLATE = "stages/STAGE_PROOF_TEMPLATE.md"


def outside_fences(text: str) -> Iterator[str]:
    """A fence opens with three backticks and ends at a line of nothing but them (CommonMark)."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside or line.strip() != "```"
        elif not inside:
            yield line


def count_phases(text: str) -> tuple[int, int]:
    plain = "\n".join(outside_fences(text))
    stated = re.findall(r"^dependencies: \[(.*?)\]", plain, re.MULTILINE)
    edges = sum(len(re.findall(r"\d+", one)) for one in stated)
    return len(re.findall(r"^### Phase \d+:", plain, re.MULTILINE)), edges


def count_testing_lines(text: str) -> int:
    """Command lines under Testing: not indented, no comment, no test of ``$?``, no ``done``."""
    blocks = re.findall(r"\*\*Testing\*\*:\n```bash\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return sum(1 for line in lines if line and not re.match(r"[ #]|\[ \$\?|done", line))


def by_hand_phases() -> Count:
    """Criteria by hand: 2 + 1 + 1 + 2 commands, of which 4 offer alternatives."""
    return Count(*count_phases((CORPUS / PHASES).read_text()), 6, 2)


def count_concurrent() -> Count:
    text = (CORPUS / CONCURRENT).read_text()
    commands = count_testing_lines(text)
    return Count(*count_phases(text), commands, commands)


def by_hand_metadata() -> Count:
    """By hand, phase by phase: boxes of success criteria + commands = 4+3, 4+2, 1, 5+2, 9+12.

    Phase 3 has its objective: a fence that its template opens takes in the rest of it. Not to be
    run are one command that cannot fail and one that is expected to.
    """
    return Count(*count_phases((CORPUS / METADATA).read_text()), 7 + 6 + 1 + 7 + 21, 2 + 2 + 1 + 12)


def count_tracks() -> Count:
    text = (CORPUS / TRACKS).read_text()
    tasks: dict[str, int] = {}
    for track in re.findall(r"^\d+\. \*\*([A-G])\.\d\*\*", text, re.MULTILINE):
        tasks[track] = tasks.get(track, 0) + 1
    edges = deliverables = 0
    for part in re.split(r"^### Track ", text, flags=re.MULTILINE)[1:]:
        stated = part.partition("#### Dependencies")[2].partition("---")[0]
        for track, number in re.findall(r"^- Track ([A-G])(\.\d)?", stated, re.MULTILINE):
            edges += tasks[part[0]] * (1 if number else tasks[track])
        delivered = part.partition("#### Deliverables")[2].partition("####")[0]
        deliverables += len(re.findall(r"^- ", delivered, re.MULTILINE))
    total = sum(tasks.values())
    return Count(total, edges, total - len(tasks) + deliverables, 0)


def by_hand_stages() -> Count:
    """Four stages, of which one waits for another; each has its title as criterion."""
    return Count(4, 1, 4, 0)


def count_stage_16() -> Count:
    """No stage states dependencies: each of the 7 later ones waits for the one before it."""
    text = (CORPUS / STAGE_16).read_text()
    parts = re.split(r"^## Stage 16\.\d: ", text, flags=re.MULTILINE)[1:]
    deliverables = [part.partition("### Deliverables")[2].partition("\n###")[0] for part in parts]
    criteria = sum(len(re.findall(r"^\d+\. ", one, re.MULTILINE)) for one in deliverables)
    return Count(len(parts), len(parts) - 1, criteria, 0)


# document     format                tasks edges criteria runnable  counted by
TABLE: list[tuple[str, str, Count, Callable[[], Count]]] = [
    (PHASES, "phase plan", Count(4, 4, 6, 2), by_hand_phases),
    (CONCURRENT, "phase plan", Count(7, 5, 31, 31), count_concurrent),
    (METADATA, "phase plan", Count(5, 8, 42, 17), by_hand_metadata),
    (TRACKS, "tracks document", Count(26, 84, 39, 0), count_tracks),
    (STAGES, "stages document", Count(4, 1, 4, 0), by_hand_stages),
    (STAGE_16, "stages document", Count(8, 7, 35, 0), count_stage_16),
]
DOCUMENTS = [row[0] for row in TABLE]


def load(root: Path, name: str) -> Plan:
    return load_foreign(root, "docs/plan.md", {"docs/plan.md": (CORPUS / name).read_bytes()})


def count(plan: Plan) -> Count:
    tasks = [task for task in plan.tasks.values() if task.kind is TaskKind.TASK]
    criteria = [criterion for task in tasks for criterion in task.criteria]
    return Count(
        len(tasks),
        sum(1 for task in tasks for one in task.predecessors if not one.startswith("SYNC-")),
        len(criteria),
        sum(1 for criterion in criteria if criterion.check.kind != "prose"),
    )


@pytest.mark.parametrize(("name", "kind", "expected", "independent"), TABLE, ids=DOCUMENTS)
def test_counts_agree_with_an_independent_count(
    tmp_path: Path, name: str, kind: str, expected: Count, independent: Callable[[], Count]
) -> None:
    plan = load(tmp_path, name)
    assert plan.format == kind
    assert count(plan) == expected
    assert independent() == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_warning_task_and_criterion_names_a_line(tmp_path: Path, name: str) -> None:
    plan = load(tmp_path, name)
    lines = (CORPUS / name).read_text().count("\n") + 1
    for warning in plan.warnings:
        assert (warning.path, 1 <= warning.line <= lines) == ("docs/plan.md", True), warning
    for task in plan.tasks.values():
        for place in (task.location, *(one.location for one in task.criteria)):
            assert (place.path, 1 <= place.line <= lines) == ("docs/plan.md", True)


@pytest.mark.parametrize(
    ("name", "reason", "line"),
    [
        (REPORT, "its phases stand inside a fence", 89),
        (PROOF, "it is a proof that a stage is complete", 1),
        (TEMPLATE, "it is a proof that a stage is complete", 1),
    ],
)
def test_reports_and_proofs_are_no_plans(tmp_path: Path, name: str, reason: str, line: int) -> None:
    files = {"docs/plan.md": (CORPUS / name).read_bytes()}
    problems = refuse_foreign(tmp_path, "docs/plan.md", files)
    assert problems[0].code == "no-plan"
    assert [problem.line for problem in problems if reason in problem.message] == [line]


@pytest.mark.parametrize("title", ["parallel-development-tracks", "parallelization-patterns"])
def test_prose_about_plans_is_no_plan(tmp_path: Path, title: str) -> None:
    text = f"# {title}\n\n## Patterns\n\n```text\n### Phase 1: Models\n- [ ] x\n```\n\n- [ ] y\n"
    problems = refuse_foreign(tmp_path, "docs/plan.md", {"docs/plan.md": text})
    assert problems[0].code == "no-plan"
    assert all(problem.path == "docs/plan.md" and problem.line for problem in problems)


def _is_placed(problem: Problem, text: str) -> bool:
    return problem.path == "docs/plan.md" and 1 <= problem.line <= text.count("\n") + 1


def _survives(root: Path, times: int) -> None:
    """A plan, or problems that each name a line of the document: never a traceback."""
    texts = {name: (CORPUS / name).read_text() for name in (*DOCUMENTS, REPORT, PROOF, TEMPLATE)}
    dice = random.Random(6)
    for _ in range(times):
        text = mutate(texts[dice.choice([*texts])], dice)
        try:
            found = load_foreign(root, "docs/plan.md", {"docs/plan.md": text.encode()}).warnings
        except PlanError as error:
            found = error.problems
        assert [one for one in found if not _is_placed(one, text)] == [], text


def test_survives_damage(tmp_path: Path) -> None:
    _survives(tmp_path, 45)


@pytest.mark.slow
@pytest.mark.skipif("TRACKS_DAMAGES" not in os.environ, reason="minutes: TRACKS_DAMAGES=1")
def test_survives_2000_damages(tmp_path: Path) -> None:
    _survives(tmp_path, 2000)
