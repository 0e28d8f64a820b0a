"""What a run says before it begins: its lanes, its critical path, warnings, what is doubtful."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.distribute import lay_on_lanes
from pytest_tracks.core.gates import tasks_only
from pytest_tracks.core.graph import build_graph
from pytest_tracks.plugin.choice import track_number
from pytest_tracks.plugin.coverage_floor import floor_warnings
from pytest_tracks.plugin.terminal import TerminalView
from pytest_tracks.plugin.vigilance import shown
from pytest_tracks.reports.command_text import first_run_text

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.core.model import Plan
    from pytest_tracks.errors import Problem
    from pytest_tracks.plugin.choice import Choice
    from pytest_tracks.plugin.line_writer import LineWriter
    from pytest_tracks.plugin.live import LiveProgress
    from pytest_tracks.plugin.recorder import Recorder
    from pytest_tracks.project.settings import Settings

__all__ = ["heading_notes", "make_view"]


def heading_notes(
    config: pytest.Config,
    settings: Settings,
    plan: Plan,
    recorder: Recorder,
    doubts: Collection[Problem],
) -> list[str]:
    """List what a person should know before the run begins; ``doubts`` are of the plan."""
    is_verbose = config.getoption("verbose", 0) > 0
    notes = [f"warning: {warning}" for warning in (*plan.warnings, *recorder.warnings)]
    notes += shown(doubts, verbose=is_verbose)
    if not settings.arguments.tests:
        notes += floor_warnings(config)
    notes += [text for text in (first_run_text(plan, recorder.record()),) if text]
    if settings.seal:
        notes.insert(0, f"sealed: plan and thresholds are those of {settings.seal}")
    if is_verbose:
        notes += [f"ignored: {name}" for name in plan.ignored]
    return notes


def make_view(
    config: pytest.Config,
    settings: Settings,
    plan: Plan,
    choice: Choice,
    *,
    notes: Sequence[str],
    live: LiveProgress | None,
    out: LineWriter | None = None,
) -> TerminalView:
    """Make what a person sees of the run."""
    hours = plan.durations()
    tasks = tasks_only(plan).tasks
    graph = build_graph(tasks, {name: task.predecessors for name, task in tasks.items()}, hours)
    tracks = {track.number: track.tasks for track in choice.layout.tracks}
    named = settings.tracks if choice.one_process else ()
    return TerminalView(
        config,
        plan,
        state_path=settings.state,
        lanes=lay_on_lanes(tracks, hours, choice.lanes),
        critical_path=[graph.ids[index] for index in graph.critical_path()],
        critical_hours=float(graph.critical_length()),
        told={track_number(name, plan, choice.layout) for name in named},
        notes=notes,
        live=live,
        out=out,
    )
