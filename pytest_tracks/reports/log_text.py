"""What ``pytest-tracks state log`` shows: who found what, when, on which commit, by which evidence.

::

    2025-10-31 10:00:04  TASK-004  FAIL
        attempt 20251031T100000Z-100-a1b2c3/TASK-004
        process 100 on here, commit c0ffee123456
        AC-001  PASS  tests/test_auth.py::test_login
        AC-002  FAIL  exit status 1: reset is missing
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pytest_tracks.core.verdict import CriterionResult, TaskVerdict
from pytest_tracks.reports.line import Line, Segment, Style, style_of
from pytest_tracks.reports.text import clean, cut, pad, wrap
from pytest_tracks.reports.wording import enumeration

__all__ = ["EventDocument", "LogEvent", "log_json", "log_lines"]

_HANG = 4
_COMMIT = 12
"""Digits of a commit's name that are shown."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One thing that happened; what does not apply is empty."""

    serial: int
    at: str
    what: str
    """``run started``, ``attempt started``, ``criterion``, ``verdict``, ``from a shard`` …"""
    task: str = ""
    verdict: TaskVerdict | None = None
    attempt: str = ""
    run: str = ""
    host: str = ""
    pid: int | None = None
    commit: str = ""
    criteria: Sequence[CriterionResult] = ()
    blocked_by: Sequence[str] = ()
    detail: str = ""

    @property
    def who(self) -> str:
        """The process and the commit that it ran on, in words."""
        process = f"process {self.pid} on {self.host}" if self.pid is not None else ""
        commit = f"commit {self.commit[:_COMMIT]}" if self.commit else ""
        return clean(", ".join(filter(None, (process, commit))))


class EventDocument(TypedDict):
    """An event; what is not known is null, times are ISO 8601 in UTC."""

    serial: int
    at: str | None
    what: str
    task: str | None
    verdict: str | None
    attempt: str | None
    run: str | None
    host: str | None
    pid: int | None
    commit: str | None
    criteria: list[dict[str, object]]
    blocked_by: list[str]
    detail: str


def log_lines(events: Iterable[LogEvent], *, width: int = 80) -> list[Line]:
    """Write the events in their order; details are indented below each."""
    return [line for event in events for line in _event_lines(event, width)]


def _event_lines(event: LogEvent, width: int) -> Iterator[Line]:
    yield _headline(event).cut(width)
    if event.attempt:
        yield from _below(f"attempt {clean(event.attempt)}", width)
    if event.who:
        yield from _below(event.who, width)
    if event.blocked_by:
        yield from _below(f"blocked by {enumeration(list(map(clean, event.blocked_by)))}", width)
    if event.detail:
        yield from _below(clean(event.detail), width)
    for result in event.criteria:
        yield _criterion(result).cut(width)


def _headline(event: LogEvent) -> Line:
    at = Segment(pad(event.at[:19].replace("T", " "), 19) + "  ", Style.DIM)
    name = clean(event.task or event.run)
    if event.verdict is None:
        return Line((at, Segment(f"{name}  {clean(event.what)}".strip())))
    origin = "" if event.what == "verdict" else f"  {clean(event.what)}"
    verdict = Segment(event.verdict.value, style_of(event.verdict))
    return Line((at, Segment(f"{name}  "), verdict, Segment(origin)))


def _below(text: str, width: int) -> list[Line]:
    indented = " " * _HANG + text
    return [Line.of(line) for line in wrap(indented, width, hang=_HANG)]


def _criterion(result: CriterionResult) -> Line:
    seen = clean(result.gap) or enumeration([clean(name) for name in result.evidence], most=2)
    return Line(
        (
            Segment(f"{' ' * _HANG}{cut(clean(result.id), 24)}  "),
            Segment(result.verdict.value, style_of(result.verdict)),
            Segment(f"  {seen}"),
        )
    )


def log_json(events: Iterable[LogEvent]) -> list[EventDocument]:
    """Give the events as values that ``json.dump`` takes."""
    return [
        {
            "serial": event.serial,
            "at": event.at or None,
            "what": event.what,
            "task": event.task or None,
            "verdict": event.verdict.value if event.verdict else None,
            "attempt": event.attempt or None,
            "run": event.run or None,
            "host": event.host or None,
            "pid": event.pid,
            "commit": event.commit or None,
            "criteria": [dict(_result(result)) for result in event.criteria],
            "blocked_by": list(event.blocked_by),
            "detail": event.detail,
        }
        for event in events
    ]


def _result(result: CriterionResult) -> Mapping[str, object]:
    return {
        "id": result.id,
        "verdict": result.verdict.value,
        "gap": clean(result.gap),
        "evidence": list(result.evidence),
    }
