"""Which parts of a spec-kit ``tasks.md`` are phases, and which lines are tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.loose_keys import one_line
from pytest_tracks.formats.markdown import Section, parse
from pytest_tracks.formats.markdown_blocks import (
    Block,
    Bullets,
    Item,
    Paragraph,
    Quote,
    Span,
    TextLine,
)

__all__ = ["TASK_ID", "Phase", "SpecTask", "find_phases", "has_task"]

TASK_ID = re.compile(r"T-?\d{1,5}[a-z]?(?![\w])")
_PHASE = re.compile(
    r"Phase\s+(?P<number>\d+(?:\.\d+)*[A-Za-z]?|[A-Z])\+?\s*(?:[:.\-–—]\s*(?P<title>.*))?",
    re.IGNORECASE,
)
_TASK = re.compile(
    rf"(?P<id>{TASK_ID.pattern})[\s:.\-–—]*(?P<tags>(?:\[[^\]]{{1,20}}\]\s*)*)[:\-–—]?\s*(?P<rest>.*)",
    re.DOTALL,
)
_STORY = re.compile(r"(?:User\s+Story|US|Story)\s*-?\s*(\d+)\b", re.IGNORECASE)
_PRIORITY = re.compile(r"\(?\s*Priority:?\s*(P\d+)\s*\)?", re.IGNORECASE)
_TAG = re.compile(r"\[([^\]]+)\]")
_ORNAMENT = re.compile(r"[\U0001f300-\U0001faff☀-➿️]+")
_RANGE = re.compile(rf"\(\s*{TASK_ID.pattern}\s*[-–]\s*{TASK_ID.pattern}\s*\)")
_PLACEHOLDER = re.compile(r"TX{2,4}\b")
_CHECKPOINTS = ("checkpoint", "independent test")


@dataclass(frozen=True, slots=True)
class SpecTask:
    """A task as it is written."""

    id: str
    line: int
    sentence: str
    codes: tuple[str, ...] = ()
    parallel: bool = False
    story: str = ""
    done: bool = False
    items: tuple[Item, ...] = ()
    """What stands below it."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase; ``number`` as written, made different where two are the same."""

    number: str
    title: str
    line: int
    tasks: tuple[SpecTask, ...] = ()
    story: str = ""
    """``US1`` where the phase is one user story."""
    priority: str = ""
    checkpoints: tuple[tuple[str, int], ...] = ()
    """What must hold behind it, each with its line."""


def has_task(root: Section) -> bool:
    """Whether there is a checkbox with the number of a task."""
    return any(_is_task(item) and item.checked is not None for item in _all_items(root))


def _all_items(root: Section) -> Iterator[Item]:
    for block in root.all_blocks():
        if isinstance(block, Bullets):
            yield from block.walk()


def _is_task(item: Item) -> bool:
    return _TASK.fullmatch(item.text) is not None


def find_phases(document: Document, problems: Problems) -> tuple[Phase, ...]:
    """Find the phases with their tasks; notes what looks like a task and has no number."""
    root = parse(document).root
    sections = [*_outermost(root)] or [one for one in root.walk() if _direct_tasks(one)]
    found: list[Phase] = []
    for section in sections:
        phase = _phase(section, len(found) + 1, document, problems)
        taken = {one.number for one in found}
        if phase.number in taken:
            phase = replace(phase, number=f"{phase.number}-{len(found) + 1}")
        found.append(phase)
    return tuple(phase for phase in found if phase.tasks)


def _outermost(section: Section) -> Iterator[Section]:
    """Yield sections called ``Phase …`` that hold tasks, not those within another one."""
    for inner in section.sections:
        if _PHASE.match(inner.title) and any(_tasks_of(one) for one in inner.walk()):
            yield inner
        else:
            yield from _outermost(inner)


def _direct_tasks(section: Section) -> bool:
    return any(
        item.checked is not None and _is_task(item)
        for block in section.blocks
        if isinstance(block, Bullets)
        for item in block.items
    )


def _tasks_of(section: Section) -> list[SpecTask]:
    heading = _TASK.fullmatch(section.title)
    found = [_heading_task(section, heading)] if heading else []
    return found + [
        task
        for block in section.blocks
        if isinstance(block, Bullets)
        for item in block.items
        if (task := _task(item)) is not None
    ]


