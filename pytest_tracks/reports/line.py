"""A line of a report: text with its style kept apart, so that it reads well without colour.

The plugin writes each segment with pytest's terminal writer::

    for segment in line.segments:
        writer.write(segment.text, **segment.markup)

and everything else takes ``str(line)``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.reports.text import ELLIPSIS, cut, display_width

__all__ = ["BLANK", "Line", "Segment", "Style", "style_of"]


class Style(enum.Enum):
    """What a text means; ``markup`` says how a terminal shows it."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    DOUBT = "doubt"
    HEADING = "heading"
    DIM = "dim"


_MARKUP: Mapping[Style, Mapping[str, bool]] = {
    Style.PLAIN: {},
    Style.GOOD: {"green": True},
    Style.BAD: {"red": True},
    Style.DOUBT: {"yellow": True},
    Style.HEADING: {"bold": True},
    Style.DIM: {"light": True},
}
_BAD = frozenset({"FAIL", "FLAKY", "CONFLICT"})
_NARROW_STANDINS = {ELLIPSIS: "~", "→": ">"}


def style_of(verdict: TaskVerdict | CriterionVerdict | None) -> Style:
    """Choose the style of a verdict: only PASS is good, and None is not known yet."""
    if verdict is None:
        return Style.DIM
    if verdict.value == "PASS":
        return Style.GOOD
    return Style.BAD if verdict.value in _BAD else Style.DOUBT


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line in one style."""

    text: str
    style: Style = Style.PLAIN

    @property
    def markup(self) -> Mapping[str, bool]:
        """Keyword arguments for the ``write`` of a terminal writer."""
        return _MARKUP[self.style]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its end; the text of its segments holds no controls."""

    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(cls, text: str, style: Style = Style.PLAIN) -> Line:
        """Make a line of one style."""
        return cls((Segment(text, style),) if text else ())

    def __str__(self) -> str:
        return "".join(segment.text for segment in self.segments).rstrip()

    def cut(self, width: int) -> Line:
        """Shorten the line to ``width`` columns, with an ellipsis for what is gone."""
        if display_width(str(self)) <= width:
            return self
        kept, left = [], width
        for segment in self.segments:
            if display_width(segment.text) >= left:  # here it ends, and the end must show
                kept.append(Segment(cut(segment.text + ELLIPSIS, left), segment.style))
                break
            kept.append(segment)
            left -= display_width(segment.text)
        return Line(tuple(kept))

    def encodable(self, encoding: str) -> Line:
        """Replace what an encoding lacks, column for column: ``→`` by ``>``, others by ``?``."""
        return Line(
            tuple(
                Segment(_encodable(segment.text, encoding), segment.style)
                for segment in self.segments
            )
        )


BLANK = Line()


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_stand_in(character, encoding) for character in text)
    return text


def _stand_in(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _NARROW_STANDINS.get(character, "?" * display_width(character))
    return character
