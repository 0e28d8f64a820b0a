"""Which criteria are signed as things are now: plan, state, work tree and the day together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from pytest_tracks.core.model import Criterion, Plan
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.sign_off import Standing, standing_of
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.digest import Digester
from pytest_tracks.state.worktree import WorkTree

__all__ = ["EXPIRED", "KIND", "Standings", "manual_criteria", "standings_now", "unsigned_tasks"]

KIND = "manual"

EXPIRED = ("a signature",)
"""What a PASS misses that is of exactly what there is, and holds no longer."""

Standings: TypeAlias = "Mapping[CriterionKey, Standing]"


def manual_criteria(plan: Plan) -> Iterator[tuple[CriterionKey, Criterion]]:
    """List the criteria that a person decides, in document order."""
    for task in plan.tasks.values():
        for criterion in task.criteria:
            if criterion.check.kind == KIND:
                yield CriterionKey(task.id, criterion.id), criterion


def standings_now(
    root: Path,
    plan: Plan,
    record: ProjectRecord,
    ignore: Sequence[str],
    *,
    tree: WorkTree | None = None,
    now: str = "",
) -> dict[CriterionKey, Standing]:
    """Judge the signature of every criterion that needs one; ``now`` is ISO 8601, UTC."""
    wanted = list(manual_criteria(plan))
    if not wanted:
        return {}
    digester = Digester(root, plan, ignore, tree)
    now = now or SystemSurroundings().now()
    return {
        key: standing_of(
            record.task(key.task).sign_offs.get(key.criterion),
            digest=digester.signed(key.task, criterion),
            now=now,
            days=cast("int | None", criterion.check.params.get("expires")),
            reviewers=plan.reviewers,
        )
        for key, criterion in wanted
    }


def unsigned_tasks(standings: Standings) -> frozenset[str]:
    """Name the tasks that lack a signature: no PASS of theirs holds."""
    return frozenset(key.task for key, standing in standings.items() if not standing.is_signed)
