"""The report's timeline: what was planned and what was done, a row a track, on two scales.

::

    Track 1   planned  ██001██░░██004████          hours of the plan
              done     █001█░█004██┊█004█          time of the runs
                             ░ waiting      ┊ time in which nothing ran, left out

Places go from 0 to 10,000, so that the page can be of any width.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.page_data import STYLES
from pytest_tracks.reports.page_facts import Attempt, PageFacts
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.wording import duration, hours

__all__ = ["SCALE", "Bar", "Timeline", "TrackRow", "timeline"]

SCALE = 10_000
_LEAST = 12
"""What is shorter than this would not be seen."""
_PAUSE_SHARE = 0.05
_PAUSE_SECONDS = 2.0
"""A pause of all tracks is left out where it is longer than both."""
_MOST_LABELS = 60
_MOST_BARS = 120
"""More cannot be told apart, so that each has no element, and no words, of its own."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A task on the scale; ``label`` and ``tip`` are empty where there is no room for them."""

    x: int
    width: int
    style: str
    task: str = ""
    label: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track; the waits are pairs of place and width."""

    label: str
    planned: tuple[Bar, ...]
    planned_waits: tuple[tuple[int, int], ...]
    done: tuple[Bar, ...]
    done_waits: tuple[tuple[int, int], ...]

    @property
    def shapes(self) -> Iterator[tuple[str, str]]:
        """All bars as one path a style, where there are too many to be told apart."""
        for bars, top in ((self.planned, 6), (self.done, 56)):
            for style in dict.fromkeys(bar.style for bar in bars):
                mine = (bar for bar in bars if bar.style == style)
                yield style, "".join(f"M{bar.x} {top}h{bar.width}v38h-{bar.width}z" for bar in mine)


@dataclass(frozen=True, slots=True)
class Timeline:
    """``breaks`` are the places at which time was left out; the lengths are in words."""

    rows: tuple[TrackRow, ...]
    planned: str
    done: str
    breaks: tuple[int, ...]
    is_dense: bool


@dataclass(frozen=True, slots=True)
class _Span:
    task: str
    start: float
    end: float
    verdict: str


def timeline(facts: PageFacts, picture: Picture) -> Timeline:
    """Lay both out; tasks of which no time is known have no bar."""
    spans = _spans(facts)
    clock = _Clock(spans)
    rows = []
    for track in picture.tracks:
        names = [name for name, node in picture.nodes.items() if node.track == track.number]
        planned = _planned(facts, picture, names)
        mine = [span for span in spans if picture.nodes[span.task].track == track.number]
        done = _done(picture, mine, clock)
        rows.append(
            TrackRow(clean(track.label), planned, _waits(planned), done, _waits(done, clock.breaks))
        )
    makespan = hours(facts.layout.makespan, short=True)
    total = duration(clock.total / 60, short=True) if spans else ""
    return Timeline(tuple(rows), makespan, total, clock.breaks, _is_dense(picture))


def _is_dense(picture: Picture) -> bool:
    return len(picture.nodes) > _MOST_BARS


def _planned(facts: PageFacts, picture: Picture, names: Iterable[str]) -> tuple[Bar, ...]:
    layout, bars = facts.layout, []
    for name in sorted(names, key=lambda name: layout.start.get(name, 0.0)):
        node = picture.nodes[name]
        if name not in layout.start or not layout.makespan:
            continue
        x = round(SCALE * layout.start[name] / layout.makespan)
        width = max(_LEAST, round(SCALE * layout.end[name] / layout.makespan) - x)
        tip = "" if _is_dense(picture) else f"{node.id} {node.title}: planned {node.facts}"
        style = "crit" if node.is_critical else "plan"
        bars.append(Bar(x, width, style, node.id, _label(picture, node.id, width), tip))
    return tuple(bars)


def _done(picture: Picture, spans: Sequence[_Span], clock: _Clock) -> tuple[Bar, ...]:
    bars = []
    for span in sorted(spans, key=lambda span: span.start):
        node = picture.nodes[span.task]
        x = clock.place(span.start)
        width = max(_LEAST, clock.place(span.end) - x)
        tip = "" if _is_dense(picture) else _tip(node, span)
        style = _style(span.verdict) if span.verdict != node.word else STYLES[node.style]
        bars.append(Bar(x, width, style, node.id, _label(picture, node.id, width), tip))
    return tuple(bars)


def _tip(node: Node, span: _Span) -> str:
    time = duration((span.end - span.start) / 60, short=True)
    return f"{node.id} {node.title}: {span.verdict} after {time}"


def _style(verdict: str) -> str:
    if verdict == "PASS":
        return "good"
    return "bad" if verdict in ("FAIL", "FLAKY", "CONFLICT") else "doubt"


def _label(picture: Picture, name: str, width: int) -> str:
    if len(picture.nodes) > _MOST_LABELS:
        return ""
    short = name.rpartition("-")[2] or name
    return short if width > 110 * max(3, len(short)) else ""


def _waits(bars: Sequence[Bar], breaks: Sequence[int] = ()) -> tuple[tuple[int, int], ...]:
    """Find where a track stood still between two of its tasks."""
    found, end = [], 0
    for bar in bars:
        if bar.x - end > _LEAST and not any(end <= place <= bar.x for place in breaks):
            found.append((end, bar.x - end))
        end = max(end, bar.x + bar.width)
    return tuple(found)


def _spans(facts: PageFacts) -> list[_Span]:
    found = []
    for name in facts.plan.tasks:
        attempts = facts.attempts.get(name) or _remembered(facts, name)
        for one in attempts:
            if one.started_at and one.ended_at and one.verdict:
                end = _seconds(one.ended_at)
                start = min(end, _seconds(one.started_at))
                found.append(_Span(name, start, end, one.verdict))
    return found


def _remembered(facts: PageFacts, name: str) -> tuple[Attempt, ...]:
    """Take what the state has, where the journal is of another checkout."""
    known = facts.record.task(name)
    if not known.completed_at or known.verdict is None:
        return ()
    seconds = known.run_seconds or 0.0
    began = _moment(known.completed_at) - timedelta(seconds=seconds)
    return (Attempt(began.isoformat(), known.completed_at, known.verdict.value),)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _seconds(text: str) -> float:
    return _moment(text).timestamp()


class _Clock:
    """From moments to places, without the pauses in which no track did anything."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        busy = _merged(spans)
        active = sum(end - start for start, end in busy)
        longest = max(_PAUSE_SECONDS, _PAUSE_SHARE * active)
        self._parts: list[tuple[float, float, float]] = []
        """Start, end, and the time that was left out before."""
        left_out, cuts = 0.0, []
        for start, end in busy:
            pause = start - self._parts[-1][1] if self._parts else start
            if not self._parts:
                left_out = start
            elif pause > longest:
                left_out += pause
                cuts.append(start - left_out)
            self._parts.append((start, end, left_out))
        self.total = self._parts[-1][1] - left_out if self._parts else 0.0
        self.breaks = tuple(self._scaled(cut) for cut in cuts)

    def _scaled(self, seconds: float) -> int:
        return round(SCALE * seconds / self.total) if self.total else 0

    def place(self, moment: float) -> int:
        """Return the place of a moment at which something ran."""
        after = bisect_right(self._parts, moment, key=itemgetter(0))
        _, _, left_out = self._parts[max(0, after - 1)]
        return self._scaled(moment - left_out)


def _merged(spans: Iterable[_Span]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
