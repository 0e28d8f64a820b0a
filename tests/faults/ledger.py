"""Keeps what writers said that they would write and what they have acknowledged, and judges
what is found afterwards.

::

    announced ──► acknowledged ──► found        lost: acknowledged, and an older one is found
        └────────────────────────► found        invented: never announced

What was announced and not acknowledged may be found or not. What has once been found counts as
acknowledged: nobody may read a verdict that then goes away.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from subjects import INTERRUPTED, Reading

__all__ = ["Ledger", "Tally"]

COUNTED = ("rounds", "acknowledged", "lost", "invented", "unreadable", "broken", "leftovers")


@dataclass
class Tally:
    """What a harness has counted."""

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    invented: int = 0
    unreadable: int = 0
    broken: int = 0
    """Ends that a child was not to come to: an exception, a wrong exit status."""
    leftovers: int = 0
    """Temporary files that the next run has not removed."""
    notes: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def is_green(self) -> bool:
        """Whether nothing went wrong, and anything was tried at all."""
        return self.rounds > 0 and self.wrong == 0

    @property
    def wrong(self) -> int:
        """How much went wrong."""
        return self.lost + self.invented + self.unreadable + self.broken + self.leftovers

    def add(self, other: Tally) -> None:
        """Add what another process has counted."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, figure in other.figures.items():
            self.count(name, figure)
        for text in other.notes:
            self.note(text)

    def count(self, name: str, number: float) -> None:
        """Add to one of the figures."""
        self.figures[name] = self.figures.get(name, 0) + number

    def note(self, text: str) -> None:
        """Keep the first few cases for the person who has to look into them."""
        if len(self.notes) < 5:
            self.notes.append(text)


class Ledger:
    """The book of one state."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._announced: set[tuple[str, str]] = set()
        self._last: dict[str, str] = {}
        self._pending: dict[str, list[str]] = defaultdict(list)

    @property
    def last(self) -> dict[str, str]:
        """Task → the verdict that must be found."""
        return self._last

    def take(self, lines: list[str]) -> None:
        """Take the lines of a child: ``announce T-1 PASS#3``, ``acknowledge T-1 PASS#3``."""
        for line in lines:
            verb, task, verdict = line.split(" ")
            if verb == "announce":
                self._announced.add((task, verdict))
                self._pending[task].append(verdict)
            else:
                self._tally.acknowledged += 1
                self._last[task] = verdict
                self._pending.pop(task)

    def judge(self, reading: Reading, where: str) -> None:
        """Compare with what is found."""
        for task in {*self._last, *self._pending, *reading.verdicts}:
            found = reading.verdicts.get(task)
            if found not in self._allowed(task):
                self._count(task, found, where)
            if found is not None:
                self._last[task] = found
        self._pending.clear()

    def _allowed(self, task: str) -> set[str | None]:
        pending = self._pending.get(task, [])
        return {self._last.get(task), *pending, *([INTERRUPTED] if pending else [])}

    def _count(self, task: str, found: str | None, where: str) -> None:
        known = found is None or found == INTERRUPTED or (task, found) in self._announced
        if known:
            self._tally.lost += 1
        else:
            self._tally.invented += 1
        self._tally.note(f"{where}: {task} is {found}, expected {self._last.get(task)}")
