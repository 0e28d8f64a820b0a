"""Tells a run in the words of the source document: events in, lines out.

::

    opening()                   Loading state file … Track 1 (Backend API) - 2 sprints to execute
    started("TASK-004")         Task 2/3: TASK-004 - User authentication API
    settled("TASK-004", …)      AC-001 … PASS, TASK-004 complete (…), State updated: …
                                and what follows from it: sprint complete, track complete

Tracks that run side by side are told side by side: where more than one is told, each line begins
with its track's number (``[2] ``), and a task's heading is repeated where another task of its
track came between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pytest_tracks.core.model import Plan, TaskKind
from pytest_tracks.core.record import ProjectRecord, TaskRecord
from pytest_tracks.core.verdict import Status, TaskVerdict, status_of
from pytest_tracks.reports import phrases
from pytest_tracks.reports.line import BLANK, Line, Segment, Style, style_of
from pytest_tracks.reports.opening import opening_texts
from pytest_tracks.reports.progress import Progress
from pytest_tracks.reports.reasons import criterion_text, reason
from pytest_tracks.reports.sections import Group, Section, sections
from pytest_tracks.reports.tally import criterion_ids, met, word
from pytest_tracks.reports.text import clean, cut, display_width, wrap
from pytest_tracks.reports.wording import plural

__all__ = ["Company", "Narrator"]

_HANG = 4


class Company(Protocol):
    """What other runs on the same state do meanwhile."""

    def seen(self, task: str) -> TaskRecord:
        """Return what is known of a task by now, whoever has found it."""

    def pending_elsewhere(self) -> Collection[str]:
        """Name the tasks that another live run is about to settle."""


@dataclass(slots=True)
class _Story:
    """How far the telling of one track has come."""

    section: Section
    prefix: str = ""
    groups: Mapping[str, Group] = field(init=False)
    """The group of each task: also all tasks of the track, in order."""
    sprint: str | None = None
    """The sprint whose banner was the last one."""
    task: str | None = None
    """The task whose heading was the last one."""
    begun: set[str] = field(default_factory=set)
    """Tasks that were started in this run: what their records say was seen in it."""
    completed: set[str] = field(default_factory=set)
    """Sprints whose completion has been told."""
    closed: bool = False

    def __post_init__(self) -> None:
        self.groups = {task_id: group for group in self.section.groups for task_id in group.members}

    def say(self, texts: Sequence[str], width: int, style: Style = Style.PLAIN) -> list[Line]:
        """Make lines of texts: each with the prefix, none too wide, nothing lost."""
        room = width - display_width(self.prefix)
        prefix = Line.of(self.prefix).segments
        return [
            Line((*prefix, Segment(line, style))) if line else BLANK
            for text in texts
            for line in wrap(text, room, hang=_HANG)
        ]


class Narrator:
    """Tells the tasks of some tracks; it trusts that what it hears has been recorded.

    ``running`` holds the tasks that this run will try: what is PASS and not among them is skipped.
    ``tracks`` chooses by number (default: those with something to run); ``costs`` are US dollars
    by task, as far as earlier runs recorded them. Without ``company`` nothing is known of others.
    """

    def __init__(
        self,
        plan: Plan,
        record: ProjectRecord,
        *,
        state_path: str,
        running: Collection[str],
        tracks: Collection[int] | None = None,
        costs: Mapping[str, float] | None = None,
        width: int = 80,
        company: Company | None = None,
    ) -> None:
        self._plan = plan
        self._company = company
        self._state_path = state_path
        self._width = width
        self._progress = Progress(plan, record, running, costs or {})
        self._sections = sections(plan, record)
        chosen = [section for section in self._sections if self._is_chosen(section, tracks)]
        self._stories = [_Story(section, _prefix(section, len(chosen))) for section in chosen]
        self._story_of = {task_id: story for story in self._stories for task_id in story.groups}

    def opening(self) -> list[Line]:
        """Tell what is loaded, and for each track what is done and what is to do."""
        loading = wrap(phrases.loading(self._state_path), self._width, hang=_HANG)
        lines = [Line.of(text) for text in loading]
        for story in self._stories:
            lines += story.say(opening_texts(story.section, self._progress), self._width)
        return lines

    def started(self, task_id: str) -> list[Line]:
        """Tell that the first item of a task begins; nothing for a task of a track not told."""
        story = self._story_of.get(task_id)
        if story is None:
            return []
        story.begun.add(task_id)
        return self._heading(story, task_id)

    def settled(
        self,
        task_id: str,
        known: TaskRecord,
        *,
        kept: bool = False,
        cost: float | None = None,
    ) -> list[Line]:
        """Tell how a task ended (``known`` as this run saw it) and what is complete by that.

        ``kept``: the state holds on to an earlier PASS that a partial run did not refute.
        """
        passed = kept or known.verdict is TaskVerdict.PASS
        self._progress.settle(task_id, known, passed=passed, cost=cost)
        story = self._story_of.get(task_id)
        if story is None:
            return []
        lines = self._heading(story, task_id)
        if task_id in story.begun:
            lines += self._criteria(story, task_id, known)
        lines += self._ending(story, task_id, known, kept)
        return lines + self._completions(story, task_id)

    def _is_chosen(self, section: Section, tracks: Collection[int] | None) -> bool:
        if tracks is not None:
            return section.track is not None and section.track.number in tracks
        running = self._progress.running
        return not running or not running.isdisjoint(section.members)

    def _heading(self, story: _Story, task_id: str) -> list[Line]:
        if story.task == task_id:
            return []
        story.task = task_id
        group = story.groups[task_id]
        place = group.tasks.index(task_id) + 1 if task_id in group.tasks else 0
        heading = phrases.task_heading(
            self._plan.tasks[task_id], place=place, of=len(group.tasks) if place else 0
        )
        banner = self._sprint_banner(story, group)
        return banner + story.say(["", cut(heading, self._room(story))], self._width)

    def _sprint_banner(self, story: _Story, group: Group) -> list[Line]:
        if group.sprint is None or story.sprint == group.sprint.id:
            return []
        story.sprint = group.sprint.id
        held = [name for name in group.members if name in self._progress.held]
        title = phrases.sprint_heading(group.sprint, resuming=bool(held))
        banner = phrases.banner(title, self._room(story))
        lines = story.say(["", *banner], self._width, Style.HEADING)
        if held:
            lines += story.say(["", phrases.skipping_completed(held)], self._width)
        return lines

    def _criteria(self, story: _Story, task_id: str, known: TaskRecord) -> list[Line]:
        task = self._plan.tasks[task_id]
        texts = {name: criterion_text(task, name) for name in criterion_ids(task)}
        lines: list[Line] = []
        for name in texts:
            result = known.criteria.get(name)
            if result is None:
                continue
            begin = story.prefix + phrases.criterion(name, texts, self._room(story))
            verdict = Segment(result.verdict.value, style_of(result.verdict))
            lines.append(Line((Segment(begin), verdict)).cut(self._width))
            if gap := clean(result.gap):
                lines += story.say([f"    {gap}"], self._width)
        return lines

    def _ending(self, story: _Story, task_id: str, known: TaskRecord, kept: bool) -> list[Line]:
        if known.verdict is TaskVerdict.PASS:
            end = phrases.task_complete(task_id, known)
        else:
            end = phrases.settled(task_id, word(known), self._reason(task_id, known))
        if kept and known.verdict is not TaskVerdict.PASS:
            recorded = phrases.state_kept(task_id, Status.COMPLETED)
        else:
            recorded = phrases.state_updated(task_id, status_of(known.verdict))
        return [
            *story.say([end], self._width, style_of(known.verdict)),
            *story.say([f"  {recorded}"], self._width),
        ]

    def _reason(self, task_id: str, known: TaskRecord) -> str:
        task = self._plan.tasks[task_id]
        if known.verdict is not TaskVerdict.FAIL:
            return reason(task, known)
        total = len(criterion_ids(task))
        return f"{met(task, known)} of {plural(total, 'criterion', 'criteria')} met"

    def _completions(self, story: _Story, task_id: str) -> list[Line]:
        lines: list[Line] = []
        group, track = story.groups[task_id], story.section.track
        if self._progress.are_passed(group.members):
            lines += self._sprint_complete(story, group)
        if not story.closed and track and self._progress.are_passed(story.groups):
            story.closed = True
            lines += self._track_complete(story, track.number)
        return lines

    def _sprint_complete(self, story: _Story, group: Group) -> list[Line]:
        if group.sprint is None or group.sprint.id in story.completed:
            return []
        story.completed.add(group.sprint.id)
        title, *rest = phrases.sprint_complete(
            group.sprint,
            tasks=len(group.tasks),
            time=self._progress.minutes(group.members),
            cost=self._progress.cost(group.members),
        )
        return [
            *story.say(["", title], self._width, Style.GOOD),
            *story.say(rest, self._width),
        ]

    def _track_complete(self, story: _Story, number: int) -> list[Line]:
        section = story.section
        sums = phrases.track_complete(
            tasks=sum(len(group.tasks) for group in section.groups),
            sprints=len(section.sprints),
            time=self._progress.minutes(section.members),
            cost=self._progress.cost(section.members),
        )
        title = phrases.banner(f"TRACK {number} COMPLETE", self._room(story))
        return [
            *story.say(["", *title], self._width, Style.GOOD),
            *story.say(["", *sums, "", *self._what_is_next()], self._width),
        ]

    def _what_is_next(self) -> list[str]:
        tracks = [section for section in self._sections if section.track]
        left = [section for section in tracks if not all(map(self._is_passed, section.members))]
        final = [
            name for name, task in self._plan.tasks.items() if task.kind is TaskKind.FINAL_REVIEW
        ]
        if left:
            idle = [one.track.number for one in left if one.track and not self._is_at_work(one)]
            wait = phrases.NEXT_REVIEW if final else phrases.NEXT_WAIT
            return [wait, phrases.nobody_runs(idle)] if idle else [wait]
        if all(map(self._is_passed, final)):
            return [phrases.ALL_TRACKS_COMPLETE]
        return [f"{phrases.ALL_TRACKS_COMPLETE} {phrases.FINAL_REVIEW}"]

    def _is_passed(self, task_id: str) -> bool:
        """Whether a task is PASS by now: of what this run tries, by its own verdict."""
        if task_id in self._progress.running:
            return self._progress.are_passed((task_id,))
        if self._company is None:
            return task_id in self._progress.held
        return self._company.seen(task_id).verdict is TaskVerdict.PASS

    def _is_at_work(self, section: Section) -> bool:
        """Whether a run, this one or another, has any of it still to settle, if that is known."""
        if self._company is None:
            return True
        trying = {*self._progress.running, *self._company.pending_elsewhere()}
        return any(name in trying and not self._is_passed(name) for name in section.members)

    def _room(self, story: _Story) -> int:
        return self._width - display_width(story.prefix)


def _prefix(section: Section, told: int) -> str:
    if told == 1:
        return ""
    return f"[{section.track.number if section.track else '-'}] "
