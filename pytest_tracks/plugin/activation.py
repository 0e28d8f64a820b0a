"""Decides how tracks take part in this run: loads the plan, chooses tasks and lanes, sets up.

Called before anything else starts, so that a plan or an option that does not fit ends here, in a
message of its own, and nothing has run.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.binding import covers
from pytest_tracks.core.distribute import Layout, distribute, lay_on_lanes
from pytest_tracks.core.gates import is_gate, late_gates, tasks_only, wanted_gates
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import COVERAGE_ID, Plan
from pytest_tracks.core.nodeids import SEPARATOR
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.tree import nearest
from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.plugin import xdist_setup
from pytest_tracks.plugin.beside_html import HtmlColumns
from pytest_tracks.plugin.collection import PlanCollection
from pytest_tracks.plugin.conductor import Conductor
from pytest_tracks.plugin.coverage_early import announce_gates
from pytest_tracks.plugin.coverage_floor import floor_warnings
from pytest_tracks.plugin.coverage_setup import measure_gates
from pytest_tracks.plugin.early_leave import EarlyLeave
from pytest_tracks.plugin.github import GithubReport, is_on_github
from pytest_tracks.plugin.goal import Goal
from pytest_tracks.plugin.inprocess import InProcessLoop
from pytest_tracks.plugin.items import CriterionReports, Shared
from pytest_tracks.plugin.junit import JunitReport
from pytest_tracks.plugin.live import LiveProgress
from pytest_tracks.plugin.options import NESTED
from pytest_tracks.plugin.park import ParkProtocol
from pytest_tracks.plugin.recorder import Recorder
from pytest_tracks.plugin.result_file import ResultFile
from pytest_tracks.plugin.terminal import TerminalView
from pytest_tracks.plugin.termination import Termination
from pytest_tracks.plugin.unchanged import (
    Remembering,
    Replay,
    recall_collection,
    recalled_plan,
)
from pytest_tracks.plugin.vigilance import plan_doubts, shown
from pytest_tracks.plugin.worker import Briefing
from pytest_tracks.project.base import Base
from pytest_tracks.project.formats import find_formats
from pytest_tracks.project.gate import demand_of_run
from pytest_tracks.project.ini import ini_file
from pytest_tracks.project.kinds import find_kinds
from pytest_tracks.project.seal import sealed_plan, sealed_settings
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.world import World
from pytest_tracks.reports.command_text import first_run_text
from pytest_tracks.reports.tally import criterion_ids
from pytest_tracks.state.identities import Identities
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.worktree import WorkTree

__all__ = ["activate"]


def activate(config: pytest.Config) -> None:
    """Set the run up; raises pytest.UsageError with one argument for each problem."""
    if NESTED in os.environ:
        config.pluginmanager.register(_Nested(), "tracks-nested")
        return
    try:
        _activate(config)
    except TracksError as error:
        problems = getattr(error, "problems", None) or (error,)
        raise pytest.UsageError(*[str(problem) for problem in problems]) from None


class _Nested:
    """Where a criterion runs pytest, the plan is not run again."""

    def pytest_report_header(self) -> str:
        """Say so."""
        return f"tracks: inside criterion {os.environ[NESTED]}, so tracks options do nothing"


def _activate(config: pytest.Config) -> None:
    settings = Settings.read(config)
    kinds = find_kinds(config)
    tree = WorkTree(settings.root, Identities((settings.root / settings.state).parent / FOLDER))
    world = World.of(config, settings, tree)
    find_base = partial(_find_base, config, kinds)
    plan = recalled_plan(settings, world) if world else None
    if plan is None:
        settings, plan = _load(config, settings, kinds, find_base)
    elif not settings.seal:
        settings = settings.with_plan(plan)
    if plan.format:
        world = None  # what is remembered is known by the files of native plans only
    doubts = shown(plan_doubts(plan, settings), verbose=config.getoption("verbose", 0) > 0)
    recorder = Recorder(settings, plan, tree)
    layout = _layout(plan, settings, recorder.record())
    recorder.lay_out(layout)
    if not config.option.collectonly:
        recorder.require_writable()
    taking_part = _choose(plan, settings, layout)
    goal = None
    if settings.no_regression:
        demand = demand_of_run(settings, plan, find_base, recorder.record(), taking_part)
        goal = Goal(plan, demand, taking_part, recorder)
    late = late_gates(plan, taking_part) if settings.tracks and not settings.tasks else ()
    taking_part = [*taking_part, *late]
    one_process = settings.lanes is None or xdist_setup.in_one_process(config, config.option)
    lanes = _count_lanes(settings, layout, one_process)
    folder = Path(tempfile.mkdtemp(prefix="pytest-tracks-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    live = LiveProgress(config, plan, one_process=one_process)
    config.pluginmanager.register(live, "tracks-live")
    view = _view(config, settings, plan, layout, lanes, one_process, recorder, live, doubts)
    view.introduce(recorder)
    conductor = Conductor(
        config,
        settings,
        plan,
        layout,
        taking_part,
        recorder,
        view,
        folder=folder,
        lanes=lanes,
        late=late,
        goal=goal,
    )
    view.follow(conductor.is_of_a_task)
    _require_paths(config, plan, settings)
    asked = settings.arguments.tests if not config.option.pyargs else (".",)
    keys = _named_criteria(plan, settings)
    remembered, started_ns = recorder.remembered(), folder.stat().st_mtime_ns
    plugins = config.pluginmanager
    plugins.register(conductor, "tracks-conductor")
    plugins.register(view, "tracks-terminal")
    if path := getattr(config.option, "xmlpath", None):
        file = Path(os.path.abspath(path))
        junit = JunitReport(conductor, file, blocked_fail=settings.junit_blocked_fail)
        plugins.register(junit, "tracks-junit")
    if is_on_github(os.environ):
        github = GithubReport(plan, conductor, recorder.display, taking_part)
        plugins.register(github, "tracks-github")
    if settings.results:
        results = ResultFile(Path(settings.results), settings, plan, taking_part, recorder)
        plugins.register(results, "tracks-results")
    if getattr(config.option, "htmlpath", None):
        plugins.register(HtmlColumns(conductor), "tracks-html")
    if settings.report:
        from pytest_tracks.plugin.report import ReportWriter

        plugins.register(ReportWriter(settings, plan, conductor, recorder), "tracks-report")
    plugins.register(Termination(folder), "tracks-termination")
    found = recall_collection(settings, world, plan, recorder.record()) if world else None
    if world is not None and found is not None and conductor.holds_all(found):
        xdist_setup.request_one_process(config)
        replay = Replay(settings, world, view, conductor, recorder, found)
        plugins.register(replay, "tracks-replay")
        plugins.register(InProcessLoop(conductor), "tracks-loop")
        return
    if world is not None:
        plugins.register(
            Remembering(settings, world, plan, recorder, conductor), "tracks-remembering"
        )
    if one_process:
        xdist_setup.request_one_process(config)
        shared = Shared(
            plan,
            frozenset(taking_part),
            kinds,
            str(folder),
            layout.track_of(),
            keys,
            remembered,
            started_ns,
        )
        publish = measure_gates(config, shared, conductor.take_collected, settings.base)
        collection = PlanCollection(shared, asked=asked, publish=publish)
        plugins.register(collection, "tracks-collection")
        plugins.register(CriterionReports(), "tracks-criterion-reports")
        plugins.register(ParkProtocol(append=False), "tracks-park")
        plugins.register(InProcessLoop(conductor), "tracks-loop")
    else:
        briefing = Briefing.of(
            plan,
            tuple(taking_part),
            layout.track_of(),
            asked=asked,
            folder=str(folder),
            remembered=remembered,
            started_ns=started_ns,
            base=settings.base,
        )
        if any(plan.tasks[task].coverage is not None for task in taking_part):
            announce_gates(config)
        plugins.register(_WorkerSetup(briefing), "tracks-workers")
        plugins.register(EarlyLeave(conductor), "tracks-early-leave")
        xdist_setup.request_workers(config, lanes)


def _load(
    config: pytest.Config,
    settings: Settings,
    kinds: Mapping[str, CheckKind],
    find_base: Callable[[str], Base],
) -> tuple[Settings, Plan]:
    """Load the plan: of the work tree, or with its settings of the commit that seals them."""
    if not settings.seal:
        plan = load_plan(
            settings.root,
            settings.plan,
            sprints=settings.sprints,
            kinds=kinds,
            formats=find_formats(config),
        )
        return settings.with_plan(plan), plan
    base, option = find_base(settings.seal), config.option
    settings = sealed_settings(
        settings,
        base,
        config.getini("tracks_digest_ignore"),
        goal=option.tracks_goal,
        against=option.tracks_against,
    )
    return settings, sealed_plan(settings, base)


def _find_base(config: pytest.Config, kinds: Mapping[str, CheckKind], ref: str) -> Base:
    return Base.find(config.rootpath, ref, kinds, ini_file(config))


class _WorkerSetup:
    """Briefs each worker before it starts."""

    def __init__(self, briefing: Briefing) -> None:
        self._briefing = briefing

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Put the briefing where xdist hands it to the worker."""
        node.workerinput["tracks"] = self._briefing.as_input()  # type: ignore[attr-defined]


