"""A file is parsed once in a run: what a worker found in it for a gate serves pytest-cov's report.

::

    worker: a gate is judged ──► parses-<process>.jsonl ──► controller: whoever reports

What coverage.py finds in a file follows from the text and from what excludes lines, so it is
recalled for the very same alone. In the controller no test runs, and it has the parser to itself.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = ["ParseNotes", "lend_parses"]

_LINES = ("statements", "excluded", "raw_statements", "raw_excluded", "raw_docstrings")


def _key(parser: Any) -> str:
    """Name all that a parse depends on: a worker may be of another interpreter."""
    version = sys.modules["coverage"].__version__
    given = (sys.version, version, parser.exclude, parser.text)
    return hashlib.sha256(repr(given).encode("utf-8", "surrogatepass")).hexdigest()


class ParseNotes:
    """Notes what was found in files, in the run's folder."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder, f"parses-{os.getpid()}.jsonl")

    def note(self, parser: Any) -> None:
        """Note what a ``PythonParser`` has found."""
        found: dict[str, Any] = {name: sorted(getattr(parser, name)) for name in _LINES}
        found["multiline_map"] = list(parser.multiline_map.items())
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_key(parser), found]) + "\n")


def lend_parses(config: pytest.Config, folder: Path) -> None:
    """Have pytest-cov's reports in this process recall what is noted in a folder.

    The class is replaced where reports take it from, to the end of the run.
    """
    if config.pluginmanager.hasplugin("_cov"):
        import coverage.python

        module: Any = coverage.python
        config.add_cleanup(functools.partial(setattr, module, "PythonParser", module.PythonParser))
        module.PythonParser = _recalling(module.PythonParser, folder)


def _recalling(parser: Any, folder: Path) -> Any:
    @functools.cache
    def known() -> dict[str, Any]:
        """Read the notes when the first report is made: the workers have ended by then."""
        return dict(_read(folder))

    class RecallingParser(parser):  # type: ignore[misc,unused-ignore]
        _ast_root: Any

        def parse_source(self) -> None:
            found = known().get(_key(self))
            if found is None:
                super().parse_source()
                return
            for name in _LINES:
                setattr(self, name, set(found[name]))
            self.multiline_map = dict(found["multiline_map"])

        def _analyze_ast(self) -> None:
            if self._ast_root is None:
                self._ast_root = ast.parse(self.text)
            super()._analyze_ast()

    return RecallingParser


def _read(folder: Path) -> Iterator[tuple[str, Any]]:
    for path in folder.glob("parses-*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from _entry(line)


def _entry(line: str) -> Iterator[tuple[str, Any]]:
    try:
        key, found = json.loads(line)
    except ValueError:
        return  # its worker ended while it wrote
    yield key, found
