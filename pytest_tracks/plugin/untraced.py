"""Imports of this package that pytest-cov need not watch, where they are none of its business.

A tracer is told of each call in the process. While this plugin is imported (some hundred modules,
and what they compile) that takes longer than the imports do, and nobody asked to know.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

__all__ = ["IMPORTED", "import_untraced", "is_of_no_interest"]

IMPORTED = ("pytest_tracks", "yaml")
"""What an import of ours may bring in, besides the standard library and what pytest needs."""


def import_untraced(name: str) -> ModuleType:
    """Import a module; traced as ever where what is measured may have a part in it.

    The tracer is taken away and put back in this very frame: it keeps account of calls.
    """
    tracer = sys.gettrace()
    if tracer is None or not is_of_no_interest(_measured()):
        return importlib.import_module(name)
    sys.settrace(None)
    try:
        return importlib.import_module(name)
    finally:
        sys.settrace(tracer)


def _measured() -> list[str]:
    """List what coverage.py has been told to measure; none: it may be anything."""
    coverage: Any = sys.modules.get("coverage")
    measuring = coverage.Coverage.current() if hasattr(coverage, "Coverage") else None
    config: Any = getattr(measuring, "config", None)
    names = ("source", "source_dirs", "source_pkgs")
    return [str(entry) for name in names for entry in getattr(config, name, None) or ()]


def is_of_no_interest(source: Iterable[str]) -> bool:
    """Whether sources (folders, or names of packages) leave out all that our imports bring in."""
    entries = list(source)
    ours = [place for name in IMPORTED for place in _places(name)]
    ours.append(os.path.dirname(os.path.realpath(os.__file__)))
    return bool(entries) and not any(_overlaps(entry, ours) for entry in entries)


def _places(name: str) -> list[str]:
    found = importlib.util.find_spec(name)
    folders = found.submodule_search_locations if found is not None else None
    return [os.path.realpath(folder) for folder in folders or ()]


def _overlaps(entry: str, ours: Iterable[str]) -> bool:
    if not os.path.isdir(entry):
        package = entry.partition(".")[0]
        return package in IMPORTED or package in sys.stdlib_module_names
    tree = os.path.realpath(entry)
    return any(os.path.commonpath((tree, place)) in (tree, place) for place in ours)
