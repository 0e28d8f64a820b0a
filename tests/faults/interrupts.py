"""The signal matrix: real pytest runs on a small plan, ended by each signal in each way.

::

    A (quick) ──► B        while B, C and D run, the signal comes; then a second run
                  C        has to find A as it was, and B, C and D to be run again
                  D

Every process of a run carries a token in its environment, so that what is left behind is found
wherever it hides (Linux only: elsewhere the environment of others cannot be read).
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from runners import PATIENCE, TRACKS, Runner

__all__ = [
    "OF_A_TERMINAL",
    "PLAIN",
    "SIGNALS",
    "TASKS",
    "WAYS",
    "Cell",
    "interrupt_run",
    "write_project",
]

OF_A_TERMINAL = " of a terminal"
"""Reaches the workers too: they are of the same foreground group."""
SIGNALS: dict[str, tuple[signal.Signals, ...]] = {
    "INT": (signal.SIGINT,),
    f"INT{OF_A_TERMINAL}": (signal.SIGINT,),
    "INT twice": (signal.SIGINT, signal.SIGINT),
    "TERM": (signal.SIGTERM,),
    "HUP": (signal.SIGHUP,),
    f"HUP{OF_A_TERMINAL}": (signal.SIGHUP,),
    "KILL": (signal.SIGKILL,),
}
WAYS = {"in process": ("--tracks=3", "-n", "0"), "3 workers": ("--tracks=3",)}
TOKEN = "FAULTS_TOKEN"
VANISH = 20.0
"""Seconds in which what a dead controller has left ends by itself: a worker learns of it at once,
and xdist gives what it runs five seconds, then interrupts it, and gives it ten more."""
ALONE = 3.0
"""The same where there is nobody but the controller: a command's grace."""
TASKS = {"A": (), "B": ("A",), "C": (), "D": ()}
_LONG = 'echo {name} >> "$LOG"; if [ -z "$QUICK" ]; then sleep 300 & wait; fi'
_QUICK = 'echo {name} >> "$LOG"'
PLAIN = "-p no:randomly -p no:sugar -p no:html -p no:rerunfailures -p no:timeout -p no:xvfb"


@dataclass
class Cell:
    """What came of one signal in one way."""

    status: int | None = None
    """Exit status, or minus the signal; None: did not end."""
    seconds: float = 0.0
    orphans: list[str] = field(default_factory=list)
    kept: str = ""
    """The verdict of what had finished."""
    interrupted: dict[str, str] = field(default_factory=dict)
    """Task that was going on → its verdict afterwards."""
    resumed: str = ""
    """What the next run did that it was not to do; empty if nothing."""

    @property
    def problems(self) -> list[str]:
        """Say, in words, what is wrong."""
        wrong = [f"orphan: {orphan}" for orphan in self.orphans]
        if self.status in (None, 0):
            wrong.append(f"exit status {self.status}")
        if self.kept != "PASS":
            wrong.append(f"A is {self.kept}")
        wrong += [
            f"{task} is {verdict}"
            for task, verdict in self.interrupted.items()
            if verdict != "INTERRUPTED"
        ]
        return [*wrong, *([self.resumed] if self.resumed else [])]


def interrupt_run(
    folder: Path,
    signals: Sequence[signal.Signals],
    way: Sequence[str],
    runner: Runner = TRACKS,
    *,
    to_group: bool = False,
) -> Cell:
    """Run, interrupt, look around, read what is recorded, and run again."""
    root, log = folder / "project", folder / "log"
    write_project(root)
    log.touch()
    token = secrets.token_hex(8)
    cell = Cell()
    environment = {**os.environ, TOKEN: token, "LOG": str(log)}
    environment.pop("PYTESTPLAIN", None)
    started = {"A", "B"} if "-n" in way else {"A", "B", "C", "D"}
    with open(folder / "output", "wb") as output:
        run = subprocess.Popen(
            runner.command(way),
            cwd=root,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        going_on = _wait(
            lambda: set(log.read_text().split()) >= started and runner.has_passed(root)
        )
        before = time.monotonic()
        for number in signals if going_on else (signal.SIGKILL,):
            send = os.killpg if to_group else os.kill
            send(run.pid, number)
            time.sleep(0.3 if len(signals) > 1 else 0.0)  # two at once would be one
        cell.status = _status(run)
        cell.seconds = time.monotonic() - before
    _wait(lambda: not _with_token(token), VANISH if "-n" not in way else ALONE)
    cell.orphans = _end(_with_token(token))
    if not going_on:
        said = (folder / "output").read_text(errors="replace").strip()[-300:]
        cell.resumed = f"the run never came to where it was to be interrupted: {said}"
        return cell
    tasks = runner.tasks(root, environment)
    found = {name: str(task["verdict"]) for name, task in tasks.items()}
    cell.kept = found.get("A", "")
    cell.interrupted = {task: found.get(task, "") for task in sorted(started - {"A"})}
    cell.resumed = _resume(root, log, environment, runner.command(way))
    return cell


def write_project(root: Path) -> None:
    """Write the plan; with QUICK in the environment its commands do not wait."""
    tasks = root / "docs" / "planning" / "tasks"
    tasks.mkdir(parents=True)
    (root / "pytest.ini").write_text(f"[pytest]\naddopts = {PLAIN}\n")
    for name, after in TASKS.items():
        command = (_LONG if name != "A" else _QUICK).format(name=name)
        document = {
            "id": name,
            "title": f"Task {name}",
            "depends_on": list(after),
            "files": [f"{name}.txt"],
            "acceptance_criteria": [{"text": "its command succeeds", "run": command}],
        }
        (tasks / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


def _wait(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _status(run: subprocess.Popen[bytes]) -> int | None:
    try:
        return run.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
        return None


def _with_token(token: str) -> list[int]:
    """Find the processes of a run, zombies aside."""
    mark = f"{TOKEN}={token}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # gone meanwhile, or not ours
    return found


def _end(pids: Sequence[int]) -> list[str]:
    """Name what was left behind, and end it."""
    names = []
    for pid in pids:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            names.append(line.decode(errors="replace").strip()[:60])
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue  # it has ended by itself just now
    return names


def _resume(root: Path, log: Path, environment: dict[str, str], command: Sequence[str]) -> str:
    log.write_text("")
    again = subprocess.run(
        command,
        cwd=root,
        env={**environment, "QUICK": "1"},
        capture_output=True,
        check=False,
        timeout=2 * PATIENCE,
    )
    ran = sorted(log.read_text().split())
    if again.returncode != 0:
        return f"the next run ended with {again.returncode}"
    return "" if ran == ["B", "C", "D"] else f"the next run ran {ran}"
