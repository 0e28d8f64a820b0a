"""What a stages document says of itself: groups, neighbours, weeks, totals, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_tracks.core.claims import Claim, ClaimKind
from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.durations import HOURS_PER_WEEK, read_duration, read_percent
from pytest_tracks.formats.markdown import MarkdownDocument
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Paragraph, Quote, Table
from pytest_tracks.formats.stage_sections import STAGE, StageSection, StagesFound, stage_id
from pytest_tracks.formats.text import repair

__all__ = ["note_sizes", "note_totals", "stage_claims"]

_GROUP = re.compile(r"([A-Z])\b")
_WITH = re.compile(r"(?:can\s+)?run\s+(?:in\s+parallel\s+)?with\s+(.*)", re.I)
_NUMBERS = re.compile(rf"(?<![\w.]){STAGE}(?![\w%])")
_TOTAL = re.compile(r"total\s*:\s*(.*?)\s*\(?\bvs\.?\s+(.*?sequential)(.*)", re.I | re.S)
_PARALLELISM = re.compile(r"\(([^()]*)with parallelism\)", re.I)
_WEEK = re.compile(r"weeks?\s+\d{1,3}(?:\s*[-–]\s*\d{1,3})?\s*:\s*(.*)", re.I | re.S)
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SUBSTAGES = re.compile(r"(\d{1,4})\s+sub-?stages\b", re.I)
_TESTS = re.compile(r"~?(\d{1,5})\+?\s*tests\b", re.I)
_LINES = re.compile(r"~?(\d{2,6})\+?\s*lines\b", re.I)
_INTEGER = re.compile(r"~?(\d{1,6})")
_CELL_TOTAL = "total"

_SIZES = ((_TESTS, "tests", 20, 50), (_LINES, "lines", 500, 2000))
_FEWEST_FILES, _MOST_FILES = 3, 8
_SHORTEST, _LONGEST = HOURS_PER_WEEK, 2 * HOURS_PER_WEEK
"""The guide's own guidelines: 1-2 weeks, 20-50 tests, 500-2000 lines, 3-8 files a sub-stage."""


def stage_claims(parsed: MarkdownDocument, found: StagesFound) -> tuple[Claim, ...]:
    """Find everything that the document claims of its stages."""
    known = {stage.number for stage in found.stages}
    return (
        *_groups(parsed, found.stages, known),
        *_umbrella_claims(parsed, found),
        *_text_claims(parsed, known),
    )


def _groups(
    parsed: MarkdownDocument, stages: Sequence[StageSection], known: set[str]
) -> Iterator[Claim]:
    members: dict[str, list[StageSection]] = {}
    for stage in stages:
        label = stage.labels.get("parallel group")
        letter = _GROUP.match(label.value) if label else None
        if label and letter:
            members.setdefault(letter[1], []).append(stage)
            beside = _WITH.search(label.value)
            if beside:
                yield from _beside(parsed, stage, beside[1], label.line, label.value, known)
        label = stage.labels.get("can run in parallel with")
        if label:
            yield from _beside(parsed, stage, label.value, label.line, label.value, known)
    for name, of_group in members.items():
        label = of_group[0].labels["parallel group"]
        ids = tuple(stage.id for stage in of_group)
        text = f"Parallel Group {name}: {', '.join(stage.number for stage in of_group)}"
        yield Claim(ClaimKind.GROUP, (name, *ids), parsed.at(label.line), text)


def _beside(
    parsed: MarkdownDocument,
    stage: StageSection,
    written: str,
    line: int,
    text: str,
    known: set[str],
) -> Iterator[Claim]:
    others = [one for one in _NUMBERS.findall(written) if one in known]
    if others:
        ids = (stage.id, *map(stage_id, others))
        yield Claim(ClaimKind.BESIDE, ids, parsed.at(line), f"{stage.number}: {text}")


def _umbrella_claims(parsed: MarkdownDocument, found: StagesFound) -> Iterator[Claim]:
    """Read the duration of a stage that is cut into others: that of all of them, in sequence."""
    for umbrella in found.umbrellas:
        if len(found.umbrellas) == 1 and read_duration(umbrella.note):
            text = f"Stage {umbrella.number}: {umbrella.note}"
            at = parsed.at(umbrella.section.line)
            yield Claim(ClaimKind.SEQUENTIAL_HOURS, (umbrella.note,), at, text)


