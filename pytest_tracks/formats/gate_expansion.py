"""Reviews and sync points become tasks: with predecessors, and with what waits behind them.

::

    after: [track 2, wave 1, SPRINT-001-01]  ──►  the ids of tasks and gates that are meant
    sprint_review                            ──►  REVIEW-SPRINT-001-01, REVIEW-SPRINT-001-02, …
    final_review                             ──►  REVIEW-FINAL, behind everything

A name that means none of these is left as it stands: looking ids up notes it like any other.
Which tasks a track holds is what the document says (pins, sprints, component), not how a planning
or a run lays the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from pytest_tracks.core.model import Location, Task, TaskKind
from pytest_tracks.formats.drafts import GateDraft, PlanDraft, Reference, SprintDraft, TaskDraft
from pytest_tracks.formats.names import fold

__all__ = ["expand_gates"]

FINAL_REVIEW_ID = "REVIEW-FINAL"

_WAVE = re.compile(r"wave\s+(\d{1,6})", re.ASCII | re.IGNORECASE)
_TRACK = re.compile(r"(?:track\s+)?(\d{1,2})", re.ASCII | re.IGNORECASE)
_TITLES = {
    TaskKind.SPRINT_REVIEW: "Review of {}",
    TaskKind.TRACK_REVIEW: "Review of {}",
    TaskKind.FINAL_REVIEW: "Final project review",
    TaskKind.SYNC_POINT: "Sync point",
}


def expand_gates(draft: PlanDraft) -> list[TaskDraft]:
    """Make the plan's tasks with all its gates, the gates last; problems are left to be found."""
    gates = draft.gates
    if not (gates.sync_points or gates.sprint_review or gates.track_review or gates.final_review):
        return draft.tasks
    return _Expansion(draft).tasks()


