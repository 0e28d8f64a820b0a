"""Commands of a plan, carried out: who may run how long, and what came of it, in words.

``run`` uses it, and every kind that measures something with a command.
"""

from __future__ import annotations

import enum
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_tracks.checks.command_schema import shown
from pytest_tracks.checks.group import ProcessGroup
from pytest_tracks.checks.output import Output, OutputFile, open_output
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.nodeids import CriterionKey
from pytest_tracks.core.redact import mask, secrets_of, strip_controls
from pytest_tracks.core.verdict import Outcome

__all__ = ["Ended", "Limits", "command_environment", "run_command"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What every command is held to."""

    grace: float = 2.0
    """Seconds between SIGTERM and SIGKILL: enough to remove a lock file, not to be noticed."""
    output: int = 2 * 2**30
    """Bytes that a command may print. Not RLIMIT_FSIZE, which would bind all its files; and not a
    ring that drops the middle, which would hide a command that prints without end."""
    look: float = 0.2
    """Seconds between looks at the size of the output: the disk takes at most what is printed in
    that time beyond the limit. The end of the command is not awaited by looking."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has come to its end; ``gap`` is empty only for exit status 0."""

    argv: tuple[str, ...]
    gap: str
    recommended_fix: str
    output: Output
    secrets: tuple[str, ...]

    @property
    def text(self) -> str:
        """What it printed, without controls and secrets."""
        return self.output.text(self.secrets)

    def result(self) -> CheckResult:
        """Judge it by its exit status alone."""
        if not self.gap:
            evidence = (self._clean(f"exit status 0: {shown(self.argv)}"),)
            return CheckResult(Outcome.PASSED, evidence=evidence)
        printed = self.output.excerpt(self.secrets) or "(no output)"
        detail = f"{self._clean('$ ' + shown(self.argv))}\n{printed}"
        gap, fix = self._clean(self.gap), self._clean(self.recommended_fix)
        return CheckResult(Outcome.FAILED, gap=gap, detail=detail, recommended_fix=fix)

    def _clean(self, text: str) -> str:
        return mask(strip_controls(text), self.secrets)


class _How(enum.Enum):
    NOT_STARTED = enum.auto()
    EXITED = enum.auto()
    OUT_OF_TIME = enum.auto()
    TOO_LOUD = enum.auto()


def run_command(
    argv: Sequence[str], context: CheckContext, timeout: float, limits: Limits | None = None
) -> Ended:
    """Run a command in the root and leave nothing of it behind; ``timeout`` in seconds.

    What the command does never raises. An interrupt while it runs ends its group and goes on.
    """
    limits = limits or Limits()
    secrets = secrets_of(context.environment)
    with open_output(context.scratch) as output:
        group = ProcessGroup(
            argv,
            folder=context.root,
            environment=command_environment(context),
            output=output.descriptor,
        )
        how = _await(group, output, timeout, limits)
        if how is _How.NOT_STARTED:
            gap, fix = _not_started(group.fault, argv[0], context)
        else:
            gap, fix = _in_words(how, group.status, timeout, limits)
        return Ended(tuple(argv), gap, fix, output.read(), secrets)


def _await(group: ProcessGroup, output: OutputFile, timeout: float, limits: Limits) -> _How:
    try:
        if not group.start():
            return _How.NOT_STARTED
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            exited = group.wait(min(left, limits.look))
            if output.size() > limits.output:
                return _How.TOO_LOUD
            if exited:
                return _How.EXITED
        return _How.OUT_OF_TIME
    finally:
        group.end(limits.grace)


_ADDED_BY_PYTEST = ("PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")


def command_environment(context: CheckContext, interpreter: str = sys.executable) -> dict[str, str]:
    """Make the environment of a command.

    The running interpreter's own folder comes first on PATH (a virtual environment's, not what
    its link leads to), so that ``python`` and ``pytest`` are those of this run.
    """
    environment = {
        name: value
        for name, value in context.environment.items()
        if name not in _ADDED_BY_PYTEST and not name.startswith("PYTEST_XDIST_")
    }
    folders = [os.path.dirname(interpreter), environment.get("PATH") or os.defpath]
    environment["PATH"] = os.pathsep.join(filter(None, folders))
    environment["PWD"] = context.root
    environment["TRACKS_TASK"] = context.task
    environment["TRACKS_TRACK"] = context.track
    environment["TRACKS_CRITERION"] = str(CriterionKey(context.task, context.criterion))
    return environment


def _not_started(error: Exception | None, program: str, context: CheckContext) -> tuple[str, str]:
    if not os.path.isdir(context.root):
        return f"the folder {context.root} is not there", "restore it"
    if isinstance(error, FileNotFoundError):
        fix = f"install {program}, or correct {context.location}"
        return f"{program}: not found ({context.location})", fix
    reason = error.strerror if isinstance(error, OSError) else error
    fix = f"make {program} executable, or correct {context.location}"
    return f"{program}: cannot be started: {reason} ({context.location})", fix


def _in_words(how: _How, status: int | None, timeout: float, limits: Limits) -> tuple[str, str]:
    if how is _How.OUT_OF_TIME:
        return f"timeout after {timeout:g} s", "make it faster, or raise its 'timeout'"
    if how is _How.TOO_LOUD:
        return f"printed more than {limits.output:,} bytes", "send its output to a file, or less"
    if status is None:
        fix = "start pytest where SIGCHLD is not ignored"
        return "its exit status was lost: something else has waited for it", fix
    if status < 0:
        return f"killed by {_signal_name(-status)}", "find out in its output what ended it"
    return (_exit_status(status), "mend what its output says") if status else ("", "")


def _signal_name(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} ({number})"
    except ValueError:
        return f"signal {number}"


def _exit_status(status: int) -> str:
    """Name the signal too: a shell reports one that killed its command as 128 + its number."""
    try:
        name = signal.Signals(status - 128).name
    except ValueError:
        return f"exit status {status}"
    return f"exit status {status} (128 + {status - 128}: {name})"
