"""The report that closes a project: what the final review showed, and what it all came to.

::

    Detecting languages used...         from the names of the files
    Security                            the review's sections, a line a criterion
    PROJECT COMPLETION SUCCESSFUL       only where every task and every gate is PASS
    Overall Statistics, Execution Time, Cost Breakdown, Quality Metrics, Features Delivered
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_tracks.core.completion import Completion, complete
from pytest_tracks.core.model import Criterion, Plan, Requirement, Task
from pytest_tracks.core.record import ProjectRecord
from pytest_tracks.core.verdict import CriterionVerdict
from pytest_tracks.reports.languages import languages
from pytest_tracks.reports.line import BLANK, Line, Segment, Style, style_of
from pytest_tracks.reports.text import clean, cut, wrap
from pytest_tracks.reports.wording import duration, hours, plural

__all__ = ["completion_blocks", "completion_lines", "review_lines"]

_HANG = 4
_OTHER = "Other"
_COMPLETE = "PROJECT COMPLETION SUCCESSFUL"
_MINUTES = 60


def review_lines(
    plan: Plan, record: ProjectRecord, review: Task, paths: Iterable[str], *, width: int = 80
) -> list[Line]:
    """Show what a final review looked at, section by section."""
    found = languages(paths)
    lines = [BLANK, Line.of("Detecting languages used...")] if found else []
    lines += [Line.of(f"  - {name} ({plural(count, 'file')})") for name, count in found]
    results = record.task(review.id).criteria
    for section, criteria in _sections(review).items():
        lines += [BLANK, Line.of(cut(clean(section), width))]
        for criterion in criteria:
            result = results.get(criterion.id)
            verdict = result.verdict if result else CriterionVerdict.NOT_RUN
            text = cut(clean(criterion.text), width - len(verdict.value) - _HANG)
            segments = (Segment(f"  {verdict.value}  ", style_of(verdict)), Segment(text))
            lines.append(Line(segments))
            if result is not None and result.gap:
                lines += _wrapped([f"      {clean(result.gap)}"], width)
    return lines


def _sections(review: Task) -> dict[str, list[Criterion]]:
    found: dict[str, list[Criterion]] = {}
    for criterion in review.criteria:
        found.setdefault(criterion.section or _OTHER, []).append(criterion)
    if list(found) == [_OTHER]:
        return {review.title: found[_OTHER]}
    return found


def completion_lines(plan: Plan, record: ProjectRecord, *, width: int = 80) -> list[Line]:
    """Sum the project up; it is ready for deployment only where everything is PASS."""
    title, blocks, closing = completion_blocks(plan, record)
    is_complete = title == _COMPLETE
    lines = _banner(title, Style.GOOD if is_complete else Style.BAD)
    if is_complete:
        lines += [BLANK, *_wrapped([f"{clean(plan.project)} Development Complete!"], width)]
    for heading, texts in blocks:
        if texts:
            lines += [BLANK, Line.of(heading)]
            lines += _wrapped([f"  {text}" for text in texts], width)
    return [*lines, BLANK, *_wrapped([closing], width)]


def completion_blocks(
    plan: Plan, record: ProjectRecord, *, planned_hours: float | None = None
) -> tuple[str, list[tuple[str, list[str]]], str]:
    """Give the title, each block's heading and lines, and the closing sentence."""
    numbers = complete(plan, record, planned_hours=planned_hours)
    title = _COMPLETE if numbers.is_complete else "PROJECT NOT COMPLETE"
    closing = "Ready for deployment!" if numbers.is_complete else _what_is_open(numbers)
    return title, list(_blocks(plan, numbers)), closing


def _banner(title: str, style: Style) -> list[Line]:
    rule = "=" * (len(title) + 4)
    return [BLANK, *(Line((Segment(text, style),)) for text in (rule, f"  {title}", rule))]


def _wrapped(texts: Iterable[str], width: int) -> list[Line]:
    return [Line.of(line) for text in texts for line in wrap(text, width, hang=_HANG)]


def _blocks(plan: Plan, numbers: Completion) -> Iterator[tuple[str, list[str]]]:
    yield "Overall Statistics:", list(_statistics(numbers))
    yield "Execution Time:", list(_times(numbers))
    yield "Cost Breakdown:", list(_costs(plan, numbers))
    yield "Quality Metrics:", list(_quality(numbers))
    yield "Features Delivered:", [_feature("PASS", one) for one in numbers.delivered]
    yield "Features Missing:", [_feature("open", one) for one in numbers.missing]


def _feature(mark: str, requirement: Requirement) -> str:
    return f"{mark}  {clean(requirement.id)} {clean(requirement.title)}"


def _statistics(numbers: Completion) -> Iterator[str]:
    yield f"Total tasks: {numbers.passed}/{numbers.tasks} completed"
    if numbers.sprints:
        tracks = f" on {plural(numbers.tracks, 'track')}" if numbers.tracks else ""
        yield f"Total sprints: {numbers.sprints}{tracks}"
    yield f"Total iterations: {numbers.iterations}"
    for tier, count in sorted(numbers.tiers.items()):
        yield f"{clean(tier)} tasks: {count} ({round(100 * count / numbers.tasks)}%)"


def _times(numbers: Completion) -> Iterator[str]:
    sequential, planned = numbers.sequential_hours, numbers.planned_hours
    if sequential is not None:
        yield f"Sequential estimate: ~{hours(sequential)}"
    if planned is not None:
        yield f"Parallel plan: ~{hours(planned)}"
    if numbers.elapsed_hours is not None:
        time = duration(numbers.elapsed_hours * _MINUTES)
        yield f"Recorded: {time} from the first attempt to the last PASS"
    if sequential and planned is not None:
        yield f"Time saved by parallel tracks: {round(100 * (1 - planned / sequential))}%"


def _costs(plan: Plan, numbers: Completion) -> Iterator[str]:
    names = {track.number: track.label for track in plan.tracks}
    for number, cost in numbers.track_costs.items():
        yield f"{clean(names.get(number, f'Track {number}'))}: ${cost:.2f}"
    if numbers.gate_cost is not None:
        yield f"Reviews: ${numbers.gate_cost:.2f}"
    if numbers.total_cost is not None:
        yield f"Total: ~${numbers.total_cost:.2f}"


def _quality(numbers: Completion) -> Iterator[str]:
    yield f"Acceptance criteria: {numbers.criteria_met}/{numbers.criteria} met"
    if numbers.gates:
        yield f"Reviews and sync points: {numbers.gates_passed}/{numbers.gates} PASS"
    if numbers.coverage is not None:
        yield f"Test coverage: {numbers.coverage:.0f}% (mean of the gated tasks)"


def _what_is_open(numbers: Completion) -> str:
    tasks, gates = numbers.tasks - numbers.passed, numbers.gates - numbers.gates_passed
    open_ones = [plural(tasks, "task")] if tasks else []
    open_ones += [plural(gates, "review or sync point", "reviews and sync points")] if gates else []
    return f"Not ready for deployment: {' and '.join(open_ones)} not PASS."
