"""What of the record holds in this run: a PASS is good for the very contents that there are now.

::

    tests that are bound ──┐
    files of the work tree ┼──► digests ──► holding
    what is recorded ──────┘       └──► is what another run has settled about the same contents?
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_tracks.core.contracts import Breach, breaches
from pytest_tracks.core.gates import is_pure_gate
from pytest_tracks.core.record import Digest, ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict, TaskVerdict
from pytest_tracks.project.remembering import remembered_of
from pytest_tracks.project.sign_offs import Standings, standings_now, unsigned_tasks
from pytest_tracks.project.validity import digests_now, holding
from pytest_tracks.state.worktree import WorkTree

if TYPE_CHECKING:
    from pytest_tracks.core.kinds import Remembered
    from pytest_tracks.core.model import Plan
    from pytest_tracks.core.roster import Collected, Participant
    from pytest_tracks.project.settings import Settings
    from pytest_tracks.state.store import Store

__all__ = ["Holdings"]

_FINAL = {TaskVerdict.PASS, TaskVerdict.FAIL, TaskVerdict.FLAKY}


class Holdings:
    """Compares what is recorded with what there is; writes nothing."""

    def __init__(self, settings: Settings, plan: Plan, store: Store, tree: WorkTree) -> None:
        self.before = store.record()
        """What was remembered when the run began: later, when it announced itself."""
        self.roster: Mapping[str, Participant] = {}
        self.digests: dict[str, Digest] = {}
        """Of the contents that this run began with; empty before tests are collected."""
        self.holding: frozenset[str] = frozenset()
        self.begun: set[str] = set()
        """Tasks whose digest is not to change any more."""
        self._settings = settings
        self._plan = plan
        self._store = store
        self._tree = tree
        self._bound: dict[str, dict[str, tuple[str, ...]]] = {}
        self._standings: Standings = {}
        self._refused: frozenset[str] = frozenset()

    def remembered(self) -> dict[str, Remembered]:
        """Return what checks are told of earlier runs, by the key of their criterion."""
        settings = self._settings
        self._standings = standings_now(
            settings.root, self._plan, self.before, settings.digest_ignore, tree=self._tree
        )
        return remembered_of(self._plan, self.before, self._standings)

    def find_holding(
        self, roster: Mapping[str, Participant], collected: Collected, *, verify: bool
    ) -> frozenset[str]:
        """Find the tasks whose recorded PASS is of exactly what there is now."""
        self.roster = roster
        bound = {task: self._tests(roster[task], partial=collected.skips_files) for task in roster}
        bound.update(self._outside(collected))
        if not self.digests or bound != self._bound:
            self._bound = bound
            self.digests = self._take_digests(self._tree)
        return self._hold(verify=verify)

    def take_over(self, known: Holdings) -> None:
        """Take the digests of the same files, to be used should the same tests be found again.

        Only where all tasks took part: those of others go by what is recorded of them.
        """
        plan = self._plan
        if all(task in known.roster or is_pure_gate(plan, task) for task in plan.tasks):
            self._bound, self.digests = dict(known._bound), dict(known.digests)

    def holding_record(self) -> ProjectRecord | None:
        """Return the record, if all that took part is PASS and bound to what this run began with.

        None where anything else was seen, also tests that the record does not know.
        """
        record = self._store.record()
        is_whole = bool(self.roster) and all(one.is_whole for one in self.roster.values())
        holds = is_whole and all(
            record.task(task).verdict is TaskVerdict.PASS
            and record.task(task).digest == self.digests.get(task)
            for task in self.roster
        )
        known = holds and all(
            {name: set(ids) for name, ids in record.task(task).tests.items()}
            == {name: set(ids) for name, ids in tests.items()}
            for task, tests in self._bound.items()
        )
        return record if known and not record.live else None

    def _take_digests(self, tree: WorkTree) -> dict[str, Digest]:
        settings = self._settings
        return digests_now(
            settings.root,
            self._plan,
            self._bound,
            self.before,
            settings.digest_ignore,
            tree=tree,
        )

    def _hold(self, *, verify: bool) -> frozenset[str]:
        opens = self._settings.open_unverified
        now = holding(self.digests, self.before, open_unverified=opens)
        now -= unsigned_tasks(self._standings) | self._refused
        self.holding = frozenset() if verify else now
        return self.holding

    def refuse(self, tasks: frozenset[str]) -> frozenset[str]:
        """Let no PASS of these tasks hold; returns what holds all the same."""
        self._refused = tasks
        self.holding -= tasks
        return self.holding

    def _outside(self, collected: Collected) -> dict[str, dict[str, tuple[str, ...]]]:
        """List the tests of tasks that take no part: a new one makes them stale all the same."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for item in collected.items:
            for binding in item.bindings:
                task, criterion = binding.key
                known = self.before.task(task).tests
                if task not in self.roster and known:
                    tests = found.setdefault(task, dict(known))
                    if item.id not in tests.get(criterion, ()):
                        tests[criterion] = (*tests.get(criterion, ()), item.id)
        return found

    def renew(self, *, verify: bool) -> frozenset[str]:
        """Learn what other runs have settled until this one announced itself."""
        self.catch_up()
        self.before = self._store.record()
        return self._hold(verify=verify)

    def catch_up(self) -> None:
        """Learn from other runs which tests are bound to the tasks that they have settled since.

        This run may have collected none of them. What builds on such a task is digested anew,
        unless it has begun: it is then bound to what was known at that time.
        """
        known = self._plan.tasks if self.digests else ()
        late = [task for task in known if self._is_bound_elsewhere(task)]
        if not late:
            return
        self._bound.update({task: dict(self._store.task(task).tests) for task in late})
        now = self._take_digests(self._tree)
        self.digests.update({task: it for task, it in now.items() if task not in self.begun})

    def _is_bound_elsewhere(self, task: str) -> bool:
        known, before = self._store.task(task), self.before.task(task)
        if task in self.roster or known.serial == before.serial:
            return False
        return dict(known.tests) != dict(self._bound.get(task, before.tests))

    def holds_since(self, task: str) -> bool:
        """Whether another run has brought a task to PASS, as it is now, since this run began."""
        known = self._store.task(task)
        is_new = known.serial != self.before.task(task).serial
        return is_new and known.digest == self.digests.get(task)

    def news(self, tasks: Sequence[str]) -> dict[str, TaskVerdict]:
        """Read what other runs have settled of these tasks since this run began.

        It counts where it is of the very contents that this run has, and says PASS or FAIL: for
        what was not brought to an end there is no verdict here.
        """
        self._store.refresh()
        found = {}
        for task in tasks:
            known = self._store.task(task)
            is_new = known.serial != self.before.task(task).serial
            if is_new and known.verdict in _FINAL and self._is_of_now(task):
                found[task] = known.verdict
        return found

    def _is_of_now(self, task: str) -> bool:
        """Whether what is known of a task is about the contents that this run has."""
        known = self._store.task(task)
        if known.digest != self.digests[task]:
            self.catch_up()
        return known.digest == self.digests[task]

    def breaches(self) -> tuple[Breach, ...]:
        """Find the contracts that have changed since their owner last passed."""
        return breaches(self._plan, self.before, self.digests)

    def are_passed(self, tasks: Collection[str]) -> bool:
        """Whether all of these are PASS as they are now, whoever has settled them.

        A gate without criteria is, when all before it are.
        """
        waiting, seen = list(tasks), set(tasks)
        while waiting:
            task = waiting.pop()
            if is_pure_gate(self._plan, task):
                fresh = set(self._plan.tasks[task].predecessors) - seen
                seen |= fresh
                waiting.extend(fresh)
            elif not self.is_passed(task):
                return False
        return True

    def is_passed(self, task: str) -> bool:
        """Whether a task is PASS as it is now, whoever has settled it."""
        known = self._store.task(task)
        return known.verdict is TaskVerdict.PASS and self._is_of_now(task)

    def is_only_unverified(self, task: str) -> bool:
        """Whether a task was found UNVERIFIED as it is now, and nothing else is wrong with it."""
        known = self.before.task(task)
        seen = {result.verdict for result in known.criteria.values()}
        only = seen <= {CriterionVerdict.PASS, CriterionVerdict.UNVERIFIED}
        same = known.digest == self.digests.get(task)
        return known.verdict is TaskVerdict.UNVERIFIED and only and same

    def _tests(self, participant: Participant, *, partial: bool) -> dict[str, tuple[str, ...]]:
        known = self.before.task(participant.task.id).tests
        bound: dict[str, tuple[str, ...]] = {}
        for part in participant.parts:
            name = part.criterion.id
            remembered = known.get(name, ()) if partial or not part.tests else ()
            tests = tuple(dict.fromkeys((*part.tests, *remembered)))
            if tests:
                bound[name] = tests
        return bound

    def has_passed(self, task: str) -> bool:
        """Whether a PASS holds: that of the record, or one that is newer than this run."""
        known = self._store.task(task)
        is_new = known.serial > self.before.task(task).serial
        return known.verdict is TaskVerdict.PASS and (is_new or task in self.holding)

    def replaced(self, tasks: Collection[str]) -> dict[str, Digest]:
        """Digest anew; returns those of the tasks whose contents were replaced meanwhile."""
        now = self._take_digests(WorkTree(self._settings.root))
        return {task: now[task] for task in tasks if now[task] != self.digests[task]}
