"""A plan's verdicts as Markdown: a table by track, and the graph as GitHub and GitLab draw it.

Titles and gaps come from anybody's files and programs: what means something to Markdown or HTML is
escaped, so that a text is shown as it is written and does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.reasons import reason
from pytest_tracks.reports.sections import Section, sections
from pytest_tracks.reports.tally import RUNNING, criterion_ids, met, minutes, present_word, tally
from pytest_tracks.reports.text import clean, cut
from pytest_tracks.reports.wording import duration

__all__ = ["escaped", "markdown_table", "summary_markdown", "tasks_table", "verdict_mark"]

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~@$<>&-]")
_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "@": "&#64;", "`": "&#96;"}
_ESCAPES = {sign: f"\\{sign}" for sign in "\\*_{}[]()#+!~$-"} | _HTML
_LONGEST_REASON = 160
_COLUMNS = ("Task", "Title", "Verdict", "Met", "Iterations", "Time", "Why")
_MARKS = {"PASS": "✅", "FAIL": "❌", "FLAKY": "❌", "CONFLICT": "❌"}
_OTHER = "⚠️"


def escaped(text: str) -> str:
    """Make one line of Markdown that reads as the text does, in and outside tables."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], clean(text))


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out cells that are escaped already."""
    lines = [_row(columns), _row(["---"] * len(columns))]
    return [*lines, *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary_markdown(
    plan: Plan, record: ProjectRecord, *, sentence: str = "", mermaid: str = ""
) -> str:
    """Sum a run or a state up: the sentence, a table a track, the graph folded away."""
    sums = tally(plan, record, plan.tasks)
    lines = [f"## {escaped(plan.project)}", ""]
    lines += [escaped(sentence), ""] if sentence else []
    lines += [f"**{sums}** · {sums.criteria_met} of {sums.criteria_total} criteria met", ""]
    for section in sections(plan, record):
        lines += _section(plan, record, section)
    if mermaid:
        lines += ["<details><summary>Graph</summary>", "", "```mermaid", mermaid.rstrip(), "```"]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def verdict_mark(verdict: str) -> str:
    """Return the sign that stands before a verdict."""
    return _MARKS.get(verdict, _OTHER)


def tasks_table(
    plan: Plan, record: ProjectRecord, names: Iterable[str], *, folder: str = ""
) -> list[str]:
    """Lay tasks out as a table; with a folder each id leads to the task's report in it."""
    return markdown_table(_COLUMNS, [_cells(plan, record, name, folder) for name in names])


def _section(plan: Plan, record: ProjectRecord, section: Section) -> list[str]:
    return [
        f"### {escaped(section.label)}",
        "",
        *tasks_table(plan, record, section.members),
        "",
    ]


def _cells(plan: Plan, record: ProjectRecord, name: str, folder: str = "") -> list[str]:
    task, known = plan.tasks[name], record.task(name)
    verdict, time = present_word(known), minutes(known)
    total = len(criterion_ids(task))
    return [
        f"[{escaped(name)}]({folder}/{quote(name)}.md)" if folder else escaped(name),
        escaped(task.title),
        f"{verdict_mark(verdict)} {verdict}",
        f"{met(task, known)}/{total}" if total else "-",
        str(known.iterations) if known.iterations else "-",
        "-" if time is None else duration(time, short=True),
        "" if verdict in ("PASS", RUNNING) else escaped(cut(reason(task, known), _LONGEST_REASON)),
    ]
