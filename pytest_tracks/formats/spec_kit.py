"""spec-kit's ``tasks.md``: numbered tasks in phases, some marked to run side by side.

::

    ## Phase 3: User Story 1 - Sign up (Priority: P1)     requirement US1
    - [ ] T012 [P] [US1] Create User in src/models/user.py       a task that owns a file
      - Verify: it can be stored                                 its criterion, else its sentence
    **Checkpoint**: User Story 1 works on its own         a sync point behind the phase

Order is what the format means by it: a phase waits for the one before, but stories only for what
stands before the first of them; within a phase, tasks come in their order, and neighbours marked
``[P]`` together. What a sentence or the section on dependencies says beside that is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_tracks.core.tree import Items, Keys, Node, Problems
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.loose_keys import one_line
from pytest_tracks.formats.markdown import Section, parse
from pytest_tracks.formats.markdown_blocks import Bullets, Item
from pytest_tracks.formats.markdown_fences import note_fences
from pytest_tracks.formats.node_building import Value, items, keys, text
from pytest_tracks.formats.owned_files import paths_in_words
from pytest_tracks.formats.spec_kit_order import order_tasks
from pytest_tracks.formats.spec_kit_tasks import Phase, SpecTask, find_phases, has_task

__all__ = ["SpecKit"]

_LONGEST_TITLE = 100
_CHECKS = frozenset(["verify", "verification", "acceptance", "acceptance_criteria", "done_when"])


class SpecKit:
    """Reads a ``tasks.md``, or those of several features."""

    name = "spec-kit task list"
    patterns: tuple[str, ...] = ("*.md",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take the lists of tasks ``T001``."""
        taken = tuple(one for one in documents if _is_task_list(one))
        if taken:
            return Recognition(taken)
        first = documents[0].at(1) if len(documents) == 1 else None
        return Recognition(reason="no tasks.md with a checkbox '- [ ] T001 …'", at=first)

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate all lists; None where one has a fence without an end."""
        closed = [note_fences(parse(one), problems) for one in documents]
        if not all(closed):
            return None
        prefixes = _prefixes(documents)
        read = [
            _Translation(one, prefix, problems)
            for one, prefix in zip(documents, prefixes, strict=True)
        ]
        tasks = [task for one in read for task in one.tasks()]
        stories = [story for one in read for story in one.stories()]
        sync_points = [point for one in read for point in one.sync_points()]
        start = documents[0].at(1)
        return PlanTree(
            tasks=tuple(tasks),
            tracks=keys(start, {"project": _project(documents), "sync_points": sync_points}),
            requirements=keys(start, {"requirements": stories}) if stories else None,
        )


def _is_task_list(document: Document) -> bool:
    if not re.search(r"\bT-?\d{3}", document.text) or document.text.startswith("---\nid:"):
        return False
    root = parse(document).root
    headed = any(one.title.lower().startswith("tasks") for one in root.sections[:1])
    return (document.name.lower() == "tasks.md" or headed) and has_task(root)


def _project(documents: Sequence[Document]) -> str:
    sections = parse(documents[0]).root.sections
    title = sections[0].title if sections and len(documents) == 1 else ""
    return re.sub(r"^tasks\s*[:\-–—]\s*", "", title, flags=re.IGNORECASE).strip()


def _prefixes(documents: Sequence[Document]) -> list[str]:
    """Make ids of several lists different: ``002:T001``, by the number of the feature's folder."""
    if len(documents) == 1:
        return [""]
    folders = [one.path.split("/")[-2] if "/" in one.path else one.name for one in documents]
    numbers = [re.match(r"\d+", folder) for folder in folders]
    short = [found[0] if found else folder for found, folder in zip(numbers, folders, strict=True)]
    names = short if len(set(short)) == len(short) else folders
    return [re.sub(r"[^\w.-]+", "-", name).strip("-.") + ":" for name in names]


