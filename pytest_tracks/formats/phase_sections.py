"""The phases of a phase plan, section by section, before anything is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_tracks.formats.markdown import MarkdownDocument, Section
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Fence, Item, Label, Paragraph
from pytest_tracks.formats.phase_numbers import PHASE, phase_id

__all__ = ["CRITERIA", "OBJECTIVE", "PhaseSection", "find_phases"]

_HEADING = re.compile(
    rf"Phase\s+({PHASE})\s*(?:(?:[:.–—]|-(?=\s)|(?=\())\s*(.*?))?\s*(?:\[([^\[\]]*)\])?",
    re.I | re.S,
)
_DEPENDS = frozenset({"dependencies", "depends on", "depends_on", "dependency"})
OBJECTIVE = frozenset({"objective", "goal"})
_TASKS = frozenset({"tasks", "steps", "implementation", "implementation steps"})
_TESTING = frozenset(
    {"testing", "tests", "test", "test commands", "testing commands", "validation",
     "validation commands", "verification", "verification commands"}
)  # fmt: skip
CRITERIA = frozenset({"success criteria", "acceptance criteria", "definition of done"})


@dataclass(slots=True)
class PhaseSection:
    """One phase as it stands in the document."""

    section: Section
    number: str
    title: str
    status: str
    context: str = ""
    """The label above what is being read: ``tasks``, ``testing``."""
    labels: dict[str, Label] = field(default_factory=dict)
    dependencies: list[Label] = field(default_factory=list)
    objective: str = ""
    steps: list[Item] = field(default_factory=list)
    criteria: list[Item] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    tests: list[Item] = field(default_factory=list)
    """What Testing lists in words."""
    prose: bool = False
    """Whether there is a line of text that is no label."""

    @property
    def id(self) -> str:
        """Name its task."""
        return phase_id(self.number)

    @property
    def is_evident(self) -> bool:
        """Whether it says when to begin and what to do; an example in a report does not."""
        listed = (self.steps, self.criteria, self.tests, self.fences)
        does = bool(self.objective or self.prose or any(listed))
        ticks = any(step.checked is not None for step in self.steps)
        return does and (bool(self.dependencies) or ticks)


def find_phases(parsed: MarkdownDocument) -> list[PhaseSection]:
    """Find the phases of a document, in its order."""
    return list(_found(parsed))


def _found(parsed: MarkdownDocument) -> Iterator[PhaseSection]:
    for section in parsed.root.walk():
        heading = _heading(section)
        if heading is None:
            continue
        title, status = (heading[2] or "").strip(), (heading[3] or "").strip()
        phase = PhaseSection(section, heading[1], title, status)
        _read_section(phase, section)
        yield phase


def _heading(section: Section) -> re.Match[str] | None:
    title = section.title.strip().lstrip("✅⏳🔄❌⬜ ").strip()
    return _HEADING.fullmatch(title) if section.level else None


def _read_section(phase: PhaseSection, section: Section) -> None:
    for block in section.blocks:
        _read_block(phase, block)
    for below in section.sections:
        if _heading(below) is None:
            phase.context = below.title.strip().rstrip(":").lower()
            _read_section(phase, below)


def _read_block(phase: PhaseSection, block: Block) -> None:
    if isinstance(block, Paragraph):
        _read_paragraph(phase, block)
    elif isinstance(block, Bullets):
        _read_list(phase, block)
    elif isinstance(block, Fence) and phase.context in _TESTING:
        phase.fences.append(block)


def _read_paragraph(phase: PhaseSection, paragraph: Paragraph) -> None:
    for position, line in enumerate(paragraph.lines):
        label = line.label()
        if label is None:
            phase.prose = phase.prose or bool(line.text)
            if line.spans and line.spans[0].style == "strong":
                phase.context = line.spans[0].text.strip().rstrip(":").lower()
            continue
        if label.name in _DEPENDS:
            phase.dependencies.append(label)
        elif label.name in OBJECTIVE:
            rest = [other.text for other in paragraph.lines[position + 1 :] if not other.label()]
            phase.objective = phase.objective or " ".join([label.value, *rest]).strip()
        phase.labels.setdefault(label.name, label)
        if label.strong or not label.value:
            phase.context = label.name


def _read_list(phase: PhaseSection, block: Bullets) -> None:
    for item in block.walk():
        label = item.lines[0].label() if item.lines else None
        if phase.context in _TESTING or (label is not None and label.name in _TESTING):
            phase.fences += [below for below in item.blocks if isinstance(below, Fence)]
        if item.checked is None and label is not None:
            if label.name in _DEPENDS:
                phase.dependencies.append(label)
            phase.labels.setdefault(label.name, label)
    if phase.context in CRITERIA:
        phase.criteria += [item for item in block.items if item.text]
    elif phase.context in _TESTING:
        phase.tests += [item for item in block.items if item.text]
    else:
        ticked = [item for item in block.walk() if item.checked is not None and item.text]
        plain = [item for item in block.items if item.text] if phase.context in _TASKS else []
        phase.steps += ticked or plain
