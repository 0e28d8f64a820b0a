"""A project as a command sees it: settings, plan, state, and which verdicts still hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.sign_offs import EXPIRED, Standings, standings_now, unsigned_tasks
from pytest_tracks.project.validity import digests_now
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.state.store import Store

__all__ = ["Project", "load_project", "open_project"]

_OPENING = {CriterionVerdict.PASS, CriterionVerdict.UNVERIFIED}


@dataclass(frozen=True)
class Project:
    """A project as a command sees it."""

    settings: Settings
    plan: Plan
    tree: WorkTree | None = None
    """The work tree, where it has been listed already."""
    remembered: ProjectRecord | None = None
    """What the state says, where that is known without opening it."""

    @cached_property
    def store(self) -> Store:
        """The state; raises StateError."""
        # Not before it is needed: reading it, and importing what reads it, takes a while.
        from pytest_tracks.state.store import Store

        settings = self.settings
        return Store.open(settings.root, self.plan, settings.root / settings.state)

    @cached_property
    def recorded(self) -> ProjectRecord:
        """What the state says."""
        return self.store.record() if self.remembered is None else self.remembered

    def record(self) -> ProjectRecord:
        """Return what is remembered, with every PASS that holds no longer as STALE."""
        return self._record

    def passed(self) -> frozenset[str]:
        """Name the tasks whose recorded verdict opens the gate now, by the project's settings."""
        return self._holding

    @cached_property
    def _record(self) -> ProjectRecord:
        record = self.recorded
        stale = {
            name: replace(known, verdict=TaskVerdict.STALE, changed=self._changed(name, known))
            for name, known in record.tasks.items()
            if known.verdict is TaskVerdict.PASS and name not in self._holding
        }
        return replace(record, tasks={**record.tasks, **stale}) if stale else record

    def _changed(self, name: str, known: TaskRecord) -> tuple[str, ...]:
        now = self._digests.get(name)
        return () if now is None else now.difference(known.digest or Digest()) or EXPIRED

    @cached_property
    def _holding(self) -> frozenset[str]:
        return frozenset(
            name for name, known in self._opening.items() if known.digest == self._digests[name]
        ) - unsigned_tasks(self.standings)

    @cached_property
    def standings(self) -> Standings:
        """Map the criteria that a person decides to whether they are signed now."""
        settings, record = self.settings, self.recorded
        ignore = settings.digest_ignore
        return standings_now(settings.root, self.plan, record, ignore, tree=self.tree)

    @cached_property
    def _opening(self) -> dict[str, TaskRecord]:
        return {
            name: known
            for name, known in self.recorded.tasks.items()
            if name in self.plan.tasks and _may_open(known, self.settings)
        }

    @cached_property
    def _digests(self) -> Mapping[str, Digest]:
        if not self._opening:
            return {}
        settings = self.settings
        return digests_now(
            settings.root,
            self.plan,
            {},
            self.recorded,
            settings.digest_ignore,
            only=self._opening,
            tree=self.tree,
        )


def _may_open(known: TaskRecord, settings: Settings) -> bool:
    if known.verdict is TaskVerdict.PASS:
        return settings.open_unverified or not known.assumes
    is_only_unverified = {result.verdict for result in known.criteria.values()} <= _OPENING
    is_unverified = known.verdict is TaskVerdict.UNVERIFIED and is_only_unverified
    return settings.open_unverified and is_unverified


def open_project(arguments: Sequence[str] = ()) -> Project:
    """Find and load the project of the working directory; ``arguments`` go to pytest.

    Raises TracksError, also where pytest itself refuses its configuration.
    """
    # Not before it is needed: importing pytest takes longer than all the rest.
    from pytest_tracks.cli.learning import learn

    learned = learn(arguments)
    return load_project(learned.settings, learned.plan)


def load_project(
    settings: Settings,
    plan: Plan,
    tree: WorkTree | None = None,
    remembered: ProjectRecord | None = None,
) -> Project:
    """Open the state of a plan that is known, unless it is ``remembered``; raises StateError."""
    project = Project(settings.with_plan(plan), plan, tree, remembered)
    if remembered is None:
        _ = project.store
    return project
