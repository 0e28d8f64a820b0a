"""Arguments that lie inside other arguments.

``pytest tests tests/checks.py`` loses tests without a word: before pytest 9 it is taken for
``tests/checks.py`` alone (pytest issue 12083), since then for ``tests`` alone, where a file of
that name is not looked at. So the inner argument is left out, and what it alone would have done is
made up for: its file is looked at, whatever its name is and wherever it lies.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_tracks.core.nodeids import SEPARATOR

__all__ = ["InnerFiles", "without_inner"]


def without_inner(arguments: Sequence[str], base: Path) -> tuple[list[str], list[Path]]:
    """Leave out what lies inside another argument; returns the rest, and the files left out."""
    steps = {argument: _steps(argument, base) for argument in arguments}
    outer = set(steps.values())
    inner = {
        argument
        for argument, own in steps.items()
        if any(own[:length] in outer for length in range(1, len(own)))
    }
    files = [Path(os.path.normpath(base / one.partition(SEPARATOR)[0])) for one in inner]
    return [one for one in arguments if one not in inner], files


def _steps(argument: str, base: Path) -> tuple[str, ...]:
    path, separator, inside = argument.partition(SEPARATOR)
    below = inside.split(SEPARATOR) if separator else ()
    return (*Path(os.path.normpath(base / path)).parts, *below)


class InnerFiles:
    """Has files collected that are no arguments any more."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = frozenset(files)
        self._on_the_way = self._files.union(*(path.parents for path in files))

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Let no ``norecursedirs`` stand in the way: an argument would have been looked at."""
        return False if collection_path in self._on_the_way else None

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Make a module of a file that is not named as test modules are."""
        if file_path not in self._files or file_path.suffix != ".py":
            return None
        if any(_fits(file_path, pattern) for pattern in parent.config.getini("python_files")):
            return None
        module: pytest.Module = parent.ihook.pytest_pycollect_makemodule(
            module_path=file_path, parent=parent
        )
        return module


def _fits(path: Path, pattern: str) -> bool:
    if "/" not in pattern:
        return fnmatch.fnmatch(path.name, pattern)
    return fnmatch.fnmatch(str(path), pattern if pattern.startswith("/") else f"*/{pattern}")