def _layout(plan: Plan, settings: Settings, record: ProjectRecord) -> Layout:
    recorded = {task: known.track for task, known in record.tasks.items() if known.track}
    written = bool(plan.tracks) or any(task.pin for task in plan.tasks.values())
    sticky = record.mode not in (None, "run")
    if written or sticky or settings.lanes is None:
        return distribute(plan, None, recorded=recorded)
    lanes = settings.lanes or min(analyse(plan).max_tracks, _processors())
    same = len(record.tracks) == lanes
    return distribute(plan, lanes, recorded=recorded if same else None)


def _count_lanes(settings: Settings, layout: Layout, one_process: bool) -> int:
    tracks = len(layout.tracks)
    if one_process:
        return tracks
    if settings.lanes:
        return settings.lanes
    return tracks


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _choose(plan: Plan, settings: Settings, layout: Layout) -> list[str]:
    """Choose the tasks that take part; every filter narrows."""
    chosen = list(plan.tasks)
    if settings.tracks:
        numbers = {_track_number(name, plan, layout) for name in settings.tracks}
        track_of = layout.track_of()
        reviews = {task.id: task.pin for task in plan.tasks.values() if is_gate(task)}
        chosen = [task for task in chosen if track_of.get(task, reviews.get(task)) in numbers]
        if not settings.tasks:
            wanted = wanted_gates(plan, chosen)
            chosen = [task for task in plan.tasks if task in chosen or task in wanted]
    if settings.tasks:
        for pattern in settings.tasks:
            if not any(fnmatch.fnmatchcase(task, pattern) for task in plan.tasks):
                match = nearest(pattern, plan.tasks)
                advice = f"did you mean {match}?" if match else f"{len(plan.tasks)} tasks are known"
                raise UsageError(f"--task={pattern} matches no task of the plan ({advice})")
        chosen = [
            task
            for task in chosen
            if any(fnmatch.fnmatchcase(task, pattern) for pattern in settings.tasks)
        ]
    named = settings.arguments.plan
    if named and settings.lanes is None and not settings.tracks and not settings.tasks:
        chosen = [task for task in chosen if _is_named(plan, task, named)]
    return chosen


