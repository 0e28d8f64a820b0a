"""Phase plans: ``### Phase 2: Title [STATUS]`` with ``dependencies: [1]``.

::

    ### Phase 2: Module A [IN PROGRESS]      PHASE-2, its status a claim
    dependencies: [1]                        wherever it stands in the phase
    **Objective**: Build it                  description
    Tasks:  - [x] Write it                   steps, ticked ones claims
    Testing: ```bash …```                    criteria, one a command (see shell_commands)
    **Success Criteria**: - [ ] It works     criteria in prose
    **Expected Duration**: 3 hours           estimated_hours

Success criteria of the whole document are its final review. What it says of its own waves and
durations is compared with what follows from the phases (``phase_claims``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_tracks.core.tree import Keys, Node, Problems
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.durations import Span, read_duration
from pytest_tracks.formats.markdown import (
    MarkdownDocument,
    parse,
)
from pytest_tracks.formats.markdown_blocks import Bullets, Fence, Item, Label
from pytest_tracks.formats.markdown_fences import note_fences
from pytest_tracks.formats.node_building import items, keys, text
from pytest_tracks.formats.phase_claims import phase_claims, phase_durations
from pytest_tracks.formats.phase_numbers import PHASE, phase_id, read_numbers
from pytest_tracks.formats.phase_sections import CRITERIA, OBJECTIVE, PhaseSection, find_phases
from pytest_tracks.formats.shell_commands import ShellCommand, read_commands

__all__ = ["PhasePlan"]

_LIST = re.compile(r"\[([^\[\]]*)\]")
_DURATION = frozenset({"expected duration", "duration", "estimated duration", "estimated time",
                        "estimated hours", "estimated effort", "effort"})  # fmt: skip
_SHELLS = frozenset({"bash", "sh", "shell"})
_KEPT = frozenset({"complexity", "implementer", "risk"})
_NO_LETTERS = re.compile(r"[^a-z]+")
_CLAIMS = {
    "complete": "completed", "completed": "completed", "done": "completed",
    "in progress": "in_progress", "partial": "in_progress", "not started": "pending",
    "pending": "pending", "blocked": "blocked",
}  # fmt: skip


class PhasePlan:
    """The format of phase plans."""

    name = "phase plan"
    patterns: tuple[str, ...] = ("*.md",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take documents with phases that state dependencies or have tasks to tick."""
        taken = tuple(one for one in documents if _has_phases(one))
        if taken:
            return Recognition(taken)
        return _refusal(documents[0])

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate the phases of the document."""
        if len(documents) > 1:
            _note_two_plans(documents, problems)
            return None
        parsed = parse(documents[0])
        if not note_fences(parsed, problems):
            return None
        return _Translation(parsed, problems).tree()


def _has_phases(document: Document) -> bool:
    return any(phase.is_evident for phase in find_phases(parse(document)))


def _note_two_plans(documents: Sequence[Document], problems: Problems) -> None:
    for document in documents[1:]:
        problems.error(
            document.at(1),
            "two-plans",
            f"is a phase plan, and so is {documents[0].path}: phases of two plans are no one plan",
            "name one of the documents",
        )


def _refusal(document: Document) -> Recognition:
    parsed = parse(document)
    for block in parsed.root.all_blocks():
        if isinstance(block, Fence) and re.search(rf"^#+ Phase {PHASE}", block.content, re.M):
            reason = "its phases stand inside a fence, which is an example and no plan"
            return Recognition(reason=reason, at=document.at(block.line))
    phases = find_phases(parsed)
    if phases:
        reason = "its phases have no dependencies with tasks, an objective or tests below them"
        return Recognition(reason=reason, at=document.at(phases[0].section.line))
    return Recognition(reason="there is no heading like '### Phase 1: Title'", at=document.at(1))


def _claim(status: str) -> str:
    """Translate what a heading says of its phase: ``[COMPLETE]``, ``[IN PROGRESS]``."""
    words = _NO_LETTERS.sub(" ", status.lower()).strip()
    known = (claim for name, claim in _CLAIMS.items() if words.startswith(name))
    return next(known, "completed" if "✅" in status else words)


class _Translation:
    """Makes nodes of one document."""

    def __init__(self, parsed: MarkdownDocument, problems: Problems) -> None:
        self._parsed = parsed
        self._problems = problems
        self._phases = find_phases(parsed)
        self._durations = phase_durations(parsed)

    def tree(self) -> PlanTree:
        tasks = []
        for position, phase in enumerate(self._phases):
            before = self._phases[position - 1].number if position else None
            before = None if before == phase.number else before
            tasks.append(self._task(phase, before))
        return PlanTree(
            tuple(tasks), self._tracks(), notes=phase_claims(self._parsed, self._durations)
        )

    def _task(self, phase: PhaseSection, before: str | None) -> Keys:
        at = self._parsed.at(phase.section.line)
        metadata = {
            name: text(label.value, self._parsed.at(label.line))
            for name, label in phase.labels.items()
            if name in _KEPT and label.value
        }
        return keys(
            at,
            {
                "id": phase.id,
                "title": phase.title or f"Phase {phase.number}",
                "status": _claim(phase.status),
                "description": phase.objective,
                "depends_on": self._predecessors(phase, before),
                "estimated_hours": self._hours(phase),
                "steps": [self._step(item) for item in phase.steps],
                "acceptance_criteria": self._criteria(phase),
                **metadata,
            },
        )

    def _step(self, item: Item) -> Keys:
        done = {"done": True} if item.checked else {}
        return keys(self._parsed.at(item.line), {"text": item.text, **done})

    def _hours(self, phase: PhaseSection) -> Node | None:
        stated = next(
            (phase.labels[name] for name in sorted(_DURATION & phase.labels.keys())), None
        )
        span: Span | None
        if stated is not None:
            unit = " hours" if stated.value.strip().isdigit() and "hours" in stated.name else ""
            span, line = read_duration(stated.value + unit), stated.line
        else:
            span, line = self._durations.get(phase.id, (None, 0))
        if span is None or span.middle <= 0:
            return None
        return keys(self._parsed.at(line), {"hours": span.middle}).pairs[0][1]

    # -- dependencies ----------------------------------------------------------------------------

    def _predecessors(self, phase: PhaseSection, before: str | None) -> Node | None:
        listed = [label for label in phase.dependencies if _LIST.search(label.value)]
        label = next(iter(listed or phase.dependencies), None)
        if label is None:
            return self._sequence(phase, before)
        inside = _LIST.search(label.value)
        numbers = read_numbers(inside[1] if inside else label.value)
        at = self._parsed.at(label.line)
        if numbers is None:
            self._note_unread(label, certain=inside is not None)
            return None if inside else self._sequence(phase, before)
        self._refuse_contradiction(phase, listed[1:], numbers)
        return items(at, [text(phase_id(number), at) for number in numbers])

    def _sequence(self, phase: PhaseSection, before: str | None) -> Node | None:
        """Let a phase that says nothing wait for the one before it: never too early."""
        if before is None:
            return None
        at = self._parsed.at(phase.section.line)
        self._problems.warn(
            at,
            "no-dependencies",
            f"Phase {phase.number} states no dependencies: it waits for Phase {before}",
            "write 'dependencies: []' if it can begin at once",
        )
        return items(at, [text(phase_id(before), at)])

    def _note_unread(self, label: Label, *, certain: bool) -> None:
        note = self._problems.error if certain else self._problems.warn
        note(
            self._parsed.at(label.line),
            "bad-dependencies",
            f"dependencies {label.value[:60]!r} are no phase numbers",
            "write them like dependencies: [1, 2]",
        )

    def _refuse_contradiction(
        self, phase: PhaseSection, others: Sequence[Label], numbers: Sequence[str]
    ) -> None:
        for other in others:
            inside = _LIST.search(other.value)
            if inside and read_numbers(inside[1]) != list(numbers):
                self._problems.error(
                    self._parsed.at(other.line),
                    "two-dependencies",
                    f"Phase {phase.number} states other dependencies above",
                    "keep one of them",
                )

    # -- criteria --------------------------------------------------------------------------------

    def _criteria(self, phase: PhaseSection) -> Node:
        at = self._parsed.at(phase.section.line)
        nodes: list[Node] = []
        for fence in phase.fences:
            nodes += self._commands(phase, fence, len(nodes))
        nodes += [
            text(item.text, self._parsed.at(item.line)) for item in (*phase.tests, *phase.criteria)
        ]
        if not nodes:
            nodes.append(self._objective(phase))
        return items(at, nodes)

    def _objective(self, phase: PhaseSection) -> Node:
        lines = [phase.labels[name].line for name in OBJECTIVE & phase.labels.keys()]
        what = phase.objective or phase.title or f"Phase {phase.number} is complete"
        return text(what, self._parsed.at(min(lines, default=phase.section.line)))

    def _commands(self, phase: PhaseSection, fence: Fence, before: int) -> list[Node]:
        if fence.language not in _SHELLS:
            self._problems.warn(
                self._parsed.at(fence.line),
                "unread-fence",
                f"is not marked as bash, so nothing of it is a criterion of Phase {phase.number}",
                f"write {fence.markup or '```'}bash if these are commands",
            )
            return []
        commands = read_commands(fence.content)
        return [
            self._command(phase, fence, command, before + position)
            for position, command in enumerate(commands, 1)
        ]

    def _command(
        self, phase: PhaseSection, fence: Fence, command: ShellCommand, position: int
    ) -> Node:
        at = self._parsed.at(fence.line + command.line)
        if not command.doubt:
            return keys(at, {"text": command.text, "run": command.script})
        chosen = command.alternatives[0] if command.alternatives else "COMMAND"
        criterion = f"{phase.id}/AC-{position:03d}"
        self._problems.warn(
            at,
            "alternatives" if command.alternatives else "no-check",
            f"{criterion} is UNVERIFIED: its command {command.doubt}",
            f"say which in tracks.yaml: criteria: {{{criterion}: {{run: {chosen}}}}}",
        )
        said = command.text if command.text.startswith("`") else f"{command.text} ({command.doubt})"
        return text(said, at)

    # -- the whole document ----------------------------------------------------------------------

    def _tracks(self) -> Keys:
        at = self._parsed.at(1)
        return keys(at, {"project": self._title(), "final_review": self._final_review()})

    def _title(self) -> str:
        titles = (one.title for one in self._parsed.root.sections if one.level == 1)
        return next(titles, "").strip()

    def _final_review(self) -> Keys | None:
        """Make the document's own success criteria a review of everything."""
        within = {id(one) for phase in self._phases for one in phase.section.walk()}
        for section in self._parsed.root.walk():
            if section.title.strip().rstrip(":").lower() not in CRITERIA or id(section) in within:
                continue
            found = [
                text(item.text, self._parsed.at(item.line))
                for block in section.all_blocks()
                if isinstance(block, Bullets)
                for item in block.items
                if item.text
            ]
            if found:
                at = self._parsed.at(section.line)
                return keys(at, {"title": section.title.strip(), "criteria": items(at, found)})
        return None
