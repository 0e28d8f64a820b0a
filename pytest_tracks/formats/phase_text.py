"""Writes a phase plan: ``### Phase 2: Title`` for each task, predecessors first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.tree import Items, Keys, Scalar
from pytest_tracks.formats.document import PlanFormat, PlanTree
from pytest_tracks.formats.document_text import criteria_of, plain_words, text_of, texts_of
from pytest_tracks.formats.phase_numbers import phase_id
from pytest_tracks.formats.phase_plan import PhasePlan

__all__ = ["PhaseWriter"]

_FENCE = "```"


class PhaseWriter:
    """Writes what ``PhasePlan`` reads."""

    format: PlanFormat = PhasePlan()

    def ids(self, tree: PlanTree, order: Sequence[Keys]) -> Mapping[str, str]:
        """Give the tasks numbers."""
        return {text_of(task, "id"): phase_id(str(n)) for n, task in enumerate(order, 1)}

    def text(self, tree: PlanTree, tasks: Sequence[Keys], ids: Mapping[str, str]) -> str:
        """Write the document."""
        project = text_of(tree.tracks, "project") if tree.tracks is not None else ""
        lines = [f"# Plan: {plain_words(project) or 'phases'}", "", "## Implementation Phases"]
        for number, task in enumerate(tasks, 1):
            lines += ["", *_phase(number, task)]
        return "\n".join(lines) + "\n"


def _phase(number: int, task: Keys) -> Iterator[str]:
    yield f"### Phase {number}: {plain_words(text_of(task, 'title') or text_of(task, 'id'))}"
    before = [name.rpartition("-")[2] for name in texts_of(task, "depends_on")]
    numbers = [one for one in before if one.isdigit()]
    yield f"dependencies: [{', '.join(numbers)}]"
    yield ""
    yield f"**Objective**: {plain_words(text_of(task, 'description') or text_of(task, 'title'))}"
    if hours := text_of(task, "estimated_hours"):
        yield ""
        yield f"**Expected Duration**: {hours} hours"
    if steps := list(_steps(task)):
        yield from ("", "Tasks:", *steps)
    criteria = list(criteria_of(task))
    if commands := [(text, code) for text, code in criteria if code]:
        yield from ("", "Testing:", f"{_FENCE}bash", *_commands(commands), _FENCE)
    if prose := [plain_words(text) for text, code in criteria if not code]:
        yield from ("", "**Success Criteria**:", *(f"- [ ] {text}" for text in prose))


def _steps(task: Keys) -> Iterator[str]:
    found = task.get("steps")
    for one in found.nodes if isinstance(found, Items) else ():
        if isinstance(one, Scalar):
            yield f"- [ ] {plain_words(one.text)}"
        elif isinstance(one, Keys):
            box = "x" if text_of(one, "done") == "true" else " "
            yield f"- [{box}] {plain_words(text_of(one, 'text'))}"


def _commands(commands: Sequence[tuple[str, str]]) -> Iterator[str]:
    for position, (text, code) in enumerate(commands):
        if position:
            yield ""
        if _FENCE in code:
            continue  # it would end the fence: the side file has it
        yield f"# {text}"
        yield from code.split("\n")
