"""In which order the tasks of a spec-kit ``tasks.md`` come."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import Section
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Fence, Paragraph
from pytest_tracks.formats.spec_kit_tasks import TASK_ID, Phase, SpecTask

__all__ = ["Order", "order_tasks"]

_ID = TASK_ID.pattern
_IDS = re.compile(rf"({_ID})(?:\s*(?:-|–|to|through|\.\.)\s*({_ID}))?")
_LIST = rf"{_ID}(?:\s*(?:,|&|and|-|–|to|through)\s*(?:and\s+)?{_ID})*"
_NEEDS = re.compile(
    rf"\b(?:depends?\s+on|depending\s+on|after|requires?|needs|blocked\s+by|uses)\s*:?\s*({_LIST})",
    re.IGNORECASE,
)
_ARROW = re.compile(r"\s*(?:→|⟶|-+>|=+>)\s*")
_DOWN = re.compile(r"[↓⬇▼|v\s]+")
_FORWARD = re.compile(r"\b(?:blocks?|before|precedes?|enables?)\b", re.IGNORECASE)
_BACKWARD = re.compile(r"\b(?:depends?\s+on|after|requires?|needs|blocked\s+by)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """Predecessors of every task, and the tasks that wait for the checkpoint of a phase."""

    predecessors: Mapping[str, tuple[str, ...]]
    behind: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Stated:
    """A task that waits for another one, and where that is said."""

    task: str
    predecessor: str
    line: int


def order_tasks(
    phases: Sequence[Phase], root: Section, document: Document, problems: Problems
) -> Order:
    """Order all tasks; notes each statement that contradicts the order of the document."""
    phases = _without_doubles(phases)
    building = _Building(phases)
    known = [task.id for phase in phases for task in phase.tasks]
    stated = [*_in_sentences(phases, known), *_in_sections(root, known)]
    for one in stated:
        if one.task == one.predecessor or building.is_before(one.predecessor, one.task):
            continue
        if building.is_before(one.task, one.predecessor):
            problems.warn(
                document.at(one.line),
                "order-contradicted",
                f"{one.task} is to wait for {one.predecessor}, which comes after it",
                "move one of them, or correct the sentence: no edge is made of it",
            )
        else:
            building.edges[one.task].append(one.predecessor)
    edges = {task: tuple(dict.fromkeys(before)) for task, before in building.edges.items()}
    return Order(edges, building.behind)


def _without_doubles(phases: Sequence[Phase]) -> list[Phase]:
    """Leave out a task whose id stands before: looking ids up refuses it."""
    seen: set[str] = set()
    kept = []
    for phase in phases:
        firsts = {one.id: one for one in reversed(phase.tasks) if one.id not in seen}
        kept.append(replace(phase, tasks=tuple(firsts[name] for name in reversed(firsts))))
        seen |= firsts.keys()
    return kept


class _Building:
    """The order that numbers, marks and phases mean; more edges can be added."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self.edges: dict[str, list[str]] = {}
        self.behind: dict[str, tuple[str, ...]] = {}
        self._gates: dict[str, list[str]] = {}
        """Tasks that a task waits for through a checkpoint."""
        for phase in phases:
            self._order_within(phase)
        for phase, before in _phases_before(phases):
            self._put_behind(phase, before)

    def is_before(self, earlier: str, later: str) -> bool:
        """Whether a task already waits for another one, over any number of edges."""
        waiting = [later]
        seen = {later}
        while waiting:
            task = waiting.pop()
            for one in (*self.edges.get(task, ()), *self._gates.get(task, ())):
                if one == earlier:
                    return True
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
        return False

    def _order_within(self, phase: Phase) -> None:
        barrier: list[str] = []
        together: list[str] = []
        for task in phase.tasks:
            if task.parallel:
                self.edges.setdefault(task.id, []).extend(barrier)
                together.append(task.id)
            else:
                self.edges.setdefault(task.id, []).extend(together or barrier)
                barrier, together = [task.id], []

    def _put_behind(self, phase: Phase, before: Sequence[Phase]) -> None:
        own = {task.id for task in phase.tasks}
        firsts = [task.id for task in phase.tasks if not own & set(self.edges[task.id])]
        for earlier in before:
            if earlier.checkpoints:
                known = self.behind.get(earlier.number, ())
                self.behind[earlier.number] = (*known, *firsts)
                for first in firsts:
                    self._gates.setdefault(first, []).extend(one.id for one in earlier.tasks)
            else:
                for first in firsts:
                    self.edges[first] += self._lasts(earlier)

    def _lasts(self, phase: Phase) -> list[str]:
        own = [task.id for task in phase.tasks]
        awaited = {one for task in own for one in self.edges[task]}
        return [task for task in own if task not in awaited]