def _is_named(plan: Plan, task: str, named: Sequence[str]) -> bool:
    node = f"{plan.tasks[task].location.path}{SEPARATOR}{task}"
    return any(covers(one, node) or covers(node, one) for one in named)


def _require_paths(config: pytest.Config, plan: Plan, settings: Settings) -> None:
    """Refuse arguments that name nothing: only workers would see them, much later."""
    for name in settings.arguments.tests:
        path = name.partition(SEPARATOR)[0]
        if not config.option.pyargs and not (settings.root / path).exists():
            raise UsageError(f"file or directory not found: {path}")
    for name in settings.arguments.plan:
        path, *inside = name.split(SEPARATOR)
        if path not in plan.files:
            raise UsageError(f"{path} is no file of the plan in {settings.plan}")
        if inside and inside[0] not in plan.tasks:
            match = nearest(inside[0], plan.tasks)
            advice = f" (did you mean {match}?)" if match else ""
            raise UsageError(f"the plan has no task {inside[0]}{advice}")


def _require_criterion(plan: Plan, task: str, criterion: str) -> None:
    known = list(criterion_ids(plan.tasks[task])) if task in plan.tasks else []
    if criterion not in known:
        match = nearest(criterion, known)
        advice = f"did you mean {match}?" if match else f"it has: {', '.join(known) or 'none'}"
        raise UsageError(f"{task} has no criterion {criterion} ({advice})")