class _Expansion:
    """Knows what the names in a document stand for."""

    def __init__(self, draft: PlanDraft) -> None:
        self._draft = draft
        self._gates = draft.gates
        self._sprints = {sprint.sprint.id: sprint for sprint in draft.sprints}

    def tasks(self) -> list[TaskDraft]:
        sync_points = [self._sync_point(gate) for gate in self._gates.sync_points]
        work = self._behind_sync_points()
        reviews = [*self._sprint_reviews(), *self._track_reviews()]
        found = [*work, *sync_points, *reviews]
        final = self._gates.final_review
        if final is None:
            return found
        return [*found, _gate(final, FINAL_REVIEW_ID, _sinks(found, final.location))]

    # -- sync points -----------------------------------------------------------------------------

    def _sync_point(self, gate: GateDraft) -> TaskDraft:
        return _gate(gate, gate.id, [one for name in gate.after for one in self._meant(name)])

    def _behind_sync_points(self) -> list[TaskDraft]:
        """Put the tasks behind the sync points that are to come before them."""
        extra: dict[str, list[Reference]] = {}
        for gate in self._gates.sync_points:
            for name in (*gate.before, *self._next_waves(gate)):
                for one in self._meant(name):
                    extra.setdefault(one.text, []).append(Reference(gate.id, one.location))
        return [
            _waiting_for(task, extra[task.task.id]) if task.task.id in extra else task
            for task in self._draft.tasks
        ]

    def _next_waves(self, gate: GateDraft) -> list[Reference]:
        """Name the wave that follows: it waits, unless ``before`` says what does."""
        if gate.before:
            return []
        waves = [int(wave[1]) for one in gate.after if (wave := _WAVE.fullmatch(one.text.strip()))]
        following = max(waves, default=0) + 1
        is_there = 1 < following <= len(self._waves)
        return [Reference(f"wave {following}", gate.location)] if is_there else []

    # -- reviews ---------------------------------------------------------------------------------

    def _sprint_reviews(self) -> Iterable[TaskDraft]:
        gate = self._gates.sprint_review
        if gate is None:
            return
        for sprint in self._draft.sprints:
            before = [Reference(one.text, gate.location) for one in sprint.tasks]
            name = f"REVIEW-{sprint.sprint.id}"
            review = _gate(gate, name, before, of=sprint.sprint.id)
            yield replace(review, task=replace(review.task, pin=sprint.sprint.track))

    def _track_reviews(self) -> Iterable[TaskDraft]:
        gate = self._gates.track_review
        if gate is None:
            return
        names = {draft.track.number: draft.track.label for draft in self._draft.tracks}
        for number, tasks in sorted(self._tracks.items()):
            before = [Reference(one, gate.location) for one in tasks]
            if self._gates.sprint_review is not None:
                sprints = [one for one in self._draft.sprints if one.sprint.track == number]
                before += [Reference(f"REVIEW-{one.sprint.id}", gate.location) for one in sprints]
            label = names.get(number, f"Track {number}")
            review = _gate(gate, f"REVIEW-TRACK-{number:02d}", before, of=label)
            yield replace(review, task=replace(review.task, pin=number))

    # -- names -----------------------------------------------------------------------------------

    def _meant(self, name: Reference) -> list[Reference]:
        """Find what a name stands for; itself where it is no track, sprint or wave."""
        return [Reference(one, name.location) for one in self._ids(name.text.strip())]

    def _ids(self, text: str) -> Sequence[str]:
        if text in self._ids_of_tasks:
            return [text]
        if text in self._sprints:
            return self._of_sprint(self._sprints[text])
        wave = _WAVE.fullmatch(text)
        if wave and 1 <= int(wave[1]) <= len(self._waves):
            return self._waves[int(wave[1]) - 1]
        track = _TRACK.fullmatch(text)
        number = int(track[1]) if track else self._track_names.get(fold(text))
        return self._tracks.get(number or 0, [text])

    def _of_sprint(self, sprint: SprintDraft) -> list[str]:
        review = [f"REVIEW-{sprint.sprint.id}"] if self._gates.sprint_review is not None else []
        return [one.text for one in sprint.tasks] + review

    @cached_property
    def _ids_of_tasks(self) -> frozenset[str]:
        return frozenset(task.task.id for task in self._draft.tasks)

    @cached_property
    def _track_names(self) -> dict[str, int]:
        named = [draft.track for draft in self._draft.tracks if draft.track.name]
        return {
            name: track.number
            for track in named
            for name in (fold(track.name.strip()), fold(f"track {track.name.strip()}"))
        }

    @cached_property
    def _tracks(self) -> dict[int, list[str]]:
        """Track number → its tasks, by pin, sprint, or the component that the track declares."""
        pinned = {
            task.text: draft.track.number for draft in self._draft.tracks for task in draft.tasks
        }
        for sprint in self._draft.sprints:
            pinned.update({task.text: sprint.sprint.track for task in sprint.tasks})
        components = {
            draft.track.component: draft.track.number
            for draft in self._draft.tracks
            if draft.track.component
        }
        found: dict[int, list[str]] = {}
        for draft in self._draft.tasks:
            number = self._pin(draft) or pinned.get(draft.task.id)
            number = number or components.get(draft.task.component or "")
            if number:
                found.setdefault(number, []).append(draft.task.id)
        return found

    def _pin(self, draft: TaskDraft) -> int | None:
        if draft.track is None:
            return None
        text = draft.track.text.strip()
        number = _TRACK.fullmatch(text)
        return int(number[1]) if number else self._track_names.get(fold(text))

    @cached_property
    def _waves(self) -> list[list[str]]:
        """Tasks that can run together, wave by wave; none where the tasks form a cycle."""
        before = {
            draft.task.id: [
                one.text for one in draft.predecessors if one.text in self._ids_of_tasks
            ]
            for draft in self._draft.tasks
        }
        try:
            order = list(TopologicalSorter(before).static_order())
        except CycleError:
            return []
        wave_of: dict[str, int] = {}
        for name in order:
            wave_of[name] = max((wave_of[one] + 1 for one in before[name]), default=0)
        waves: list[list[str]] = [[] for _ in range(max(wave_of.values(), default=-1) + 1)]
        for name in before:
            waves[wave_of[name]].append(name)
        return waves


def _gate(gate: GateDraft, name: str, before: Sequence[Reference], *, of: str = "") -> TaskDraft:
    known = {one.text: one for one in reversed(before)}
    references = tuple(known[text] for text in dict.fromkeys(one.text for one in before))
    task = Task(
        id=name,
        title=gate.title or _TITLES[gate.kind].format(of),
        location=gate.location,
        kind=gate.kind,
        criteria=gate.criteria,
        predecessors=tuple(one.text for one in references),
    )
    return TaskDraft(task, references)


def _waiting_for(draft: TaskDraft, extra: Sequence[Reference]) -> TaskDraft:
    known = {one.text for one in draft.predecessors}
    added = {one.text: one for one in extra if one.text not in known}
    references = (*draft.predecessors, *added.values())
    task = replace(draft.task, predecessors=tuple(one.text for one in references))
    return replace(draft, task=task, predecessors=references)


def _sinks(tasks: Sequence[TaskDraft], location: Location) -> list[Reference]:
    """Name the tasks and gates that nothing waits for: with them all others have passed."""
    awaited = {one.text for task in tasks for one in task.predecessors}
    return [Reference(task.task.id, location) for task in tasks if task.task.id not in awaited]
