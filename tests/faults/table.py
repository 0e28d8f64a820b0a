"""What the suite has found, as a table that can stand in the documentation."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from ledger import Tally

__all__ = ["LOST", "Row", "is_ours", "machine", "markdown"]

LOST = {"lost": "lost", "invented": "invented", "unreadable": "unreadable"}
"""What a harness promises of verdicts: kinds that are counted, and the words for them."""
_OTHERS = {"broken": "gone wrong", "leftovers": "left behind"}


@dataclass(frozen=True)
class Row:
    """What came of one harness."""

    title: str
    unit: str
    """What is counted as a round."""
    place: str
    seconds: float
    tallies: Mapping[str, Tally]
    promised: Mapping[str, str]
    """Kinds that must be zero, and are named also where they are; with the words for them."""


def is_ours(who: str) -> bool:
    """Tell the implementation that must not break from those that must."""
    return who.startswith("tracks")


def machine() -> str:
    """Name what the figures were measured on."""
    names = ("pytest-tracks", "pytest", "pytest-xdist")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, "
        f" {os.cpu_count()} processors (load {load}), "
        f"Python {platform.python_version()}, {versions}"
    )


def markdown(heading: str, rows: Sequence[Row]) -> str:
    """Write the table; ``heading`` says seed, size and machine."""
    lines = [heading, "", "| | tracks | naive | states | seconds |", "|---|---|---|---|---|"]
    lines += [_line(row) for row in rows]
    total = sum(row.seconds for row in rows)
    return "\n".join([*lines, f"| all of it | | | | {total:.0f} |"])


def _line(row: Row) -> str:
    ours = [_told(row, who, tally) for who, tally in row.tallies.items() if is_ours(who)]
    naive = [_told(row, who, tally) for who, tally in row.tallies.items() if not is_ours(who)]
    cells = (row.title, "; ".join(ours), "; ".join(naive), row.place, f"{row.seconds:.0f}")
    return f"| {' | '.join(cells)} |"


def _told(row: Row, who: str, tally: Tally) -> str:
    name = who.removeprefix("tracks").removeprefix(", ")
    tried = f"{tally.rounds:,} {row.unit}"
    if tally.acknowledged:
        tried += f", {tally.acknowledged:,} verdicts"
    found = _found(tally, row.promised, zeroes=is_ours(who))
    return f"{name + ': ' if name else ''}{tried}: {found}"


def _found(tally: Tally, promised: Mapping[str, str], *, zeroes: bool) -> str:
    """Name what has gone wrong, with ``zeroes`` also what has not."""
    words = {**LOST, **_OTHERS, **promised}
    kinds = [kind for kind in words if getattr(tally, kind) or (zeroes and kind in promised)]
    found = ", ".join(f"{getattr(tally, kind):,} {words[kind]}" for kind in kinds)
    return found if tally.is_green else f"**red**: {found or 'nothing was tried'}"