def _named_criteria(plan: Plan, settings: Settings) -> tuple[str, ...]:
    """List the criteria that node ids name, as ``TASK-004/AC-002``; none: all that take part."""
    if settings.lanes is not None:
        return ()
    parts = [name.split(SEPARATOR) for name in settings.arguments.plan]
    if not all(len(part) == 3 for part in parts):
        return ()
    for _, task, criterion in parts:
        _require_criterion(plan, task, criterion)
    named = [
        (task, one)
        for _, task, criterion in parts
        # A coverage gate is judged by what all the others run.
        for one in (criterion_ids(plan.tasks[task]) if criterion == COVERAGE_ID else (criterion,))
    ]
    return tuple(dict.fromkeys(f"{task}/{criterion}" for task, criterion in named))


def _track_number(name: str, plan: Plan, layout: Layout) -> int:
    numbers = {track.number for track in layout.tracks}
    if name.isdecimal() and int(name) in numbers:
        return int(name)
    named = {track.name.casefold(): track.number for track in layout.tracks if track.name}
    named.update({track.name.casefold(): track.number for track in plan.tracks if track.name})
    if name.casefold() in named:
        return named[name.casefold()]
    known = ", ".join(f"{track.number:02} {track.name}".strip() for track in layout.tracks)
    raise UsageError(f"--track={name} is no track of this plan (its tracks: {known})")


def _view(
    config: pytest.Config,
    settings: Settings,
    plan: Plan,
    layout: Layout,
    lanes: int,
    one_process: bool,
    recorder: Recorder,
    live: LiveProgress,
    doubts: Sequence[str],
) -> TerminalView:
    hours = plan.durations()
    tasks = tasks_only(plan).tasks
    graph = build_graph(tasks, {name: task.predecessors for name, task in tasks.items()}, hours)
    tracks = {track.number: track.tasks for track in layout.tracks}
    path = [graph.ids[index] for index in graph.critical_path()]
    notes = [f"warning: {warning}" for warning in (*plan.warnings, *recorder.warnings)]
    notes += doubts
    if not settings.arguments.tests:
        notes += floor_warnings(config)
    notes += [text for text in (first_run_text(plan, recorder.record()),) if text]
    if settings.seal:
        notes.insert(0, f"sealed: plan and thresholds are those of {settings.seal}")
    if config.getoption("verbose", 0) > 0:
        notes += [f"ignored: {name}" for name in plan.ignored]
    return TerminalView(
        config,
        plan,
        state_path=settings.state,
        lanes=lay_on_lanes(tracks, hours, lanes),
        critical_path=path,
        critical_hours=float(graph.critical_length()),
        told={_track_number(name, plan, layout) for name in settings.tracks} if one_process else (),
        notes=notes,
        live=live,
    )
