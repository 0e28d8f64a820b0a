"""Which of the files that a process knows of belong to any gate, and under what name.

Asked for each module that is imported and each file that is measured, most of them of no gate.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from pytest_tracks.plugin.coverage_scope import Scope

__all__ = ["Places"]


class Places:
    """Maps names of files, as others have them, to those of files in any of the scopes."""

    def __init__(self, root: str, scopes: Iterable[Scope] = ()) -> None:
        self._root = root
        given = list(scopes)
        self._files = frozenset(file for scope in given for file in scope.files)
        self._below = tuple(
            {folder.rstrip(os.sep) + os.sep for scope in given for folder in scope.folders}
        )
        self._known: dict[str, str | None] = {}
        self._folders: dict[str, str] = {}
        """Name of a folder → the same without links: few folders hold many files."""

    def of(self, name: str) -> str | None:
        """Find the file, absolute and without links; None where it is of no gate."""
        if name not in self._known:
            file = self._real(name)
            kept = file in self._files or file.startswith(self._below)
            self._known[name] = file if kept else None
        return self._known[name]

    def _real(self, name: str) -> str:
        folder, base = os.path.split(os.path.join(self._root, name))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        file = os.path.join(self._folders[folder], base)
        return os.path.realpath(file) if os.path.islink(file) else file

    def imported(self) -> Iterator[str]:
        """List the files of modules that are there already."""
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and (place := self.of(file)) is not None:
                yield place
