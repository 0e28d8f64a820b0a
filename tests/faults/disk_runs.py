"""Real pytest runs that meet a full disk: before, between and after their verdicts."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from interrupts import TASKS, WAYS, write_project
from ledger import Tally
from runners import PATIENCE, TRACKS, Runner
from spread import spread

__all__ = ["run_on_a_full_disk"]

BEYOND = (-100, 2600)
"""Bytes that the journal may still grow by: none; the run's opening and some verdicts."""


def run_on_a_full_disk(folder: Path, runner: Runner = TRACKS) -> Tally:
    """Run all again with a disk that has no room; what had passed must not be gone."""
    tally = Tally(figures={"with a traceback": 0})
    return spread(list(WAYS), partial(_fill, folder, runner), tally)


def _fill(folder: Path, runner: Runner, way: str, tally: Tally) -> None:
    root, command = folder / way / "project", runner.command(WAYS[way])
    again = runner.command([*WAYS[way], "--tracks-rerun"])
    write_project(root)
    _run(root, command)
    for beyond in BEYOND:
        tally.rounds += 1
        room = max(0, runner.grows(root).stat().st_size + beyond)
        ran = _run(root, again, room)
        said = ran.stdout + ran.stderr
        tally.count("with a traceback", "Traceback" in said or "INTERNALERROR" in said)
        problem = _problem(ran.returncode, said, runner.tasks(root, os.environ))
        if problem:
            tally.broken += 1
            tally.note(f"{way}, {beyond} bytes: {problem}")
    if _run(root, command).returncode != 0:
        tally.broken += 1
        tally.note(f"{way}: the run after it failed")


def _problem(status: int, said: str, tasks: Mapping[str, Any]) -> str:
    if status == 0:
        return "exit status 0"
    if "File too large" not in said:
        return "does not say why"
    lost = [name for name in TASKS if not tasks.get(name, {}).get("verdict")]
    return f"no verdict of {lost}" if lost else ""


def _run(
    root: Path, command: Sequence[str], limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    kept = root.parent / "kept"
    kept.mkdir(exist_ok=True)
    environment = {**os.environ, "LOG": str(root.parent / "log"), "QUICK": "1", "TMPDIR": str(kept)}
    return subprocess.run(
        command,
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
