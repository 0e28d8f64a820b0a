"""The HTML report: one file that opens from disk, asks for nothing, and holds all there is.

::

    PageFacts ──► summary, graph, timeline, table      markup, by Jinja2 with autoescape
              └─► tasks as JSON                        sections are made of it by the script

A Content-Security-Policy names the hashes of the one script and the one style sheet: nothing else
is loaded or run, whatever a title or an output holds. Without a script the table, the graph and
the timeline are still there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pytest_tracks.core.completion import Completion, complete
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.errors import UsageError
from pytest_tracks.reports.graph_layout import Picture, make_picture
from pytest_tracks.reports.header import path_text
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.page_data import STYLES, embedded, task_documents
from pytest_tracks.reports.page_facts import PageFacts
from pytest_tracks.reports.page_graph import Graph, graph
from pytest_tracks.reports.page_table import table_rows
from pytest_tracks.reports.page_timeline import SCALE, timeline
from pytest_tracks.reports.tally import Tally, root_causes, tally
from pytest_tracks.reports.text import clean
from pytest_tracks.reports.validation_result import ValidationResult, results_of
from pytest_tracks.reports.wording import duration, enumeration, hours, plural

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page_html", "require_jinja"]

_FOLDER = "templates"
_BAD = (TaskVerdict.FAIL.value, TaskVerdict.FLAKY.value, TaskVerdict.CONFLICT.value)
_LONGEST_PATH = 120
_MINUTES = 60
_SMALLEST = 0.85


def require_jinja() -> None:
    """Raise UsageError where Jinja2, which only this report needs, is not installed."""
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "the HTML report needs Jinja2 (pip install 'pytest-tracks[report]')"
        ) from error


def page_html(facts: PageFacts, results: Mapping[str, ValidationResult] | None = None) -> str:
    """Write the whole page; raises UsageError where Jinja2 is missing.

    ``results`` are those of all tasks, where they are made already.
    """
    require_jinja()
    picture = make_picture(facts.plan, facts.record, facts.layout)
    if results is None:
        results = results_of(facts.plan, facts.record, at=facts.made_at)
    tasks = task_documents(facts, picture, results)
    drawn = graph(picture)
    style, script = _source("page.css") + _fitted(drawn), _source("page.js")
    numbers = complete(facts.plan, facts.record, planned_hours=facts.layout.makespan)
    sums = tally(facts.plan, facts.record, facts.plan.tasks)
    tracks = [clean(f"{track.number} {track.name}") for track in picture.tracks]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            project=clean(facts.plan.project),
            made_at=facts.made_at[:19].replace("T", " "),
            headline=_headline(facts, sums),
            cards=_cards(numbers, sums, picture),
            path=path_text(picture.critical, _LONGEST_PATH),
            graph=drawn,
            timeline=timeline(facts, picture),
            scale=SCALE,
            rows=list(table_rows(facts, picture, tracks, tasks)),
            is_covered=any("coverage" in task for task in tasks),
            words=list(sums.words.items()),
            tracks=tracks,
            data=embedded({"tracks": tracks, "tasks": tasks}),
            style=style,
            script=script,
            policy=_policy(style, script),
        )
    )


@cache
def _source(name: str) -> str:
    return (files("pytest_tracks.reports") / _FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grouped"] = lambda number: f"{number:,}"
    return environment


def _fitted(drawn: Graph) -> str:
    """Let boxes shrink a little, where that shows all of them; more would be hard to read."""
    if drawn.is_compact:
        return ""
    least = round(_SMALLEST * drawn.width)
    return f"#graph {{ width: max(100%, {least}px); max-width: {drawn.width}px; height: auto; }}\n"


def _policy(style: str, script: str) -> str:
    """Forbid everything but the two texts that stand in the page."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


# -- summary ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Headline:
    word: str
    style: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Card:
    label: str
    value: str
    note: str = ""
    share: float | None = None
    """From 0 to 1: how full its bar is."""


def _headline(facts: PageFacts, sums: Tally) -> _Headline:
    """Say in one line where the plan stands; it is PASS only where every task is."""
    if sums.tasks and sums.passed == sums.tasks:
        return _Headline("PASS", STYLES[Style.GOOD], f"All {plural(sums.tasks, 'task')} PASS.")
    parts = [f"{count:,} {name}" for name, count in sums.words.items() if name != "PASS"]
    causes = root_causes(facts.record, facts.plan.tasks)
    behind = f"; blocked by {enumeration([clean(one) for one in causes])}" if causes else ""
    is_bad = any(sums.words.get(word) for word in _BAD)
    return _Headline(
        "FAIL" if is_bad else "NOT DONE",
        STYLES[Style.BAD if is_bad else Style.DOUBT],
        f"{', '.join(parts) or 'no task'}{behind}.",
    )


def _cards(numbers: Completion, sums: Tally, picture: Picture) -> list[_Card]:
    share = sums.passed / sums.tasks if sums.tasks else 0.0
    met = sums.criteria_met / sums.criteria_total if sums.criteria_total else 0.0
    cards = [
        _Card("PASS", f"{sums.passed:,}", f"of {sums.tasks:,} tasks{_gates(numbers)}", share),
        _Card("Criteria met", f"{sums.criteria_met:,}", f"of {sums.criteria_total:,}", met),
    ]
    if numbers.coverage is not None:
        note = "mean of the gated tasks"
        cards.append(
            _Card("Coverage", f"{numbers.coverage:.0f} %", note, min(1.0, numbers.coverage / 100))
        )
    cards.append(_Card("Iterations", f"{numbers.iterations:,}", _tiers(numbers)))
    cards.append(
        _Card(
            "Critical path",
            hours(sum(picture.nodes[name].hours for name in picture.critical), short=True),
            plural(len(picture.critical), "task"),
        )
    )
    return [*cards, *_times(numbers)]


def _gates(numbers: Completion) -> str:
    if not numbers.gates:
        return ""
    return f", {plural(numbers.gates, 'gate')} included"


def _tiers(numbers: Completion) -> str:
    return ", ".join(f"{clean(tier)}: {count}" for tier, count in sorted(numbers.tiers.items()))


def _times(numbers: Completion) -> list[_Card]:
    cards = []
    sequential, planned = numbers.sequential_hours, numbers.planned_hours
    if sequential is not None:
        cards.append(_Card("Sequential", hours(sequential, short=True), "one after another"))
    if planned is not None:
        tracks = plural(numbers.tracks, "track") if numbers.tracks else ""
        cards.append(_Card("Planned", hours(planned, short=True), f"on {tracks}" if tracks else ""))
    if sequential and planned is not None:
        saved = 1 - planned / sequential
        note = f"{hours(sequential - planned, short=True)} less"
        cards.append(_Card("Saved", f"{saved:.0%}".replace("%", " %"), note))
    if numbers.elapsed_hours is not None:
        time = duration(numbers.elapsed_hours * _MINUTES, short=True)
        cards.append(_Card("Actual", time, "first attempt to last PASS"))
    return cards