class _Translation:
    """Translates one list."""

    def __init__(self, document: Document, prefix: str, problems: Problems) -> None:
        self._document = document
        self._prefix = prefix
        self._phases = find_phases(document, problems)
        root: Section = parse(document).root
        self._order = order_tasks(self._phases, root, document, problems)

    def tasks(self) -> Iterator[Keys]:
        """Yield all tasks in the order of the document."""
        for phase in self._phases:
            for task in phase.tasks:
                yield self._task(task, phase)

    def _task(self, task: SpecTask, phase: Phase) -> Keys:
        at = self._document.at(task.line)
        before = [text(self._prefix + one, at) for one in self._order.predecessors[task.id]]
        story = task.story or phase.story
        criteria = [*self._criteria(task)] or [text(task.sentence, at)]
        pairs: dict[str, Value] = {
            "id": text(self._prefix + task.id, at),
            "title": _title(task.sentence),
            "depends_on": before,
            "component": phase.title,
            "requirements": [self._prefix + story] if story else None,
            "files": _files(task, self._document),
            "priority": phase.priority,
            "steps": [*self._steps(task)],
            "tags": [tag for tag in ("P" if task.parallel else "", story) if tag],
            "status": "completed" if task.done else None,
            "acceptance_criteria": criteria,
        }
        return keys(at, pairs)

    def _criteria(self, task: SpecTask) -> Iterator[Node]:
        for item in task.items:
            name, said = _label(item)
            if name in _CHECKS:
                entries = [(one.text, one.line) for one in item.items()] or [(said, item.line)]
                yield from (text(one, self._document.at(line)) for one, line in entries if one)

    def _steps(self, task: SpecTask) -> Iterator[Value]:
        for item in task.items:
            name, _ = _label(item)
            if item.text and name not in _CHECKS and name not in ("files", "file", "status"):
                at = self._document.at(item.line)
                yield keys(at, {"text": item.text, "done": bool(item.checked)})

    def stories(self) -> Iterator[Keys]:
        """Yield each user story once, as a requirement."""
        seen: set[str] = set()
        for phase in self._phases:
            named = [(phase.story, phase.line), *((one.story, one.line) for one in phase.tasks)]
            for story, line in named:
                if story and story not in seen:
                    seen.add(story)
                    title = phase.title if story == phase.story else story
                    pairs: dict[str, Value] = {"id": self._prefix + story, "title": title}
                    must = phase.priority in ("", "P1")
                    yield keys(self._document.at(line), {**pairs, "must": must})

    def sync_points(self) -> Iterator[Keys]:
        """Yield a sync point for each phase that ends with a checkpoint."""
        for phase in self._phases:
            if not phase.checkpoints or not phase.tasks:
                continue
            at = self._document.at(phase.checkpoints[0][1])
            pairs: dict[str, Value] = {
                "id": f"SYNC-{self._prefix}PHASE-{phase.number}",
                "title": f"Phase {phase.number} is done: {phase.title}",
                "after": [self._prefix + one.id for one in phase.tasks],
                "before": [self._prefix + one for one in self._order.behind.get(phase.number, ())],
                "criteria": [
                    text(said, self._document.at(line)) for said, line in phase.checkpoints
                ],
            }
            yield keys(at, pairs)


def _title(sentence: str) -> str:
    plain = sentence.replace("`", "")
    if len(plain) <= _LONGEST_TITLE:
        return plain
    return plain[:_LONGEST_TITLE].rpartition(" ")[0] + " …"


def _label(item: Item) -> tuple[str, str]:
    """Part ``Verify: it works`` into what it is and what it says."""
    label = item.lines[0].label() if item.lines else None
    if label is None:
        return "", item.text
    said = one_line(" ".join([label.value, *(line.text for line in item.lines[1:])]))
    return label.name.replace(" ", "_"), said


def _files(task: SpecTask, document: Document) -> Items | None:
    """Find the files of a task: what it lists, else what its sentence names."""
    found: dict[str, int] = {}
    for item in task.items:
        if _label(item)[0] in ("files", "file"):
            codes = [code for line in item.lines for code in line.codes]
            inner = [
                one for block in item.blocks if isinstance(block, Bullets) for one in block.walk()
            ]
            found.update(dict.fromkeys(paths_in_words(_label(item)[1], codes), item.line))
            for one in inner:
                codes = [code for line in one.lines for code in line.codes]
                found.update(dict.fromkeys(paths_in_words(one.text, codes), one.line))
    if not found:
        found = dict.fromkeys(paths_in_words(task.sentence, task.codes), task.line)
    nodes = [text(path, document.at(line)) for path, line in found.items()]
    return items(nodes[0].location, nodes) if nodes else None
