"""Patterns over the sorted paths of a work tree: ``src/auth/**``, ``docs/*.yaml``, files, folders.

A pattern's literal beginning bounds where it can match, found by bisection, so that a thousand
patterns over a large tree cost little more than what they find.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

__all__ = ["PathIndex", "ignore_pattern"]

_WILD = re.compile(r"[*?\[]")
_END = "\U0010ffff"


class PathIndex:
    """Finds the paths that a pattern names."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        """Sorted."""
        self._found: dict[str, frozenset[str]] = {}

    def matching(self, pattern: str) -> frozenset[str]:
        """Find the paths of a pattern; a folder means all that is below it."""
        found = self._found.get(pattern)
        if found is None:
            found = self._found[pattern] = frozenset(self._search(_normal(pattern)))
        return found

    def _search(self, pattern: str) -> Iterable[str]:
        if pattern in ("", ".", "**"):
            return self._paths
        wild = _WILD.search(pattern)
        if wild is None:
            return [*self._between(pattern, exact=True), *self._between(pattern + "/")]
        literal = pattern[: wild.start()]
        if pattern[wild.start() :] in ("**", "**/*") and literal.endswith("/"):
            return self._between(literal)
        matches = re.compile(_translate(pattern)).fullmatch
        return [path for path in self._between(literal) if matches(path)]

    def _between(self, prefix: str, *, exact: bool = False) -> Sequence[str]:
        low = bisect_left(self._paths, prefix)
        if exact:
            return self._paths[low : low + 1] if self._paths[low : low + 1] == [prefix] else []
        return self._paths[low : bisect_left(self._paths, prefix + _END)]


def _normal(pattern: str) -> str:
    while pattern.startswith("./"):
        pattern = pattern[2:]
    return pattern.rstrip("/")


def _translate(pattern: str) -> str:
    """Make the regular expression of a pattern; ``*`` stays within a folder, ``**`` does not."""
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        for token, meaning in (("**/", "(?:.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if pattern.startswith(token, place):
                parts.append(meaning)
                place += len(token)
                break
        else:
            literal, place = _literal_or_set(pattern, place)
            parts.append(literal)
    return "(?s:" + "".join(parts) + ")(?:/.*)?"


def _literal_or_set(pattern: str, place: int) -> tuple[str, int]:
    end = pattern.find("]", place + 2) if pattern[place] == "[" else -1
    if end < 0:
        return re.escape(pattern[place]), place + 1
    inside = pattern[place + 1 : end].replace("\\", "\\\\")
    if inside.startswith("!"):
        inside = "^" + inside[1:]
    try:
        re.compile(f"[{inside}]")
    except re.error:  # [z-a] is no set: it is what it looks like
        return re.escape(pattern[place]), place + 1
    return f"[{inside}]", end + 1


def ignore_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Join patterns of names to leave out; one without a slash is meant in every folder."""
    parts = []
    for name in names:
        normal = _normal(name)
        anywhere = "" if "/" in normal else "(?:.*/)?"
        parts.append(anywhere + _translate(normal.lstrip("/")))
    return re.compile("|".join(parts) or r"(?!)")
