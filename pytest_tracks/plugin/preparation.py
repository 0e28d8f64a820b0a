"""What a run is made of, once it is clear that it can be made: each feature takes from it.

A plan or an option that does not fit ends here, in a message of its own, and nothing has run.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.plugin.choice import Choice, choose, named_criteria, require_named
from pytest_tracks.plugin.conductor import Conductor
from pytest_tracks.plugin.heading import heading_notes, make_view
from pytest_tracks.plugin.live import LiveProgress
from pytest_tracks.plugin.loading import Loaded, load
from pytest_tracks.plugin.recorder import Recorder
from pytest_tracks.plugin.vigilance import plan_doubts

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.kinds import Remembered
    from pytest_tracks.core.model import Plan
    from pytest_tracks.errors import Problem
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.plugin.terminal import TerminalView
    from pytest_tracks.project.settings import Settings

__all__ = ["Preparation", "prepare"]


@dataclass(frozen=True, slots=True)
class Preparation:
    """A run that is about to begin."""

    config: pytest.Config
    loaded: Loaded
    choice: Choice
    folder: Path
    """The run's own, gone at its end: binding tables, outputs of commands."""
    recorder: Recorder
    live: LiveProgress
    view: TerminalView
    conductor: Conductor
    asked: Sequence[str]
    """Arguments that name tests."""
    criteria: Sequence[str]
    """Criteria that the command line names; none: all of the tasks that take part."""
    remembered: Mapping[str, Remembered]
    """What checks are told of earlier runs, by the key of their criterion."""
    started_ns: int
    """When the run began, on the clock of the file system."""
    doubts: Sequence[Problem]
    """What is held against the plan's checks, before anything has run."""

    @property
    def settings(self) -> Settings:
        """Return the options, read once."""
        return self.loaded.settings

    @property
    def plan(self) -> Plan:
        """Return the plan that is run."""
        return self.loaded.plan

    @property
    def taking_part(self) -> Sequence[str]:
        """List the tasks that take part, with the late gates."""
        return self.choice.taking_part


def prepare(config: pytest.Config) -> Preparation:
    """Load the plan, choose tasks and lanes, set up what runs them; raises TracksError."""
    loaded = load(config)
    settings, plan = loaded.settings, loaded.plan
    recorder = Recorder(settings, plan, loaded.tree)
    if not config.option.collectonly:
        recorder.require_writable()
    choice = choose(config, settings, plan, recorder.record())
    recorder.lay_out(choice.layout)
    goal = _goal(loaded, recorder, choice.tasks)
    folder = _make_folder(config)
    live = LiveProgress(config, plan, one_process=choice.one_process)
    doubts = plan_doubts(plan, settings)
    notes = heading_notes(config, settings, plan, recorder, doubts)
    view = make_view(config, settings, plan, choice, notes=notes, live=live)
    view.introduce(recorder)
    conductor = Conductor(config, settings, plan, choice, recorder, view, folder=folder, goal=goal)
    view.follow(conductor.is_of_a_task)
    require_named(config, plan, settings)
    return Preparation(
        config,
        loaded,
        choice,
        folder,
        recorder,
        live,
        view,
        conductor,
        asked=settings.arguments.tests if not config.option.pyargs else (".",),
        criteria=named_criteria(plan, settings),
        remembered=recorder.holdings.remembered(),
        started_ns=folder.stat().st_mtime_ns,
        doubts=doubts,
    )


def _goal(loaded: Loaded, recorder: Recorder, chosen: Sequence[str]) -> Goal | None:
    settings, plan = loaded.settings, loaded.plan
    if not settings.no_regression:
        return None
    from pytest_tracks.plugin.goal import Goal
    from pytest_tracks.project.gate import demand_of_run

    demand = demand_of_run(settings, plan, loaded.find_base, recorder.record(), chosen)
    return Goal(plan, demand, chosen, recorder)


def _make_folder(config: pytest.Config) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pytest-tracks-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder
