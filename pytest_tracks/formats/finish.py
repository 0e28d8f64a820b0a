"""The last step of every format: drafts become the plan, or every problem is told at once."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_tracks.core.claims import Claim, compare
from pytest_tracks.core.contracts import inverted_uses
from pytest_tracks.core.model import Location, Plan, Statement
from pytest_tracks.core.tree import Problems
from pytest_tracks.errors import PlanError, Problem
from pytest_tracks.formats.drafts import PlanDraft
from pytest_tracks.formats.gate_expansion import expand_gates
from pytest_tracks.formats.resolve import Resolution

__all__ = ["Sources", "finish_plan"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a plan was read from, in reading order; None stands for what could not be read."""

    folder: str
    files: tuple[str, ...]
    contents: Mapping[str, bytes | None]
    ignored: tuple[str, ...] = ()
    format: str = ""
    """Name of the foreign format; empty for the native one."""


def finish_plan(
    draft: PlanDraft,
    sources: Sources,
    *,
    name: str,
    problems: Problems,
    claims: Sequence[Claim] = (),
) -> Plan:
    """Look all names up and make the plan; ``name`` is what the project is called otherwise.

    ``claims`` are compared with what follows from the tasks. Raises PlanError.
    """
    draft.tasks = expand_gates(draft)
    resolution = Resolution(draft, problems)
    tasks = resolution.tasks()
    requirements = resolution.requirements()
    contracts = resolution.contracts()
    sprints = resolution.sprints(tasks)
    if not tasks and not problems.errors:
        _note_no_tasks(sources, problems)
    if problems.errors:
        raise PlanError(*_in_file_order(problems.errors, sources.files))
    statements = compare(claims, tasks) if claims else ()
    _note_contradictions(statements, problems)
    plan = Plan(
        project=draft.project or name,
        tasks=tasks,
        folder=sources.folder,
        files=sources.files,
        ignored=sources.ignored,
        tracks=resolution.tracks(tasks),
        sprints=sprints,
        requirements=requirements,
        capacities=draft.capacities,
        settings=draft.settings,
        reviewers=draft.reviewers,
        acknowledged=draft.acknowledged,
        digest=_digest(sources.files, sources.contents),
        contracts=contracts,
        format=sources.format,
        statements=statements,
    )
    _warn_of_inverted_contracts(plan, problems)
    return replace(plan, warnings=tuple(_in_file_order(problems.warnings, sources.files)))


def _warn_of_inverted_contracts(plan: Plan, problems: Problems) -> None:
    places = {contract.path: contract.location for contract in plan.contracts}
    for path, owner, user in inverted_uses(plan):
        problems.warn(
            places[path],
            "contract-order",
            f"{owner}, which owns {path}, waits for {user}, which uses it",
            f"{user} cannot wait for {owner} where the contract changes",
        )


def _note_contradictions(statements: Sequence[Statement], problems: Problems) -> None:
    for one in statements:
        if not one.agrees:
            problems.warn(
                one.location,
                "contradiction",
                f"says {one.text[:100]!r}, but {one.found}",
                "what is computed counts; correct the document",
            )


def _note_no_tasks(sources: Sources, problems: Problems) -> None:
    looked_into = list(sources.files)
    if not sources.format:
        looked_into.append(posixpath.join(sources.folder, "tasks/**.yaml"))
    problems.error(
        Location(sources.folder or ".", 0, 0),
        "no-tasks",
        f"the plan has no task; looked into {', '.join(looked_into)}",
        "write one, like tasks/TASK-001.yaml",
    )


def _in_file_order(problems: Iterable[Problem], files: tuple[str, ...]) -> list[Problem]:
    order = {path: position for position, path in enumerate(files)}
    return sorted(set(problems), key=lambda found: (order.get(found.path, -1), found))


def _digest(files: tuple[str, ...], contents: Mapping[str, bytes | None]) -> str:
    """Hash paths and contents, each after its length, so that no two plans look alike."""
    digest = hashlib.sha256()
    for path in files:
        for part in (path.encode(), contents[path] or b""):
            digest.update(b"%d:" % len(part))
            digest.update(part)
    return digest.hexdigest()
