"""The table of all tasks in the HTML report: what a browser shows of them without any script.

::

    Task       Title                   Track       Verdict   Met   Tries   Time   Covered   Why
    TASK-004   User authentication …   1 Backend   FAIL      2/3   3       62 s   91.2 %    AC-002 …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_tracks.reports.graph_layout import Picture
from pytest_tracks.reports.line import Style
from pytest_tracks.reports.page_data import STYLES
from pytest_tracks.reports.page_facts import PageFacts
from pytest_tracks.reports.reasons import reason
from pytest_tracks.reports.tally import minutes
from pytest_tracks.reports.text import cut
from pytest_tracks.reports.wording import duration

__all__ = ["Row", "table_rows"]

_LONGEST_REASON = 300


class Row(NamedTuple):
    """One task, in the order in which the template takes it apart; what is not known is empty."""

    id: str
    target: str
    """The id as it stands in a link."""
    title: str
    track: str
    style: str
    word: str
    met: str
    tries: str
    time: str
    covered: str
    why: str


def table_rows(
    facts: PageFacts,
    picture: Picture,
    tracks: Sequence[str],
    documents: Sequence[Mapping[str, Any]],
) -> Iterator[Row]:
    """Lay all tasks out, in the plan's order; ``tracks`` are labels, ``documents`` the script's."""
    for (name, node), document in zip(picture.nodes.items(), documents, strict=True):
        task, known = facts.plan.tasks[name], facts.record.task(name)
        time, coverage = minutes(known), document.get("coverage")
        yield Row(
            id=node.id,
            target=quote(node.id),
            title=node.title,
            track=tracks[document["track"]] if "track" in document else "",
            style=STYLES[node.style],
            word=node.word,
            met=f"{document['met']}/{len(document.get('criteria', ()))}",
            tries=str(document.get("iterations", "")),
            time="" if time is None else duration(time, short=True),
            covered=f"{coverage[0]:.2f} %" if coverage else "",
            why="" if node.style is Style.GOOD else cut(reason(task, known), _LONGEST_REASON),
        )
