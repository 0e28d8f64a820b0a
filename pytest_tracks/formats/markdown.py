"""Markdown as a tree of sections, each block with the line that it stands on.

::

    text ──► markdown-it (CommonMark and tables) ──► Section
                                                     ├── blocks    paragraphs, lists, fences, …
                                                     └── sections  those of deeper headings

What is inside a fence is the content of that fence and nothing else: no heading, no checkbox.
Front matter is cut off before parsing and read as YAML. The parser is imported when the first
document is parsed: native plans do without it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Keys, Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown_blocks import (
    Block,
    Bullets,
    Fence,
    Html,
    Item,
    Paragraph,
    Quote,
    Span,
    Table,
    TextLine,
)
from pytest_tracks.formats.yaml_nodes import read_yaml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

__all__ = ["MarkdownDocument", "Section", "front_matter", "parse"]

MAX_NESTING = 60
"""Of blocks within blocks; the parser drops what is deeper, and the readers here recurse."""

_CHECKBOX = re.compile(r"\[([ xX])\](?:\s+|$)")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:(.*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; the root has no heading and level 0."""

    level: int
    title: str
    line: int
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    end: int = 0
    """Its last line, that of its last sub-section included."""

    def walk(self) -> Iterator[Section]:
        """Yield it and all sections below it, in document order."""
        yield self
        for section in self.sections:
            yield from section.walk()

    def all_blocks(self) -> Iterator[Block]:
        """Yield its blocks and those of all sections below it, in document order."""
        for section in self.walk():
            yield from section.blocks


@dataclass(frozen=True, slots=True)
class MarkdownDocument:
    """A parsed document."""

    document: Document
    root: Section

    def at(self, line: int) -> Location:
        """Place a line of it."""
        return self.document.at(line)


@functools.lru_cache(maxsize=512)
def parse(document: Document, first_line: int = 1) -> MarkdownDocument:
    """Parse a document, once for all formats that look at it.

    ``first_line`` is that of its first line, where the text is a fence of another document.
    """
    text = (
        _FRONT_MATTER.sub(_blank, document.text, count=1)
        if _has_front(document)
        else (document.text)
    )
    offset = first_line - 1
    blocks = list(_Reader(text, offset).blocks(_parser(), text))
    return MarkdownDocument(document, _sections(blocks, offset + text.count("\n") + 1))


def front_matter(document: Document, problems: Problems) -> Keys | None:
    """Read the YAML between the ``---`` at the top; None where there is none or it is refused."""
    found = _FRONT_MATTER.match(document.text) if _has_front(document) else None
    if found is None or not (found[1] or "").strip():
        return None
    root = read_yaml(document.path, "\n" + found[1] + "\n", problems)
    if root is None or isinstance(root, Keys):
        return root
    problems.error(root.location, "wrong-type", "front matter is no mapping", "write key: value")
    return None


def _has_front(document: Document) -> bool:
    return document.text.startswith("---")


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    title: str
    line: int


_Flat: TypeAlias = "_Heading | Block"


def _sections(blocks: list[_Flat], last_line: int) -> Section:
    """Put blocks under the heading before them, and headings under the last lesser one."""
    position = 0

    def build(level: int, title: str, line: int) -> Section:
        nonlocal position
        own: list[Block] = []
        below: list[Section] = []
        while position < len(blocks):
            block = blocks[position]
            if isinstance(block, _Heading):
                if block.level <= level:
                    break
                position += 1
                below.append(build(block.level, block.title, block.line))
            else:
                position += 1
                own.append(block)
        following = blocks[position].line - 1 if position < len(blocks) else last_line
        return Section(level, title, line, tuple(own), tuple(below), following)

    return build(0, "", 1)