def _phases_before(phases: Sequence[Phase]) -> Iterator[tuple[Phase, Sequence[Phase]]]:
    """Yield each phase with those it waits for: stories wait for what is no story."""
    common: list[Phase] = []
    stories: list[Phase] = []
    for phase in phases:
        if phase.story:
            yield phase, common[-1:]
            stories.append(phase)
        else:
            yield phase, stories or common[-1:]
            common.append(phase)
            stories = []


def _in_sentences(phases: Sequence[Phase], known: Sequence[str]) -> Iterator[_Stated]:
    for phase in phases:
        for task in phase.tasks:
            for said, line in _sentences(task):
                for found in _NEEDS.finditer(said):
                    for one in _named(found[1], known):
                        yield _Stated(task.id, one, line)


def _sentences(task: SpecTask) -> Iterator[tuple[str, int]]:
    yield task.sentence, task.line
    for item in task.items:
        label = item.lines[0].label() if item.lines else None
        if label is not None and label.name in ("depends on", "dependencies", "dependency"):
            yield f"depends on {label.value}", item.line


def _in_sections(root: Section, known: Sequence[str]) -> Iterator[_Stated]:
    """Read what the sections on dependencies say."""
    for section in root.walk():
        if "dependenc" in section.title.lower():
            for inner in section.walk():
                for block in inner.blocks:
                    yield from _in_block(block, known)
            return


def _in_block(block: Block, known: Sequence[str]) -> Iterator[_Stated]:
    if isinstance(block, Fence):
        yield from _in_drawing(block, known)
    elif isinstance(block, Paragraph):
        for line in block.lines:
            yield from _in_line(line.text, line.line, known)
    elif isinstance(block, Bullets):
        for item in block.walk():
            yield from _in_line(item.text, item.line, known)


def _in_line(said: str, line: int, known: Sequence[str]) -> Iterator[_Stated]:
    """Read ``T001 → T002, T003``, ``T001 blocks T002``, ``T002 depends on T001``."""
    groups = [_named(part, known) for part in _ARROW.split(said)]
    if sum(1 for group in groups if group) > 1:
        yield from _chain([group for group in groups if group], line)
        return
    for pattern, forward in ((_BACKWARD, False), (_FORWARD, True)):
        if found := pattern.search(said):
            left, right = _named(said[: found.start()], known), _named(said[found.end() :], known)
            yield from _chain([left, right] if forward else [right, left], line)
            return


def _in_drawing(fence: Fence, known: Sequence[str]) -> Iterator[_Stated]:
    """Read lines one below the other with arrows between them, and arrows within a line."""
    above: list[str] = []
    joined = False
    for line, said in enumerate(fence.content.split("\n"), fence.line + 1):
        yield from _in_line(said, line, known)
        named = _named(said, known)
        if named:
            if joined:
                yield from _chain([above, named], line)
            above, joined = named, False
        elif said.strip():
            joined = bool(above) and _DOWN.fullmatch(said) is not None


def _chain(groups: Sequence[Sequence[str]], line: int) -> Iterator[_Stated]:
    for earlier, later in itertools.pairwise(groups):
        yield from (_Stated(task, one, line) for task in later for one in earlier)


def _named(said: str, known: Sequence[str]) -> list[str]:
    """Find the tasks that a text names, with all between the ends of ``T001-T006``."""
    found: list[str] = []
    for one in _IDS.finditer(said):
        first, last = one[1], one[2]
        if last and first in known and last in known:
            found += known[known.index(first) : known.index(last) + 1]
        else:
            found += [name for name in (first, last) if name in known]
    return list(dict.fromkeys(found))
