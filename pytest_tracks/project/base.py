"""The plan and the state of a base: what a change is measured against.

::

    ref ──► Commit ──► ini ──► where plan and state stood ──► Plan, ProjectRecord
                                       (there, not here: a change could point elsewhere)
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.errors import PlanError
from pytest_tracks.formats.document import PlanFormat
from pytest_tracks.formats.folder import pick_plan
from pytest_tracks.formats.foreign import is_own_or_hidden
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.formats.place import home_of
from pytest_tracks.formats.registry import builtin_formats, is_of_interest
from pytest_tracks.formats.side_file import candidates
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
    formats: Sequence[PlanFormat] = ()
    """Those of third parties."""

    @classmethod
    def find(
        cls,
        root: Path,
        ref: str,
        kinds: Mapping[str, CheckKind],
        chosen_ini: str | None = None,
        formats: Sequence[PlanFormat] = (),
    ) -> Base:
        """Look a ref up; raises UsageError where there is no such commit here."""
        return cls(Commit.find(root, ref), kinds, chosen_ini, formats)

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
        """The plan's folder, or the document that is the plan."""
        return self.ini_text("tracks_plan", PLAN_FOLDER)

    @property
    def home(self) -> str:
        """The folder of what belongs to the plan; a document has one of its own beside it."""
        return home_of(self.folder, is_file=posixpath.normpath(self.folder) in self.commit.entries)

    @property
    def sprints(self) -> str:
        """The folder of the sprints; those in the usual one are not a document's."""
        written = self.ini_text("tracks_sprints", SPRINT_FOLDER)
        is_usual = written == SPRINT_FOLDER and self.home != self.folder
        return f"{self.home}/sprints" if is_usual else written

    @cached_property
    def has_plan(self) -> bool:
        """Whether there was anything that a plan is read from."""
        return bool(self._sources)

    @cached_property
    def _sources(self) -> frozenset[str]:
        place, paths = posixpath.normpath(self.folder), self.commit.paths
        if place in self.commit.entries:
            return frozenset([place])
        native = pick_plan(paths, place, self.sprints)
        formats = (*builtin_formats(), *self.formats)
        above = "" if place == "." else place + "/"
        foreign = (
            path
            for path in paths
            if path.startswith(above)
            and not is_own_or_hidden(posixpath.basename(path))
            and any(is_of_interest(path, one) for one in formats)
        )
        return frozenset((*native.tracks, *native.prd, *native.tasks, *foreign))

    @cached_property
    def plan(self) -> Plan:
        """The plan, through the same door as that of a work tree.

        Raises PlanError, each problem with the ref before its path.
        """
        commit, place = self.commit, posixpath.normpath(self.folder)
        folder = posixpath.dirname(place) if place in commit.entries else place
        above = posixpath.normpath(self.sprints) + "/"
        sprints = [path for path in commit.paths if path.startswith(above)]
        wanted = self._sources.union(candidates(self.home, folder), sprints)
        try:
            with commit.laid_out(wanted) as root:
                return load_plan(
                    root,
                    self.folder,
                    sprints=self.sprints,
                    kinds=self.kinds,
                    formats=self.formats,
                )
        except PlanError as error:
            raise PlanError(
                *(replace(one, path=f"{commit.ref}:{one.path}") for one in error.problems)
            ) from None

    @cached_property
    def snapshot(self) -> Snapshot:
        """The state as it was committed, an empty one if none was; raises StateError."""
        path = self.ini_text("tracks_state", f"{self.home}/{SNAPSHOT_NAME}")
        content = self.commit.read([path]).get(path)
        return Snapshot() if content is None else parse(content, f"{self.commit.ref}:{path}")

    @property
    def record(self) -> ProjectRecord:
        """What the committed state says."""
        return self.snapshot.record
