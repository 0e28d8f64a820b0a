"""A task's validation report as Markdown: what ``validation_result`` says, for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_tracks.core.model import Task
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.redact import strip_controls
from pytest_tracks.reports.markdown import escaped, markdown_table, verdict_mark
from pytest_tracks.reports.next_text import command_for
from pytest_tracks.reports.page_facts import Attempt, Output
from pytest_tracks.reports.validation_result import CriterionDocument, ValidationResult
from pytest_tracks.reports.wording import duration

__all__ = ["task_markdown"]

_FENCE = "```"


def task_markdown(
    task: Task,
    record: ProjectRecord,
    result: ValidationResult,
    attempts: Iterable[Attempt] = (),
    outputs: Mapping[str, tuple[Output, ...]] | None = None,
) -> str:
    """Write the report of one task; nothing in its texts means anything to Markdown."""
    lines = [f"# {escaped(task.id)} {escaped(task.title)}", ""]
    lines += [f"{verdict_mark(result['status'])} **{result['status']}**, {_counts(result)}", ""]
    blocked = record.task(task.id).blocked_by
    if blocked:
        lines += [f"Blocked by {', '.join(map(escaped, blocked))}.", ""]
    lines += ["## Acceptance criteria", ""]
    for criterion in result["criteria"]:
        lines += _criterion(criterion, (outputs or {}).get(criterion["id"], ()))
    if not result["criteria"]:
        lines += ["None.", ""]
    if result["outstanding_requirements"]:
        lines += ["## Outstanding", ""]
        lines += [f"- {escaped(one)}" for one in result["outstanding_requirements"]] + [""]
    rows = [_attempt(one) for one in attempts]
    if rows:
        lines += ["## Attempts", ""]
        lines += [*markdown_table(("Started (UTC)", "Verdict", "Met", "Took", "Commit"), rows), ""]
    lines += ["## Run it again", "", *_fenced(command_for(task.id)), ""]
    return "\n".join(lines)


def _counts(result: ValidationResult) -> str:
    summary = result["summary"]
    failed = f", {summary['failed']} failed" if summary["failed"] else ""
    return f"{summary['passed']} of {summary['criteria_total']} criteria met{failed}"


def _criterion(criterion: CriterionDocument, outputs: Iterable[Output]) -> Iterator[str]:
    status = criterion["status"]
    yield (
        f"- {verdict_mark(status)} {status} **{escaped(criterion['id'])}**"
        f" {escaped(criterion['description'])}"
    )
    if criterion["gap"]:
        yield f"  - gap: {escaped(criterion['gap'])}"
    for handle in criterion["evidence"]:
        yield f"  - seen: {escaped(handle)}"
    if criterion["recommended_fix"]:
        yield f"  - to do: {escaped(criterion['recommended_fix'])}"
    for output in outputs:
        yield ""
        yield f"  {escaped(output.title)}"
        yield ""
        yield from (f"  {line}" for line in _fenced(strip_controls(output.text)))
    yield ""


def _fenced(text: str) -> list[str]:
    """Put a text between fences that are longer than any in it."""
    fence = _FENCE
    while fence in text:
        fence += "`"
    return [fence, *text.splitlines(), fence]


def _attempt(one: Attempt) -> list[str]:
    took = "" if one.seconds is None else duration(one.seconds / 60, short=True)
    return [
        one.started_at[:19].replace("T", " "),
        one.verdict or "no end",
        f"{one.met}/{one.total}" if one.total else "",
        took,
        escaped(one.commit[:10]),
    ]
