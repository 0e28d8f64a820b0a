"""Tests bound to criteria that assert nothing, found in the text of their modules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_tracks.checks.test_lint import Functions, asserts_nothing, functions_of
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.errors import Problem

__all__ = ["IdleTests"]


class IdleTests:
    """Reads each module once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, Functions | None] = {}

    def among(self, tests: Iterable[str]) -> list[Problem]:
        """List the tests (node ids) that assert nothing, a function once."""
        found: dict[Problem, None] = {}
        for test in tests:
            path, _, inside = test.partition(SEPARATOR)
            problem = self._look(path, inside.partition("[")[0])
            if problem is not None:
                found[problem] = None
        return list(found)

    def _look(self, path: str, name: str) -> Problem | None:
        functions = self._functions(path)
        node = None if functions is None else asserts_nothing(functions, name)
        if node is None:
            return None
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        message = f"{name} asserts nothing"
        return Problem(path, line, column, "no-assert", message, "assert what it is there for")

    def _functions(self, path: str) -> Functions | None:
        if path not in self._modules:
            try:
                source = (self._root / path).read_text(encoding="utf-8", errors="replace")
            except OSError:
                source = None
            is_python = path.endswith(".py") and source is not None
            self._modules[path] = functions_of(str(source)) if is_python else None
        return self._modules[path]
