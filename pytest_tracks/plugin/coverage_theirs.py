"""Whether a measurement that somebody else has started (pytest-cov) holds what a gate needs."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from coverage.files import GlobMatcher, prep_patterns

from pytest_tracks.plugin.coverage_scope import Scope, in_folder, option

if TYPE_CHECKING:
    import coverage

    from pytest_tracks.core.model import Coverage

__all__ = ["what_to_add"]


def what_to_add(theirs: coverage.Coverage, gate: Coverage, scope: Scope, root: str) -> list[str]:
    """List the options of pytest-cov without which the gate's files are not measured."""
    added = [f"--cov={_shown(path, root)}" for path in _left_out(theirs, scope, root)]
    if gate.branch and not option(theirs, "run:branch"):
        added.append("--cov-branch")
    return added


def _left_out(theirs: coverage.Coverage, scope: Scope, root: str) -> list[str]:
    wanted = [*scope.folders, *scope.files]
    source = [
        entry
        for name in ("source", "source_dirs", "source_pkgs")
        for entry in option(theirs, f"run:{name}") or ()
    ]
    if source:
        trees = list(_trees(source, root))
        return [path for path in wanted if not any(_is_in(path, tree) for tree in trees)]
    include = option(theirs, "run:include")
    if include:
        with in_folder(root):
            matcher = GlobMatcher(prep_patterns(include), "include")
        return [path for path in wanted if not matcher.match(_some_file(path))]
    return []


def _trees(source: Iterable[str], root: str) -> Iterator[str]:
    for entry in source:
        path = os.path.join(root, entry)
        if os.path.isdir(path):
            yield os.path.realpath(path)
            continue
        try:
            found = importlib.util.find_spec(entry)
        except (ImportError, ValueError):
            continue
        if found is not None and found.submodule_search_locations is not None:
            yield from map(os.path.realpath, found.submodule_search_locations)
        elif found is not None and found.origin is not None:
            yield os.path.realpath(found.origin)


def _is_in(path: str, tree: str) -> bool:
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def _some_file(path: str) -> str:
    return os.path.join(path, "__init__.py") if os.path.isdir(path) else path


def _shown(path: str, root: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")
