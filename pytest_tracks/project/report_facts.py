"""What a report is made from: the plan, the record, and the journal of this checkout."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from pytest_tracks.core.analysis import analyse
from pytest_tracks.core.distribute import Layout, distribute
from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.project.attempts import attempts_of
from pytest_tracks.project.report_folder import Outputs
from pytest_tracks.project.settings import Settings
from pytest_tracks.reports.page_facts import PageFacts
from pytest_tracks.state.clock import SystemSurroundings
from pytest_tracks.state.facts import Entry
from pytest_tracks.state.journal import FOLDER
from pytest_tracks.state.journal_reader import JournalReader

__all__ = ["report_facts"]


def report_facts(
    settings: Settings,
    plan: Plan,
    record: ProjectRecord,
    *,
    layout: Layout | None = None,
    outputs: Outputs | None = None,
    written: Sequence[Entry] = (),
) -> PageFacts:
    """Gather them; without a layout the plan is laid out as it is remembered.

    What the caller has ``written`` to the journal himself is not read again. Raises StateError
    where the journal cannot be read.
    """
    folder = (settings.root / settings.state).parent / FOLDER
    journal = JournalReader(folder, but_for=frozenset(entry.id for entry in written))
    entries = sorted((*journal.read(), *written), key=attrgetter("serial"))
    return PageFacts(
        plan,
        record,
        layout or _layout(plan, record),
        SystemSurroundings().now(),
        attempts_of(entries),
        outputs or {},
    )


def _layout(plan: Plan, record: ProjectRecord) -> Layout:
    recorded = {task: known.track for task, known in record.tasks.items() if known.track}
    known = recorded or plan.tracks or plan.sprints
    has_tracks = known or any(task.pin is not None for task in plan.tasks.values())
    lanes = None if has_tracks else analyse(plan).max_tracks
    return distribute(plan, lanes, recorded=recorded)
