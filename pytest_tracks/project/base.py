"""The plan and the state of a base: what a change is measured against.

::

    ref ──► Commit ──► ini ──► where plan and state stood ──► Plan, ProjectRecord
                                       (there, not here: a change could point elsewhere)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.tree import Problems
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.folder import pick_plan
from pytest_tracks.formats.native import interpret
from pytest_tracks.project.commit import Commit
from pytest_tracks.project.ini import INI_FILES, Ini, read_ini
from pytest_tracks.state.snapshot import Snapshot, parse
from pytest_tracks.state.store import SNAPSHOT_NAME

__all__ = ["Base"]

PLAN_FOLDER = "docs/planning"
SPRINT_FOLDER = "docs/sprints"


@dataclass(frozen=True)
class Base:
    """A project at a commit; each part is read when it is first asked for."""

    commit: Commit
    kinds: Mapping[str, CheckKind]
    chosen_ini: str | None = None
    """The configuration file of today, relative to root: read first, where the base has it."""

    @classmethod
    def find(
        cls, root: Path, ref: str, kinds: Mapping[str, CheckKind], chosen_ini: str | None = None
    ) -> Base:
        """Look a ref up; raises UsageError where there is no such commit here."""
        return cls(Commit.find(root, ref), kinds, chosen_ini)

    @cached_property
    def ini(self) -> Ini:
        """The ini values; raises UsageError."""
        names = [name for name in (self.chosen_ini, *INI_FILES) if name is not None]
        return read_ini(self.commit.read(names), self.chosen_ini)

    def ini_text(self, name: str, default: str) -> str:
        """Return the last line of an ini value."""
        return (self.ini.get(name) or (default,))[-1]

    @property
    def folder(self) -> str:
        """The plan's folder."""
        return self.ini_text("tracks_plan", PLAN_FOLDER)

    @cached_property
    def has_plan(self) -> bool:
        """Whether there was a plan at all."""
        listing = pick_plan(self.commit.paths, self.folder, self._sprints)
        return bool(listing.tracks or listing.prd or listing.tasks)

    @property
    def _sprints(self) -> str:
        return self.ini_text("tracks_sprints", SPRINT_FOLDER)

    @cached_property
    def plan(self) -> Plan:
        """The plan; raises PlanError, each problem with the ref before its path."""
        listing = pick_plan(self.commit.paths, self.folder, self._sprints)
        contents = self.commit.read(listing.files)
        found = {path: contents.get(path) for path in listing.files}
        name, problems = self.commit.root.resolve().name, Problems()
        try:
            return interpret(listing, found, kinds=self.kinds, name=name, problems=problems)
        except PlanError as error:
            raise PlanError(
                *(replace(one, path=f"{self.commit.ref}:{one.path}") for one in error.problems)
            ) from None

    @cached_property
    def snapshot(self) -> Snapshot:
        """The state as it was committed, an empty one if none was; raises StateError."""
        path = self.ini_text("tracks_state", f"{self.folder}/{SNAPSHOT_NAME}")
        content = self.commit.read([path]).get(path)
        return Snapshot() if content is None else parse(content, f"{self.commit.ref}:{path}")

    @property
    def record(self) -> ProjectRecord:
        """What the committed state says."""
        return self.snapshot.record
