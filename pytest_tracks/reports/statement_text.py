"""What a document says of its own plan, beside what is computed.

::

    What the document says, and what follows from its tasks:
      = Speedup: 33% faster (10 minutes saved)
        30 min → 20 min, 33 % saved
      ! Wave 3 (Phase 4): Depends on Phase 3
        wave 3 is PHASE-4, PHASE-6, PHASE-7
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_tracks.core.model import Statement
from pytest_tracks.reports.line import Line, Style
from pytest_tracks.reports.text import clean, wrap

__all__ = ["statement_lines"]

_MOST = 40


def statement_lines(statements: Sequence[Statement], *, width: int = 80) -> Iterator[Line]:
    """Tell each statement with ``=`` where it agrees, ``!`` where it does not."""
    yield Line.of("What the document says, and what follows from its tasks:", Style.HEADING)
    for one in statements[:_MOST]:
        mark = "=" if one.agrees else "!"
        yield from _lines(f"  {mark} {clean(one.text)}", width)
        yield from _lines(f"    {clean(one.found)}", width)
    if len(statements) > _MOST:
        yield Line.of(f"  … and {len(statements) - _MOST} more")


def _lines(text: str, width: int) -> Iterator[Line]:
    return (Line.of(line) for line in wrap(text, width, hang=4))
