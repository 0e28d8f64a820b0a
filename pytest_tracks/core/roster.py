"""Who takes part in a run: each task with its criteria, and each criterion with its items.

::

    plan + binding table + what is remembered ──► roster: task → parts → handles of items
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_tracks.core.binding import BoundItem, covers, is_usable
from pytest_tracks.core.markexpr import parse_mark_expression
from pytest_tracks.core.model import COVERAGE_ID, Check, Coverage, Criterion, Plan, Task
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey, format_node_id
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import Outcome

__all__ = ["Collected", "Part", "Participant", "coverage_criterion", "make_roster"]


@dataclass(frozen=True, slots=True)
class Collected:
    """What a process found when it collected.

    ``own`` maps the node id of each criterion's own item that is still there to whether it is
    selected; ``failures`` and ``skips`` map node ids of files and classes that could not be
    loaded, or skipped themselves whole, to the reason in a line.
    """

    items: Sequence[BoundItem] = ()
    own: Mapping[str, bool] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    skips: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Text of the files in ``failures``: what they would have claimed can only be read."""
    skips_files: bool = False
    """Whether files were left out on purpose (``--lf``): what is absent was deselected."""
    accepts_missing: bool = False
    """Whether the person accepts that tests which served a criterion before are gone."""


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion's part in a run."""

    criterion: Criterion
    node_id: str
    handles: tuple[str, ...] = ()
    """All items that serve it, selected or not."""
    given: tuple[tuple[Outcome, str], ...] = ()
    """Outcomes that are known before anything runs, each with the reason in a line."""
    tests: tuple[str, ...] = ()
    """Node ids of the tests bound to it."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A task that takes part in a run."""

    task: Task
    parts: tuple[Part, ...]
    handles: tuple[str, ...]
    """Its selected items, each once, in plan order."""
    is_whole: bool
    """Whether nothing of it was deselected."""

    @property
    def gate(self) -> str | None:
        """The item that judges its coverage, the last of its items; None where none will run."""
        last = self.parts[-1] if self.parts else None
        is_gate = last is not None and last.criterion.id == COVERAGE_ID
        return last.handles[0] if last is not None and is_gate and last.handles else None


def make_roster(
    plan: Plan,
    taking_part: Collection[str],
    collected: Collected,
    record: ProjectRecord,
) -> dict[str, Participant]:
    """Join plan, collected items and memory into the tasks that have anything to do.

    A task of which every item was deselected is left out: its verdict comes from the state.
    """
    serving: dict[CriterionKey, list[tuple[BoundItem, bool]]] = {}
    for item in collected.items:
        for binding in item.bindings:
            criterion = _criterion(plan, binding.key)
            usable = is_usable(binding, criterion, record.task(binding.key.task).texts)
            serving.setdefault(binding.key, []).append((item, usable))
    selected = {item.handle for item in collected.items if item.selected}
    selected.update(node_id for node_id, chosen in collected.own.items() if chosen)
    roster: dict[str, Participant] = {}
    for task_id, task in plan.tasks.items():
        if task_id in taking_part:
            parts = [
                _part(task, criterion, serving, collected, record.task(task_id))
                for criterion in task.criteria
            ]
            participant = _participant(task, parts, selected, collected)
            if participant is not None:
                roster[task_id] = participant
    return roster


def _criterion(plan: Plan, key: CriterionKey) -> Criterion:
    return plan.tasks[key.task].criterion(key.criterion)


def _participant(
    task: Task, parts: Sequence[Part], selected: Collection[str], collected: Collected
) -> Participant | None:
    everything = list(dict.fromkeys(handle for part in parts for handle in part.handles))
    handles = tuple(handle for handle in everything if handle in selected)
    is_broken = any(outcome is Outcome.FAILED for part in parts for outcome, _ in part.given)
    if not handles and not is_broken and (everything or collected.skips_files):
        return None
    is_whole = len(handles) == len(everything)
    if task.coverage is not None:
        part = _coverage_part(task, task.coverage, parts, collected, is_whole=is_whole)
        parts, handles = [*parts, part], (*handles, *part.handles)
    return Participant(task, tuple(parts), handles, is_whole)


def _coverage_part(
    task: Task, gate: Coverage, parts: Sequence[Part], collected: Collected, *, is_whole: bool
) -> Part:
    """Make the part that comes last; what only a part of the criteria ran would be a guess."""
    criterion = coverage_criterion(task, gate)
    node_id = format_node_id(task.location.path, CriterionKey(task.id, COVERAGE_ID))
    if not parts:
        reason = "nothing to measure: the task has no acceptance criteria"
        return Part(criterion, node_id, given=((Outcome.UNVERIFIED, reason),))
    if not is_whole or not collected.own.get(node_id):
        reason = "not measured: only a part of the task's criteria was selected"
        return Part(criterion, node_id, given=((Outcome.NOT_RUN, reason),))
    if any(not part.handles for part in parts):
        reason = "not measured: not all of the task's criteria could run"
        return Part(criterion, node_id, given=((Outcome.NOT_RUN, reason),))
    return Part(criterion, node_id, (node_id,))


