"""What could not be recorded is kept somewhere else: a full disk costs no verdict silently."""

from __future__ import annotations

import os
from dataclasses import replace

from pytest_tracks.errors import StateError

__all__ = ["rescue"]


def rescue(lines: bytes, error: StateError) -> StateError:
    """Keep lines of the journal in the temporary folder; returns the error that says where."""
    import tempfile  # only where things have gone wrong

    hint = "make room, or mend what keeps it from being written, and run again"
    try:
        descriptor, name = tempfile.mkstemp(".jsonl", "pytest-tracks-rescued-")
    except OSError:
        return _with_hint(error, hint)  # no room there either: the first error is the one to tell
    try:
        with open(descriptor, "wb", buffering=0) as file:
            is_whole = file.write(lines) == len(lines)
    except OSError:
        is_whole = False
    if is_whole:
        hint += f"; the lines that are missing are in {name}"
    else:
        os.unlink(name)
    return _with_hint(error, hint)


def _with_hint(error: StateError, hint: str) -> StateError:
    return StateError(*(replace(problem, hint=hint) for problem in error.problems))
