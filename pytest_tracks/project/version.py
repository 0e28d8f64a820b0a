"""One version of a project as far as ``diff`` compares it: plan, ini values, tests, state.

A commit and the work tree are read in the same way, so that nothing differs but their contents.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_tracks.core.model import Plan
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.weakening import Weakening
from pytest_tracks.core.weaker_coverage import (
    EXCLUDING,
    count_pragmas,
    is_measured,
    weaker_coverage,
)
from pytest_tracks.core.weaker_plan import weaker_plan
from pytest_tracks.core.weaker_settings import weaker_settings
from pytest_tracks.core.weaker_tests import Suite, weaker_tests
from pytest_tracks.core.written_tests import read_module
from pytest_tracks.project.base import Base
from pytest_tracks.project.ini import COVERAGE_FILES, INI_FILES, Ini, read_coverage_ini, read_ini
from pytest_tracks.state.snapshot import Snapshot
from pytest_tracks.state.worktree import WorkTree

__all__ = ["Checkout", "Files", "Version", "version_of_base", "weakenings"]

_TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
_PACKAGE = "__init__.py"
"""Pytest imports it before the tests beside it."""


class Files(Protocol):
    """Where the contents of a version are read from; paths are relative to root."""

    @property
    def paths(self) -> Collection[str]:
        """All files."""
        ...

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read those that are there."""
        ...


class Checkout:
    """The files of the work tree, as they are now."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.paths = WorkTree(root).paths

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Read those that are there."""
        found: dict[str, bytes] = {}
        for path in paths:
            place = self._root / path
            if place.is_file():
                found[path] = place.read_bytes()
        return found


@dataclass(frozen=True)
class Version:
    """What is compared."""

    plan: Plan
    ini: Ini
    suite: Suite
    ini_name: str = "pytest.ini"
    pragmas: Mapping[str, int] = field(default_factory=dict)
    """Path → lines that ask not to be measured, of the files that coverage gates are about."""
    excluded: Ini = field(default_factory=dict)
    """What coverage's configuration leaves out, by name."""


def version_of_base(base: Base) -> Version:
    """Read a commit; raises PlanError, StateError, UsageError."""
    return _version(base.commit, base.plan, base.ini, base.record, base.chosen_ini)


def version_of(files: Files, plan: Plan, record: ProjectRecord, chosen: str | None) -> Version:
    """Read the work tree."""
    names = [name for name in (chosen, *INI_FILES) if name is not None]
    return _version(files, plan, read_ini(files.read(names), chosen), record, chosen)


def _version(
    files: Files, plan: Plan, ini: Ini, record: ProjectRecord, chosen: str | None
) -> Version:
    recorded = {
        str(CriterionKey(task, criterion)): ids
        for task, known in record.tasks.items()
        if task in plan.tasks
        for criterion, ids in known.tests.items()
    }
    tests = set(_test_files(files.paths, ini, plan, recorded))
    wanted = sorted(tests.union(_packages(tests).intersection(files.paths)))
    modules = {
        path: read_module(path, content.decode("utf-8-sig", "replace"))
        for path, content in files.read(wanted).items()
    }
    measured = [path for path in files.paths if path.endswith(".py") and is_measured(path, plan)]
    pragmas = {
        path: count_pragmas(content.decode("utf-8", "replace"))
        for path, content in files.read(measured).items()
    }
    excluded = read_coverage_ini(files.read(COVERAGE_FILES), EXCLUDING) if measured else {}
    suite = Suite(plan, modules, recorded)
    return Version(plan, ini, suite, chosen or "pytest.ini", pragmas, excluded)


def _packages(tests: Collection[str]) -> set[str]:
    folders = {posixpath.dirname(path) for path in tests}
    return {posixpath.join(folder, _PACKAGE) for folder in folders}


def _test_files(
    paths: Collection[str], ini: Ini, plan: Plan, recorded: Mapping[str, Collection[str]]
) -> Iterator[str]:
    patterns = (
        *_TEST_FILES,
        *(one for line in ini.get("python_files", ()) for one in line.split()),
    )
    for path in paths:
        name = path.rpartition("/")[2]
        if any(
            fnmatch.fnmatchcase(name, one) or fnmatch.fnmatchcase(path, one) for one in patterns
        ):
            yield path
    named = {one for ids in recorded.values() for one in ids}
    for task in plan.tasks.values():
        for criterion in task.criteria:
            ids = criterion.check.params.get("ids") if criterion.check.kind == "test" else ()
            named.update(map(str, ids if isinstance(ids, (list, tuple)) else ()))
    known = set(paths)
    for name in named:
        path = name.partition(SEPARATOR)[0]
        if path in known and path.endswith(".py"):
            yield path


def weakenings(before: Version, after: Version, state: Snapshot) -> Iterator[Weakening]:
    """Compare two versions; ``state`` is the state file as it is today."""
    yield from weaker_plan(before.plan, after.plan)
    yield from weaker_tests(before.suite, after.suite)
    planned = before.plan.settings, after.plan.settings
    yield from weaker_settings(after.ini_name, before.ini, after.ini, *planned)
    yield from weaker_coverage(before.pragmas, after.pragmas, before.excluded, after.excluded)
    for problem in state.warnings:
        if problem.code in _BY_HAND:
            yield Weakening(problem.path, problem.code, str(problem), None, problem.message)


_BY_HAND = ("edited", "claims")