def coverage_criterion(task: Task, gate: Coverage) -> Criterion:
    """Make the criterion that stands for a task's coverage gate."""
    return Criterion(
        COVERAGE_ID,
        f"Coverage of {', '.join(gate.source)}",
        Check("coverage"),
        location=task.location,
        positional=False,
    )


def _part(
    task: Task,
    criterion: Criterion,
    serving: Mapping[CriterionKey, Sequence[tuple[BoundItem, bool]]],
    collected: Collected,
    remembered: TaskRecord,
) -> Part:
    key = CriterionKey(task.id, criterion.id)
    node_id = format_node_id(task.location.path, key)
    bound = serving.get(key, ())
    items = [item for item, usable in bound if usable]
    given = [*_unloaded(criterion, key, remembered.tests.get(criterion.id, ()), collected)]
    if items:
        handles = tuple(dict.fromkeys(item.handle for item in items))
        tests = tuple(dict.fromkeys(item.id for item in items))
        given += _missing(criterion, [item.id for item, _ in bound], remembered, collected)
        return Part(criterion, node_id, handles, tuple(given), tests)
    if bound:
        reason = (
            f"its text has changed since the tests were bound to {key}: "
            "say text=… in their mark, or give the criterion an id"
        )
        given.append((Outcome.UNVERIFIED, reason))
        return Part(criterion, node_id, given=tuple(given))
    is_prose = criterion.check.kind == "prose" and not collected.accepts_missing
    if is_prose and remembered.tests.get(criterion.id):
        missing = _some(remembered.tests[criterion.id])
        advice = "restore or replace them, or accept it with --tracks-rerun"
        reason = f"its tests were not collected: {missing} ({advice})"
        given.append((Outcome.NOT_RUN, reason))
        return Part(criterion, node_id, given=tuple(given))
    if any(outcome in (Outcome.FAILED, Outcome.SKIPPED) for outcome, _ in given):
        return Part(criterion, node_id, given=tuple(given))
    if node_id not in collected.own:
        given.append((Outcome.NOT_RUN, "it was not collected"))
        return Part(criterion, node_id, given=tuple(given))
    return Part(criterion, node_id, (node_id,), tuple(given))


def _missing(
    criterion: Criterion,
    found: Iterable[str],
    remembered: TaskRecord,
    collected: Collected,
) -> list[tuple[Outcome, str]]:
    """Find tests that served the criterion before, and are gone while others still serve it.

    Parameters may come and go: functions are compared. Where files were left out on purpose they
    are not missed.
    """
    if collected.accepts_missing or collected.skips_files:
        return []
    if remembered.texts.get(criterion.id, criterion.text) != criterion.text:
        return []
    here = {_function(test) for test in found}
    known = remembered.tests.get(criterion.id, ())
    gone = list(dict.fromkeys(test for test in map(_function, known) if test not in here))
    if not gone:
        return []
    reason = f"not collected any more (--tracks-rerun accepts that): {_some(gone)}"
    return [(Outcome.NOT_RUN, reason)]


def _function(test: str) -> str:
    path, separator, inside = test.partition(SEPARATOR)
    return path + separator + inside.partition("[")[0]


def _unloaded(
    criterion: Criterion, key: CriterionKey, remembered: Collection[str], collected: Collected
) -> Iterable[tuple[Outcome, str]]:
    """Find what would have served the criterion and could not be loaded, or skipped itself."""
    for place, reason in collected.failures.items():
        if _concerns(criterion, key, remembered, place, collected.sources.get(place, "")):
            yield Outcome.FAILED, f"{place} could not be loaded: {reason}"
        elif criterion.check.kind == "mark":
            yield Outcome.NOT_RUN, f"{place} could not be loaded and may hold tests of the mark"
    for place, reason in collected.skips.items():
        source = collected.sources.get(place, "")
        if _concerns(criterion, key, remembered, place, source) or _marks(criterion, source):
            yield Outcome.SKIPPED, f"{place} skipped itself: {reason}"


def _marks(criterion: Criterion, source: str) -> bool:
    """Whether the text of a file that skipped itself has a mark of the criterion's expression."""
    if criterion.check.kind != "mark":
        return False
    names = parse_mark_expression(str(criterion.check.params["expression"])).names
    return any(re.search(rf"\bmark\.{re.escape(name)}\b", source) for name in names)


def _concerns(
    criterion: Criterion,
    key: CriterionKey,
    remembered: Collection[str],
    place: str,
    source: str,
) -> bool:
    path = place.partition(SEPARATOR)[0]
    if criterion.check.kind == "test":
        ids = criterion.check.params["ids"]
        assert isinstance(ids, (tuple, list))
        return any(covers(str(test_id), place) or covers(place, str(test_id)) for test_id in ids)
    if any(test.partition(SEPARATOR)[0] == path for test in remembered):
        return True
    claim = rf"(?<![\w-]){re.escape(str(key))}(?![\w-])"
    return criterion.check.kind == "prose" and re.search(claim, source) is not None


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
