"""Markdown with XML-like blocks (``<task><verify>…</verify></task>``) as a tree of elements.

::

    text ──► markdown-it: where code is ──► signs of markup inside code hidden ──► html.parser
                                                                                     │
             Element(task) ──► Element(verify) ──► its text, code and all  ◄─────────┘

Only the names that a format knows are elements; ``List<String>`` in a sentence stays text. Nobody
validates such documents, so the tree is tolerant: what has no end ends with what it stands in, and
that is noted.
"""

from __future__ import annotations

import functools
import html
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from pytest_tracks.core.tree import Problems
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.markdown import MarkdownDocument, parse

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["Element", "Grammar", "read_elements"]

# Private-use characters stand in for the signs of markup inside code, one for one.
_HIDE = str.maketrans({"<": "\ue000", "&": "\ue001"})
_SHOW = str.maketrans({"\ue000": "<", "\ue001": "&"})
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# A tag alone on its line ends a paragraph: indented code fences may follow it.
_TAG_ALONE = re.compile(r"^[ \t]*(?:</?[A-Za-z][^<>\n]*>[ \t]*)+$", re.MULTILINE)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


@dataclass(slots=True)
class Element:
    """An element; ``parts`` are its own texts, each with the line that it begins on."""

    name: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    parts: list[tuple[int, str]] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield its children of these names."""
        return (child for child in self.children if child.name in names)

    def first(self, *names: str) -> Element | None:
        """Find its first child of one of these names."""
        return next(self.all(*names), None)

    def walk(self) -> Iterator[Element]:
        """Yield it and all elements below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def text(self) -> str:
        """Its own text, without that of its children, dedented."""
        return textwrap.dedent(self._raw()).strip()

    def markdown(self, document: Document) -> MarkdownDocument:
        """Parse its own text as Markdown, each block at its line of the document."""
        raw = self._raw()
        lead = len(raw) - len(raw.lstrip("\n"))
        line = (self.parts[0][0] if self.parts else self.line) + lead
        return parse(Document(document.path, _dedent(raw[lead:])), line)

    def _raw(self) -> str:
        """Its own text; a line on which a child stood is kept empty, so that lines still count."""
        text = ""
        start = self.parts[0][0] if self.parts else self.line
        for line, part in self.parts:
            missing = line - start - text.count("\n")
            text += "\n" * max(missing, 0) + part
        return text


def _dedent(text: str) -> str:
    """Take the common indentation away; the first line stands behind a tag and has none."""
    first, separator, rest = text.partition("\n")
    return first.strip() + separator + textwrap.dedent(rest)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The elements of a format."""

    names: frozenset[str]
    alone: frozenset[str] = frozenset()
    """Never within one of their own kind: a new one ends the one that is open."""
    outermost: frozenset[str] = frozenset()
    """Never within any element: a new one ends all that are open."""


def read_elements(document: Document, grammar: Grammar, problems: Problems) -> Element:
    """Read a document; returns the root, whose name is empty. Notes what has no end."""
    builder = _TreeBuilder(document, grammar, problems)
    builder.feed(_hide_code(document.text))
    builder.close()
    builder.end_all()
    return builder.root


class _TreeBuilder(HTMLParser):
    def __init__(self, document: Document, grammar: Grammar, problems: Problems) -> None:
        super().__init__(convert_charrefs=False)
        self.root = Element("", 1)
        self._open = [self.root]
        self._document = document
        self._grammar = grammar
        self._problems = problems

    def set_cdata_mode(self, elem: str, **_options: object) -> None:
        """Stay in the usual mode: ``<script>`` and ``<title>`` in a sentence are words."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._grammar.names:
            self.handle_data(self.get_starttag_text() or "")
            return
        self._end_what_cannot_hold(tag)
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, self.getpos()[0], attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in self._grammar.names:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._grammar.names:
            self.handle_data(f"</{tag}>")
        elif any(element.name == tag for element in self._open[1:]):
            while self._open[-1].name != tag:
                self._note_open(self._open.pop())
            self._open.pop()
        else:
            self._problems.warn(
                self._document.at(self.getpos()[0]),
                "unopened-element",
                f"</{tag}> ends nothing that has begun",
                "take it out",
            )

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append((self.getpos()[0], data.translate(_SHOW)))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_data(html.unescape(f"&#{name};"))

    def handle_pi(self, data: str) -> None:
        self.handle_data(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.handle_data(f"<![{data}]>")

    def end_all(self) -> None:
        """End what is still open at the end of the document."""
        while len(self._open) > 1:
            self._note_open(self._open.pop())

    def _end_what_cannot_hold(self, tag: str) -> None:
        names = [element.name for element in self._open]
        if tag in self._grammar.outermost:
            self.end_all()
        elif tag in self._grammar.alone and tag in names:
            while self._open[-1].name != tag:
                self._note_open(self._open.pop())
            self._note_open(self._open.pop())

    def _note_open(self, element: Element) -> None:
        self._problems.warn(
            self._document.at(element.line),
            "unclosed-element",
            f"<{element.name}> has no end: it is read up to where it must end",
            f"add </{element.name}>",
        )


def _hide_code(text: str) -> str:
    """Replace the signs of markup in front matter, fences and code spans, line by line in place."""
    front = _FRONT_MATTER.match(text)
    head = front.end() if front else 0
    text = text[:head].translate(_HIDE) + text[head:]
    lines = text.split("\n")
    for token in _code_finder().parse(_TAG_ALONE.sub("", text)):
        start, end = token.map or (0, 0)
        if token.type == "fence":
            lines[start:end] = [line.translate(_HIDE) for line in lines[start:end]]
        elif token.type == "inline" and "`" in token.content:
            block = "\n".join(lines[start:end])
            hidden = _CODE_SPAN.sub(lambda found: found[0].translate(_HIDE), block)
            lines[start:end] = hidden.split("\n")
    return "\n".join(lines)


@functools.cache
def _code_finder() -> MarkdownIt:
    """Make a parser for which tags are text and indentation means nothing: it is for the eye."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["code", "html_block"])
