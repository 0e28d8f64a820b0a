"""The attempts at each task, as the journal of this checkout tells them."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_tracks.core.verdict import CriterionVerdict
from pytest_tracks.reports.page_facts import Attempt
from pytest_tracks.state.facts import AttemptStarted, Entry, RunStarted, TaskSettled

__all__ = ["attempts_of"]


def attempts_of(entries: Iterable[Entry]) -> dict[str, tuple[Attempt, ...]]:
    """Gather them by task, oldest first; one that has not ended has no verdict."""
    found: dict[str, dict[str, Attempt]] = {}
    commits: dict[str, str] = {}
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, RunStarted):
            commits[fact.run] = fact.commit
        elif isinstance(fact, AttemptStarted):
            started = Attempt(
                entry.at, kind=fact.kind.value, run=fact.run, commit=commits.get(fact.run, "")
            )
            found.setdefault(fact.task, {})[fact.attempt] = started
        elif isinstance(fact, TaskSettled) and fact.attempt in found.get(fact.task, {}):
            mine = found[fact.task]
            mine[fact.attempt] = _ended(mine[fact.attempt], entry.at, fact)
    return {task: tuple(attempts.values()) for task, attempts in found.items()}


def _ended(attempt: Attempt, at: str, fact: TaskSettled) -> Attempt:
    verdicts = [result.verdict for result in fact.criteria.values()]
    return Attempt(
        attempt.started_at,
        at,
        fact.verdict.value,
        attempt.kind,
        fact.run_seconds,
        verdicts.count(CriterionVerdict.PASS),
        len(verdicts),
        attempt.run,
        attempt.commit,
    )
