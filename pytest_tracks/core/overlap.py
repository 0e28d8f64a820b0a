"""Whether two file patterns can name the same file, decided without looking at any file.

Patterns are paths with ``*`` (within a name), ``?``, ``[...]`` and ``**`` (any number of folders).
A pattern without wildcards owns the file and, if it is a folder, all below it. The question is
whether two languages meet; it is answered by walking both patterns at once, over the pairs of
places that have been reached. A class ``[...]`` counts as any character: the answer may be yes
where no file fits both, and is never no where one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["patterns_overlap"]

_ANY_FOLDERS = "**"
_ANY_NAME = "*"
_CLASS = re.compile(r"\[!?\]?[^\]]*\]")


@lru_cache(maxsize=65_536)
def patterns_overlap(pattern: str, other: str) -> bool:
    """Decide whether a file can fit both patterns."""
    return _meet(_segments(pattern), _segments(other))


@lru_cache(maxsize=65_536)
def _segments(pattern: str) -> tuple[str, ...]:
    names = tuple(name for name in pattern.split("/") if name not in ("", "."))
    return names if names and names[-1] == _ANY_FOLDERS else (*names, _ANY_FOLDERS)


def _meet(one: Sequence[str], two: Sequence[str]) -> bool:
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        here, there = waiting.pop()
        if here == len(one) and there == len(two):
            return True
        for step in _steps(one, here, two, there):
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False


def _steps(one: Sequence[str], here: int, two: Sequence[str], there: int) -> list[tuple[int, int]]:
    """Pairs of places after one more name of the path, or after an empty ``**``."""
    left = one[here] if here < len(one) else None
    right = two[there] if there < len(two) else None
    steps = []
    if left == _ANY_FOLDERS:
        steps.append((here + 1, there))
        if right is not None:
            steps.append((here, there + 1))
    if right == _ANY_FOLDERS:
        steps.append((here, there + 1))
        if left is not None:
            steps.append((here + 1, there))
    if left is not None and right is not None and _names_meet(left, right):
        steps.append((here + 1, there + 1))
    return steps


@lru_cache(maxsize=65_536)
def _names_meet(one: str, two: str) -> bool:
    """Decide whether one name can fit both; ``None`` in the walk below is ``*``."""
    left, right = _characters(one), _characters(two)
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        here, there = waiting.pop()
        if here == len(left) and there == len(right):
            return True
        steps = []
        if here < len(left) and left[here] == _ANY_NAME:
            steps += [(here + 1, there), (here, there + 1)]
        if there < len(right) and right[there] == _ANY_NAME:
            steps += [(here, there + 1), (here + 1, there)]
        if here < len(left) and there < len(right) and _fit(left[here], right[there]):
            steps.append((here + 1, there + 1))
        for step in steps:
            if step not in reached and step[0] <= len(left) and step[1] <= len(right):
                reached.add(step)
                waiting.append(step)
    return False


def _fit(one: str, two: str) -> bool:
    return one == two or "?" in (one, two)


def _characters(name: str) -> str:
    """Write each class as ``?`` and each run of stars as one."""
    return re.sub(r"\*+", _ANY_NAME, _CLASS.sub("?", name))
