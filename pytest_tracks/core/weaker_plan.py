"""What a change of the plan made weaker: tasks, criteria, gates and precedence.

Whatever is not known to be as strict as before counts as weaker, so a changed command is listed
although it may be the better one: a person says so by acknowledging it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from pytest_tracks.core.model import COVERAGE_ID, Coverage, Criterion, Plan, Task
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.weakening import Weakening, lost, removed_task
from pytest_tracks.core.weaker_checks import weaker_check

__all__ = ["weaker_plan"]


def weaker_plan(before: Plan, after: Plan) -> Iterator[Weakening]:
    """Compare two plans, task by task."""
    for name, task in before.tasks.items():
        if name in after.tasks:
            yield from _weaker_task(task, after.tasks[name])
        else:
            yield removed_task(task)
    yield from _weaker_requirements(before, after)
    yield from _weaker_contracts(before, after)
    yield from _more_reviewers(before, after)
    if before.settings.get("require_red") and not after.settings.get("require_red"):
        message = "no criterion has to have failed once any more"
        yield Weakening("settings", "require_red", message, True, False)


def _more_reviewers(before: Plan, after: Plan) -> Iterator[Weakening]:
    old, new = before.reviewers, after.reviewers
    more = () if old is None or new is None else lost(new, old)
    if more or (old is not None and new is None):
        who = ", ".join(more) or "anybody"
        yield Weakening("reviewers", "added", f"reviewers: {who} may sign too", old, new)


def _weaker_contracts(before: Plan, after: Plan) -> Iterator[Weakening]:
    now = {one.path: one.owner for one in after.contracts}
    for one in before.contracts:
        if one.path not in now:
            yield Weakening(one.path, "contract", f"{one.path} is no contract any more", one.owner)
        elif now[one.path] != one.owner:
            message = f"contract {one.path} is owned by {now[one.path]}, was {one.owner}"
            yield Weakening(one.path, "contract", message, one.owner, now[one.path])


def _weaker_requirements(before: Plan, after: Plan) -> Iterator[Weakening]:
    now = {one.id: one for one in after.requirements}
    for one in before.requirements:
        if one.id not in now:
            yield Weakening(one.id, "removed", f"requirement {one.id} is gone", one.title)
        elif one.must and not now[one.id].must:
            message = f"requirement {one.id} is no longer a must"
            yield Weakening(one.id, "must", message, True, False)


def _weaker_task(before: Task, after: Task) -> Iterator[Weakening]:
    name = before.id
    if before.kind is not after.kind:
        message = f"{name} is now of kind {after.kind.value}, was {before.kind.value}"
        yield Weakening(name, "kind", message, before.kind.value, after.kind.value)
    for what, said in _LISTS.items():
        gone = lost(getattr(before, what), getattr(after, what))
        # A task that names no files rests on the whole tree: that is stricter, not weaker.
        if gone and not (what == "files" and not after.files):
            yield Weakening(name, what, f"{name} {said} {', '.join(gone)}", gone)
    if not before.files and after.files:
        message = f"{name} rested on the whole tree, and now on {', '.join(after.files)}"
        yield Weakening(name, "files", message, (), after.files)
    yield from _weaker_criteria(before, after)
    yield from _weaker_coverage(name, before.coverage, after.coverage)


_LISTS = {
    "predecessors": "no longer waits for",
    "files": "no longer owns",
    "uses": "no longer uses",
    "requirements": "no longer delivers",
}


def _weaker_criteria(before: Task, after: Task) -> Iterator[Weakening]:
    pairs = _matched(before.criteria, after.criteria)
    for criterion in before.criteria:
        key = str(CriterionKey(before.id, criterion.id))
        now = pairs.get(criterion.id)
        if now is None:
            was = [criterion.text, criterion.check.kind, criterion.check.params]
            yield Weakening(key, "removed", f"{key} is gone: {criterion.text}", was)
        else:
            yield from _weaker_criterion(key, criterion, now)


def _matched(before: Sequence[Criterion], after: Sequence[Criterion]) -> dict[str, Criterion]:
    """Find what each criterion has become: by its id where it has one, else by text, then place.

    A line that slips in above moves all positional ids; the texts tell which is which.
    """
    left = list(after)
    pairs: dict[str, Criterion] = {}

    def match(same: Sequence[tuple[Criterion, Criterion]]) -> None:
        for old, new in same:
            if old.id not in pairs and any(new is one for one in left):
                pairs[old.id] = new
                left[:] = [one for one in left if one is not new]

    def candidates() -> list[tuple[Criterion, Criterion]]:
        return [(old, new) for old in before for new in left]

    named = [(o, n) for o, n in candidates() if not o.positional and o.id == n.id]
    match(named)
    match([(o, n) for o, n in candidates() if o.text == n.text and o.check == n.check])
    match([(o, n) for o, n in candidates() if o.text == n.text])
    match([(o, n) for o, n in candidates() if o.id == n.id])
    return pairs


def _weaker_criterion(key: str, before: Criterion, after: Criterion) -> Iterator[Weakening]:
    if before.text != after.text:
        message = f"{key} says something else: {after.text!r}, was {before.text!r}"
        yield Weakening(key, "text", message, before.text, after.text)
    if before.require_red and not after.require_red:
        message = f"{key} need not have failed once any more"
        yield Weakening(key, "require_red", message, True, after.require_red)
    more = sorted(after.allow - before.allow)
    if more:
        message = f"{key} now passes in spite of {', '.join(more)}"
        yield Weakening(key, "allow", message, before.allow, after.allow)
    yield from weaker_check(key, before.check, after.check)


def _weaker_coverage(
    task: str, before: Coverage | None, after: Coverage | None
) -> Iterator[Weakening]:
    if before is None:
        return
    key = str(CriterionKey(task, COVERAGE_ID))
    if after is None:
        message = f"{key}: the gate of {before.minimum:g} % is gone"
        yield Weakening(key, "removed", message, _values(before))
        return
    now = _values(after)
    for name, value in _values(before).items():
        if _is_looser(value, now[name]):
            message = f"{key}: {name} is {_said(now[name])}, was {_said(value)}"
            yield Weakening(key, name, message, value, now[name])


def _values(gate: Coverage) -> Mapping[str, object]:
    return {one.name: getattr(gate, one.name) for one in dataclasses.fields(gate)}


def _is_looser(before: object, after: object) -> bool:
    """Compare one value of a coverage gate: every number asks for more the larger it is.

    Of what is measured nothing may go, nor come: a well-covered file raises the percent of all.
    """
    if isinstance(before, tuple):
        return not isinstance(after, tuple) or {*before} != {*after}
    if isinstance(before, (int, float)):
        return not isinstance(after, (int, float)) or after < before
    return False


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)
