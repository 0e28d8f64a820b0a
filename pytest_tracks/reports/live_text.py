"""Where a run stands, while it runs: a line a track.

::

    1 Backend API     [######....]  4/7  TASK-012 2/4   12 s, ~40 s left
    2 Frontend        [####......]  3/6  waiting for TASK-012
    3 Infrastructure  [##########]  7/7  complete
    13/20 tasks, 1 FAIL, 0:32

The same as one plain line for where nobody sees a terminal. Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_tracks.reports.text import clean, cut, display_width, pad
from pytest_tracks.reports.wording import duration, enumeration

__all__ = ["RunningTask", "TrackProgress", "live_lines", "plain_line"]

_BAR = 10
_NAME_SHARE = 0.3
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task that runs now: ``done`` of ``items`` have ended, it began ``seconds`` ago."""

    id: str
    done: int
    items: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TrackProgress:
    """One track at a moment of a run; ``rest`` is expected from earlier runs, None: not known."""

    label: str
    tasks: int
    verdicts: Mapping[str, int]
    """Word → tasks that have settled with it."""
    running: tuple[RunningTask, ...] = ()
    waits_for: tuple[str, ...] = ()
    sprint: str = ""
    rest: float | None = None

    @property
    def settled(self) -> int:
        """How many tasks have their verdict."""
        return sum(self.verdicts.values())


def live_lines(
    tracks: Sequence[TrackProgress], elapsed: float, *, width: int = 80, height: int | None = None
) -> list[str]:
    """Write a line a track and one for all; none wider than ``width``, no more than ``height``."""
    shown = tracks if height is None else _most_telling(tracks, height - 1)
    longest = max((display_width(clean(track.label)) for track in tracks), default=0)
    room = min(longest, int(width * _NAME_SHARE))
    digits = max((len(str(track.tasks)) for track in tracks), default=1)
    lines = [_track_line(track, room, digits) for track in shown]
    last = _sum_line(tracks, elapsed)
    if len(shown) < len(tracks):
        last += f" ({len(shown)} of {len(tracks)} tracks shown)"
    return [cut(line, width) for line in (*lines, last)]


def _most_telling(tracks: Sequence[TrackProgress], room: int) -> list[TrackProgress]:
    """Choose tracks for so many lines, in their order: what runs before what waits or is done."""
    ranks = [0 if track.running else 1 + (track.settled >= track.tasks) for track in tracks]
    chosen = sorted(range(len(tracks)), key=ranks.__getitem__)[: max(0, room)]
    return [tracks[place] for place in sorted(chosen)]


def plain_line(tracks: Sequence[TrackProgress], elapsed: float) -> str:
    """Say it all in one line."""
    running = [f"{clean(task.id)} {_share(task)}" for track in tracks for task in track.running]
    now = f"; running {enumeration(running, most=6)}" if running else ""
    return f"tracks: {_sum_line(tracks, elapsed)}{now}"


def _track_line(track: TrackProgress, room: int, digits: int) -> str:
    share = track.settled / track.tasks if track.tasks else 1.0
    bar = ("#" * int(share * _BAR)).ljust(_BAR, ".")
    count = f"{track.settled:{digits}}/{track.tasks:<{digits}}"
    return f"{pad(clean(track.label), room)}  [{bar}] {count} {_doing(track)}"


def _doing(track: TrackProgress) -> str:
    bad = _bad(track.verdicts)
    if track.running:
        names = ", ".join(f"{clean(task.id)} {_share(task)}" for task in track.running)
        times = [duration(max(task.seconds for task in track.running) / _MINUTE)]
        times += [] if track.rest is None else [f"~{duration(track.rest / _MINUTE)} left"]
        sprint = f"{clean(track.sprint)} " if track.sprint else ""
        return _joined(f"{sprint}{names}  {', '.join(times)}", bad)
    if track.settled >= track.tasks:
        return bad or "complete"
    if track.waits_for:
        return _joined(
            f"waiting for {enumeration([clean(x) for x in track.waits_for], most=2)}", bad
        )
    return _joined("ready", bad)


def _joined(text: str, bad: str) -> str:
    return f"{text}  ({bad})" if bad else text


def _share(task: RunningTask) -> str:
    return f"{task.done}/{task.items}"


def _bad(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in verdicts.items() if word != "PASS")


def _sum_line(tracks: Sequence[TrackProgress], elapsed: float) -> str:
    settled, tasks = sum(track.settled for track in tracks), sum(track.tasks for track in tracks)
    words: dict[str, int] = {}
    for track in tracks:
        for word, count in track.verdicts.items():
            words[word] = words.get(word, 0) + count
    bad = _bad(words)
    minutes, seconds = divmod(int(elapsed), _MINUTE)
    return f"{settled}/{tasks} tasks{', ' + bad if bad else ''}, {minutes}:{seconds:02}"
