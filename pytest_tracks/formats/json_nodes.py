"""From JSON text to plan data, each value with its line and column.

::

    text ──► tokens, each with its place ──► depth, keys, sizes checked ──► Node

The standard parser forgets places and keeps the last of two equal keys; YAML's reads most JSON
but stumbles over the pairs of escapes that stand for one character. So the tokens are found here,
without recursion, and only a text between quotes is left to the standard parser.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.yaml_nodes import MAX_DEPTH, MAX_KEY, MAX_NODES

__all__ = ["read_json"]

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<mark>[][{}:,])
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<word>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))
    )""",
    re.VERBOSE | re.ASCII,
)
_BLANKS = re.compile(r"[ \t\n\r]*")
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_CLOSING = {"{": "}", "[": "]"}


def read_json(path: str, text: str, problems: Problems) -> Node | None:
    """Read the one value of a file; None where a problem was noted, also for an empty file."""
    before = len(problems.errors)
    builder = _Builder(path, problems)
    places = _Places(path, text)
    try:
        for token in _tokens(text, places):
            builder.take(token)
        builder.end(places.at(len(text.rstrip())))
    except _Refused as refused:
        problems.error(refused.location, refused.code, refused.message, refused.hint)
    return None if len(problems.errors) > before else builder.root


class _Refused(Exception):  # noqa: N818 - says what happened to the file, ends only its reading
    def __init__(self, location: Location, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.location = location
        self.code = code
        self.message = message
        self.hint = hint


def _not_json(location: Location, message: str, hint: str) -> _Refused:
    return _Refused(location, "json-syntax", message, hint)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``mark``, ``text`` or ``word``."""
    text: str
    location: Location


class _Places:
    """Turns offsets of a text into lines and columns."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def at(self, offset: int) -> Location:
        line = bisect_right(self._starts, offset)
        return Location(self._path, line, offset - self._starts[line - 1] + 1)


def _tokens(text: str, places: _Places) -> Iterator[_Token]:
    position = 0
    while found := _TOKEN.match(text, position):
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], places.at(found.start(kind)))
        position = found.end()
    rest = _skip_blanks(text, position)
    if rest < len(text):
        raise _unexpected(text, rest, places.at(rest))


def _skip_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _unexpected(text: str, offset: int, location: Location) -> _Refused:
    sign = text[offset]
    if sign == '"':
        return _not_json(location, "a text without its closing quote on the line", "close it")
    if sign in "/#":
        return _not_json(location, "a comment", "JSON has none: take it out")
    if sign == "'":
        return _not_json(location, "a text in single quotes", "use double quotes")
    return _not_json(location, f"{sign!r} cannot stand here", "check commas, quotes and brackets")


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    mark: str
    location: Location
    nodes: list[Node] = field(default_factory=list)
    keys: list[Scalar] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Where each key stands."""
    expects: str = "first"
    """``first`` (key, value or end), ``key``, ``colon``, ``value`` or ``next`` (comma or end)."""


class _Builder:
    """Takes tokens in their order; raises _Refused where the next one cannot stand."""

    def __init__(self, path: str, problems: Problems) -> None:
        self.root: Node | None = None
        self._path = path
        self._problems = problems
        self._open: list[_Open] = []
        self._count = 0

    def take(self, token: _Token) -> None:
        if self.root is not None:
            raise _not_json(token.location, "something stands behind the end", "take it out")
        if token.kind == "mark" and token.text in "}]":
            self._close(token)
        elif token.kind == "mark" and token.text in ",:":
            self._separate(token)
        elif self._wants_key():
            self._add_key(token)
        else:
            self._begin_value(token)

    def end(self, location: Location) -> None:
        if self._open:
            opened = self._open[-1]
            raise _not_json(opened.location, f"{opened.mark!r} is never closed", "close it")
        if self.root is None:
            location = Location(self._path)
            raise _Refused(location, "wrong-type", "the file is empty", "expected a mapping")

    def _wants_key(self) -> bool:
        if not self._open or self._open[-1].mark == "[":
            return False
        return self._open[-1].expects in ("first", "key")

    def _add_key(self, token: _Token) -> None:
        if token.kind != "text":
            raise _not_json(token.location, f"{token.text!r} as a key", "keys are quoted texts")
        opened = self._open[-1]
        key = Scalar(self._decode(token), token.location, plain=False)
        self._check_key(key, opened)
        opened.keys.append(key)
        opened.expects = "colon"

    def _check_key(self, key: Scalar, opened: _Open) -> None:
        first = opened.lines.setdefault(key.text, key.location.line)
        if len(opened.lines) == len(opened.keys):
            self._problems.error(
                key.location,
                "duplicate-key",
                f"key {key.text[:60]!r} stands at line {first} already",
                "keep one of the two",
            )
        elif len(key.text) > MAX_KEY:
            message = f"a key of {len(key.text):,} characters"
            self._problems.error(key.location, "bad-key", message, "shorten it")
        elif not key.text.strip():
            self._problems.error(key.location, "bad-key", "an empty key", "keys are texts")

    def _begin_value(self, token: _Token) -> None:
        if self._open and self._open[-1].expects in ("colon", "next"):
            wanted = "':'" if self._open[-1].expects == "colon" else "','"
            raise _not_json(token.location, f"{wanted} is missing before this", f"add {wanted}")
        if token.kind != "mark":
            plain = token.kind == "word"
            self._add(Scalar(self._decode(token), token.location, plain))
        elif len(self._open) >= MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} deep"
            raise _Refused(token.location, "too-deep", message, "a plan nests about ten deep")
        else:
            self._open.append(_Open(token.text, token.location))

    def _separate(self, token: _Token) -> None:
        opened = self._open[-1] if self._open else None
        if opened is None or opened.expects != ("next" if token.text == "," else "colon"):
            raise _not_json(token.location, f"{token.text!r} cannot stand here", "take it out")
        is_list = opened.mark == "["
        opened.expects = "value" if token.text == ":" or is_list else "key"

    def _close(self, token: _Token) -> None:
        opened = self._open[-1] if self._open else None
        if opened is None or _CLOSING[opened.mark] != token.text:
            raise _not_json(token.location, f"{token.text!r} closes nothing", "check brackets")
        if opened.expects not in ("first", "next"):
            message = f"a value is missing before {token.text!r}"
            raise _not_json(token.location, message, "JSON allows no comma at the end")
        self._open.pop()
        if opened.mark == "[":
            self._add(Items(tuple(opened.nodes), opened.location))
        else:
            pairs = tuple(zip(opened.keys, opened.nodes, strict=True))
            self._add(Keys(pairs, opened.location))

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            message = f"over the limit of {MAX_NODES:,} values in a file"
            raise _Refused(node.location, "too-many-nodes", message, "split the file")
        if not self._open:
            self.root = node
            return
        self._open[-1].nodes.append(node)
        self._open[-1].expects = "next"

    def _decode(self, token: _Token) -> str:
        if token.kind == "word":
            return token.text
        try:
            text = str(json.loads(token.text))
        except ValueError:
            raise _not_json(
                token.location, "unknown escape in a text", "double the backslash"
            ) from None
        if _UNUSABLE.search(text):
            raise _not_json(token.location, "an escape that stands for no character", "take it out")
        return text
