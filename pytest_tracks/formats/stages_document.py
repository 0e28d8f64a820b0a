"""Stages documents: ``## Stage 9.1: Title (2 weeks)`` with files, dependencies, parallel groups.

::

    ## Stage 9.4: Reports (1.5 weeks)        STAGE-9.4, 60 h (a week has 40, a day 8: settings)
    **Files:** - `src/reports.tsx` (new)     files
    **Dependencies:** Stage 9.1 (uses it)    STAGE-9.1 goes first; a stage that stands elsewhere
                                             is only a note
      - **Optional:** Stage 9.2              an order among what could begin: no gate
    **Parallel Group:** B (waits for 9.1)    a claim, as is "Can run in parallel with"
    **Deliverables:** - [ ] …                criteria; without any, the stage's goal or title
    **Priority:** P0                         P0 comes first among what could begin

Stages are headings; where a document has none, those that it shows in a fence of Markdown. What it
states of sizes and totals is compared (``stage_claims``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from pytest_tracks.core.tree import Keys, Node, Problems
from pytest_tracks.formats.document import Document, PlanTree, Recognition
from pytest_tracks.formats.durations import read_duration
from pytest_tracks.formats.markdown import MarkdownDocument, parse
from pytest_tracks.formats.markdown_blocks import Item
from pytest_tracks.formats.markdown_fences import note_fences
from pytest_tracks.formats.node_building import items, keys, text
from pytest_tracks.formats.stage_claims import note_sizes, note_totals, stage_claims
from pytest_tracks.formats.stage_sections import (
    STAGE,
    StageSection,
    StagesFound,
    find_stages,
)
from pytest_tracks.formats.text import repair

__all__ = ["StagesDocument"]

_PROOF = re.compile(r"\b(?:completion )?proof\b", re.I)
_REFERENCE = re.compile(rf"Stages?\s+({STAGE}(?:\s*(?:,|and|&|\+)\s*(?:Stage\s+)?{STAGE})*)", re.I)
_NUMBER = re.compile(STAGE)
_RANGE = re.compile(rf"({STAGE})\s*(?:-|–|—|to|through)\s*({STAGE})")
_NOTHING = re.compile(r"\s*(?:none|n/a|-|—)\b.*|\s*", re.I | re.S)
_COVERAGE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%\+?\s*coverage|coverage\D{0,12}(\d{1,3})\s*%", re.I)
_PRIORITY = re.compile(r"P(\d)\b", re.I)
_NO_PRIORITY = 9


class StagesDocument:
    """The format of documents that cut work into stages."""

    name = "stages document"
    patterns: tuple[str, ...] = ("*.md",)

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Take documents with numbered stages; a proof that one is complete is no plan."""
        taken = tuple(one for one in documents if _is_plan(one))
        return Recognition(taken) if taken else _refusal(documents[0])

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate the stages of the document."""
        for other in documents[1:]:
            problems.error(
                other.at(1),
                "two-plans",
                f"has stages, and so does {documents[0].path}",
                "name one of the documents",
            )
        parsed = parse(documents[0])
        if not note_fences(parsed, problems) or problems.errors:
            return None
        return _Translation(parsed, find_stages(parsed), problems).tree()


def _is_plan(document: Document) -> bool:
    parsed = parse(document)
    if any(_PROOF.search(section.title) for section in parsed.root.sections if section.level == 1):
        return False
    return any(stage.is_evident for stage in find_stages(parsed).stages)


def _refusal(document: Document) -> Recognition:
    for section in parse(document).root.sections:
        if _PROOF.search(section.title):
            reason = "it is a proof that a stage is complete, or the template of one"
            return Recognition(reason=reason, at=document.at(section.line))
    reason = "there is no heading like '## Stage 9.1: Title' with files, dependencies or goal"
    return Recognition(reason=reason, at=document.at(1))


class _Translation:
    """Makes nodes of one document."""

    def __init__(self, parsed: MarkdownDocument, found: StagesFound, problems: Problems) -> None:
        self._parsed = parsed
        self._found = found
        self._problems = problems
        self._ids = {stage.number: stage.id for stage in found.stages}
        self._silent: list[StageSection] = []
        self._optional: dict[str, list[str]] = {}

    def tree(self) -> PlanTree:
        self._note_fences()
        tasks = {}
        before: StageSection | None = None
        for stage in self._found.stages:
            tasks[id(stage)] = self._task(stage, before)
            before = stage
        self._note_silent()
        note_sizes(self._parsed, self._found.stages, self._problems)
        note_totals(self._parsed, self._problems)
        at = self._parsed.at(1)
        title = next((one.title for one in self._parsed.root.sections), "")
        return PlanTree(
            tuple(tasks[id(stage)] for stage in self._in_order()),
            keys(at, {"project": repair(title)}),
            notes=stage_claims(self._parsed, self._found),
        )

    def _in_order(self) -> list[StageSection]:
        """Order stages for ties: by priority, and behind those that they optionally wait for."""
        ranked = sorted(self._found.stages, key=_rank)
        by_id = {stage.id: stage for stage in ranked}
        placed: dict[str, StageSection] = {}

        def place(stage: StageSection, waiting: frozenset[str]) -> None:
            for name in self._optional.get(stage.id, ()):
                if name in by_id and name not in placed and name not in waiting:
                    place(by_id[name], waiting | {stage.id})
            placed.setdefault(stage.id, stage)

        for stage in ranked:
            place(stage, frozenset())
        # Two stages of one number both stay, so that the second is told as a double.
        return [*placed.values(), *(one for one in ranked if placed[one.id] is not one)]

    def _note_fences(self) -> None:
        for fence in self._found.fences:
            self._problems.warn(
                self._parsed.at(fence.line),
                "stages-in-fence",
                "the stages of the plan stand in this fence, as no heading of the document is one",
                "take them out of the fence to make them the plan beyond doubt",
            )

    def _task(self, stage: StageSection, before: StageSection | None) -> Keys:
        at = self._parsed.at(stage.section.line)
        duration = self._duration(stage)
        external: list[Node] = []
        predecessors = self._predecessors(stage, before, external)
        priority = stage.labels.get("priority")
        goal = stage.labels.get("goal")
        return keys(
            at,
            {
                "id": stage.id,
                "title": repair(stage.title) or f"Stage {stage.number}",
                "description": repair(goal.value) if goal else "",
                "estimated_hours": duration,
                "depends_on": predecessors,
                "files": [text(path, self._parsed.at(line)) for line, path in self._files(stage)],
                "priority": priority.value if priority else "",
                "value": repair(stage.value),
                "external": external,
                "steps": self._steps(stage),
                "acceptance_criteria": self._criteria(stage),
            },
        )

    def _duration(self, stage: StageSection) -> Node | None:
        """Keep it as written: how long a week is, settings say."""
        label = stage.labels.get("duration")
        for line, written in (
            (label.line if label else 0, label.value if label else ""),
            (stage.section.line, stage.note),
        ):
            if written and read_duration(written):
                return text(written, self._parsed.at(line))
        return None

    def _files(self, stage: StageSection) -> Iterator[tuple[int, str]]:
        for item in stage.files:
            for line in item.lines:
                for path in line.codes or ([item.text.split()[0]] if item.text else []):
                    if _is_path(path):
                        yield item.line, path

    # -- dependencies ----------------------------------------------------------------------------

    def _predecessors(
        self, stage: StageSection, before: StageSection | None, external: list[Node]
    ) -> Node | None:
        if not stage.dependencies:
            if before is None:
                return None
            self._silent.append(stage)
            at = self._parsed.at(stage.section.line)
            return items(at, [text(before.id, at)])
        found: dict[str, Node] = {}
        for line, written, required in stage.dependencies:
            at = self._parsed.at(line)
            numbers = self._numbers(written)
            inside = [one for number in numbers for one in self._meant(stage, number)]
            if required:
                found.update({name: text(name, at) for name in inside})
            else:
                self._optional.setdefault(stage.id, []).extend(inside)
            if not inside and not _NOTHING.fullmatch(written):
                external.append(text(repair(written), at))
                self._note_external(line, written, numbers)
        at = self._parsed.at(stage.dependencies[0][0])
        return items(at, found.values()) if found else None

    def _numbers(self, written: str) -> list[str]:
        """Find the stages that a text names: ``Stage 7``, ``Stages 9.1-9.3``, ``9.1 and 9.2``."""
        plain = _RANGE.sub(self._spelled_out, written)
        named = [one for match in _REFERENCE.finditer(plain) for one in _NUMBER.findall(match[1])]
        bare = [one for one in _NUMBER.findall(plain) if "." in one and one in self._ids]
        return list(dict.fromkeys([*named, *bare]))

    def _spelled_out(self, found: re.Match[str]) -> str:
        """Write a range of stages of this document as a list."""
        order = list(self._ids)
        if found[1] not in self._ids or found[2] not in self._ids:
            return found[0]
        return ", ".join(order[order.index(found[1]) : order.index(found[2]) + 1])

    def _meant(self, stage: StageSection, number: str) -> list[str]:
        """Find the stage of a number, or those that it is cut into."""
        if number in self._ids:
            return [self._ids[number]]
        below = [one for one in self._ids if one.startswith(f"{number}.")]
        return [self._ids[one] for one in below if one != stage.number]

    def _note_external(self, line: int, written: str, numbers: Sequence[str]) -> None:
        what = f"stage {', '.join(numbers)} stands elsewhere" if numbers else "it names no stage"
        self._problems.warn(
            self._parsed.at(line),
            "external-dependency",
            f"dependency {repair(written)[:80]!r} is only a note: {what}",
            "see that it is met, or name a stage of this document",
        )

    def _note_silent(self) -> None:
        if not self._silent:
            return
        first = self._silent[0]
        names = ", ".join(stage.number for stage in self._silent)
        self._problems.warn(
            self._parsed.at(first.section.line),
            "no-dependencies",
            f"stages {names} state no dependencies: each waits for the one before it",
            "write '**Dependencies:** None' if one can begin at once",
        )

    # -- criteria --------------------------------------------------------------------------------

    def _criteria(self, stage: StageSection) -> Node:
        at = self._parsed.at(stage.section.line)
        for item in stage.deliverables:
            self._propose_coverage(stage, item)
        if stage.deliverables:
            return items(at, [self._item_text(item) for item in stage.deliverables])
        goal = stage.labels.get("goal")
        what = goal.value if goal and goal.value else stage.title or f"Stage {stage.number}"
        return items(at, [text(repair(what), self._parsed.at(goal.line) if goal else at)])

    def _steps(self, stage: StageSection) -> list[Node]:
        return [
            self._item_text(below)
            for item in stage.deliverables
            for below in item.items()
            if below.text
        ]

    def _item_text(self, item: Item) -> Node:
        return text(repair(item.text), self._parsed.at(item.line))

    def _propose_coverage(self, stage: StageSection, item: Item) -> None:
        found = _COVERAGE.search(item.text)
        percent = float(found[1] or found[2]) if found else 0.0
        if not 0 < percent <= 100:
            return
        folders = dict.fromkeys(posixpath.dirname(path) for _, path in self._files(stage))
        source = ", ".join(folder for folder in folders if folder) or "src"
        self._problems.warn(
            self._parsed.at(item.line),
            "coverage-proposed",
            f"{stage.id} asks for {percent:g} % coverage, which nothing measures yet",
            f"add to tracks.yaml: tasks: {{{stage.id}: {{coverage: {{source: [{source}], "
            f"min: {percent:g}}}}}}}",
        )


def _rank(stage: StageSection) -> int:
    label = stage.labels.get("priority")
    found = _PRIORITY.search(label.value) if label else None
    return int(found[1]) if found else _NO_PRIORITY


def _is_path(written: str) -> bool:
    """Tell a path below root from other code, such as an absolute path or a name in a sentence."""
    inside = not written.startswith(("/", "~", "\\")) and ".." not in written.split("/")
    return (
        inside
        and bool(re.fullmatch(r"[\w.*@()\[\]{}+-][\w./*@()\[\]{}+-]*", written))
        and ("/" in written or "." in written)
    )
