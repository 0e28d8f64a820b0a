"""Which files a coverage gate is about, and what of them was not executed.

The rules are coverage.py's own, down to its configuration: a folder means its packages, files that
never ran count 0 %, and what ``omit`` and ``exclude`` take out is out. Its functions are used
without a measurement being started.
"""

from __future__ import annotations

import contextlib
import glob
import os
import sys
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import coverage
from coverage.exceptions import ConfigError, CoverageException
from coverage.files import GlobMatcher, find_python_files, prep_patterns
from coverage.python import PythonFileReporter
from coverage.results import analysis_from_file_reporter

from pytest_tracks.core.coverage_gate import FileCoverage
from pytest_tracks.errors import TracksError

__all__ = ["Analyst", "MeasuringError", "Scope", "in_folder", "option"]

_WILD = "*?["
_ENDINGS = (".py", ".pyw")


class MeasuringError(TracksError):
    """Coverage could not be measured; ``fix`` says what to do."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@contextlib.contextmanager
def in_folder(folder: str) -> Generator[None]:
    """Stand in a folder for a moment: coverage.py takes its configuration from there."""
    before = os.getcwd()
    if before == folder:
        yield
        return
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def option(measuring: coverage.Coverage, name: str) -> Any:
    """Get an option of coverage.py; None where this version has none of that name."""
    try:
        return measuring.get_option(name)
    except ConfigError:
        return None


@dataclass(frozen=True, slots=True)
class Scope:
    """Folders and files, absolute and without links; ``unmatched`` names what there is not."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    unmatched: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: str, source: Iterable[str]) -> Scope:
        """Find what the entries of a gate mean below ``root``."""
        folders: list[str] = []
        files: list[str] = []
        unmatched: list[str] = []
        for entry in source:
            found = [os.path.realpath(path) for path in _matches(root, entry)]
            inside = [path for path in found if os.path.isdir(path)]
            files += [path for path in found if path not in inside and path.endswith(_ENDINGS)]
            folders += inside
            if not any(path.endswith(_ENDINGS) for path in found) and not any(
                next(_python_files(folder), None) for folder in inside
            ):
                unmatched.append(entry)
        return cls(tuple(folders), tuple(files), tuple(unmatched))

    def holds(self, file: str) -> bool:
        """Whether a file belongs to it."""
        return file in self.files or any(_is_below(file, folder) for folder in self.folders)

    def measured_folders(self) -> set[str]:
        """List folders that together hold all of it."""
        return {*self.folders, *(os.path.dirname(file) for file in self.files)}


def _matches(root: str, entry: str) -> list[str]:
    path = os.path.join(root, entry)
    if not any(sign in entry for sign in _WILD):
        return [path] if os.path.exists(path) else []
    return sorted(glob.glob(path, recursive=True))


def _is_below(file: str, folder: str) -> bool:
    return file.startswith(folder.rstrip(os.sep) + os.sep)


def _python_files(folder: str) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        yield from (os.path.join(path, name) for name in names if name.endswith(_ENDINGS))


class Analyst:
    """Compares what was executed with what there is; parses each file once in a process.

    ``note`` is given each parser that has parsed a file.
    """

    def __init__(
        self, root: str, config_file: str | bool, note: Callable[[Any], None] | None = None
    ) -> None:
        self._root = os.path.realpath(root)
        self._note = note
        with in_folder(root):
            self._settings = coverage.Coverage(data_file=None, config_file=config_file)
            self._omitted = self._matcher("run:omit")
            self._left_out = self._matcher("report:omit")
            self._let_in = self._matcher("report:include")
        self._namespaces = bool(option(self._settings, "report:include_namespace_packages"))
        self._reporters: dict[str, Any] = {}

    @property
    def settings(self) -> coverage.Coverage:
        """The configuration of the project; never started."""
        return self._settings

    def _matcher(self, name: str) -> Any:
        patterns = option(self._settings, name)
        return GlobMatcher(prep_patterns(patterns), name) if patterns else None

    def files(self, scope: Scope, executed: Collection[str]) -> list[str]:
        """List the files that count: all that could be imported, and what ran besides."""
        found = {*scope.files, *(file for file in executed if scope.holds(file))}
        for folder in scope.folders:
            found.update(find_python_files(folder, self._namespaces))
        return sorted(filter(self._counts, found))

    def _counts(self, file: str) -> bool:
        if any(matcher is not None and matcher.match(file) for matcher in self._never):
            return False
        return self._let_in is None or bool(self._let_in.match(file))

    @property
    def _never(self) -> tuple[Any, Any]:
        return (self._omitted, self._left_out)

    def analyse(self, file: str, seen: Collection[Any], *, branch: bool) -> FileCoverage:
        """Analyse one file; raises MeasuringError where it cannot be read or parsed.

        Nothing is traced meanwhile: coverage.py measures nothing of its own, and to be told so
        for each of its calls takes longer than these do. The tracer is taken away and put back in
        this very frame, since it keeps account of calls and returns.
        """
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            found, missing = self._compare(file, seen, branch)
        except (CoverageException, OSError) as error:
            raise MeasuringError(
                f"{self.shown(file)} cannot be analysed: {error}",
                "correct the file, or leave it out with omit in coverage's configuration",
            ) from None
        finally:
            sys.settrace(tracer)
        return FileCoverage(
            self.shown(file),
            frozenset(found.statements),
            frozenset(found.missing),
            found.numbers.n_branches,
            tuple((start, end) for start, ends in missing.items() for end in ends),
            frozenset(found.excluded),
        )

    def _compare(
        self, file: str, seen: Collection[Any], branch: bool
    ) -> tuple[Any, dict[int, list[int]]]:
        data: Any = _Seen(seen, branch)
        found = analysis_from_file_reporter(data, 2, self._reporter(file), file)
        return found, found.missing_branch_arcs() if branch else {}

    def _reporter(self, file: str) -> Any:
        if file not in self._reporters:
            self._reporters[file] = reporter = PythonFileReporter(file, self._settings)
            if self._note is not None:
                self._note(reporter.parser)
        return self._reporters[file]

    def shown(self, file: str) -> str:
        """Name a file relative to the root folder."""
        return os.path.relpath(file, self._root).replace(os.sep, "/")


class _Seen:
    """What was executed of one file, in the shape in which coverage.py asks for it."""

    def __init__(self, seen: Collection[Any], branch: bool) -> None:
        self._seen = seen
        self._branch = branch

    def has_arcs(self) -> bool:
        return self._branch

    def arcs(self, filename: str) -> list[tuple[int, int]]:
        return list(self._seen)

    def lines(self, filename: str) -> list[int]:
        return list(lines_of(self._seen))


def lines_of(seen: Iterable[Any]) -> set[int]:
    """Reduce pairs of lines to lines: the negative ends are entries and exits."""
    lines: set[int] = set()
    for one in seen:
        lines.update((one,) if isinstance(one, int) else one)
    return {line for line in lines if line > 0}
