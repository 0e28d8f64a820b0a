"""The ways to run: recalled, in one process, or with workers; each registers what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_tracks.plugin import xdist_setup
from pytest_tracks.plugin.collection import PlanCollection
from pytest_tracks.plugin.coverage_early import announce_gates
from pytest_tracks.plugin.coverage_parses import lend_parses
from pytest_tracks.plugin.coverage_setup import measure_gates
from pytest_tracks.plugin.early_leave import EarlyLeave
from pytest_tracks.plugin.inprocess import InProcessLoop
from pytest_tracks.plugin.items import CriterionReports, Shared
from pytest_tracks.plugin.park import ParkProtocol
from pytest_tracks.plugin.unchanged import Remembering, Replay, recall_collection
from pytest_tracks.plugin.worker import Briefing

if TYPE_CHECKING:
    from pytest_tracks.plugin.preparation import Preparation

__all__ = ["register_way"]


def register_way(run: Preparation) -> None:
    """Have the run go the shortest way that it can go."""
    if _is_recalled(run):
        return
    if run.choice.one_process:
        _register_one_process(run)
    else:
        _register_workers(run)


def _is_recalled(run: Preparation) -> bool:
    """Recall the collection where nothing has changed; else remember it for the next run."""
    settings, world, record = run.settings, run.loaded.world, run.recorder.record()
    if world is None:
        return False
    plugins = run.config.pluginmanager
    found = recall_collection(settings, world, run.plan, record)
    if found is None or not run.conductor.holds_all(found):
        plugins.register(Remembering(run, world), "tracks-remembering")
        return False
    xdist_setup.request_one_process(run.config)
    replay = Replay(settings, world, run.view, run.conductor, run.recorder, found)
    plugins.register(replay, "tracks-replay")
    plugins.register(InProcessLoop(run.conductor), "tracks-loop")
    return True


def _register_one_process(run: Preparation) -> None:
    xdist_setup.request_one_process(run.config)
    shared = Shared(
        run.plan,
        frozenset(run.taking_part),
        run.loaded.kinds,
        str(run.folder),
        run.choice.layout.track_of(),
        tuple(run.criteria),
        run.remembered,
        run.started_ns,
    )
    publish = measure_gates(run.config, shared, run.conductor.take_collected, run.settings.base)
    collection = PlanCollection(shared, asked=run.asked, publish=publish)
    plugins = run.config.pluginmanager
    plugins.register(collection, "tracks-collection")
    plugins.register(CriterionReports(), "tracks-criterion-reports")
    plugins.register(ParkProtocol(append=False), "tracks-park")
    plugins.register(InProcessLoop(run.conductor), "tracks-loop")


def _register_workers(run: Preparation) -> None:
    briefing = Briefing.of(
        run.plan,
        tuple(run.taking_part),
        run.choice.layout.track_of(),
        asked=tuple(run.asked),
        folder=str(run.folder),
        remembered=run.remembered,
        started_ns=run.started_ns,
        base=run.settings.base,
    )
    if any(run.plan.tasks[task].coverage is not None for task in run.taking_part):
        announce_gates(run.config)
        lend_parses(run.config, run.folder)
    plugins = run.config.pluginmanager
    plugins.register(_WorkerSetup(briefing), "tracks-workers")
    plugins.register(EarlyLeave(run.conductor), "tracks-early-leave")
    xdist_setup.request_workers(run.config, run.choice.lanes)


class _WorkerSetup:
    """Briefs each worker before it starts."""

    def __init__(self, briefing: Briefing) -> None:
        self._briefing = briefing

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Put the briefing where xdist hands it to the worker."""
        node.workerinput["tracks"] = self._briefing.as_input()  # type: ignore[attr-defined]
