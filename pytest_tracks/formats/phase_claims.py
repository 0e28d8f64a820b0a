"""What a phase plan says of itself: waves as printed, totals, durations, speed-up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_tracks.core.claims import Claim, ClaimKind
from pytest_tracks.formats.durations import Span, read_duration, read_percent
from pytest_tracks.formats.markdown import MarkdownDocument
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Fence, Paragraph, Quote
from pytest_tracks.formats.phase_numbers import PHASE, phase_id, read_numbers

__all__ = ["phase_claims", "phase_durations"]

_LISTED = rf"phases?\s+({PHASE}(?:\s*(?:,\s*(?:and\b)?|&|\+|and\b)\s*{PHASE})*)"
_WAVE_FIRST = re.compile(rf"\W*wave\s+(\d{{1,4}})\b\W*{_LISTED}", re.I)
_WAVE_LAST = re.compile(rf"\W*{_LISTED}\s*:.*\(wave\s+(\d{{1,4}})\)", re.I)
_TIMED = re.compile(rf"phase\s+({PHASE})\s*\(([^()]*)\)", re.I)
_TOTAL = re.compile(r"=\s*([\d.]+\s*\w+)(?:\s+total)?\b", re.I)
_COUNTS = {"total phases": ClaimKind.TASKS, "estimated phases": ClaimKind.TASKS,
           "parallel phases": ClaimKind.PARALLEL_TASKS}  # fmt: skip
_SAVINGS = frozenset({"expected speedup", "speedup", "speed-up", "time savings", "time saved"})
_SEQUENTIAL = frozenset({"traditional execution", "sequential execution", "sequential"})
_PARALLEL = frozenset({"parallel execution", "parallel"})
_HOURS = frozenset({"estimated hours", "total hours", "estimated total"})

_Line = tuple[int, str]


def phase_durations(parsed: MarkdownDocument) -> dict[str, tuple[Span, int]]:
    """Find ``Phase 2 (10m)`` anywhere in the text: the duration in hours and its line."""
    found: dict[str, tuple[Span, int]] = {}
    for line, text in _lines(parsed, fences=False):
        for match in _TIMED.finditer(text):
            span = read_duration(match[2])
            if span is not None and span.low > 0:
                found.setdefault(phase_id(match[1]), (span, line))
    return found


def phase_claims(
    parsed: MarkdownDocument, durations: Mapping[str, tuple[Span, int]]
) -> tuple[Claim, ...]:
    """Find everything that the document claims of its phases."""
    claims: list[Claim] = []
    for line, text in _lines(parsed, fences=False):
        claims += _labelled(parsed, line, text)
    for line, text in _lines(parsed, fences=True):
        claims += _waves(parsed, line, text)
    return tuple(claims)


def _labelled(parsed: MarkdownDocument, line: int, text: str) -> Iterator[Claim]:
    name, separator, value = text.partition(":")
    name, value = name.strip().lower(), value.strip()
    if not separator or not value:
        return
    at = parsed.at(line)
    if name in _COUNTS:
        number = re.match(r"\d{1,6}", value)
        if number:
            yield Claim(_COUNTS[name], (float(number[0]),), at, text)
    elif name in _SAVINGS:
        percent = read_percent(value)
        if percent:
            yield Claim(ClaimKind.SAVING, (percent.low, percent.high), at, text)
    elif name in _SEQUENTIAL | _PARALLEL:
        yield from _total(parsed, line, text, name)
    elif name in _HOURS:
        span = read_duration(value)
        if span:
            yield Claim(ClaimKind.SEQUENTIAL_HOURS, (span.low, span.high), at, text)


def _total(parsed: MarkdownDocument, line: int, text: str, name: str) -> Iterator[Claim]:
    total = _TOTAL.search(text)
    span = read_duration(total[1]) if total else None
    if span:
        kind = ClaimKind.SEQUENTIAL_HOURS if name in _SEQUENTIAL else ClaimKind.PARALLEL_HOURS
        yield Claim(kind, (span.low, span.high), parsed.at(line), text)


def _waves(parsed: MarkdownDocument, line: int, text: str) -> Iterator[Claim]:
    first, last = _WAVE_FIRST.match(text), _WAVE_LAST.match(text)
    wave, listed = (first[1], first[2]) if first else (last[2], last[1]) if last else ("", "")
    numbers = read_numbers(listed) if wave else None
    if numbers:
        members = tuple(phase_id(number) for number in numbers)
        yield Claim(ClaimKind.WAVE, (float(wave), *members), parsed.at(line), text.strip())


def _lines(parsed: MarkdownDocument, *, fences: bool) -> Iterator[_Line]:
    """Yield all lines of text; those of fences without a language (drawings) where asked for."""
    for block in parsed.root.all_blocks():
        yield from _block_lines(block, fences=fences)


def _block_lines(block: Block, *, fences: bool) -> Iterator[_Line]:
    if isinstance(block, Paragraph):
        yield from ((line.line, line.text) for line in block.lines)
    elif isinstance(block, Bullets):
        for item in block.items:
            yield from ((line.line, line.text) for line in item.lines)
            for below in item.blocks:
                yield from _block_lines(below, fences=fences)
    elif isinstance(block, Quote):
        for below in block.blocks:
            yield from _block_lines(below, fences=fences)
    elif isinstance(block, Fence) and fences and block.language in ("", "text"):
        for offset, text in enumerate(block.content.split("\n"), 1):
            yield block.line + offset, text
