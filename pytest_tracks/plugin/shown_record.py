"""The record as this run shows it: its own verdicts, else what holds of those before."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.events import Settled, Started
from pytest_tracks.core.record import Digest, ProjectRecord, TaskRecord, TrackRecord
from pytest_tracks.core.verdict import TaskVerdict, status_of
from pytest_tracks.project.sign_offs import EXPIRED
from pytest_tracks.reports.tally import root_causes

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.plugin.holdings import Holdings
    from pytest_tracks.project.other_worktrees import PassedElsewhere
    from pytest_tracks.project.settings import Settings
    from pytest_tracks.state.store import Store

__all__ = ["ShownRecord"]


class ShownRecord:
    """Answers what a task is shown as."""

    def __init__(self, settings: Settings, plan: Plan, store: Store, holdings: Holdings) -> None:
        self.settled: dict[str, Settled] = {}
        self.tracks: dict[int, TrackRecord] | None = None
        """Those of this run's layout, once it is laid out."""
        self.is_open = False
        """Whether this run has a record of its own."""
        self._settings = settings
        self._plan = plan
        self._store = store
        self._holdings = holdings

    def take(self, events: Iterable[Started | Settled]) -> None:
        """Learn what this run has settled: it is bound to the contents that it has now."""
        settled = {one.task: one for one in events if isinstance(one, Settled)}
        self.settled.update(settled)
        self._holdings.begun.update(settled)

    def seen(self, task: str) -> TaskRecord:
        """Return a task as this run shows it: its verdict here, else what holds of the record."""
        return self._shown(task, self._store.task(task))

    def _shown(self, task: str, known: TaskRecord) -> TaskRecord:
        settled = self.settled.get(task)
        known = known if self.is_open else self._holdings.before.task(task)
        if settled is None or settled.how == "done":
            holdings, passed = self._holdings, known.verdict is TaskVerdict.PASS
            digest = holdings.digests.get(task) if passed else None
            holds = task in holdings.holding
            if digest is not None and not holds and not holdings.holds_since(task):
                changed = digest.difference(known.digest or Digest()) or EXPIRED
                return dataclasses.replace(known, verdict=TaskVerdict.STALE, changed=changed)
            return known
        if settled.how == "unreached":
            return dataclasses.replace(known, verdict=None, criteria=settled.results)
        if known.open:  # of another run, which began it since
            known = dataclasses.replace(known, open={})
        if settled.how == "blocked":  # what was seen before is no result of this run
            return dataclasses.replace(known, criteria=settled.results)
        return known

    def display(self) -> ProjectRecord:
        """Return the whole plan as this run shows it."""
        self._holdings.catch_up()
        now, before = self._store.record(), self._holdings.before
        laid_out = (self.tracks or {}).values()
        track_of = {task: track.number for track in laid_out for task in track.tasks}
        tasks = {
            task: _on_track(self._shown(task, now.task(task)), track_of.get(task))
            for task in self._plan.tasks
        }
        tracks = before.tracks if self.tracks is None else self.tracks
        return dataclasses.replace(before, tasks=tasks, tracks=tracks)

    def differences(self) -> list[str]:
        """List, in words, the tasks whose verdict here is not the recorded one, or that have none.

        A task that was deselected is not verified, whatever is recorded of it.
        """
        found = []
        for task, settled in self.settled.items():
            before = self._holdings.before.task(task)
            recorded = before.verdict.value if before.verdict else before.claim
            here = settled.verdict
            if recorded and recorded not in (here.value, status_of(here).value):
                found.append(f"verify: {task} is recorded as {recorded}, and is {here.value} here")
        missing = [task for task in self._plan.tasks if task not in self.settled]
        return found + [f"verify: {task} did not run" for task in missing]

    def blockers_outside(self, selected: Collection[str]) -> tuple[str, ...]:
        """List what this run cannot settle and what blocks its tasks, directly or in the end."""
        record = self.display()
        blocked = [task for task in selected if record.task(task).verdict is TaskVerdict.BLOCKED]
        direct = [name for task in blocked for name in record.task(task).blocked_by]
        both = dict.fromkeys((*direct, *root_causes(record, blocked)))
        return tuple(name for name in both if name not in selected)

    def passed_elsewhere(self, tasks: Sequence[str]) -> list[PassedElsewhere]:
        """Look for tasks that have passed in other worktrees of the repository."""
        from pytest_tracks.project.other_worktrees import find_passed_elsewhere

        settings = self._settings
        return find_passed_elsewhere(settings.root, self._plan, settings.state, tasks)


def _on_track(known: TaskRecord, track: int | None) -> TaskRecord:
    return known if known.track == track else dataclasses.replace(known, track=track)
