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
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tracks.core.binding import Binding, BoundItem
from pytest_tracks.core.nodeids import CriterionKey, format_node_id
from pytest_tracks.core.roster import Collected
from pytest_tracks.errors import TracksError
from pytest_tracks.plugin.announce import announce
from pytest_tracks.plugin.emission import skipped_report
from pytest_tracks.plugin.recital import keep_recital, may_recite, nobody_listens
from pytest_tracks.plugin.rehearsal import Rehearsal, items_of
from pytest_tracks.plugin.vigilance import warn_of_idle_tests
from pytest_tracks.project.remembered import (
    recall_bindings,
    recall_plan,
    remember_bindings,
    remember_plan,
)

if TYPE_CHECKING:
    from pytest_tracks.core.events import Settled
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.record import ProjectRecord
    from pytest_tracks.core.roster import Participant
    from pytest_tracks.plugin.conductor import Conductor
    from pytest_tracks.plugin.preparation import Preparation
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings
    from pytest_tracks.project.world import World

__all__ = ["Remembering", "Replay", "announce_done", "recall_collection", "recalled_plan"]


def recall_collection(
    settings: Settings, world: World, plan: Plan, record: ProjectRecord
) -> Collected | None:
    """Return what a collection would find; None where only a collection can tell.

    A signature runs out by the clock, which no comparison of files shows.
    """
    checks = (one.check for task in plan.tasks.values() for one in task.criteria)
    if any(check.kind == "manual" for check in checks):
        return None
    known = recall_bindings(settings, world.digest)
    return _collected(plan, record) if known == _bindings_digest(plan, record) else None


def recalled_plan(settings: Settings, world: World) -> Plan | None:
    """Return the plan if its files are those that it was read from before."""
    return recall_plan(settings, world.plan_files) if world.plan_files else None


class Remembering:
    """Keeps, when a run ends, what a later one may be spared."""

    def __init__(self, run: Preparation, world: World) -> None:
        self._run = run
        self._world = world
        self._has_remembered = False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Remember, where all has passed and the collection was a plain one."""
        if session.exitstatus == pytest.ExitCode.OK and self._run.conductor.was_plain:
            self._has_remembered = self._remember()

    def _remember(self) -> bool:
        run, settings, world = self._run, self._run.settings, self._world
        record = run.recorder.holdings.holding_record()
        plan = run.plan
        if record is None or world.plan_files is None or plan.digest != world.plan_files.digest:
            return False
        if recalled_plan(settings, world) is None:
            remember_plan(settings, plan)
        remember_bindings(settings, world.digest, _bindings_digest(plan, record))
        return True

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Keep what the next run is to tell, if it finds all as it is now."""
        is_fine = self._run.conductor.exit_status == pytest.ExitCode.OK
        if is_fine and self._has_remembered and may_recite() and nobody_listens(config):
            with suppress(TracksError):  # the next run will say it
                self._rehearse()

    def _rehearse(self) -> None:
        run, settings, world = self._run, self._run.settings, self._world
        record = run.recorder.holdings.holding_record()
        found = recall_collection(settings, world, run.plan, record) if record else None
        if found is None:
            return
        rehearsal = Rehearsal(run)
        if rehearsal.succeeds(found):
            is_current = run.recorder.is_current
            keep_recital(settings, world, rehearsal.view, rehearsal.done, is_current)


class Replay:
    """Takes the place of the collection."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        view: TerminalView,
        conductor: Conductor,
        recorder: Recorder,
        collected: Collected,
    ) -> None:
        self._settings = settings
        self._world = world
        self._view = view
        self._conductor = conductor
        self._recorder = recorder
        self._collected = collected

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Warn again of tests that assert nothing: nobody has mended them."""
        verbose = session.config.get_verbosity() > 0
        warn_of_idle_tests(self._view, self._settings.root, self._collected, verbose=verbose)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collect nothing."""
        session.items = []
        self._conductor.announce_by(announce_done)
        self._conductor.take_collected(self._collected, ())
        return True

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Keep what was told, for a run that finds the same."""
        is_fine = self._conductor.exit_status == pytest.ExitCode.OK
        is_whole = self._recorder.holdings.holding_record() is not None
        if is_fine and is_whole and nobody_listens(config):
            reporter: Any = config.pluginmanager.getplugin("terminalreporter")
            done = len(reporter.stats.get("done", ())) if reporter is not None else 0
            is_current = self._recorder.is_current
            keep_recital(self._settings, self._world, self._view, done, is_current)


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
                own[format_node_id(task.location.path, key)] = True
    items = [BoundItem(test, test, True, tuple(found)) for test, found in served.items()]
    return Collected(items, own)


def announce_done(config: pytest.Config, participant: Participant, settled: Settled) -> None:
    """Count what was done before; tell of each item only where anybody listens to items."""
    if not nobody_listens(config):
        announce(config, participant, settled)
        return
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    reason = f"Found completed task: {settled.task} (skipping)"
    report = skipped_report(settled.task, participant.task.location, reason, "done")
    reporter.stats.setdefault("done", []).extend([report] * items_of(participant))
