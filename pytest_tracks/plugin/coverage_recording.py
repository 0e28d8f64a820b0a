"""What ran, cut into extents: the import of a module, an item, a fixture of the session.

One collector measures the whole process: pytest-cov's where that is active, else one of our own.
What it has gathered is taken from it at the edges of each extent, on its way into the collector's
own data, which goes on as if nobody had looked. No context is switched, so that contexts of the
user's own (``--cov-context``, ``dynamic_context``) stay as they are, and every total too.

::

    enter ──► what ran before belongs to the extent around ──► … ──► leave: this is the extent's
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import coverage
from coverage.exceptions import ConfigError

from pytest_tracks.plugin.coverage_rearm import Rearm

__all__ = ["Executed", "Extent", "Recording", "Records", "is_in_project", "merge", "start_own"]

Executed: TypeAlias = dict[str, set[Any]]
"""File → numbers of lines, or pairs of them where branches are measured."""


@dataclass(slots=True, eq=False)
class Extent:
    """Something that runs as a whole, with what it caused: imports and fixtures, fresh or not."""

    executed: Executed = field(default_factory=dict)
    imports: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Modules that it asked for, each with the names that were taken from it."""
    fixtures: set[tuple[str, str, int]] = field(default_factory=set)


_ADDING = ("add_lines", "add_arcs")
_BEFORE_WHICH = ("set_context", "write", "update")
"""What is said of the data, or done with them, when all so far has to be in them.

Not ``add_file_tracers``, a part of every flush: it knows files of which no line is there yet.
"""


class Records(Protocol):
    """What gives to extents what runs in them."""

    @property
    def top(self) -> Extent:
        """The innermost extent that runs now."""
        ...

    def extent(self, extent: Extent) -> AbstractContextManager[None]:
        """Give to ``extent`` what runs inside."""
        ...


def merge(into: Executed, more: Mapping[str, Iterable[Any]]) -> None:
    """Add what was executed elsewhere."""
    for file, seen in more.items():
        into.setdefault(file, set()).update(seen)


class Recording:
    """Taps a started ``coverage.Coverage``; ``place`` maps its file names to what is kept, or None.

    ``is_own`` says that nobody else wants its data. The collector's name is not public; that it
    can be flushed without looking for files that never ran (as ``get_data`` does) is worth it.
    """

    def __init__(self, measuring: Any, place: Callable[[str], str | None], *, is_own: bool) -> None:
        self._collector = measuring._collector
        self._data = self._collector.covdata
        self._place = place
        self._is_own = is_own
        self._stack = [Extent()]
        self.top = self._stack[-1]
        """The innermost extent that runs now; no property, since each import asks for it."""
        is_monitor = self._collector.tracer_name() == "SysMonitor"
        self._rearm = Rearm(self._collector) if is_monitor else None
        self._held_back: dict[str, Executed] = {}
        """Method of the collector's data → what it is still to be given."""
        self._is_flushing = False
        self._others_took = False
        """Whether the data got anything since the last flush that was not of a flush of ours."""
        self._forward = {name: getattr(self._data, name) for name in (*_ADDING, *_BEFORE_WHICH)}
        for name in _ADDING:
            setattr(self._data, name, self._tapped(name))
        for name in _BEFORE_WHICH:
            setattr(self._data, name, self._behind_what_is_held(name))

    def close(self) -> None:
        """Let the data go their own way again."""
        self.hand_over()
        for name in self._forward:
            delattr(self._data, name)

    def hand_over(self) -> None:
        """Give the collector's data what was held back: before anybody else reads them."""
        held, self._held_back = self._held_back, {}
        for name, executed in held.items():
            self._forward[name](executed)

    def _tapped(self, name: str) -> Callable[..., Any]:
        def take(executed: Mapping[str, Iterable[Any]], *args: Any, **kwargs: Any) -> None:
            self._take(executed)
            if self._is_own:
                return
            if self._is_flushing and not args and not kwargs:
                # A write to the database for each item would cost more than the items.
                merge(self._held_back.setdefault(name, {}), executed)
                return
            self.hand_over()
            self._forward[name](executed, *args, **kwargs)

        return take

    def _behind_what_is_held(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.hand_over()
            return self._forward[name](*args, **kwargs)

        return call

    def _take(self, executed: Mapping[str, Iterable[Any]]) -> None:
        self._others_took = self._others_took or not self._is_flushing
        into = self.top.executed
        for name, seen in executed.items():
            file = self._place(name)
            if file is not None and seen:
                into.setdefault(file, set()).update(seen)

    @contextmanager
    def extent(self, extent: Extent) -> Generator[None]:
        """Give to ``extent`` what runs inside."""
        self._flush()
        self._stack.append(extent)
        self.top = extent
        depth = len(self._stack)
        try:
            yield
        finally:
            self._flush()
            del self._stack[depth - 1 :]
            self.top = self._stack[-1]

    def _flush(self) -> None:
        reported = [lines for lines in list(self._collector.data.values()) if lines]
        if reported:
            self._is_flushing = True
            self._collector.flush_data()
            self._is_flushing = False
        if self._rearm is not None:
            self._report_again(self._rearm, reported)

    def _report_again(self, rearm: Rearm, reported: Iterable[set[Any]]) -> None:
        """Have sys.monitoring, which reports a line once, tell of it the next item as well."""
        if self._others_took:
            self._others_took = False
            rearm.everything()
        else:
            rearm.only(reported)


_OURS: Mapping[str, object] = {
    "run:core": "ctrace",  # all cores give the same; this one can be asked at any time
    "run:dynamic_context": None,
    "run:context": None,
    "run:patch": [],
    "run:include": [],
    "run:source_pkgs": [],
    "run:source_dirs": [],
    "run:parallel": False,
    "run:relative_files": False,
    "run:sigterm": False,
}


def start_own(
    folders: Iterable[str], *, branch: bool, config_file: str | bool
) -> coverage.Coverage:
    """Start to measure what is below the folders, in memory; stand in the root folder for it."""
    own = coverage.Coverage(
        data_file=None, config_file=config_file, source=sorted(folders), branch=branch
    )
    for name, value in _OURS.items():
        try:
            own.set_option(name, value)  # type: ignore[arg-type]
        except ConfigError:
            warnings.warn(f"coverage.py has no option {name}", stacklevel=2)
    own.start()
    return own


def is_in_project(root: str, origin: str) -> bool:
    """Whether a module's file is the project's own code."""
    return (
        origin.endswith(".py")
        and origin.startswith(root + os.sep)
        and "site-packages" not in origin
    )
