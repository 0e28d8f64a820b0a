"""What a state file says of tasks word for word as this process would: that need not be read.

::

    tasks:
      TASK-1:           lines that were rendered here, for a record that is at hand
        status: …
      TASK-2:           lines of somebody else: read, as in a file that nobody knows
        status: …

Several runs write one state file in turn, and each has to take what stands there from the others,
git among them. Of a file of ten thousand tasks they have changed a few; all that is read under
the lock of the journal, which keeps the others waiting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_tracks.core.record import TaskRecord
from pytest_tracks.state.yamltext import Tree

__all__ = ["NOTHING", "Known", "Recognised", "recognise"]

_SECTION = "\ntasks:\n"
_END = re.compile(r"\n(?! )")
_NEXT_TASK = re.compile(r"(?<=\n)(?=  [^ ])")


@dataclass(frozen=True, slots=True)
class Known:
    """A task whose lines are known."""

    task: str
    record: TaskRecord
    strange: Mapping[str, Tree]
    """Keys among them that this version does not know."""


NOTHING: Mapping[str, Known] = {}


@dataclass(frozen=True, slots=True)
class Recognised:
    """A state file without the lines that were recognised."""

    text: str
    places: tuple[Known | None, ...] = ()
    """One for each task of the file, in its order; None: its lines are left in ``text``."""

    def with_known(self, read: Mapping[str, TaskRecord]) -> dict[str, TaskRecord]:
        """Join the records that were read with those that were known, in the file's order.

        Raises ValueError where the tasks that were read are not those that are left.
        """
        known = [place for place in self.places if place is not None]
        if self.places and len(self.places) != len(known) + len(read):
            raise ValueError("its tasks are not as they were written")
        if not known:
            return dict(read)
        left = iter(read.items())
        return dict(next(left) if it is None else (it.task, it.record) for it in self.places)

    @property
    def strange(self) -> dict[str, Mapping[str, Tree]]:
        """Task → its keys that this version does not know, of those that were known."""
        return {place.task: place.strange for place in self.places if place and place.strange}


def recognise(text: str, known: Mapping[str, Known]) -> Recognised:
    """Cut those tasks out of a state file, as ``Renderer`` wrote it, whose lines are known."""
    start = text.find(_SECTION) + 1
    if not known or not start:
        return Recognised(text)
    first = start + len(_SECTION) - 1
    found = _END.search(text, first)
    end = found.end() if found else len(text)
    tasks = _NEXT_TASK.split(text[first:end])
    places = tuple(map(known.get, tasks))
    left = "".join(lines for lines, place in zip(tasks, places, strict=True) if place is None)
    heading = text[start:first] if left else ""
    return Recognised(text[:start] + heading + left + text[end:], places)
