"""Measures each task that has a coverage gate while its criteria run, and judges the gate.

::

    collection ──► imports, one extent each
    items of a task ──► one extent each ──┐
    its commands ──► data files ──────────┼──► the task's coverage item: judge
    (isolated: a child pytest ──► data) ──┘

Made only where a task that takes part has a gate.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest

from pytest_tracks.core.coverage_gate import FileCoverage, judge
from pytest_tracks.core.kinds import CheckResult
from pytest_tracks.core.verdict import Outcome
from pytest_tracks.errors import UsageError
from pytest_tracks.plugin.coverage_attribution import Attribution
from pytest_tracks.plugin.coverage_commands import TaskProcesses
from pytest_tracks.plugin.coverage_early import EARLY
from pytest_tracks.plugin.coverage_imports import ImportRecord
from pytest_tracks.plugin.coverage_items import CoverageItem
from pytest_tracks.plugin.coverage_parses import ParseNotes
from pytest_tracks.plugin.coverage_places import Places
from pytest_tracks.plugin.coverage_recording import (
    Executed,
    Recording,
    is_in_project,
    merge,
    start_own,
)
from pytest_tracks.plugin.coverage_scope import Analyst, MeasuringError, Scope, in_folder, lines_of
from pytest_tracks.plugin.coverage_theirs import what_to_add
from pytest_tracks.plugin.items import CriterionItem
from pytest_tracks.project.changes import base_commit, changed_lines

if TYPE_CHECKING:
    from pytest_tracks.core.model import Coverage, Task
    from pytest_tracks.core.record import CoverageResult
    from pytest_tracks.core.roster import Collected

__all__ = ["CoverageMeter"]


class CoverageMeter:
    """Hooks of a process that runs items; ``tasks`` are those with a gate."""

    def __init__(
        self,
        config: pytest.Config,
        tasks: Mapping[str, Task],
        tracks: Mapping[str, int],
        *,
        scratch: str,
        base: str,
    ) -> None:
        self._config = config
        self._tasks = tasks
        self._tracks = tracks
        self._scratch = scratch
        self._base = base
        self._root = os.path.realpath(config.rootpath)
        self._attribution = Attribution(tasks.keys())
        self._processes: dict[str, TaskProcesses] = {}
        self._scopes: dict[str, Scope] = {}
        self._places = Places(self._root)
        self._recording: Recording | None = None
        self._imports: ImportRecord | None = None
        self._theirs: coverage.Coverage | None = None
        self._own: coverage.Coverage | None = None
        self._early: frozenset[str] = frozenset()
        given = getattr(config.option, "cov_config", None)
        self._config_file = given if given and given != ".coveragerc" else True
        self._known_analyst: Analyst | None = None

    # -- beginning and end -------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Begin to measure before anything is collected: that imports the tests' modules."""
        if not self._config.option.collectonly:
            self._scopes = {
                task.id: Scope.of(self._root, task.coverage.source)
                for task in self._tasks.values()
                if task.coverage is not None
            }
            self._places = Places(self._root, self._scopes.values())
            self._begin()
        return (yield)

    def _begin(self) -> None:
        in_place = [task for task in self._tasks.values() if not _gate(task).isolated]
        if not in_place:
            return
        before = self._config.stash.get(EARLY, None)
        seen = before.finish() if before is not None else None
        self._theirs = coverage.Coverage.current()
        measuring = self._theirs or self._start_own(in_place)
        if measuring is None:
            return
        known = {os.path.realpath(file) for file in seen.files} if seen is not None else set()
        self._early = frozenset(self._places.imported()) - known
        self._recording = Recording(measuring, self._places.of, is_own=self._theirs is None)
        self._imports = ImportRecord(self._recording, self._is_project)
        if seen is not None:
            self._imports.modules.update(seen.modules)
            self._imports.files.update(seen.files)
        self._imports.install()
        self._config.add_cleanup(self._stop)

    def _start_own(self, tasks: list[Task]) -> coverage.Coverage | None:
        folders = set().union(*(self._scopes[task.id].measured_folders() for task in tasks))
        if not folders:
            return None
        with in_folder(self._root):
            self._own = start_own(
                folders,
                branch=any(_gate(task).branch for task in tasks),
                config_file=self._config_file,
            )
        return self._own

    def _stop(self) -> None:
        if self._imports is not None:
            self._imports.remove()
        if self._recording is not None:
            self._recording.close()
        if self._own is not None:
            self._own.stop()
        self._recording = self._imports = self._own = None

    def _is_project(self, origin: str) -> bool:
        return is_in_project(self._root, origin) or self._places.of(origin) is not None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Hand over what was measured before whoever measures too sums it up."""
        try:
            return (yield)
        finally:
            if self._recording is not None:
                self._recording.hand_over()

    # -- while items run ---------------------------------------------------------------------------

    def learn(self, collected: Collected) -> None:
        """Learn which items serve a task with a gate."""
        self._attribution.learn(collected)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give each item its extent; whatever serves no gate is a boundary between tasks."""
        if isinstance(item, CoverageItem) or not self._attribution.serves(item):
            result = yield
            self._attribution.end_task()
            return result
        extent = self._attribution.begin(item)
        if self._recording is None:
            return (yield)
        with self._recording.extent(extent):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Set a fixture of the session up for all that use it, not only for who comes first."""
        if self._recording is None or fixturedef.scope != "session":
            return (yield)
        extent = self._attribution.fixture(fixturedef, request, self._recording.top)
        with self._recording.extent(extent):
            return (yield)

    def environment(self, task: Task) -> dict[str, str]:
        """Make the environment that a task's commands start from."""
        if task.id not in self._tasks:
            return dict(os.environ)
        return self._task_processes(task).environment(os.environ)

    def _task_processes(self, task: Task) -> TaskProcesses:
        if task.id not in self._processes:
            self._processes[task.id] = TaskProcesses(
                self._scratch, task, self._scopes[task.id], self._analyst.settings, self._theirs
            )
        return self._processes[task.id]

    @property
    def _analyst(self) -> Analyst:
        if self._known_analyst is None:
            lends = self._theirs is not None and hasattr(self._config, "workerinput")
            note = ParseNotes(self._scratch).note if lends else None
            self._known_analyst = Analyst(self._root, self._config_file, note)
        return self._known_analyst

    # -- the judgement -----------------------------------------------------------------------------

    def check(self, task: Task) -> tuple[CheckResult, CoverageResult | None]:
        """Judge a task's gate by what its items, the last to run here, executed."""
        try:
            return self._judge(task, _gate(task))
        except MeasuringError as error:
            fix, _, detail = error.fix.partition("\n")
            failed = CheckResult(Outcome.FAILED, str(error), detail=detail, recommended_fix=fix)
            return failed, None

    def _judge(self, task: Task, gate: Coverage) -> tuple[CheckResult, CoverageResult]:
        scope = self._scopes[task.id]
        if scope.unmatched:
            raise MeasuringError(
                f"no Python file matches {', '.join(scope.unmatched)}",
                f"correct the source of the gate ({task.location}), or add the code",
            )
        executed = self._executed(task, gate)
        files = self._analyse(scope, executed, gate)
        changed, base = self._changes(gate, files)
        judgement = judge(gate, files, changed, base)
        if not judgement.gap:
            return CheckResult(Outcome.PASSED, evidence=judgement.detail), judgement.result
        notes = self._unknown(gate, files)
        fix = "test what is missed, or take it out of the source"
        detail = "\n".join((*judgement.detail, *notes))
        gap = judgement.gap + (" (a lower bound, see below)" if notes else "")
        failed = CheckResult(Outcome.FAILED, gap, detail=detail, recommended_fix=fix)
        return failed, judgement.result

    def _executed(self, task: Task, gate: Coverage) -> Executed:
        found: Executed = {}
        if gate.isolated:
            self._run_alone(task)
        else:
            self._require_measured(task, gate)
            for extent in self._attribution.extents(task.id, self._imports):
                merge(found, extent.executed)
        if task.id in self._processes:
            merge(found, self._processes[task.id].executed())
        return found

    def _run_alone(self, task: Task) -> None:
        tests = [
            ran.item.nodeid
            for ran in self._attribution.of(task.id)
            if not isinstance(ran.item, CriterionItem)
        ]
        if tests:
            track = self._tracks.get(task.id)
            processes = self._task_processes(task)
            context = processes.context(
                self._root, "" if track is None else f"{track:02}", self._scratch
            )
            processes.run_tests(self._config, context, tests)

    def _require_measured(self, task: Task, gate: Coverage) -> None:
        if self._theirs is not None:
            added = what_to_add(self._theirs, gate, self._scopes[task.id], self._root)
            if added:
                raise MeasuringError(
                    "what measures coverage in this run leaves out what the gate is about",
                    f"add {' '.join(added)}, or give the gate 'isolated: true'",
                )

    def _analyse(self, scope: Scope, executed: Executed, gate: Coverage) -> list[FileCoverage]:
        analyst = self._analyst
        found = []
        for file in analyst.files(scope, executed):
            seen = executed.get(file, set())
            given = seen if gate.branch else lines_of(seen)
            found.append(analyst.analyse(file, given, branch=gate.branch))
        return found

    def _changes(
        self, gate: Coverage, files: list[FileCoverage]
    ) -> tuple[dict[str, frozenset[int]] | None, str]:
        if gate.diff_minimum is None:
            return None, ""
        root = Path(self._root)
        try:
            commit, base = base_commit(root, self._base)
            return changed_lines(root, commit, [file.path for file in files]), base
        except UsageError as error:
            raise MeasuringError(
                f"diff_min cannot be judged: {error}",
                "set the ini option tracks_base to a branch or commit that is there "
                "(a shallow clone lacks it: fetch more), or take diff_min out",
            ) from None

    def _unknown(self, gate: Coverage, files: list[FileCoverage]) -> list[str]:
        """Name what could not be measured here, and may be why the gate is missed."""
        if gate.isolated:
            return []
        missing = {file.path for file in files if file.missing}
        early = sorted(path for path in map(self._analyst.shown, self._early) if path in missing)
        if not early:
            return []
        return [
            f"not counted: the imports of {', '.join(early)}, which a plugin "
            "imported before anything could be measured; 'isolated: true' counts them"
        ]


def _gate(task: Task) -> Coverage:
    assert task.coverage is not None
    return task.coverage
