"""The validation checklist as text, each point ticked or with its faults.

::

    [x] Acyclic Dependencies: there is no cycle
    [ ] Value Delivery
        docs/plan.md:305: STAGE-9.1 does not say what value it delivers
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tracks.core.checklist import Point
from pytest_tracks.reports.line import BLANK, Line, Style
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import plural

__all__ = ["checklist_lines"]

_MOST_FAULTS = 12


def checklist_lines(points: Sequence[Point], *, width: int = 80) -> Iterator[Line]:
    """Tell each point, then how many are met."""
    yield Line.of("Validation Checklist", Style.HEADING)
    yield BLANK
    for point in points:
        head = f"[ ] {point.title}" if point.faults else f"[x] {point.title}: {clean(point.says)}"
        yield from (Line.of(line) for line in wrap(head, width, hang=4))
        for place, fault in point.faults[:_MOST_FAULTS]:
            told = f"    {clean(str(place))}: {clean(fault)}"
            yield from (Line.of(line) for line in wrap(told, width, hang=6))
        more = len(point.faults) - _MOST_FAULTS
        if more > 0:
            yield Line.of(f"    … and {more} more")
    met = sum(not point.faults for point in points)
    yield BLANK
    verdict = "" if met == len(points) else ": mend the others before running tasks side by side"
    words = f"{met} of {plural(len(points), 'point')} met{verdict}."
    yield from (Line.of(line) for line in wrap(words, width))
