"""A record of imports: the lines of a module's own import count for all who import it.

A module's top level runs once in a process, for whoever comes first. In a process of its own every
task would run it, so each import is an extent of its own, and who asks for a module, fresh or not,
is given what its import ran and what that asked for in its turn.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from pytest_tracks.plugin.coverage_recording import Extent, Records

__all__ = ["ImportRecord"]


class ImportRecord:
    """Watches imports between ``install`` and ``remove``.

    ``is_project`` tells whether a file is of the project: imports of other modules belong to
    whoever causes them.
    """

    def __init__(self, recording: Records, is_project: Callable[[str], bool]) -> None:
        self.modules: dict[str, Extent] = {}
        self.files: dict[str, Extent] = {}
        """The same by file: several conftest.py may be called the same."""
        self._recording = recording
        self._is_project = is_project
        self._shared_loaders: list[Any] = []
        self._thread = threading.get_ident()
        self._is_active = False
        self._import = builtins.__import__
        self._import_module = importlib.import_module

    def install(self) -> None:
        """Begin to watch."""
        self._is_active = True
        sys.meta_path.insert(0, self)
        self._import, builtins.__import__ = builtins.__import__, self._recorded_import()
        self._import_module = importlib.import_module
        importlib.import_module = self._recorded_import_module()

    def remove(self) -> None:
        """Put everything back."""
        self._is_active = False
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        builtins.__import__ = self._import
        importlib.import_module = self._import_module
        for loader in self._shared_loaders:
            del loader.exec_module

    def _recorded_import(self) -> Callable[..., ModuleType]:
        original = self._import

        def __import__(  # noqa: N807
            name: str,
            globals: Any = None,
            locals: Any = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            __tracebackhide__ = True
            module = original(name, globals, locals, fromlist or (), level)
            asked = name if not level else getattr(module, "__name__", name)
            self._recording.top.imports.add((asked, tuple(fromlist or ())))
            return module

        return __import__

    def _recorded_import_module(self) -> Callable[..., ModuleType]:
        original = self._import_module

        def import_module(name: str, package: str | None = None) -> ModuleType:
            __tracebackhide__ = True
            module = original(name, package)
            self._recording.top.imports.add((getattr(module, "__name__", name), ()))
            return module

        return import_module

    # -- a finder before all others ----------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Have the others find the module, and watch its execution."""
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = (
                None if finder is self or find is None else find(name, path, target)
            )
            if spec is not None:
                if spec.origin and spec.loader is not None and self._is_project(spec.origin):
                    self._watch(spec.loader)
                return spec
        return None

    def _watch(self, loader: Any) -> None:
        """Take the place of one loader's ``exec_module``; most loaders are of one module only."""
        execute = getattr(loader, "exec_module", None)
        if execute is None or "exec_module" in vars(loader):
            return
        loader.exec_module = functools.partial(self._execute, execute)
        if loader in sys.meta_path:  # pytest's, which rewrites asserts, loads all test modules
            self._shared_loaders.append(loader)

    def _execute(self, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
        __tracebackhide__ = True
        if not self._is_active or threading.get_ident() != self._thread:
            execute(module)
            return
        file = str(getattr(module, "__file__", None) or module.__name__)
        extent = self.files.setdefault(file, Extent())
        self.modules[module.__name__] = extent
        with self._recording.extent(extent):
            execute(module)

    # -- what it is for ----------------------------------------------------------------------------

    def reached(self, extents: Iterable[Extent], modules: Iterable[str]) -> list[Extent]:
        """List the imports that all this would have caused, had it come first."""
        found: dict[str, Extent] = {}
        pending: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in modules]
        pending += [asked for extent in extents for asked in extent.imports]
        while pending:
            for name in _modules(*pending.pop()):
                extent = self.modules.get(name)
                if extent is not None and name not in found:
                    found[name] = extent
                    pending.extend(extent.imports)
        return list(found.values())


def _modules(name: str, taken: tuple[str, ...]) -> Iterator[str]:
    """List the modules of an import: those above, itself, and names of it that are modules."""
    steps = name.split(".")
    yield from (".".join(steps[: n + 1]) for n in range(len(steps)))
    if "*" in taken:
        taken = tuple(getattr(sys.modules.get(name), "__all__", ()))
    yield from (f"{name}.{one}" for one in taken)
