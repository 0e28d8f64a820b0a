"""``pytest-tracks state log [TASK]``: the audit trail, from the journal of this checkout."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_tracks.reports.log_text import LogEvent, log_json, log_lines

if TYPE_CHECKING:
    from pytest_tracks.core.model import Plan
    from pytest_tracks.state.facts import Entry

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show who found what, when, on which commit, in which attempt, by which evidence."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the task and ``--json``."""
    parser.add_argument("task", nargs="?", metavar="TASK", help="only what concerns this task")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the trail, oldest first; raises UsageError for a task that nothing is known of."""
    from pytest_tracks.cli.learning import learn
    from pytest_tracks.cli.output import print_json, print_lines, terminal_width
    from pytest_tracks.state.journal import FOLDER, Journal

    learned = learn()
    settings = learned.settings
    journal = Journal((settings.root / settings.state).parent / FOLDER)
    events = list(_events(journal.read()))
    if arguments.task:
        name = _task(arguments.task, learned.plan, events)
        events = [event for event in events if event.task == name]
    if arguments.json:
        print_json({"journal": journal.id or None, "events": log_json(events)})
    elif events:
        print_lines(log_lines(events, width=terminal_width()))
    else:
        print("Nothing is recorded in this checkout's journal: the state file has the last word.")
    return 0


def _task(asked: str, plan: Plan, events: Iterable[LogEvent]) -> str:
    """Find the task in the plan, else among those that the journal knows."""
    from pytest_tracks.cli.selection import find_task

    return asked if asked in {event.task for event in events} else find_task(asked, plan)


def _events(entries: Iterable[Entry]) -> Iterator[LogEvent]:
    """Put entries into words, each with the run that it is of."""
    from pytest_tracks.state.facts import RunStarted, TracksLaidOut, UnknownFact
    from pytest_tracks.state.merge import SHARD_MERGED

    runs: dict[str, RunStarted] = {}
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, RunStarted):
            runs[fact.run] = fact
        if isinstance(fact, UnknownFact) and fact.name == SHARD_MERGED:
            yield from _shard(entry, fact.body)
        elif isinstance(fact, UnknownFact):
            yield LogEvent(entry.serial, entry.at, fact.name)
        else:
            run_id = getattr(fact, "run", "")
            who = runs.get(run_id)
            event = LogEvent(entry.serial, entry.at, _what(fact), run=run_id, **_particulars(fact))
            if who is not None and not isinstance(fact, TracksLaidOut):
                event = replace(event, host=who.host, pid=who.pid, commit=who.commit)
            yield event


def _what(fact: object) -> str:
    from pytest_tracks.state import facts

    words: Mapping[type[Any], str] = {
        facts.RunStarted: "run started",
        facts.RunFinished: "run finished",
        facts.TracksLaidOut: "tracks laid out",
        facts.AttemptStarted: "attempt started",
        facts.CriterionSettled: "criterion",
        facts.TaskSettled: "verdict",
        facts.WaveCompleted: "wave complete",
        facts.SignedOff: "signed off",
        facts.LostFact: "a line of the journal is lost",
    }
    return words.get(type(fact), type(fact).__name__)


def _particulars(fact: object) -> dict[str, Any]:
    from pytest_tracks.state import facts

    if isinstance(fact, facts.AttemptStarted):
        detail = "" if fact.kind.value == "attempt" else fact.kind.value
        return {"task": fact.task, "attempt": fact.attempt, "detail": detail}
    if isinstance(fact, facts.CriterionSettled):
        return {"task": fact.task, "attempt": fact.attempt, "criteria": (fact.result,)}
    if isinstance(fact, facts.TaskSettled):
        return {
            "task": fact.task,
            "attempt": fact.attempt,
            "verdict": fact.verdict,
            "criteria": tuple(fact.criteria.values()),
            "blocked_by": fact.blocked_by,
        }
    if isinstance(fact, facts.WaveCompleted):
        return {"detail": f"wave {fact.wave} of {fact.of}"}
    if isinstance(fact, facts.SignedOff):
        return {"task": fact.task, "detail": _signature(fact)}
    if isinstance(fact, facts.RunFinished):
        return {"detail": _end(fact)}
    return {"task": getattr(fact, "task", "")}


def _signature(fact: Any) -> str:
    given = fact.sign_off
    until = f", good until {given.expires_at[:10]}" if given.expires_at else ""
    note = f": {given.note}" if given.note else ""
    return f"{fact.criterion} by {given.words}{until}{note}"


def _end(fact: Any) -> str:
    if fact.exit_status is None:
        return "died"
    return f"exit {fact.exit_status}" + (", interrupted" if fact.interrupted else "")


def _shard(entry: Entry, body: Mapping[str, Any]) -> Iterator[LogEvent]:
    """Tell what a shard brought, a verdict an event."""
    from pytest_tracks.core.record import TaskRecord
    from pytest_tracks.state.codec import decode

    for name, told in body["tasks"].items():
        known = decode(TaskRecord, told)
        yield LogEvent(
            entry.serial,
            known.completed_at or entry.at,
            "from a shard",
            task=name,
            verdict=known.verdict,
            attempt=known.attempt,
            run=known.attempt.rpartition("/")[0],
            criteria=tuple(known.criteria.values()),
            detail=f"merged from {body['shard']} at {entry.at[:19].replace('T', ' ')}",
        )
