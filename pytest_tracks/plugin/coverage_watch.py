"""The watch over imports until collection begins; then the measurement proper takes over."""

from __future__ import annotations

import functools
import os
from collections.abc import Generator
from contextlib import contextmanager

import coverage
import pytest

from pytest_tracks.plugin.coverage_imports import ImportRecord
from pytest_tracks.plugin.coverage_recording import Extent, Recording, is_in_project, start_own
from pytest_tracks.plugin.coverage_scope import in_folder

__all__ = ["EarlyWatch"]


class EarlyWatch:
    """Measures imports of the project's modules, from the first on.

    Not before: pytest-cov may start in between, and then it is its measurement that is tapped.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._root = os.path.realpath(config.rootpath)
        self._config = config
        self._recording: Recording | None = None
        self._own: coverage.Coverage | None = None
        self._idle = Extent()
        self._imports = ImportRecord(self, functools.partial(is_in_project, self._root))
        self._imports.install()
        config.add_cleanup(lambda: (self.finish(), None)[1])
        self._is_over = False

    @property
    def top(self) -> Extent:
        """The import that runs now; else nothing that counts."""
        return self._idle if self._recording is None else self._recording.top

    @contextmanager
    def extent(self, extent: Extent) -> Generator[None]:
        """Give to ``extent`` what runs inside."""
        if self._recording is None:
            self._recording = self._record()
        with self._recording.extent(extent):
            yield

    def _record(self) -> Recording:
        measuring = coverage.Coverage.current()
        if measuring is None:
            given = getattr(self._config.known_args_namespace, "cov_config", None)
            config_file = given if given and given != ".coveragerc" else True
            with in_folder(self._root):
                self._own = start_own([self._root], branch=True, config_file=config_file)
        return Recording(measuring or self._own, self._place, is_own=measuring is None)

    def _place(self, name: str) -> str | None:
        file = os.path.realpath(os.path.join(self._root, name))
        return file if is_in_project(self._root, file) else None

    def finish(self) -> ImportRecord:
        """Stop watching, and hand over what was seen."""
        if not self._is_over:
            self._is_over = True
            self._imports.remove()
            if self._recording is not None:
                self._recording.close()
            if self._own is not None:
                self._own.stop()
        return self._imports
