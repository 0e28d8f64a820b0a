"""What ``pytest-tracks diff BASE`` says: what became weaker, and what the plan says about it.

::

    TASK-004/AC-002: max is 300, was 200
      acknowledge: {id: TASK-004/AC-002 max, digest: 3f2a9c1b77aa, reason: …}
    diff: 1 weakening since origin/main, 0 acknowledged
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from pytest_tracks.core.model import Acknowledgement
from pytest_tracks.core.weakening import Weakening, acknowledged_by, plain
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.text import clean, wrap
from pytest_tracks.reports.wording import plural

__all__ = ["DiffDocument", "Difference", "WeakeningDocument", "diff_json", "diff_lines"]


@dataclass(frozen=True, slots=True)
class Difference:
    """All weakenings, each with its acknowledgement where the plan has one."""

    base: str
    open: tuple[Weakening, ...]
    acknowledged: tuple[tuple[Weakening, Acknowledgement], ...]

    @classmethod
    def of(
        cls, base: str, found: Iterable[Weakening], acknowledged: tuple[Acknowledgement, ...]
    ) -> Difference:
        """Sort them out."""
        pairs = [(one, acknowledged_by(one, acknowledged)) for one in found]
        return cls(
            base,
            tuple(one for one, word in pairs if word is None),
            tuple((one, word) for one, word in pairs if word is not None),
        )


class WeakeningDocument(TypedDict):
    """One weakening; ``reason`` is null where nobody acknowledges it."""

    id: str
    digest: str
    message: str
    before: object
    after: object
    reason: str | None


class DiffDocument(TypedDict):
    """The answer of ``diff``."""

    ok: bool
    base: str
    weakenings: list[WeakeningDocument]


def diff_json(difference: Difference) -> DiffDocument:
    """Give the list as values that ``json.dump`` takes."""
    found = [_document(one, None) for one in difference.open]
    found += [_document(one, word.reason) for one, word in difference.acknowledged]
    return {"ok": not difference.open, "base": difference.base, "weakenings": found}


def _document(one: Weakening, reason: str | None) -> WeakeningDocument:
    return {
        "id": one.id,
        "digest": one.digest,
        "message": clean(one.message),
        "before": plain(one.before),
        "after": plain(one.after),
        "reason": reason,
    }


def diff_lines(difference: Difference, *, width: int = 80) -> list[Line]:
    """Write each weakening, and under it the line by which the plan acknowledges it."""
    lines: list[Line] = []
    for one in difference.open:
        lines += [Line.of(text, Style.BAD) for text in wrap(clean(one.message), width, hang=2)]
        lines += [Line.of(f"  {_line_for(one)}")]
    for one, word in difference.acknowledged:
        text = f"acknowledged: {clean(one.message)} ({clean(word.reason)})"
        lines += [Line.of(part) for part in wrap(text, width, hang=2)]
    total = len(difference.open) + len(difference.acknowledged)
    closing = f"diff: nothing became weaker since {difference.base}"
    if total:
        closing = (
            f"diff: {plural(total, 'weakening')} since {difference.base},"
            f" {len(difference.acknowledged)} acknowledged"
        )
    style = Style.BAD if difference.open else Style.GOOD
    lines += [Line.of(text, style) for text in wrap(closing, width, hang=6)]
    if difference.open:
        advice = "mend them, or put their lines under acknowledged: in tracks.yaml, with a reason"
        lines += [Line.of(text) for text in wrap(advice, width)]
    return lines


def _line_for(one: Weakening) -> str:
    """Write the acknowledgement as YAML; not wrapped, it is to be copied."""
    return f'- {{id: {json.dumps(one.id)}, digest: "{one.digest}", reason: }}'
