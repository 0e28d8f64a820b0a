"""A signature in the state: a fact of the journal, by a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from pytest_tracks.core.model import Criterion, Plan
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.sign_off import SignOff, expiry
from pytest_tracks.errors import UsageError
from pytest_tracks.project.sign_offs import KIND
from pytest_tracks.project.validity import head_commit
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.digest import Digester
from pytest_tracks.state.facts import SignedOff
from pytest_tracks.state.store import Store

__all__ = ["draft", "record_sign_off"]


def draft(
    root: Path, plan: Plan, key: CriterionKey, *, by: str, note: str, ignore: Sequence[str]
) -> SignOff:
    """Make the signature that would be recorded now, as unattended; raises UsageError.

    Only a manual criterion can be signed, only what covers something, and only by whom the
    plan's ``reviewers`` name.
    """
    criterion = plan.tasks[key.task].criterion(key.criterion)
    if criterion.check.kind != KIND:
        advice = "only criteria with 'manual: true' are signed"
        raise UsageError(f"{key} is decided by a check of kind {criterion.check.kind} ({advice})")
    if plan.reviewers is not None and by not in plan.reviewers:
        names = ", ".join(plan.reviewers)
        raise UsageError(f"{by} is not under 'reviewers' of the plan (may sign: {names})")
    digest = Digester(root, plan, ignore).signed(key.task, criterion)
    if not digest:
        raise UsageError(f"{key}: what it covers matches no file, so there is nothing to sign")
    at = SystemSurroundings().now()
    return SignOff(by, at, digest, note, expiry(at, _days(criterion)))


def _days(criterion: Criterion) -> int | None:
    return cast("int | None", criterion.check.params.get("expires"))


def record_sign_off(root: Path, plan: Plan, path: Path, key: CriterionKey, given: SignOff) -> None:
    """Write a signature down; durable on return. Raises StateError."""
    store = Store.open(root, plan, path)
    store.start_run(commit=head_commit(root), options={"command": "sign-off"})
    store.append(SignedOff(store.run_id, key.task, key.criterion, given))
    store.finish_run(0)
