"""Who is waited for, since when, and what to do should nobody be there any more."""

from __future__ import annotations

from pytest_tracks.core.record import LiveRun
from pytest_tracks.reports.text import clean

__all__ = ["waiting_text"]


def waiting_text(task_id: str, run: LiveRun, *, here: str) -> str:
    """Say to whom a task is left; ``here`` is the name of this host, whose processes are known.

    Times are in UTC, as everywhere in the state.
    """
    since = clean(run.started_at)[:19].replace("T", " ")
    who = f"process {run.pid} on {clean(run.host)}"
    text = f"waiting for {clean(task_id)}: {who}, since {since} UTC"
    if run.host == here:
        return text
    return f"{text}; should it be dead: pytest-tracks state repair --close-run {clean(run.run_id)}"