def _text_claims(parsed: MarkdownDocument, known: set[str]) -> Iterator[Claim]:
    wave = 0
    for section in parsed.root.walk():
        claimed = _PARALLELISM.search(section.title)
        if claimed and read_duration(claimed[1]):
            at = parsed.at(section.line)
            text = repair(section.title.strip())
            yield Claim(ClaimKind.PARALLEL_HOURS, (claimed[1].strip(),), at, text)
    for line, text in _lines(parsed):
        week = _WEEK.fullmatch(_IN_BRACKETS.sub("", text))
        numbers = [one for one in _NUMBERS.findall(week[1]) if one in known] if week else []
        if numbers:
            wave += 1
            ids = map(stage_id, numbers)
            yield Claim(ClaimKind.WAVE, (float(wave), *ids), parsed.at(line), text)
        yield from _total(parsed, line, text)
        counted = _SUBSTAGES.search(text)
        if counted and text.lower().startswith("deliverables"):
            yield Claim(ClaimKind.TASKS, (float(counted[1]),), parsed.at(line), text)


def _total(parsed: MarkdownDocument, line: int, text: str) -> Iterator[Claim]:
    total = _TOTAL.match(text)
    if total is None:
        return
    at = parsed.at(line)
    for kind, written in (
        (ClaimKind.PARALLEL_HOURS, total[1]),
        (ClaimKind.SEQUENTIAL_HOURS, total[2]),
    ):
        if read_duration(written):
            yield Claim(kind, (written,), at, text)
    percent = read_percent(total[3])
    if percent:
        yield Claim(ClaimKind.SAVING, (percent.low, percent.high), at, text)


def _lines(parsed: MarkdownDocument) -> Iterator[tuple[int, str]]:
    for block in parsed.root.all_blocks():
        yield from _block_lines(block)


def _block_lines(block: Block) -> Iterator[tuple[int, str]]:
    if isinstance(block, Paragraph):
        yield from ((line.line, line.text) for line in block.lines)
    elif isinstance(block, Bullets):
        for item in block.walk():
            yield from ((line.line, line.text) for line in item.lines)
    elif isinstance(block, Quote):
        for below in block.blocks:
            yield from _block_lines(below)


def note_sizes(
    parsed: MarkdownDocument, stages: Sequence[StageSection], problems: Problems
) -> None:
    """Warn of stages outside the guide's sizes, as far as they state any."""
    for stage in stages:
        for fault in _faults(stage):
            problems.warn(
                parsed.at(stage.section.line),
                "stage-size",
                f"{stage.id} has {fault}",
                "cut it into smaller stages, or join it with another",
            )


def _faults(stage: StageSection) -> Iterator[str]:
    label = stage.labels.get("duration")
    span = read_duration(label.value if label else stage.note)
    if span and not _SHORTEST <= span.middle <= _LONGEST:
        yield f"{span.middle / HOURS_PER_WEEK:g} weeks, where 1 to 2 are advised"
    files = len({code for item in stage.files for line in item.lines for code in line.codes})
    if files and not _FEWEST_FILES <= files <= _MOST_FILES:
        yield f"{files} files, where {_FEWEST_FILES} to {_MOST_FILES} are advised"
    for pattern, what, low, high in _SIZES:
        stated = [int(one) for _, text in stage.numbers for one in pattern.findall(text)]
        if stated and not low <= sum(stated) <= high:
            yield f"{sum(stated)} {what}, where {low} to {high} are advised"


def note_totals(parsed: MarkdownDocument, problems: Problems) -> None:
    """Warn where the last row of a table says another total than its rows add up to."""
    for block in parsed.root.all_blocks():
        if not isinstance(block, Table) or len(block.rows) < 2:
            continue
        *rows, last = block.rows
        if not last or not last[0].text.strip().lower().startswith(_CELL_TOTAL):
            continue
        for column in range(1, len(last)):
            stated = _INTEGER.match(last[column].text.strip())
            cells = [_INTEGER.match(row[column].text.strip()) for row in rows if column < len(row)]
            if stated is None or not all(cells):
                continue
            total = sum(int(cell[1]) for cell in cells if cell)
            if total != int(stated[1]):
                problems.warn(
                    parsed.at(last[column].line),
                    "contradiction",
                    f"says {last[column].text!r}, but the rows above add up to {total}",
                    "correct one of them",
                )
