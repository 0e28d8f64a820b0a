"""The stages of a stages document, section by section, before anything is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import MarkdownDocument, Section, parse
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Fence, Item, Label, Paragraph

__all__ = ["STAGE", "StageSection", "StagesFound", "find_stages", "stage_id"]

STAGE = r"\d{1,4}(?:\.\d{1,4})*[a-z]?"

_HEADING = re.compile(
    rf"(?:\W\s*)?Stage\s+({STAGE})\s*(?:[:–—]|-(?=\s))\s*(.*?)\s*(?:\(([^()]*)\))?", re.S
)
_FILES = frozenset({"files", "critical files", "files created/modified", "files to create",
                    "files modified", "files created", "files to modify", "key files"})  # fmt: skip
_MARKDOWN = frozenset({"markdown", "md"})
_VALUE = frozenset({"value", "value delivered"})


@dataclass(slots=True)
class StageSection:
    """One stage as it stands in the document."""

    section: Section
    number: str
    title: str
    note: str
    """What stands in brackets behind the title: its duration, mostly."""
    labels: dict[str, Label] = field(default_factory=dict)
    files: list[Item] = field(default_factory=list)
    dependencies: list[tuple[int, str, bool]] = field(default_factory=list)
    """Line, text, and whether it is required."""
    deliverables: list[Item] = field(default_factory=list)
    numbers: list[tuple[int, str]] = field(default_factory=list)
    """Lines of text in which sizes may stand."""
    value: str = ""

    @property
    def id(self) -> str:
        """Name its task."""
        return stage_id(self.number)

    @property
    def is_evident(self) -> bool:
        """Whether it says anything of a stage but its name."""
        return bool(self.labels or self.files or self.deliverables or self.dependencies)


@dataclass(frozen=True, slots=True)
class StagesFound:
    """The stages of a document."""

    stages: tuple[StageSection, ...] = ()
    umbrellas: tuple[StageSection, ...] = ()
    """Stages that are cut into sub-stages: ``Stage 9`` where there is a ``Stage 9.1``."""
    fences: tuple[Fence, ...] = ()
    """The fences that they stand in; none where they are headings of the document itself."""


def stage_id(number: str) -> str:
    """Make the id of a stage: ``STAGE-9.1``."""
    return f"STAGE-{number}"


def find_stages(parsed: MarkdownDocument) -> StagesFound:
    """Find the stages among the headings, else in the fences that hold Markdown.

    Documents about stages show their own plan as such a fence.
    """
    own = list(_stages(parsed))
    if any(stage.is_evident for stage in own):
        return _sorted_out(own, ())
    fences = [
        block
        for block in parsed.root.all_blocks()
        if isinstance(block, Fence) and block.language in _MARKDOWN
    ]
    shown = [(fence, list(_stages(_parse_fence(parsed, fence)))) for fence in fences]
    taken = [(fence, stages) for fence, stages in shown if stages]
    everything = [stage for _, stages in taken for stage in stages]
    found = _sorted_out(everything, ())
    kept = {id(stage.section) for stage in found.stages}
    used = [fence for fence, stages in taken if any(id(one.section) in kept for one in stages)]
    return StagesFound(found.stages, found.umbrellas, tuple(used))


def _parse_fence(parsed: MarkdownDocument, fence: Fence) -> MarkdownDocument:
    return parse(Document(parsed.document.path, fence.content), fence.line + 1)


def _sorted_out(stages: Sequence[StageSection], fences: Iterable[Fence]) -> StagesFound:
    numbers = {stage.number for stage in stages}
    parents = {number.rpartition(".")[0] for number in numbers}
    leaves = tuple(stage for stage in stages if stage.number not in parents)
    umbrellas = tuple(stage for stage in stages if stage.number in parents)
    return StagesFound(leaves, umbrellas, tuple(fences))


def _stages(parsed: MarkdownDocument) -> Iterator[StageSection]:
    for section in parsed.root.walk():
        heading = _HEADING.fullmatch(section.title.strip()) if section.level else None
        if heading:
            stage = StageSection(section, heading[1], heading[2].strip(), heading[3] or "")
            _read(stage, section, "")
            yield stage


def _read(stage: StageSection, section: Section, context: str) -> None:
    for block in section.blocks:
        context = _read_block(stage, block, context)
    for below in section.sections:
        if not _HEADING.fullmatch(below.title.strip()):
            _read(stage, below, below.title.strip().rstrip(":").lower())


def _read_block(stage: StageSection, block: Block, context: str) -> str:
    if isinstance(block, Paragraph):
        for line in block.lines:
            stage.numbers.append((line.line, line.text))
            label = line.label()
            if label is not None and label.strong:
                stage.labels.setdefault(label.name, label)
                # What has its value beside it does not own the list that may follow.
                context = label.name if not label.value or label.name in _VALUE else ""
                if label.name == "dependencies" and label.value:
                    stage.dependencies.append((line.line, label.value, True))
                elif label.name in _VALUE:
                    stage.value = label.value
            elif context in _VALUE and line.text:
                stage.value = f"{stage.value} {line.text}".strip()
    elif isinstance(block, Bullets):
        stage.numbers += [(item.line, item.text) for item in block.walk()]
        _read_list(stage, block, context)
    return context


def _read_list(stage: StageSection, block: Bullets, context: str) -> None:
    if context in _FILES:
        stage.files += block.items
    elif context in ("deliverables", "dependencies"):
        for item in block.items:
            if context == "deliverables":
                stage.deliverables += [item] if item.text else []
            else:
                _read_dependency(stage, item)


def _read_dependency(stage: StageSection, item: Item) -> None:
    label = item.lines[0].label() if item.lines else None
    if label is not None and label.name in ("required", "optional"):
        stage.dependencies.append((item.line, label.value, label.name == "required"))
    elif item.text:
        stage.dependencies.append((item.line, item.text, True))
