"""Whether the files agree: every name that one place uses is looked up where another defines it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from pytest_tracks.core.model import Contract, Location, Requirement, Sprint, Task, Track
from pytest_tracks.core.tree import Problems, nearest
from pytest_tracks.formats.coverage_schema import CoverageGates
from pytest_tracks.formats.drafts import PlanDraft, Reference, ResourceRequest, TaskDraft
from pytest_tracks.formats.names import MAX_ID_BYTES, fold, shown
from pytest_tracks.formats.precedence import note_cycles
from pytest_tracks.formats.track_lookup import TrackLookup

__all__ = ["Resolution"]

MAX_SEARCHES = 50
"""A search for the nearest id goes over all of them; a plan with more wrong ids needs none."""


class Resolution:
    """Looks references up and notes those that lead nowhere."""

    def __init__(self, draft: PlanDraft, problems: Problems) -> None:
        self._draft = draft
        self._problems = problems
        self._searches = 0
        self._tasks = self._unique_tasks()
        self._lookup = TrackLookup(draft, problems)

    def tasks(self) -> dict[str, Task]:
        """Resolve every task, in document order."""
        self._check_predecessors()
        self._check_resources()
        pins = self._pins()
        gates = CoverageGates(self._draft, pins, self._problems)
        return {
            task_id: replace(draft.task, pin=pins[task_id], coverage=gates.of(draft))
            if pins[task_id] is not None or gates.apply_to(draft)
            else draft.task
            for task_id, draft in self._tasks.items()
        }

    def requirements(self) -> tuple[Requirement, ...]:
        """Check requirements both ways: each one known, and each one with a task."""
        defined = self._draft.requirements
        self._refuse_doubles("requirement", ((item.id, item.location) for item in defined))
        ids = dict.fromkeys(item.id for item in defined)
        used: set[str] = set()
        for draft in self._tasks.values():
            for reference in draft.requirements:
                used.add(reference.text)
                self._expect(reference, ids, "requirement")
        for item in defined:
            if item.id not in used:
                self._problems.warn(
                    item.location,
                    "unused-requirement",
                    f"no task delivers requirement {item.id}",
                    "name it in a task's requirements",
                )
        return tuple(defined)

    def contracts(self) -> tuple[Contract, ...]:
        """Check that the owner of every contract exists, and that a path has one owner only."""
        drafts = self._draft.gates.contracts
        owners: dict[str, str] = {}
        for draft in drafts:
            self._expect(draft.owner, self._tasks, "task")
            if owners.setdefault(draft.path, draft.owner.text) != draft.owner.text:
                self._problems.error(
                    draft.location,
                    "two-owners",
                    f"contract {shown(draft.path)} is owned by {owners[draft.path]} too",
                    "keep one of them",
                )
        return tuple(Contract(one.path, one.owner.text, one.location) for one in drafts)

    def sprints(self, tasks: dict[str, Task]) -> tuple[Sprint, ...]:
        """Check that every task of a sprint exists, in one sprint only and on its track."""
        taken: dict[str, Reference] = {}
        for draft in self._draft.sprints:
            self._lookup.check_sprint(draft)
            for reference in draft.tasks:
                if not self._expect(reference, self._tasks, "task"):
                    continue
                self._refuse_second(taken, reference, "sprint")
                pin = tasks[reference.text].pin
                if pin not in (None, draft.sprint.track):
                    self._problems.error(
                        reference.location,
                        "conflicting-pin",
                        f"{reference.text} is pinned to track {pin}, "
                        f"its sprint is of track {draft.sprint.track}",
                        "change one of them",
                    )
        return tuple(draft.sprint for draft in self._draft.sprints)

    def tracks(self, tasks: dict[str, Task]) -> tuple[Track, ...]:
        """Give the tracks by number: those declared, else those that pins and sprints name."""
        if self._draft.tracks:
            return tuple(sorted((d.track for d in self._draft.tracks), key=lambda t: t.number))
        numbers = {task.pin for task in tasks.values() if task.pin is not None}
        numbers |= {draft.sprint.track for draft in self._draft.sprints}
        return tuple(Track(number) for number in sorted(numbers))

    def _unique_tasks(self) -> dict[str, TaskDraft]:
        drafts = self._draft.tasks
        self._refuse_doubles("task", ((item.task.id, item.task.location) for item in drafts))
        found: dict[str, TaskDraft] = {}
        for draft in drafts:
            found.setdefault(draft.task.id, draft)
        return found

    def _refuse_doubles(self, what: str, ids: Iterable[tuple[str, Location]]) -> None:
        seen: dict[str, tuple[str, Location]] = {}
        for name, location in ids:
            folded = fold(name)
            if folded not in seen:
                seen[folded] = (name, location)
                continue
            first, place = seen[folded]
            if first == name:
                self._problems.error(
                    location,
                    "duplicate-id",
                    f"{what} id {name!r} stands at {place} already",
                    "rename one of them",
                )
            else:
                self._problems.error(
                    location,
                    "similar-id",
                    f"{what} id {name!r} differs by case or Unicode form only from {first!r} "
                    f"at {place}",
                    "rename one of them",
                )

    def _check_predecessors(self) -> None:
        known = {
            task_id: [
                reference
                for reference in draft.predecessors
                if self._expect(reference, self._tasks, "predecessor", apart=task_id)
            ]
            for task_id, draft in self._tasks.items()
        }
        note_cycles(known, self._problems)

    def _check_resources(self) -> None:
        capacities = self._draft.capacities
        spellings = {fold(name): name for name in capacities}
        for draft in self._tasks.values():
            for request in draft.requests:
                if fold(request.name) not in spellings:
                    self._warn_of_near_resource(request)
                spelling = spellings.setdefault(fold(request.name), request.name)
                if spelling != request.name:
                    self._problems.error(
                        request.location,
                        "similar-id",
                        f"resource {request.name!r} is elsewhere {spelling!r}",
                        "write it in one way",
                    )
                capacity = capacities.get(spelling, 1)
                if request.units > capacity:
                    self._problems.error(
                        request.location,
                        "over-capacity",
                        f"{request.units} units of {request.name!r}, of which there are {capacity}",
                        "ask for less, or raise the capacity in tracks.yaml",
                    )

    def _warn_of_near_resource(self, request: ResourceRequest) -> None:
        match = self._nearest(request.name, self._draft.capacities, cutoff=0.8)
        if match:
            self._problems.warn(
                request.location,
                "unknown-resource",
                f"resource {request.name!r} is not among those of tracks.yaml",
                f"did you mean {match!r}?",
            )

    def _pins(self) -> dict[str, int | None]:
        pins = {
            task_id: None if draft.track is None else self._lookup.number(draft.track)
            for task_id, draft in self._tasks.items()
        }
        taken: dict[str, Reference] = {}
        for track in self._draft.tracks:
            for reference in track.tasks:
                if not self._expect(reference, self._tasks, "task"):
                    continue
                self._refuse_second(taken, reference, "track")
                number = track.track.number
                if pins[reference.text] not in (None, number):
                    self._problems.error(
                        reference.location,
                        "conflicting-pin",
                        f"{reference.text} is pinned to track {pins[reference.text]} too",
                        "change one of them",
                    )
                pins[reference.text] = number
        return pins

    def _refuse_second(self, taken: dict[str, Reference], reference: Reference, what: str) -> None:
        first = taken.setdefault(reference.text, reference)
        if first is not reference:
            self._problems.error(
                reference.location,
                f"two-{what}s",
                f"{reference.text} stands in another {what} at {first.location} already",
                "take one of them out",
            )

    def _expect(
        self, reference: Reference, known: Collection[str], what: str, *, apart: str | None = None
    ) -> bool:
        """Note a name that nothing has; what is ``apart``, the asker itself, is not suggested."""
        if reference.text in known:
            return True
        self._problems.error(
            reference.location,
            f"unknown-{what}",
            f"there is no {'task' if what == 'predecessor' else what} {shown(reference.text)}",
            self._suggest(reference.text, known, what, apart),
        )
        return False

    def _suggest(self, name: str, known: Collection[str], what: str, apart: str | None) -> str:
        if match := self._nearest(name, known, apart=apart):
            return f"did you mean {match!r}?"
        if not self._draft.complete:
            return "it may stand in what could not be read"
        if what == "requirement":
            return "add it to PROJECT_PRD.yaml"
        return "add the task, or take the id out"

    def _nearest(
        self, name: str, known: Collection[str], *, cutoff: float = 0.6, apart: str | None = None
    ) -> str | None:
        if not known or len(name) > 2 * MAX_ID_BYTES or self._searches >= MAX_SEARCHES:
            return None
        self._searches += 1
        return nearest(name, [one for one in known if one != apart], cutoff=cutoff)
