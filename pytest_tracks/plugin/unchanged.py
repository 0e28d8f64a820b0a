"""A run in which nothing has changed: known before anything is collected or started.

::

    arguments, configuration, environment, plug-ins, plan, every file
        └─ as they were when a run ended with all PASS?
              └─ then tests would be bound as they are recorded ──► do all their digests hold?
                                                                        └─ nothing is to be run

Whether a PASS holds is found out as in every run: from the plan, the record and the contents of
the files. All that a collection would add is which test serves which criterion; this is what the
first half spares, by comparing everything that a collection is made of. Where one thing differs,
or an option is given that this module does not know, the run goes its usual way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.binding import Binding, BoundItem
from pytest_tracks.core.nodeids import CriterionKey, format_node_id
from pytest_tracks.core.roster import Collected
from pytest_tracks.plugin.announce import announce
from pytest_tracks.plugin.emission import skipped_report
from pytest_tracks.project.remembered import (
    find_plan_files,
    recall_bindings,
    recall_plan,
    remember_bindings,
    remember_plan,
)
from pytest_tracks.project.surroundings import Surroundings
from pytest_tracks.state.worktree import LEFT_BEHIND, WorkTree

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.core.roster import Participant
    from pytest_tracks.core.run import Settled
    from pytest_tracks.plugin.conductor import Conductor
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.project.settings import Settings

__all__ = ["Remembering", "Replay", "World", "announce_done"]

_HARMLESS = re.compile(
    r"--tracks(=.*)?|--tracks-(plan|wait|meta)(=.*)?|--(track|task)(=.*)?|-n\d*|--numprocesses(=.*)?"
    r"|--dist(=.*)?|--maxprocesses(=.*)?|-[qvsl]+|--verbose|--quiet|--color(=.*)?|--tb(=.*)?"
    r"|-r\w*|-p|-pno:.*|--no-header|--no-summary|--strict.*|--import-mode(=.*)?|-W.*|-x"
    r"|--maxfail(=.*)?|--durations(=.*)?|--show-capture(=.*)?"
)
"""Options with which a run of nothing writes nothing, and selects what the plan says."""
_WITH_VALUE = re.compile(
    r"--tracks(-plan|-wait|-meta)?|--track|--task|-n|--numprocesses|--dist|--maxprocesses|--color"
    r"|--tb|-r|-p|--import-mode|-W|--maxfail|--durations|--show-capture"
)
_VOLATILE = re.compile(
    r"_|SHLVL|PWD|OLDPWD|COLUMNS|LINES|TERM.*|WINDOWID|TMUX.*|SSH_.*|COV_CORE_.*|PYTEST_CURRENT_TEST"
)
"""Variables that differ from terminal to terminal."""
_OWN = ("_pytest.", "pytest_tracks.")
_KEEP_FAILURES_ONLY = {"pytest_rerunfailures"}
_NEVER_COLLECTED = re.compile(r"\..*|build|dist|CVS|_darcs|.*\.egg|.*\.egg-info")


class World:
    """All that a collection is made of, as a run found it when it began."""

    def __init__(self, config: pytest.Config, settings: Settings, tree: WorkTree) -> None:
        self._settings = settings
        self.plan_files = find_plan_files(settings)
        self._digest = _digest(config, settings, tree)

    @classmethod
    def of(
        cls, config: pytest.Config, settings: Settings, kinds: Collection[str], tree: WorkTree
    ) -> World | None:
        """Look at it; None where this run is one that may not be spared, whatever it finds."""
        arguments = settings.arguments
        is_usual = not (
            config.option.collectonly
            or settings.rerun
            or settings.verify
            or settings.ungated
            or arguments.plan
            or arguments.tests
        )
        if not is_usual or set(kinds) != set(builtin_kinds()) or not _are_harmless(config):
            return None
        tree.freeze()
        return cls(config, settings, tree)

    def plan(self) -> Plan | None:
        """Return the plan if its files are those that it was read from before."""
        return recall_plan(self._settings, self.plan_files) if self.plan_files else None

    def replay(self, plan: Plan, record: ProjectRecord) -> Collected | None:
        """Return what a collection would find; None where only a collection can tell."""
        known = recall_bindings(self._settings, self._digest)
        return _collected(plan, record) if known == _bindings_digest(plan, record) else None

    def remember(self, plan: Plan, recorder: Recorder) -> None:
        """Keep, after a run in which all has passed, that its collection was as recorded."""
        record = recorder.holding_record()
        if record is None or self.plan_files is None or plan.digest != self.plan_files.digest:
            return
        if self.plan() is None:
            remember_plan(self._settings, plan)
        remember_bindings(self._settings, self._digest, _bindings_digest(plan, record))


class Remembering:
    """Keeps, when a run ends, what a later one may be spared."""

    def __init__(self, world: World, plan: Plan, recorder: Recorder, conductor: Conductor) -> None:
        self._world = world
        self._plan = plan
        self._recorder = recorder
        self._conductor = conductor

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Remember, where all has passed and the collection was a plain one."""
        if session.exitstatus == pytest.ExitCode.OK and self._conductor.was_plain:
            self._world.remember(self._plan, self._recorder)


