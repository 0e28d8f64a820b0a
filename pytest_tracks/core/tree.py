"""Plan data with its place: what a format hands over before anything is typed.

A scalar is the text as written (``01``, ``no``, ``3.10``); the schema, not YAML, says what it
means. The readers below type a node and, where it does not fit, note a problem at its place and
return None, so that one pass finds every error of a file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_tracks.core.model import Location
from pytest_tracks.errors import Problem

__all__ = ["Items", "Keys", "Node", "Problems", "Reader", "Scalar", "nearest"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf: its text as written; ``plain`` says that it was not quoted."""

    text: str
    location: Location
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether nothing was written (``key:`` or ``~`` or ``null``, unquoted)."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    nodes: tuple[Node, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping, in document order; its keys are unique."""

    pairs: tuple[tuple[Scalar, Node], ...]
    location: Location

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.pairs)

    def get(self, name: str) -> Node | None:
        """Return the value of a key, or None."""
        for key, value in self.pairs:
            if key.text == name:
                return value
        return None


Node: TypeAlias = "Scalar | Items | Keys"


def nearest(word: str, known: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """Find the known word that is most like ``word``, for "did you mean"; None if none is."""
    import difflib  # only where a message is to be written

    matches = difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


@dataclass(slots=True)
class Problems:
    """Collects what is wrong and what is doubtful, in the order found."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, at: Location, code: str, message: str, hint: str = "") -> None:
        """Note something that makes the plan unusable."""
        self.errors.append(Problem(at.path, at.line, at.col, code, message, hint))

    def warn(self, at: Location, code: str, message: str, hint: str = "") -> None:
        """Note something doubtful that the plan can be used with."""
        self.warnings.append(Problem(at.path, at.line, at.col, code, message, hint))


_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Reader:
    """Types nodes; what does not fit goes to ``problems`` and comes back as None."""

    problems: Problems

    def mapping(self, node: Node, what: str) -> Keys | None:
        """Read a mapping; ``what`` names it in the message."""
        if isinstance(node, Keys):
            return node
        self._misfit(node, what, "a mapping")
        return None

    def items(self, node: Node, what: str) -> tuple[Node, ...] | None:
        """Read a sequence."""
        if isinstance(node, Items):
            return node.nodes
        self._misfit(node, what, "a list")
        return None

    def text(self, node: Node, what: str) -> str | None:
        """Read a text that is not empty."""
        if isinstance(node, Scalar) and not node.is_null and node.text.strip():
            return node.text
        self._misfit(node, what, "a text")
        return None

    def texts(self, node: Node, what: str) -> tuple[str, ...] | None:
        """Read one text or a list of texts."""
        if isinstance(node, Items):
            found = [self.text(item, what) for item in node.nodes]
            kept = tuple(text for text in found if text is not None)
            return kept if len(kept) == len(found) else None
        text = self.text(node, what)
        return None if text is None else (text,)

    def boolean(self, node: Node, what: str) -> bool | None:
        """Read ``true`` or ``false``; YAML 1.1's other spellings are texts here."""
        if isinstance(node, Scalar) and node.plain and node.text in _BOOLEANS:
            return _BOOLEANS[node.text]
        self._misfit(node, what, "true or false")
        return None

    def integer(self, node: Node, what: str, *, low: int, high: int) -> int | None:
        """Read a whole number in decimal digits; leading zeros change nothing."""
        expected = f"a whole number from {low} to {high}"
        if isinstance(node, Scalar) and _INTEGER.fullmatch(node.text):
            value = int(node.text)
            if low <= value <= high:
                return value
        self._misfit(node, what, expected)
        return None

    def number(
        self, node: Node, what: str, *, low: float, high: float, exclusive: bool = False
    ) -> float | None:
        """Read a decimal number from ``low`` (not itself, if ``exclusive``) to ``high``."""
        expected = f"a number {'above' if exclusive else 'from'} {low:g} to {high:g}"
        if isinstance(node, Scalar) and _NUMBER.fullmatch(node.text):
            value = float(node.text)
            if math.isfinite(value) and low <= value <= high and not (exclusive and value == low):
                return value
        self._misfit(node, what, expected)
        return None

    def known_keys(self, keys: Keys, known: Collection[str], what: str) -> bool:
        """Note every key that is not known, with the nearest one; True where all are known."""
        fine = True
        for key, _ in keys:
            if key.text not in known:
                fine = False
                self.unknown(key, known, what)
        return fine

    def unknown(self, key: Scalar, known: Collection[str], what: str) -> None:
        """Note one unknown name with the nearest known one."""
        match = nearest(key.text, known)
        hint = f"did you mean {match!r}?" if match else f"known: {', '.join(sorted(known))}"
        self.problems.error(key.location, "unknown-key", f"{what} has no key {key.text!r}", hint)

    def _misfit(self, node: Node, what: str, expected: str) -> None:
        self.problems.error(
            node.location, "wrong-type", f"{what} is {_describe(node)}", f"expected {expected}"
        )


def _describe(node: Node) -> str:
    if isinstance(node, Keys):
        return "a mapping"
    if isinstance(node, Items):
        return "a list"
    if node.is_null:
        return "empty"
    text = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    return repr(text)
