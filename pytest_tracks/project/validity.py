"""What a recorded PASS is still good for: the digests of all tasks as they are now."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pytest_tracks.core.graph import build_graph
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import Digest, ProjectRecord
from pytest_tracks.core.verdict import TaskVerdict
from pytest_tracks.state.digest import Digester
from pytest_tracks.state.worktree import WorkTree

__all__ = ["digests_now", "head_commit", "holding", "last_change"]

Bound = Mapping[str, Mapping[str, Sequence[str]]]
"""Task → criterion id → node ids of the tests bound to it."""


def digests_now(
    root: Path,
    plan: Plan,
    bound: Bound,
    record: ProjectRecord,
    ignore: Sequence[str],
    *,
    only: Collection[str] | None = None,
    tree: WorkTree | None = None,
) -> dict[str, Digest]:
    """Take the digest of every task (``only`` these and what they build on), predecessors first.

    ``bound`` holds the tests of the tasks that were collected; those of the others are taken from
    the record. ``tree`` is the work tree where it has been listed already.
    """
    tests = {task: bound.get(task, record.task(task).tests) for task in plan.tasks}
    digester = Digester(root, plan, ignore, tree)
    graph = build_graph(
        plan.tasks,
        {name: task.predecessors for name, task in plan.tasks.items()},
        dict.fromkeys(plan.tasks, 1.0),
    )
    wanted = None if only is None else _with_predecessors(plan, only)
    digests: dict[str, Digest] = {}
    for index in graph.order:
        name = graph.ids[index]
        if wanted is not None and name not in wanted:
            continue
        before = {one: digests[one] for one in plan.tasks[name].predecessors}
        digests[name] = digester.digest(name, tests[name], before)
    return digests


def _with_predecessors(plan: Plan, names: Collection[str]) -> set[str]:
    found = set(names)
    waiting = list(names)
    while waiting:
        fresh = [one for one in plan.tasks[waiting.pop()].predecessors if one not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


def holding(
    digests: Mapping[str, Digest], record: ProjectRecord, *, open_unverified: bool
) -> frozenset[str]:
    """Name the tasks whose recorded PASS is of exactly what there is now.

    One that assumes an UNVERIFIED predecessor holds only where UNVERIFIED opens the gate.
    """
    return frozenset(
        task
        for task, digest in digests.items()
        if (known := record.task(task)).verdict is TaskVerdict.PASS
        and known.digest == digest
        and (open_unverified or not known.assumes)
    )


def head_commit(root: Path) -> str:
    """Name the commit that is checked out, for the audit; empty where there is none."""
    return _ask_git(root, "rev-parse", "--verify", "--quiet", "HEAD")


def last_change(root: Path, path: str) -> str:
    """Say who changed a file last, as git knows it; empty where it does not."""
    if _ask_git(root, "status", "--porcelain", "--", path):
        return "not committed"
    return _ask_git(root, "log", "-1", "--format=commit %h by %an", "--", path)


def _ask_git(root: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", *arguments],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
