"""``mark: "auth and not slow"``: all tests of the project that a mark expression selects."""

from __future__ import annotations

from pytest_tracks.core.markexpr import MarkExpressionError, parse_mark_expression
from pytest_tracks.core.model import Check, Location
from pytest_tracks.core.tree import Keys, Node, Reader, Scalar

__all__ = ["MarkKind"]


class MarkKind:
    """Criteria that are mark expressions; ``params["expression"]`` is the text."""

    name = "mark"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the expression; its syntax errors stand at their own column."""
        text = reader.text(value, "'mark'")
        if text is None:
            return None
        try:
            parse_mark_expression(text)
        except MarkExpressionError as error:
            place = _place(value, error.column)
            hint = "as for pytest -m: names, and, or, not, ( )"
            message = f"no mark expression: {error} of {text.strip()!r}"
            reader.problems.error(place, "bad-mark-expression", message, hint)
            return None
        return Check(self.name, {"expression": text.strip()})


def _place(node: Node, column: int) -> Location:
    """Find the column in the file; only an unquoted text stands there as it was read."""
    start = node.location
    if isinstance(node, Scalar) and node.plain:
        return Location(start.path, start.line, start.col + column - 1)
    return start
