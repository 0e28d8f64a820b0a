"""A project as a command sees it: settings, plan, state, and which verdicts still hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_tracks.cli.remembered import (
    Surroundings,
    recall_plan,
    recall_settings,
    remember_plan,
    remember_settings,
)
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.validity import digests_now
from pytest_tracks.state.store import Store

__all__ = ["Project", "open_project"]

_OPENING = {CriterionVerdict.PASS, CriterionVerdict.UNVERIFIED}


@dataclass(frozen=True)
class Project:
    """A project as a command sees it."""

    settings: Settings
    plan: Plan
    store: Store

    def record(self) -> ProjectRecord:
        """Return what is remembered, with every PASS that holds no longer as STALE."""
        record = self.store.record()
        stale = [
            name
            for name, known in record.tasks.items()
            if known.verdict is TaskVerdict.PASS and name not in self._holding
        ]
        if not stale:
            return record
        faded = {name: replace(record.tasks[name], verdict=TaskVerdict.STALE) for name in stale}
        return replace(record, tasks={**record.tasks, **faded})

    def passed(self) -> frozenset[str]:
        """Name the tasks whose recorded verdict opens the gate now, by the project's settings."""
        return self._holding

    @cached_property
    def _holding(self) -> frozenset[str]:
        record, settings = self.store.record(), self.settings
        opening = {
            name: known
            for name, known in record.tasks.items()
            if name in self.plan.tasks and _may_open(known, settings)
        }
        if not opening:
            return frozenset()
        digests = digests_now(
            settings.root, self.plan, {}, record, settings.digest_ignore, only=opening
        )
        return frozenset(name for name, known in opening.items() if known.digest == digests[name])


def _may_open(known: TaskRecord, settings: Settings) -> bool:
    if known.verdict is TaskVerdict.PASS:
        return True
    is_only_unverified = {result.verdict for result in known.criteria.values()} <= _OPENING
    is_unverified = known.verdict is TaskVerdict.UNVERIFIED and is_only_unverified
    return settings.open_unverified and is_unverified


def open_project(arguments: Sequence[str] = (), *, in_a_loop: bool = False) -> Project:
    """Find and load the project of the working directory; ``arguments`` go to pytest.

    ``in_a_loop`` is for commands that are called again and again: pytest and YAML are asked only
    where their answers may have changed. Raises TracksError, also where pytest itself refuses its
    configuration.
    """
    around = Surroundings() if in_a_loop else None
    settings = recall_settings(around) if around else None
    plan = recall_plan(settings) if settings else None
    if settings is None or plan is None:
        # Not before it is needed: importing pytest takes longer than all the rest.
        from pytest_tracks.cli.learning import learn

        learned = learn(arguments)
        settings, plan = learned.settings, learned.plan
        if around and learned.is_plain:
            remember_settings(around, settings, learned.modules)
            remember_plan(settings, plan)
    store = Store.open(settings.root, plan, settings.root / settings.state)
    return Project(settings, plan, store)
