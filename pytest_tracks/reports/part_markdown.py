"""Reports of a sprint, of a track and of the whole project, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_tracks.core.model import Plan
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.reports.completion_text import completion_blocks
from pytest_tracks.reports.markdown import escaped, tasks_table
from pytest_tracks.reports.sections import Group, Section
from pytest_tracks.reports.tally import tally

__all__ = ["completion_markdown", "sprint_markdown", "track_markdown"]


def sprint_markdown(plan: Plan, record: ProjectRecord, group: Group) -> str:
    """Report a sprint: its tasks and what reviews it."""
    assert group.sprint is not None
    title = f"{group.sprint.id} {group.sprint.title}".strip()
    return _report(title, plan, record, [("", group.members)])


def track_markdown(plan: Plan, record: ProjectRecord, section: Section) -> str:
    """Report a track, sprint by sprint."""
    parts = [
        (f"{group.sprint.id} {group.sprint.title}".strip() if group.sprint else "", group.members)
        for group in section.groups
    ]
    return _report(section.label, plan, record, parts)


def _report(
    title: str, plan: Plan, record: ProjectRecord, parts: Iterable[tuple[str, tuple[str, ...]]]
) -> str:
    parts = list(parts)
    members = [name for _, names in parts for name in names]
    sums = tally(plan, record, members)
    is_done = bool(members) and sums.passed == len(members)
    lines = [f"# {escaped(title)}", ""]
    lines += [f"**{'COMPLETE' if is_done else 'NOT COMPLETE'}**: {sums};"]
    lines += [f"{sums.criteria_met} of {sums.criteria_total} criteria met.", ""]
    for heading, names in parts:
        lines += [f"## {escaped(heading)}", ""] if heading else []
        lines += [*tasks_table(plan, record, names, folder="../tasks"), ""]
    return "\n".join(lines)


def completion_markdown(
    plan: Plan, record: ProjectRecord, *, planned_hours: float | None = None
) -> str:
    """Report what the project has come to; it is ready only where everything is PASS."""
    title, blocks, closing = completion_blocks(plan, record, planned_hours=planned_hours)
    lines = [f"# {escaped(plan.project)}: {title}", ""]
    for heading, texts in blocks:
        if texts:
            lines += [f"## {heading.rstrip(':')}", "", *(f"- {escaped(one)}" for one in texts), ""]
    return "\n".join([*lines, escaped(closing), ""])
