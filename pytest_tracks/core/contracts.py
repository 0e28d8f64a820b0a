"""Contracts: files that are frozen once the task that owns them has passed.

::

    owner passed ──► file changed ──► broken: whoever uses it waits until the owner passes again

The change makes the owner and all users STALE by their digests. What this module adds is the order:
behind a broken contract no user is validated against a file that its owner has not vouched for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pytest_tracks.core.model import Plan
from pytest_tracks.core.overlap import patterns_overlap
from pytest_tracks.core.record import Digest, ProjectRecord

__all__ = ["Breach", "behind_owners", "breaches", "contract_digest", "inverted_uses"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A contract that has changed since its owner passed, and who builds on it."""

    path: str
    owner: str
    users: tuple[str, ...]


def contract_digest(contents: Iterable[tuple[str, str]]) -> str:
    """Write down what each contract (path, digest of its contents) is like."""
    return ";".join(f"{path}={digest}" for path, digest in sorted(contents))


def breaches(
    plan: Plan, record: ProjectRecord, digests: Mapping[str, Digest]
) -> tuple[Breach, ...]:
    """Find the contracts that have changed since their owner last passed."""
    return tuple(
        Breach(contract.path, contract.owner, _users(plan, contract.path, contract.owner))
        for contract in plan.contracts
        if _has_changed(contract.path, record, contract.owner, digests)
    )


def _has_changed(
    path: str, record: ProjectRecord, owner: str, digests: Mapping[str, Digest]
) -> bool:
    known = record.task(owner)
    if not known.passed_definition or known.digest is None or owner not in digests:
        return False
    return _part(known.digest, path) != _part(digests[owner], path)


def _part(digest: Digest, path: str) -> str:
    parts = (part.rpartition("=") for part in digest.contracts.split(";"))
    return next((value for name, _, value in parts if name == path), "")


def _users(plan: Plan, path: str, owner: str) -> tuple[str, ...]:
    return tuple(
        name
        for name, task in plan.tasks.items()
        if name != owner and any(patterns_overlap(path, used) for used in task.uses)
    )


def behind_owners(plan: Plan, broken: Iterable[Breach]) -> Plan:
    """Let the users of broken contracts wait for the owners, wherever the plan's order allows."""
    tasks = dict(plan.tasks)
    for breach in broken:
        ancestors = _ancestors(plan, breach.owner)
        for user in breach.users:
            before = tasks[user].predecessors
            if user not in ancestors and breach.owner not in before:
                tasks[user] = replace(tasks[user], predecessors=(*before, breach.owner))
    return replace(plan, tasks=tasks)


def inverted_uses(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    """Find users that their contract's owner waits for: (path, owner, user) of each."""
    return tuple(
        (contract.path, contract.owner, user)
        for contract in plan.contracts
        for user in _users(plan, contract.path, contract.owner)
        if user in _ancestors(plan, contract.owner)
    )


def _ancestors(plan: Plan, task: str) -> set[str]:
    found: set[str] = set()
    waiting = [task]
    while waiting:
        fresh = [one for one in plan.tasks[waiting.pop()].predecessors if one not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found
