"""What every picture of a plan shows: columns by wave, rows by track, critical path, verdicts.

::

                 wave 1      wave 2      wave 3
    Track 1      TASK-001 ══ TASK-004 ══ TASK-008      ══ critical path
    Track 2      TASK-002 ── TASK-005 ──┘

A task's wave is the length of its longest ancestry, so that an arrow always leads to the right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_tracks.core.distribute import Layout
from pytest_tracks.core.gates import tracks_of_gates
from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Plan, Track
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.reports.line import Style, style_of
from pytest_tracks.reports.tally import NOT_RUN, RUNNING, word
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.wording import hours

__all__ = ["Node", "Picture", "make_picture"]


@dataclass(frozen=True, slots=True)
class Node:
    """A task in a picture; its texts are clean, and of any length."""

    id: str
    title: str
    word: str
    """Its verdict, or what is known instead: ``not run``, ``running``, ``claimed``."""
    style: Style
    """GOOD for PASS, BAD, DOUBT; DIM where nothing is known."""
    wave: int
    track: int
    """Number of its row's track."""
    hours: float
    is_critical: bool

    @property
    def facts(self) -> str:
        """Hours and place on the critical path, in words."""
        return f"{hours(self.hours, short=True)}{', critical' if self.is_critical else ''}"


@dataclass(frozen=True)
class Picture:
    """A plan's graph, arranged; times are hours."""

    project: str
    nodes: Mapping[str, Node]
    """Task id → node, in document order."""
    waves: tuple[tuple[str, ...], ...]
    tracks: tuple[Track, ...]
    """Rows from top to bottom, with clean names; every one has a task."""
    predecessors: Mapping[str, tuple[str, ...]]
    critical: tuple[str, ...]
    total: float
    layout: Layout

    @cached_property
    def edges(self) -> tuple[tuple[str, str, bool], ...]:
        """Predecessor, successor, and whether the critical path goes that way."""
        path = set(zip(self.critical, self.critical[1:], strict=False))
        return tuple(
            (before, name, (before, name) in path)
            for name, all_before in self.predecessors.items()
            for before in dict.fromkeys(all_before)
        )

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Task id → a name that is safe in any language: ``n0``, ``n1`` and so on."""
        return {name: f"n{index}" for index, name in enumerate(self.nodes)}

    @property
    def saved(self) -> float:
        """Share of the sequential time that the tracks save, from 0 to 1."""
        return 1 - self.layout.makespan / self.total if self.total else 0.0


def make_picture(plan: Plan, record: ProjectRecord, layout: Layout) -> Picture:
    """Arrange a plan; ``layout`` says which task is on which track, and when."""
    durations = plan.durations()
    predecessors = {name: task.predecessors for name, task in plan.tasks.items()}
    graph = build_graph(plan.tasks, predecessors, durations)
    waves = tuple(tuple(graph.ids[index] for index in wave) for wave in graph.waves())
    wave_of = {name: number for number, wave in enumerate(waves) for name in wave}
    critical = tuple(graph.ids[index] for index in graph.critical_path())
    track_of = layout.track_of()
    track_of.update(tracks_of_gates(plan, track_of))
    on_path = frozenset(critical)
    nodes = {
        name: Node(
            id=clean(name),
            title=clean(task.title),
            word=(known := _word(record, name)),
            style=Style.DIM if known == NOT_RUN else _style(record, name),
            wave=wave_of[name],
            track=track_of[name],
            hours=durations[name],
            is_critical=name in on_path,
        )
        for name, task in plan.tasks.items()
    }
    return Picture(
        clean(plan.project),
        nodes,
        waves,
        _tracks(plan, record, layout),
        predecessors,
        critical,
        graph.total,
        layout,
    )


def _word(record: ProjectRecord, name: str) -> str:
    known = record.task(name)
    return RUNNING if known.open else word(known)


def _style(record: ProjectRecord, name: str) -> Style:
    known = record.task(name)
    if known.open and known.verdict is not TaskVerdict.PASS:
        return Style.DOUBT
    return style_of(known.verdict)


def _tracks(plan: Plan, record: ProjectRecord, layout: Layout) -> tuple[Track, ...]:
    written = {track.number: track for track in plan.tracks}
    rows = []
    for laid in sorted(layout.tracks, key=lambda track: track.number):
        if laid.tasks:
            track = written.get(laid.number, Track(laid.number, laid.name))
            rows.append(Track(laid.number, clean(track.name or laid.name)))
    return tuple(rows)
