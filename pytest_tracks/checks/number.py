"""A number taken out of what was printed or written: one, finite, and without doubt which."""

from __future__ import annotations

import math
import re
from typing import Any

from pytest_tracks.checks.json_path import NoSuchValueError, find_values, parse_document
from pytest_tracks.core.tree import Node, Reader

__all__ = ["NoNumberError", "number_by_json_path", "number_by_pattern", "read_pattern"]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SHOWN = 5


class NoNumberError(Exception):
    """There is no number, or no telling which; says so in a line, and what to do."""

    def __init__(self, gap: str, fix: str = "") -> None:
        super().__init__(gap)
        self.gap, self.fix = gap, fix


def read_pattern(node: Node, what: str, reader: Reader) -> str | None:
    """Read a regular expression with the one group that the number is in."""
    text = reader.text(node, what)
    if text is None:
        return None
    try:
        groups = re.compile(text, re.MULTILINE).groups
    except (re.error, OverflowError, RecursionError) as error:
        reader.problems.error(node.location, "bad-regex", f"{what} {text!r}: {error}")
        return None
    if groups != 1:
        hint = r"put the number, and only it, in parentheses: p95=([\d.]+)"
        message = f"{what} {text!r} has {groups} groups, not one"
        reader.problems.error(node.location, "bad-regex", message, hint)
        return None
    return text


def number_by_pattern(text: str, pattern: str) -> float:
    """Find the number; several matches have to agree. Raises NoNumberError."""
    found = [match.group(1) for match in re.finditer(pattern, text, re.MULTILINE)]
    different = list(dict.fromkeys(found))
    if not different:
        raise NoNumberError(f"nothing matches {pattern!r}", "print the number, or mend the pattern")
    if len(different) > 1:
        shown = ", ".join(map(repr, different[:_SHOWN]))
        fix = "make the pattern match the one that counts"
        raise NoNumberError(f"{pattern!r} matches {len(different)} values: {shown}", fix)
    return _number_in(different[0])


def _number_in(text: str | None) -> float:
    written = (text or "").strip()
    if written.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise _not_finite(written)
    if not _NUMBER.fullmatch(written):
        fix = "leave signs and units out of the group; say 'unit' in the plan"
        raise NoNumberError(f"{written!r} is no number", fix)
    return _finite(float(written), written)


def number_by_json_path(text: str, path: str) -> float:
    """Find the number in a JSON document. Raises NoNumberError."""
    try:
        values = find_values(parse_document(text), path)
    except NoSuchValueError as error:
        raise NoNumberError(f"the output {error.gap}", error.fix) from None
    if len(values) != 1:
        raise NoNumberError(f"{path} leads to {len(values)} values, not one")
    return _number_of(values[0], path)


def _number_of(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = "null" if value is None else type(value).__name__
        raise NoNumberError(f"{path} is no number but {kind}: {value!r:.60}")
    try:
        return _finite(float(value), str(value))
    except OverflowError:
        raise _not_finite(str(value)[:20]) from None


def _finite(number: float, written: str) -> float:
    if not math.isfinite(number):
        raise _not_finite(written)
    return number


def _not_finite(written: str) -> NoNumberError:
    return NoNumberError(f"{written} meets no threshold", "measure something that is finite")
