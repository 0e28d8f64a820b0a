"""Fences that are not what they seem: without an end, or opened inside another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.markdown import MarkdownDocument
from pytest_tracks.formats.markdown_blocks import Block, Bullets, Fence, Quote

__all__ = ["note_fences"]


def note_fences(parsed: MarkdownDocument, problems: Problems) -> bool:
    """Note each fence without an end, which takes in all that follows; True where all have one.

    A fence that seems to open another one inside itself ended at the end of that one: a warning.
    """
    fences = [block for block in _deep(parsed.root.all_blocks()) if isinstance(block, Fence)]
    for fence in fences:
        if not fence.closed:
            problems.error(
                parsed.at(fence.line),
                "unclosed-fence",
                f"the fence {fence.markup} that opens here has no end: what follows is its content",
                f"add a line {fence.markup} where it ends",
            )
        elif inner := _inner_opening(fence):
            problems.warn(
                parsed.at(fence.line + inner),
                "nested-fence",
                f"opens no fence: the one of line {fence.line} is still open and ends at the next "
                f"{fence.markup}, so that what follows may be read as what it was not meant to be",
                f"write the outer fence with {fence.markup[0] * (len(fence.markup) + 1)}",
            )
    return all(fence.closed for fence in fences)


def _inner_opening(fence: Fence) -> int:
    """Find the line inside a fence that looks like the opening of another; 0: there is none."""
    if not fence.markup:
        return 0
    opening = re.compile(rf" {{0,3}}{re.escape(fence.markup)}+[A-Za-z]")
    lines = enumerate(fence.content.split("\n"), 1)
    return next((number for number, line in lines if opening.match(line)), 0)


def _deep(blocks: Iterator[Block] | tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Quote):
            yield from _deep(block.blocks)
        elif isinstance(block, Bullets):
            for item in block.items:
                yield from _deep(item.blocks)
