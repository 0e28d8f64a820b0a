"""Where in a JSON document: ``checks.db.ok`` by names, ``$.checks[?@.ok]`` as RFC 9535 has it.

Names and indexes need no library. A path that begins with ``$`` is for ``python-jsonpath``
(``pip install 'pytest-tracks[http]'``), which is imported where one is written and nowhere else.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_tracks.core.tree import Node, Reader

__all__ = ["INSTALL", "NoSuchValueError", "find_values", "parse_document", "read_json_path"]

INSTALL = "pip install 'pytest-tracks[http]'"


class NoSuchValueError(Exception):
    """A document does not have what a path leads to; says so in a line, and what to do."""

    def __init__(self, gap: str, fix: str = "") -> None:
        super().__init__(gap)
        self.gap, self.fix = gap, fix


def read_json_path(node: Node, what: str, reader: Reader) -> str | None:
    """Read a path; the syntax of one with ``$`` is checked where the library is there."""
    text = reader.text(node, what)
    if text is None:
        return None
    path = text.strip()
    fault = _fault(path)
    if fault:
        hint = "write names with dots (result.p95), or a JSONPath that begins with $"
        reader.problems.error(node.location, "bad-json-path", f"{what} {path!r}: {fault}", hint)
        return None
    return path


def _fault(path: str) -> str:
    if not path.startswith("$"):
        return "" if all(path.split(".")) else "has an empty name"
    try:
        import jsonpath
    except ImportError:
        return ""  # the check says so when it runs; reading a plan needs no library
    try:
        jsonpath.compile(path)
    except jsonpath.JSONPathError as error:
        return str(error).splitlines()[0]
    return ""


def parse_document(text: str) -> Any:
    """Parse a JSON document; NaN and infinities come out as such. Raises NoSuchValueError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoSuchValueError(f"is no JSON: {error}") from None


def find_values(document: Any, path: str) -> list[Any]:
    """Find what a path leads to: one value for names, any number for a JSONPath.

    Raises NoSuchValueError where a name is not there, or the library is not.
    """
    if not path.startswith("$"):
        return [_by_names(document, path)]
    try:
        import jsonpath
    except ImportError:
        raise NoSuchValueError(f"{path}: python-jsonpath is not installed", INSTALL) from None
    try:
        return list(jsonpath.findall(path, document))
    except jsonpath.JSONPathError as error:
        raise NoSuchValueError(f"{path}: {str(error).splitlines()[0]}") from None


def _by_names(document: Any, path: str) -> Any:
    value = document
    for name in path.split("."):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise NoSuchValueError(f"has no {path}")
    return value