class _Reader:
    """Makes blocks of the parser's tree."""

    def __init__(self, text: str, offset: int) -> None:
        self._lines = text.split("\n")
        self._offset = offset

    def blocks(self, parser: MarkdownIt, text: str) -> Iterator[_Flat]:
        from markdown_it.tree import SyntaxTreeNode

        for node in SyntaxTreeNode(parser.parse(text)).children:
            if node.type == "heading":
                lines = _text_lines(node, self._line(node))
                title = " ".join(line.text for line in lines)
                yield _Heading(int(node.tag[1:]), title, self._line(node))
            else:
                yield from self._block(node)

    def _line(self, node: SyntaxTreeNode) -> int:
        return (node.map[0] if node.map else 0) + 1 + self._offset

    def _block(self, node: SyntaxTreeNode) -> Iterator[Block]:
        line = self._line(node)
        if node.type in ("paragraph", "heading"):  # a heading inside a list or quote is a text
            yield Paragraph(line, _text_lines(node, line))
        elif node.type in ("bullet_list", "ordered_list"):
            ordered = node.type == "ordered_list"
            yield Bullets(line, tuple(self._item(item) for item in node.children), ordered)
        elif node.type == "fence":
            yield Fence(line, node.info.strip(), node.content, node.markup, self._is_closed(node))
        elif node.type == "code_block":
            yield Fence(max(line - 1, 1), "", node.content, "", True)
        elif node.type == "blockquote":
            yield Quote(line, self._inner(node))
        elif node.type == "table":
            yield self._table(node)
        elif node.type == "html_block":
            yield Html(line, node.content)

    def _inner(self, node: SyntaxTreeNode) -> tuple[Block, ...]:
        return tuple(block for child in node.children for block in self._block(child))

    def _item(self, node: SyntaxTreeNode) -> Item:
        blocks = self._inner(node)
        first = blocks[0] if blocks and isinstance(blocks[0], Paragraph) else None
        lines = first.lines if first else ()
        checked, lines = _take_checkbox(lines)
        rest = blocks[1:] if first else blocks
        return Item(self._line(node), lines, checked, rest, str(node.info))

    def _table(self, node: SyntaxTreeNode) -> Table:
        rows = [
            (self._line(row), tuple(_text_lines(cell, self._line(row)) for cell in row.children))
            for part in node.children
            for row in part.children
        ]
        cells = [
            tuple(lines[0] if lines else TextLine(line, ()) for lines in row) for line, row in rows
        ]
        return Table(self._line(node), cells[0], tuple(cells[1:]))

    def _is_closed(self, node: SyntaxTreeNode) -> bool:
        start, end = node.map or (0, 0)
        last = self._lines[end - 1].strip(" \t>") if end - start > 1 else ""
        return len(last) >= len(node.markup) and set(last) == {node.markup[0]}


def _take_checkbox(lines: tuple[TextLine, ...]) -> tuple[bool | None, tuple[TextLine, ...]]:
    """Part the checkbox of a task-list item from its text."""
    if not lines or not lines[0].spans or lines[0].spans[0].style != "":
        return None, lines
    span = lines[0].spans[0]
    box = _CHECKBOX.match(span.text)
    if box is None:
        return None, lines
    rest = Span("", span.text[box.end() :])
    spans = (rest, *lines[0].spans[1:]) if rest.text else lines[0].spans[1:]
    return box[1] != " ", (TextLine(lines[0].line, spans), *lines[1:])


_STYLES = {"strong": "strong", "em": "em", "link": "link", "s": "", "image": "image"}


def _text_lines(node: SyntaxTreeNode, line: int) -> tuple[TextLine, ...]:
    """Make one line of text for each source line of a block's inline content."""
    rows: list[list[Span]] = [[]]
    for inline in node.children:
        for child in inline.children:
            _add_spans(child, "", rows)
    return tuple(TextLine(line + index, _joined(spans)) for index, spans in enumerate(rows))


def _add_spans(node: SyntaxTreeNode, style: str, rows: list[list[Span]]) -> None:
    if node.type in ("softbreak", "hardbreak"):
        rows.append([])
    elif node.type == "code_inline":
        rows[-1].append(Span("code", node.content))
    elif node.type in ("text", "text_special", "html_inline"):
        rows[-1].append(Span(style, node.content))
    elif node.type == "image":
        rows[-1].append(Span("image", node.content))
    else:
        for child in node.children:
            _add_spans(child, _STYLES.get(node.type, "") or style, rows)


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Join neighbours of one style, which escapes and entities have parted."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].style == span.style and span.style != "code":
            joined[-1] = Span(span.style, joined[-1].text + span.text)
        elif span.text:
            joined.append(span)
    return tuple(joined)
