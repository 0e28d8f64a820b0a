"""The CI gate over a project: gathers the evidence and the demand, and has ``core`` decide."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from pytest_tracks.core.check import Demand, Evidence, passed_tasks
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import Digest, ProjectRecord
from pytest_tracks.core.tree import nearest
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.core.weakening import acknowledged_removals
from pytest_tracks.errors import UsageError
from pytest_tracks.project.base import Base
from pytest_tracks.project.settings import Settings
from pytest_tracks.project.sign_offs import EXPIRED, standings_now, unsigned_tasks
from pytest_tracks.project.validity import digests_now
from pytest_tracks.state.store import Store

__all__ = ["demand_against", "demand_of_run", "evidence_of", "required_tasks"]


def evidence_of(settings: Settings, plan: Plan, store: Store) -> Evidence:
    """Compare what is recorded with the work tree as it is."""
    record = store.record()
    passed = [
        name
        for name in plan.tasks
        if record.task(name).verdict is TaskVerdict.PASS and not record.task(name).claim
    ]
    root, ignore = settings.root, settings.digest_ignore
    now = digests_now(root, plan, {}, record, ignore, only=passed) if passed else {}
    unsigned = unsigned_tasks(standings_now(root, plan, record, ignore)).intersection(passed)
    changed = dict.fromkeys(unsigned, EXPIRED) | _changed(passed, record, now)
    runs = sorted(store.open_runs.values(), key=lambda run: run.run_id)
    return Evidence(plan, record, changed, runs)


def _changed(
    passed: Sequence[str], record: ProjectRecord, now: Mapping[str, Digest]
) -> dict[str, tuple[str, ...]]:
    pairs = {name: (record.task(name).digest or Digest(), now[name]) for name in passed}
    return {
        name: recorded.difference(current)
        for name, (recorded, current) in pairs.items()
        if recorded != current
    }


def required_tasks(plan: Plan, patterns: Sequence[str]) -> frozenset[str]:
    """Find the tasks that patterns name; raises UsageError for one that names none."""
    found: set[str] = set()
    for pattern in patterns:
        named = fnmatch.filter(plan.tasks, pattern)
        if not named:
            match = nearest(pattern, plan.tasks)
            advice = f"did you mean {match}?" if match else f"{len(plan.tasks)} tasks are known"
            raise UsageError(f"--require={pattern} matches no task of the plan ({advice})")
        found.update(named)
    return frozenset(found)


def demand_against(base: Base | None, plan: Plan, required: frozenset[str]) -> Demand:
    """Ask that what was PASS at the base is PASS; without a base only what is required."""
    if base is None:
        return Demand(required=required)
    before = base.plan if base.has_plan else None
    passed = {} if before is None else passed_tasks(before, base.record)
    gone = {} if before is None else {n: before.tasks[n] for n in passed if n not in plan.tasks}
    return Demand(base.commit.ref, passed, required, acknowledged_removals(gone, plan))


def demand_of_run(
    settings: Settings,
    plan: Plan,
    find_base: Callable[[str], Base],
    before: ProjectRecord,
    taking_part: Collection[str],
) -> Demand:
    """Ask that no task that takes part in a run gets worse.

    Than at the ref that was named, else than in the last commit, else than what is recorded.
    Where the whole plan takes part, nothing may have vanished from it either.
    """
    demand = _demand_named(settings, plan, find_base, before)
    is_whole = len(taking_part) == len(plan.tasks)
    return replace(
        demand,
        passed={
            name: assumes
            for name, assumes in demand.passed.items()
            if name in taking_part or (is_whole and name not in plan.tasks)
        },
    )


def _demand_named(
    settings: Settings, plan: Plan, find_base: Callable[[str], Base], before: ProjectRecord
) -> Demand:
    if settings.against:
        return demand_against(find_base(settings.against), plan, frozenset())
    with suppress(UsageError):  # no git, or no commit yet
        base = find_base("HEAD")
        if base.snapshot.content is not None:
            return demand_against(base, plan, frozenset())
    return Demand("what was recorded", passed_tasks(plan, before))
