"""Plans in foreign formats: what a format is given, and what it gives back.

::

    files ──► Documents ──► recognises ──► read ──► PlanTree ──► side file ──► drafts ──► Plan
              decoded       exactly one    nodes as the            checks        as for the
              text          format         native YAML             bound by id   native format

A format only translates: it says with native nodes, each at its line of the document, what the
native YAML would have said. Types, names and references are checked once, for all formats, by what
comes after it; a problem therefore names the line of the document that caused it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_tracks.core.claims import Claim
from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Keys, Problems

__all__ = ["Document", "PlanFormat", "PlanTree", "Recognition"]


@dataclass(frozen=True, slots=True)
class Document:
    """One file: decoded, with LF line breaks only; ``path`` is relative to the root folder."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Its last part."""
        return posixpath.basename(self.path)

    def at(self, line: int, col: int = 1) -> Location:
        """Place a line of it, counted from 1."""
        return Location(self.path, line, col)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whether a format takes these documents: all those that it would read, or none, and why."""

    documents: tuple[Document, ...] = ()
    reason: str = ""
    """Where it takes none: what was looked for, and what was there instead, in one line."""
    at: Location | None = None
    """The line that shows it, where there is one."""

    def __bool__(self) -> bool:
        """Whether it takes any."""
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class PlanTree:
    """A plan as native nodes."""

    tasks: tuple[Keys, ...]
    """Each as one task of ``tasks/*.yaml``."""
    tracks: Keys | None = None
    """As the root of ``tracks.yaml``, without its ``tasks``."""
    requirements: Keys | None = None
    """As the root of ``PROJECT_PRD.yaml``."""
    notes: tuple[Claim, ...] = ()
    """What the document says of itself and what is computed can confirm or not: see
    ``core.claims``."""
    sprints: tuple[Keys, ...] = ()
    """Each as one sprint file, with its ``id``."""


class PlanFormat(Protocol):
    """One format, one file; third parties add theirs by ``pytest_tracks_load_plan``."""

    name: str
    """How people call it: ``phase plan``."""
    patterns: tuple[str, ...]
    """Globs of the files that it reads, matched from the right: ``*.md``, ``tasks/*.json``."""

    def recognises(self, documents: Sequence[Document]) -> Recognition:
        """Say which of the documents (all that match the patterns) are a plan in this format.

        Must be certain: a document that two formats take is refused.
        """
        ...

    def read(self, documents: Sequence[Document], problems: Problems) -> PlanTree | None:
        """Translate what it has recognised; None where an error was noted that prevents it."""
        ...