def _phase(section: Section, position: int, document: Document, problems: Problems) -> Phase:
    named = _PHASE.fullmatch(section.title)
    title = _RANGE.sub("", (named["title"] if named else section.title) or section.title)
    priority = _PRIORITY.search(title)
    story = _STORY.match(title.strip())
    inner = [section] if not _PHASE.match(section.title) else [*section.walk()]
    tasks = [task for one in inner for task in _tasks_of(one)]
    for one in inner:
        _note_without_number(one, document, problems)
    return Phase(
        number=re.sub(r"[^\w.-]", "", named["number"]).strip(".") if named else str(position),
        title=_plain_title(title) or f"Phase {position}",
        line=section.line,
        tasks=tuple(tasks),
        story=f"US{int(story[1])}" if story else _common_story(tasks),
        priority=priority[1].upper() if priority else "",
        checkpoints=tuple(_checkpoints([block for one in inner for block in one.blocks])),
    )


def _plain_title(title: str) -> str:
    return one_line(_ORNAMENT.sub("", _PRIORITY.sub("", title))).strip(" -–—:")


def _common_story(tasks: Sequence[SpecTask]) -> str:
    """Name the story of a phase all of whose tasks are of one."""
    stories = {task.story for task in tasks}
    return stories.pop() if len(stories) == 1 else ""


def _task(item: Item) -> SpecTask | None:
    found = _TASK.fullmatch(item.text)
    if found is None:
        return None
    tags = [tag.strip() for tag in _TAG.findall(found["tags"])]
    return SpecTask(
        id=found["id"],
        line=item.line,
        sentence=found["rest"].strip() or found["id"],
        codes=tuple(code for line in item.lines for code in line.codes),
        parallel="P" in [tag.upper() for tag in tags],
        story=_story_of(tags),
        done=bool(item.checked),
        items=tuple(item.items()),
    )


def _heading_task(section: Section, found: re.Match[str]) -> SpecTask:
    tags = [tag.strip() for tag in _TAG.findall(found["tags"])]
    below = tuple(
        item
        for block in section.blocks
        if isinstance(block, Bullets)
        for item in block.items
        if not _is_task(item)
    )
    return SpecTask(
        id=found["id"],
        line=section.line,
        sentence=found["rest"].strip() or found["id"],
        parallel="P" in [tag.upper() for tag in tags],
        story=_story_of(tags),
        done=bool(below) and all(item.checked for item in below),
        items=below,
    )


def _story_of(tags: Sequence[str]) -> str:
    numbers = [found[1] for tag in tags if (found := _STORY.fullmatch(tag))]
    return f"US{int(numbers[0])}" if numbers else ""


def _note_without_number(section: Section, document: Document, problems: Problems) -> None:
    for block in section.blocks:
        for item in block.items if isinstance(block, Bullets) else ():
            if item.checked is None or _is_task(item) or _CHECKPOINTS[0] in item.text.lower()[:20]:
                continue
            is_template = _PLACEHOLDER.match(item.text)
            number = "the number of a template" if is_template else "no number"
            problems.warn(
                document.at(item.line),
                "no-number",
                f"{item.text[:60]!r} has {number}: it is no task of the plan",
                "begin it with one, like T001",
            )


def _checkpoints(blocks: Sequence[Block]) -> Iterator[tuple[str, int]]:
    """Find ``**Checkpoint**: …`` and ``**Independent Test**: …``, the checkpoint first."""
    found = [
        (label.name, label.value or label.name, label.line)
        for line in _lines(blocks)
        if (label := line.label()) is not None and label.name.startswith(_CHECKPOINTS)
    ]
    for name, said, line in sorted(found, key=lambda one: not one[0].startswith(_CHECKPOINTS[0])):
        is_test = not name.startswith(_CHECKPOINTS[0])
        yield (f"Independent test: {said}" if is_test else said), line


def _lines(blocks: Sequence[Block]) -> Iterator[TextLine]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from _sentences(block.lines)
        elif isinstance(block, Quote):
            yield from _lines(block.blocks)
        elif isinstance(block, Bullets):
            for item in block.items:
                if not _is_task(item):
                    yield from _sentences(item.lines)


def _sentences(lines: Sequence[TextLine]) -> Iterator[TextLine]:
    """Put the lines of a paragraph into one, or into one for each label that begins a line."""
    together: list[TextLine] = []
    for line in lines:
        if together and line.label() is not None and line.spans[0].style == "strong":
            yield _joined(together)
            together = []
        together.append(line)
    if together:
        yield _joined(together)


def _joined(lines: Sequence[TextLine]) -> TextLine:
    gap = Span("", " ")
    spans = [span for line in lines for span in (gap, *line.spans)][1:]
    return TextLine(lines[0].line, tuple(spans))