class Replay:
    """Takes the place of the collection."""

    def __init__(self, conductor: Conductor, collected: Collected) -> None:
        self._conductor = conductor
        self._collected = collected

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collect nothing."""
        session.items = []
        self._conductor.announce = announce_done
        self._conductor.take_collected(self._collected, ())
        return True


def _are_harmless(config: pytest.Config) -> bool:
    """Whether every option is known not to matter, wherever it was given."""
    given = [*map(str, config.invocation_params.args), *config.getini("addopts")]
    try:
        given += shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
    except ValueError:
        return False
    words = iter(given)
    for word in words:
        if not _HARMLESS.fullmatch(word):
            return False
        if _WITH_VALUE.fullmatch(word):
            next(words, "")
    return True


def _digest(config: pytest.Config, settings: Settings, tree: WorkTree) -> str:
    variables = [pair for pair in sorted(os.environ.items()) if not _VOLATILE.fullmatch(pair[0])]
    whole = hashlib.sha256()
    for part in (
        [*map(str, config.invocation_params.args), str(config.invocation_params.dir)],
        [*config.args, config.getini("addopts"), str(config.inipath)],
        variables,
        Surroundings().digest(()),
        list(_plugins(config)),
        [(path, tree.identity(path)) for path in tree.paths if not _is_state(path, settings)],
        sorted(_hidden_modules(settings.root, "", tree)),
    ):
        whole.update(json.dumps(part).encode() + b"\n")
    return whole.hexdigest()


def _is_state(path: str, settings: Settings) -> bool:
    return path.startswith(settings.state)


def _plugins(config: pytest.Config) -> Iterator[tuple[str, int, int]]:
    """Tell the code of all plug-ins apart, also of those that are being written elsewhere."""
    files = {getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins()}
    for file in sorted(filter(None, files)):
        with suppress(OSError):
            status = os.stat(file)
            yield file, status.st_size, status.st_mtime_ns


def _hidden_modules(root: Path, below: str, tree: WorkTree) -> Iterator[tuple[str, str]]:
    """Find the modules that git ignores and pytest would collect all the same."""
    try:
        found = list(os.scandir(root / below))
    except OSError:
        return
    if below and any(entry.name == "pyvenv.cfg" for entry in found):
        return
    for entry in found:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.name in LEFT_BEHIND or _NEVER_COLLECTED.fullmatch(entry.name):
            continue
        if entry.is_dir():
            yield from _hidden_modules(root, path, tree)
        elif entry.name.endswith(".py") and path not in tree:
            yield path, tree.identity(path)


def _bindings_digest(plan: Plan, record: ProjectRecord) -> str:
    bindings = {
        task: {name: sorted(ids) for name, ids in sorted(record.task(task).tests.items())}
        for task in plan.tasks
    }
    return hashlib.sha256(json.dumps(bindings).encode()).hexdigest()


def _collected(plan: Plan, record: ProjectRecord) -> Collected:
    served: dict[str, list[Binding]] = {}
    own: dict[str, bool] = {}
    for task in plan.tasks.values():
        tests: Mapping[str, Sequence[str]] = record.task(task.id).tests
        for criterion in task.criteria:
            key = CriterionKey(task.id, criterion.id)
            bound = tests.get(criterion.id, ())
            for test in bound:
                by = criterion.check.kind if criterion.check.kind != "prose" else "mark"
                served.setdefault(test, []).append(Binding(key, by, criterion.text))
            if not bound:
                own[format_node_id(criterion.location.path, key)] = True
    items = [BoundItem(test, test, True, tuple(found)) for test, found in served.items()]
    return Collected(items, own)


def announce_done(config: pytest.Config, participant: Participant, settled: Settled) -> None:
    """Count what was done before; tell of each item only where anybody listens to items."""
    if not _nobody_listens(config):
        announce(config, participant, settled)
        return
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    reason = f"Found completed task: {settled.task} (skipping)"
    report = skipped_report(settled.task, participant.task.location, reason, "done")
    count = len(participant.handles) or len(participant.parts) or 1
    reporter.stats.setdefault("done", []).extend([report] * count)


def _nobody_listens(config: pytest.Config) -> bool:
    """Whether only pytest itself would hear of items, and would say no more than their number."""
    hooks: Any = config.hook
    listening = [
        (each.plugin_name, each.function.__module__)
        for hook in (
            hooks.pytest_runtest_logreport,
            hooks.pytest_runtest_logstart,
            hooks.pytest_runtest_logfinish,
        )
        for each in hook.get_hookimpls()
    ]
    heard = all(module.startswith(_OWN) or module in _KEEP_FAILURES_ONLY for _, module in listening)
    names = {name for name, _ in listening}
    return heard and "terminalreporter" in names and config.get_verbosity() == 0
