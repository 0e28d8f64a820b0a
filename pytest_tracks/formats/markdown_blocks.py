"""The blocks of a Markdown document; every ``line`` counts from 1 in its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Block",
    "Bullets",
    "Fence",
    "Html",
    "Item",
    "Label",
    "Paragraph",
    "Quote",
    "Span",
    "Table",
    "TextLine",
]

_LABEL = re.compile(r"([A-Za-z][\w /&()\-]{0,60}?)\s*:(?=\s|$)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style: ``""`` (plain), ``strong``, ``em``, ``code``, ``link``."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """``**Objective**: Build it`` or ``Tasks:``: a name, and what stands behind the colon."""

    name: str
    """In lower case, so that it can be compared."""
    value: str
    line: int
    strong: bool
    """Whether the name is in bold."""
    codes: tuple[str, ...] = ()
    """The code spans of the value."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a paragraph."""

    line: int
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """Its text; code keeps its backticks, other marks are gone."""
        return "".join(
            f"`{span.text}`" if span.style == "code" else span.text for span in self.spans
        ).strip()

    @property
    def codes(self) -> tuple[str, ...]:
        """Its code spans."""
        return tuple(span.text for span in self.spans if span.style == "code")

    def label(self) -> Label | None:
        """Read a label at its beginning, in bold or not; None where there is none."""
        strong = bool(self.spans) and self.spans[0].style == "strong"
        found = _LABEL.fullmatch(self.text)
        if found is None:
            return None
        name = found[1].strip()
        if strong and not self.spans[0].text.strip().rstrip(":").strip().startswith(name):
            strong = False
        return Label(name.lower(), found[2].strip(), self.line, strong, self.codes)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of text without a blank one between them."""

    line: int
    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Fence:
    """Code between fences (or indented, with no ``markup``): its content is never Markdown."""

    line: int
    """That of the opening fence; the content begins on the next one."""
    info: str
    content: str
    markup: str = "```"
    closed: bool = True

    @property
    def language(self) -> str:
        """First word behind the fence, in lower case."""
        return self.info.split()[0].lower() if self.info else ""


@dataclass(frozen=True, slots=True)
class Html:
    """A block of HTML, such as a comment."""

    line: int
    content: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list."""

    line: int
    lines: tuple[TextLine, ...]
    """Its first paragraph, without the checkbox."""
    checked: bool | None
    """Of a task-list item (``- [x]``): whether it is ticked; None where it has no box."""
    blocks: tuple[Block, ...] = ()
    """What stands below its first paragraph."""
    number: str = ""
    """Of an item of an ordered list."""

    @property
    def text(self) -> str:
        """Its first paragraph in one line."""
        return " ".join(line.text for line in self.lines).strip()

    def items(self) -> Iterator[Item]:
        """Yield the items of the lists directly below it."""
        for block in self.blocks:
            if isinstance(block, Bullets):
                yield from block.items


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, ordered or not."""

    line: int
    items: tuple[Item, ...]
    ordered: bool = False

    def walk(self) -> Iterator[Item]:
        """Yield its items and those below them, in document order."""
        for item in self.items:
            yield item
            for block in item.blocks:
                if isinstance(block, Bullets):
                    yield from block.walk()


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote."""

    line: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table (GFM); each cell is one line of text."""

    line: int
    header: tuple[TextLine, ...]
    rows: tuple[tuple[TextLine, ...], ...]

    def column(self, *names: str) -> int | None:
        """Find the column whose header is one of the names (in lower case)."""
        for index, cell in enumerate(self.header):
            if cell.text.lower() in names:
                return index
        return None


Block: TypeAlias = "Paragraph | Bullets | Fence | Quote | Table | Html"
