"""What a person should know about a journal that was read."""

from __future__ import annotations

from pytest_tracks.errors import Problem
from pytest_tracks.state.journal import FOLDER, Journal

__all__ = ["journal_warnings"]


def journal_warnings(journal: Journal, *, has_doubted: bool) -> list[Problem]:
    """List what is damaged or lost; ``has_doubted``: a PASS is therefore taken for a claim."""
    name = f"{FOLDER}/{journal.path.name}"
    found = [
        Problem(name, line, 0, "damaged-line", "a line of the journal cannot be read")
        for line in journal.damaged_lines
    ]
    if journal.loss:
        message = f"the journal is {journal.loss}: the last verdicts of a run may be lost"
        hint = "what has passed is a claim, and is run again" if has_doubted else ""
        found.append(Problem(name, 0, 0, "journal-loss", message, hint))
    if journal.taken_from:
        message = f"{journal.taken_from} died while it wrote: its lock was taken over"
        found.append(Problem(name, 0, 0, "lock-taken-over", message))
    return found
