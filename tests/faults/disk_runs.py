"""Real pytest runs that meet a full disk: before, between and after their verdicts."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from interrupts import PATIENCE, WAYS, read_verdicts, write_project
from ledger import Tally

__all__ = ["run_on_a_full_disk"]

BEYOND = (-100, 2600)
"""Bytes that the journal may still grow by: none; the run's opening and some verdicts."""


def run_on_a_full_disk(folder: Path) -> Tally:
    """Run all again with a disk that has no room; what had passed must not be gone."""
    tally = Tally()
    traced = 0
    for way, arguments in WAYS.items():
        root = folder / way / "project"
        write_project(root)
        journal = root / "docs" / "planning" / ".tracks" / "journal.jsonl"
        _pytest(root, arguments)
        for beyond in BEYOND:
            tally.rounds += 1
            ran = _pytest(root, [*arguments, "--tracks-rerun"], journal.stat().st_size + beyond)
            said = ran.stdout + ran.stderr
            traced += "Traceback" in said or "INTERNALERROR" in said
            problem = _problem(ran.returncode, said, root)
            if problem:
                tally.broken += 1
                tally.note(f"{way}, {beyond} bytes: {problem}")
        if _pytest(root, arguments).returncode != 0:
            tally.broken += 1
            tally.note(f"{way}: the run after it failed")
    tally.figures["with a traceback"] = traced
    return tally


def _problem(status: int, said: str, root: Path) -> str:
    if status == 0:
        return "exit status 0"
    if "File too large" not in said:
        return "does not say why"
    lost = [task for task, verdict in read_verdicts(root, {**os.environ}).items() if not verdict]
    return f"no verdict of {lost}" if lost else ""


def _pytest(
    root: Path, arguments: Sequence[str], limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    kept = root.parent / "kept"
    kept.mkdir(exist_ok=True)
    environment = {**os.environ, "LOG": str(root.parent / "log"), "QUICK": "1", "TMPDIR": str(kept)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE,
        preexec_fn=None if limit is None else _limit(limit),
    )


def _limit(limit: int) -> Callable[[], None]:
    def set_limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return set_limit
