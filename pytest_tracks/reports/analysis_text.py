"""The analysis of a plan's graph in words, after the source's "Task Analysis Complete!".

Long plans are shown by their first rows: each list says how much more there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_tracks.core.analysis import Analysis, Chain
from pytest_tracks.core.distribute import fewest_tracks
from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.useful_tracks import Speed
from pytest_tracks.reports.lengths import length
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.text import ELLIPSIS, clean, display_width, wrap
from pytest_tracks.reports.wording import enumeration, plural

__all__ = ["analysis_lines"]

_MOST_ROWS = 12
"""Chains, waves and values of slack that are listed."""
_MOST_IDS = 24
"""Tasks that a row names."""
_ARROW = " → "
_MARK = "<- useful maximum"
_COLUMNS = ("Tracks", "Makespan", "Speed-up", "Efficiency", "Idle hours")


def analysis_lines(plan: Plan, analysis: Analysis, *, width: int = 80) -> list[Line]:
    """Tell what can run beside what, and how many tracks are worth having."""
    tasks = sum(task.kind is TaskKind.TASK for task in plan.tasks.values())
    lines = [Line.of("Task Analysis Complete!", Style.HEADING), BLANK]
    lines += _wrapped(_counts(plan, tasks), width)
    for title, rows in (
        ("Dependency Analysis:", _chains(analysis, width)),
        ("", wrap(_critical_path(analysis), width, hang=2)),
        ("Slack (how late a task may end without delaying the plan):", _slack(analysis, width)),
        ("Waves (tasks that can start together):", _waves(analysis, width)),
        ("", _table(analysis, width)),
        (f"Maximum Parallel Development Tracks: {analysis.max_tracks}", []),
        ("Reasoning:", _bullets(analysis.reasons, width)),
        ("", _recommendation(plan, analysis, width)),
    ):
        lines.append(BLANK)
        lines += [Line.of(title, Style.HEADING).cut(width)] if title else []
        lines += [Line.of(row) for row in rows]
    return lines


def _counts(plan: Plan, tasks: int) -> Iterator[str]:
    reviews = len(plan.tasks) - tasks
    beside = f" and {plural(reviews, 'review or gate', 'reviews and gates')}" if reviews else ""
    yield f"{plural(tasks, 'task')}{beside} in {clean(plan.folder)}/"
    if all(task.hours is None for task in plan.tasks.values()):
        yield "No task states its hours: each counts as one hour."


def _wrapped(texts: Iterable[str], width: int) -> list[Line]:
    return [Line.of(line) for text in texts for line in wrap(text, width, hang=2)]


def _bullets(texts: Iterable[str], width: int) -> list[str]:
    return [line for text in texts for line in wrap(f"- {text}", width, hang=2)]


def _chains(analysis: Analysis, width: int) -> list[str]:
    chains = [chain for chain in analysis.chains if len(chain.tasks) > 1]
    single = [chain for chain in analysis.chains if len(chain.tasks) == 1]
    shown, rest = chains[:_MOST_ROWS], chains[_MOST_ROWS:]
    texts = [_chain(number, chain) for number, chain in enumerate(shown, 1)]
    if rest:
        tasks = plural(sum(len(chain.tasks) for chain in rest), "task")
        work = length(sum(chain.hours for chain in rest))
        texts.append((f"{ELLIPSIS} {plural(len(rest), 'more chain')}: {tasks}", work))
    if single:
        names = _names([chain.tasks[0] for chain in single])
        texts.append((f"Beside chains: {names}", length(sum(chain.hours for chain in single))))
    if analysis.independent:
        names = _names(analysis.independent)
        texts.append((f"Independent: {names}", length(analysis.independent_hours)))
    return [line for text, work in texts for line in _with_work(text, work, width)]


def _with_work(text: str, work: str, width: int) -> list[str]:
    """Keep the hours together, on a line of their own where there is no room."""
    *lines, last = wrap(f"  {text}", width, hang=4)
    fits = display_width(last) + len(work) + 3 <= width
    return [*lines, f"{last} ({work})"] if fits else [*lines, last, f"    ({work})"]


def _chain(number: int, chain: Chain) -> tuple[str, str]:
    ids = [clean(name) for name in chain.tasks]
    if len(ids) > _MOST_IDS:
        ids = [*ids[: _MOST_IDS - 1], f"{ELLIPSIS} {len(ids) - _MOST_IDS} more {ELLIPSIS}", ids[-1]]
    return f"{_title(number, chain)}: {_ARROW.join(ids)}", length(chain.hours)


def _title(number: int, chain: Chain) -> str:
    return f"Chain {number}" + (f" ({clean(chain.name)})" if chain.name else "")


def _names(tasks: Sequence[str]) -> str:
    return enumeration([clean(task) for task in tasks], most=_MOST_IDS)


def _critical_path(analysis: Analysis) -> str:
    work = length(analysis.critical_path_hours)
    for number, chain in enumerate(analysis.chains, 1):
        if chain.tasks == analysis.critical_path:
            return f"Critical Path: {_title(number, chain)} - {work}"
    return f"Critical Path: {_ARROW.join(map(clean, analysis.critical_path))} - {work}"


def _slack(analysis: Analysis, width: int) -> list[str]:
    by_slack: dict[float, list[str]] = {}
    for task, late in analysis.slack.items():
        by_slack.setdefault(late, []).append(task)
    values = sorted(by_slack)
    labels = [length(late, short=True) for late in values[:_MOST_ROWS]]
    column = max(map(len, labels), default=0)
    rows = [
        line
        for label, late in zip(labels, values, strict=False)
        for line in wrap(f"  {label:>{column}}: {_names(by_slack[late])}", width, hang=column + 4)
    ]
    rest = values[_MOST_ROWS:]
    if rest:
        tasks = plural(sum(len(by_slack[late]) for late in rest), "more task")
        rows.append(f"  {ELLIPSIS} {tasks}, up to {length(rest[-1], short=True)}")
    return rows


def _waves(analysis: Analysis, width: int) -> list[str]:
    shown, rest = analysis.waves[:_MOST_ROWS], analysis.waves[_MOST_ROWS:]
    column = len(str(len(shown)))
    rows = [
        line
        for number, wave in enumerate(shown, 1)
        for line in wrap(f"  {number:>{column}}: {_names(wave)}", width, hang=column + 4)
    ]
    if rest:
        tasks = plural(sum(map(len, rest)), "task")
        rows.append(f"  {ELLIPSIS} {plural(len(rest), 'more wave')}: {tasks}")
    return rows


def _table(analysis: Analysis, width: int) -> list[str]:
    rows = [_COLUMNS, *(_row(speed) for speed in analysis.table)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    fits = sum(widths) + len("   ") * len(widths) + len(_MARK) <= width
    gap, mark = ("   ", _MARK) if fits else (" ", "<-")
    texts = [
        gap.join(cell.rjust(columns) for cell, columns in zip(row, widths, strict=True))
        for row in rows
    ]
    for place, speed in enumerate(analysis.table, 1):
        if speed.tracks == analysis.max_tracks:
            texts[place] += gap + mark
    return [line for text in texts for line in _kept(text, width)]


def _kept(text: str, width: int) -> list[str]:
    """Keep the blanks of a row that fits; wrap one that does not."""
    return [text] if len(text) <= width else wrap(text, width)


def _row(speed: Speed) -> tuple[str, ...]:
    return (
        str(speed.tracks),
        length(speed.makespan, short=True),
        f"{speed.speed_up:.2f}",
        f"{100 * speed.efficiency:.0f}%",
        f"{speed.idle_hours:.1f}".removesuffix(".0"),
    )


def _recommendation(plan: Plan, analysis: Analysis, width: int) -> list[str]:
    texts = [analysis.single_track] if analysis.single_track else []
    useful = 1 if analysis.single_track else analysis.max_tracks
    pins = [task.pin for task in plan.tasks.values() if task.pin is not None]
    tracks = fewest_tracks(plan, useful, max([useful, *pins]))
    texts.append(f"Recommendation: pytest-tracks plan {tracks}")
    return [line for text in texts for line in wrap(text, width)]
