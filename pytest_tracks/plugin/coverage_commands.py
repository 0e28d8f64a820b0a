"""Python processes that a task starts: its commands, and the one that measures it in isolation.

coverage.py begins to measure in a new interpreter where its environment says so. The environment
is that of the command alone; what it writes lies in a folder of the task and is read when the task
is judged.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import coverage
import pytest
from coverage.exceptions import CoverageException

from pytest_tracks.core.kinds import CheckContext
from pytest_tracks.core.model import COVERAGE_ID, Task
from pytest_tracks.plugin.coverage_recording import Executed, merge
from pytest_tracks.plugin.coverage_scope import MeasuringError, Scope, option

__all__ = ["TaskProcesses"]

_CONFIG, _START = "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"
_CHILD_SECONDS = 3600.0
"""Longer than any test run should take; a hanging child must not hang the run for ever."""

_PASSED_ON = ("omit", "concurrency", "plugins", "include_namespace_packages")
_NOISE = "no-data-collected, module-not-imported, module-not-measured, already-imported, no-sysmon"


class TaskProcesses:
    """What one task's processes measure; all in ``folder``, which is made.

    ``borrowed`` is the measurement of somebody else. Where the environment says that they want
    what subprocesses show as well (``patch = subprocess``), these measure by their configuration,
    and they get the data.
    """

    def __init__(
        self,
        folder: str,
        task: Task,
        scope: Scope,
        settings: coverage.Coverage,
        borrowed: coverage.Coverage | None,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="coverage-", dir=folder))
        self._data = self._folder / "data"
        self._task = task
        self._scope = scope
        self._settings = settings
        self._borrowed = borrowed if _CONFIG in os.environ or _START in os.environ else None
        self._rc = self._folder / "rc"
        self._rc.write_text(self._rc_text(), encoding="utf-8")

    def environment(self, environment: Mapping[str, str], *, alone: bool = False) -> dict[str, str]:
        """Add to an environment what makes its interpreters measure; ``alone``: for us only."""
        made = dict(environment)
        theirs = made.pop(_CONFIG, None)
        if self._borrowed is None or alone:
            made.pop("COVERAGE_FILE", None)
            return made | {_START: str(self._rc)}
        if theirs is not None:
            return made | {_CONFIG: _with_data_file(theirs, str(self._data))}
        return made | {"COVERAGE_FILE": str(self._data)}

    def _rc_text(self) -> str:
        gate = self._task.coverage
        assert gate is not None
        values: dict[str, object] = {
            "data_file": str(self._data),
            "parallel": "true",
            "sigterm": "true",
            "relative_files": "false",
            "disable_warnings": _NOISE,
            "branch": str(gate.branch).lower(),
            "source": sorted(self._scope.measured_folders()),
        }
        lines = ["[run]"]
        for name in _PASSED_ON:
            if value := option(self._settings, f"run:{name}"):
                values[name] = value
        lines += [f"{name} = {_escaped(value)}" for name, value in values.items()]
        return "\n".join(lines) + "\n"

    def executed(self) -> Executed:
        """Read what has been measured so far; raises MeasuringError where it cannot be read."""
        found: Executed = {}
        for path in sorted(self._folder.glob("data.*")):
            merge(found, self._read(path))
            self._give_back(path)
            path.unlink()
        return found

    def _read(self, path: Path) -> Executed:
        data = coverage.CoverageData(basename=str(path))
        try:
            data.read()
            branch = data.has_arcs()
            return {
                os.path.realpath(file): set((data.arcs(file) if branch else data.lines(file)) or ())
                for file in data.measured_files()
            }
        except CoverageException as error:
            raise MeasuringError(
                f"what a command measured cannot be read: {path.name}: {error}",
                "find out what else writes into the folder of TMPDIR",
            ) from None
        finally:
            data.close()

    def _give_back(self, path: Path) -> None:
        if self._borrowed is not None:
            theirs = os.path.abspath(self._borrowed.config.data_file)
            shutil.copyfile(path, theirs + path.name.removeprefix("data"))

    def run_tests(
        self, config: pytest.Config, context: CheckContext, node_ids: Sequence[str]
    ) -> None:
        """Run the task's tests in a process of their own; raises MeasuringError where they fail."""
        from pytest_tracks.checks.command import run_command

        names = self._folder / "tests"
        names.write_text("\n".join(node_ids) + "\n", encoding="utf-8")
        argv = [sys.executable, "-m", "pytest", *_same_options(config), f"@{names}"]
        ended = run_command(argv, context, _CHILD_SECONDS)
        if ended.gap:
            raise MeasuringError(
                f"alone, the task's tests do not pass: {ended.gap}",
                "let them pass in a process of their own: they may need what other tests leave "
                f"behind\n{ended.result().detail}",
            )

    def context(self, root: str, track: str, scratch: str) -> CheckContext:
        """Say for whom the tests run alone."""
        return CheckContext(
            root=root,
            task=self._task.id,
            track=track,
            criterion=COVERAGE_ID,
            location=self._task.location,
            scratch=scratch,
            environment=self.environment(os.environ, alone=True),
        )


def _escaped(value: object) -> str:
    if isinstance(value, list):
        return "".join(f"\n    {_escaped(entry)}" for entry in value)
    return str(value).replace("$", "$$")


def _with_data_file(serialized: str, data_file: str) -> str:
    """Change where a serialized configuration writes; a new process reads nothing else of it."""
    values: dict[str, Any] = json.loads(base64.b64decode(serialized))
    values |= {"data_file": data_file, "parallel": True}
    return base64.b64encode(json.dumps(values).encode()).decode()


def _same_options(config: pytest.Config) -> list[str]:
    """Repeat the options of this run on which it depends what a test does."""
    option = config.option
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={config.rootpath}"]
    options += ["-c", str(config.inipath)] if config.inipath is not None else []
    for name, flag in (("plugins", "-p"), ("override_ini", "-o"), ("pythonwarnings", "-W")):
        for value in getattr(option, name, None) or ():
            options += [flag, value]
    if getattr(option, "importmode", None):
        options.append(f"--import-mode={option.importmode}")
    if config.pluginmanager.hasplugin("xdist"):
        options += ["-n", "0"]
    if config.pluginmanager.hasplugin("pytest_cov"):
        options.append("--no-cov")
    return options
