"""The plan's graph in words: the dependency-graph template, and the weeks of its tracks.

::

    Independent (Parallel Group A):
    - TASK-001: Database schema design - 8 h * [PASS]

    Dependent (Parallel Group B):
    - TASK-004: User authentication API - 10 h (depends on TASK-001) * [not run]

    Execution Timeline:
    Hour 0-14:  TASK-001, TASK-002 (parallel on 2 tracks)

    Total: 44 h (vs 128 h sequential = 66% faster)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tracks.reports.graph_layout import Node, Picture
from pytest_tracks.reports.graph_weeks import week_lines
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.text import wrap
from pytest_tracks.reports.wording import enumeration, hours

__all__ = ["graph_lines"]

_MOST_NAMED = 3
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def graph_lines(picture: Picture, *, width: int = 80) -> list[Line]:
    """Write groups, timeline and total; then, where there are several tracks, the weeks."""
    title = f"{picture.project} Dependency Graph"
    lines = [Line.of(text, Style.HEADING) for text in wrap(title, width)]
    lines.append(Line.of("=" * min(len(title), width)))
    lines += _critical(picture, width)
    for number, wave in enumerate(picture.waves):
        lines += [BLANK, *_group(picture, number, wave, width)]
    lines += [BLANK, Line.of("Execution Timeline:", Style.HEADING), *_timeline(picture, width)]
    lines += [BLANK, *_wrapped(_total(picture), width)]
    if len(picture.tracks) > 1:
        lines += [BLANK, *week_lines(picture, width=width)]
    return lines


def _wrapped(text: str, width: int, hang: int = 2) -> list[Line]:
    return [Line.of(part) for part in wrap(text, width, hang=hang)]


def _critical(picture: Picture, width: int) -> list[Line]:
    length = sum(picture.nodes[name].hours for name in picture.critical)
    path = " → ".join(picture.nodes[name].id for name in picture.critical)
    return _wrapped(f"Critical path (*): {path} ({hours(length, short=True)})", width)


def _group(picture: Picture, number: int, wave: Sequence[str], width: int) -> Iterator[Line]:
    kind = "Dependent" if number else "Independent"
    yield Line.of(f"{kind} (Parallel Group {_letters(number)}):", Style.HEADING)
    for name in wave:
        node = picture.nodes[name]
        before = [picture.nodes[one].id for one in picture.predecessors[name]]
        waits = f" (depends on {enumeration(before, most=_MOST_NAMED)})" if before else ""
        mark = " *" if node.is_critical else ""
        title = f": {node.title}" if node.title != node.id else ""
        length = hours(node.hours, short=True)
        text = f"- {node.id}{title} - {length}{waits}{mark} [{node.word}]"
        yield from (Line.of(part, _shade(node)) for part in wrap(text, width, hang=2))


def _shade(node: Node) -> Style:
    return Style.PLAIN if node.style is Style.DIM else node.style


def _letters(number: int) -> str:
    """Count A … Z, AA, AB …, as the columns of a sheet."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[digit] + text
    return text


def _timeline(picture: Picture, width: int) -> Iterator[Line]:
    layout = picture.layout
    spans = [
        f"Hour {min(layout.start[name] for name in wave):g}"
        f"-{max(layout.end[name] for name in wave):g}:"
        for wave in picture.waves
    ]
    margin = max(map(len, spans), default=0) + 1
    for span, wave in zip(spans, picture.waves, strict=True):
        names = ", ".join(picture.nodes[name].id for name in wave)
        first, *more = wrap(f"{names} ({_how(picture, wave)})", width - margin)
        yield Line.of(f"{span:{margin}}{first}")
        yield from (Line.of(" " * margin + part) for part in more)


def _how(picture: Picture, wave: Sequence[str]) -> str:
    tracks = {picture.nodes[name].track for name in wave}
    if len(tracks) > 1:
        return f"parallel on {len(tracks)} tracks"
    before = dict.fromkeys(one for name in wave for one in picture.predecessors[name])
    after = enumeration([picture.nodes[one].id for one in before], most=_MOST_NAMED)
    return f"sequential, after {after}" if before else "sequential"


def _total(picture: Picture) -> str:
    makespan, total = picture.layout.makespan, picture.total
    return (
        f"Total: {hours(makespan, short=True)} (vs {hours(total, short=True)} sequential"
        f" = {picture.saved * 100:.0f}% faster)"
    )
