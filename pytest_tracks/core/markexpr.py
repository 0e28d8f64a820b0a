"""Mark expressions, as ``pytest -m`` takes them: ``auth and not slow(level=2)``.

::

    either    both ("or" both)*
    both      single ("and" single)*
    single    "not" single | "(" either ")" | name [ "(" argument ("," argument)* ")" ]
    argument  identifier "=" ( 'text' | whole number | True | False | None )

pytest keeps its own parser private, so this is ours; it takes what pytest takes. Two differences,
both on purpose: the empty expression is an error (pytest: no filter), and line ends count as
blanks, since a plan may fold a long expression.
"""

from __future__ import annotations

import functools
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, TypeAlias

__all__ = ["HasMark", "MarkExpression", "MarkExpressionError", "parse_mark_expression"]

HasMark: TypeAlias = Callable[[str, Mapping[str, object]], bool]
"""Whether a test has a mark of that name with at least these keyword arguments."""

MAX_DEPTH = 50
"""Nesting of parentheses and ``not``: far beyond any real expression, far below the stack."""


class MarkExpressionError(ValueError):
    """The text is no mark expression; ``column`` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} at character {self.column}"


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    arguments: tuple[tuple[str, object], ...] = ()

    def evaluate(self, has_mark: HasMark) -> bool:
        return has_mark(self.name, dict(self.arguments))

    def names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True, slots=True)
class _Not:
    part: _Part

    def evaluate(self, has_mark: HasMark) -> bool:
        return not self.part.evaluate(has_mark)

    def names(self) -> Iterator[str]:
        return self.part.names()


@dataclass(frozen=True, slots=True)
class _Joined:
    parts: tuple[_Part, ...]
    join: Callable[[Iterator[bool]], bool]

    def evaluate(self, has_mark: HasMark) -> bool:
        return self.join(part.evaluate(has_mark) for part in self.parts)

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


_Part: TypeAlias = "_Mark | _Not | _Joined"


@dataclass(frozen=True, slots=True)
class MarkExpression:
    """A parsed expression; ``text`` is what was written."""

    text: str
    tree: _Part

    def evaluate(self, has_mark: HasMark) -> bool:
        """Decide for one test; ``has_mark`` gets an empty mapping for a bare name."""
        return self.tree.evaluate(has_mark)

    @property
    def names(self) -> frozenset[str]:
        """The marks that it speaks of, for a warning about an unknown one."""
        return frozenset(self.tree.names())


def parse_mark_expression(text: str) -> MarkExpression:
    """Parse an expression; raises MarkExpressionError where it is none."""
    return MarkExpression(text, _Parser(text).parse())


class _Token(NamedTuple):
    kind: str
    """``word``, ``text``, ``end``, or the operator or sign itself."""
    text: str
    column: int


_OPERATORS = frozenset({"and", "or", "not"})


@functools.cache
def _token() -> re.Pattern[str]:
    """Make the pattern: few plans have a mark expression, and all workers import this."""
    return re.compile(
        r"""
        (?P<blank>\s+)
      | (?P<word>[\w:+\-.\[\]\\/]+)      # what pytest lets a name hold
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<sign>[()=,])
        """,
        re.VERBOSE,
    )


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _token().match(text, position)
        if match is None:
            raise MarkExpressionError(_unreadable(text[position]), position + 1)
        kind, found = match.lastgroup or "", match.group()
        if kind == "text" and "\\" in found:
            column = position + found.index("\\") + 1
            raise MarkExpressionError("a backslash cannot stand in a quoted text", column)
        if kind != "blank":
            is_own_kind = kind == "sign" or found in _OPERATORS
            yield _Token(found if is_own_kind else kind, found, position + 1)
        position = match.end()
    yield _Token("end", "", len(text) + 1)


def _unreadable(character: str) -> str:
    if character in "'\"":
        return f"closing quote {character} is missing"
    return f"unexpected {character!r}"


_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_CONSTANTS: Mapping[str, object] = {"True": True, "False": False, "None": None}


class _Parser:
    """Recursive descent; one method a rule of the grammar above."""

    def __init__(self, text: str) -> None:
        self._rest = _tokens(text)
        self._token = next(self._rest)
        self._depth = 0

    def parse(self) -> _Part:
        tree = self._either()
        self._take("end", "'and', 'or' or the end")
        return tree

    def _either(self) -> _Part:
        return self._joined("or", self._both, any)

    def _both(self) -> _Part:
        return self._joined("and", self._single, all)

    def _joined(
        self, operator: str, part: Callable[[], _Part], join: Callable[[Iterator[bool]], bool]
    ) -> _Part:
        parts = [part()]
        while self._accept(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else _Joined(tuple(parts), join)

    def _single(self) -> _Part:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MarkExpressionError(f"nested over {MAX_DEPTH} deep", self._token.column)
        found: _Part
        if self._accept("not"):
            found = _Not(self._single())
        elif self._accept("("):
            found = self._either()
            self._take(")", "'and', 'or' or ')'")
        else:
            found = self._mark()
        self._depth -= 1
        return found

    def _mark(self) -> _Mark:
        name = self._take("word", "a mark, 'not' or '('").text
        if not self._accept("("):
            return _Mark(name)
        arguments = dict([self._argument({})])
        while self._accept(","):
            arguments.update([self._argument(arguments)])
        self._take(")", "',' or ')'")
        return _Mark(name, tuple(arguments.items()))

    def _argument(self, seen: Mapping[str, object]) -> tuple[str, object]:
        name = self._take("word", "the name of an argument")
        if not name.text.isidentifier() or keyword.iskeyword(name.text):
            raise MarkExpressionError(f"{name.text!r} cannot name an argument", name.column)
        if name.text in seen:
            raise MarkExpressionError(f"argument {name.text!r} is given twice", name.column)
        self._take("=", "'='")
        return name.text, self._value()

    def _value(self) -> object:
        expected = "a quoted text, a whole number, True, False or None"
        if self._token.kind == "text":
            return self._take("text", expected).text[1:-1]
        value = self._token.text
        if value in _CONSTANTS:
            self._take("word", expected)
            return _CONSTANTS[value]
        if not _INTEGER.fullmatch(value):
            self._refuse(expected)
        return int(self._take("word", expected).text)

    def _accept(self, kind: str) -> bool:
        if self._token.kind != kind:
            return False
        self._token = next(self._rest)
        return True

    def _take(self, kind: str, expected: str) -> _Token:
        token = self._token
        if token.kind != kind:
            self._refuse(expected)
        if kind != "end":
            self._token = next(self._rest)
        return token

    def _refuse(self, expected: str) -> NoReturn:
        found = "the end" if self._token.kind == "end" else repr(self._token.text[:40])
        raise MarkExpressionError(f"expected {expected}, found {found}", self._token.column)
