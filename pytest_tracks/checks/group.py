"""A command with all that it starts: one group of processes, waited for and ended as one.

::

    start ──► wait ──► (exited)      ──► end: what is left behind gets SIGTERM, then SIGKILL
                  └──► (out of time) ──► end: everything does

A thread of its own starts the command and blocks in the kernel until it exits: a short command
costs no polling interval, and no interrupt (they reach the main thread only) can come between the
start and the moment from which on somebody will end it; a ``guard`` ends it where this process is
killed. Where the platform can, the exited
command stays a zombie until the group has been signalled: so long its number cannot be given to a
stranger. A process that makes a session of its own (``setsid``) has left the group and is out of
reach.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from pytest_tracks.checks.guard import Guard, guard_of_this_process

__all__ = ["ProcessGroup"]

PROBE_SECONDS = 0.01
"""Between looks at a group that is ending: its orphans are not our children to wait for."""

KILLED_SECONDS = 5.0
"""How long a killed command may take to vanish; one stuck in the kernel never does."""


class ProcessGroup:
    """One command. Call ``start`` once, and ``end`` in any case, also where ``start`` raised.

    ``output`` is the descriptor that it gets as stdout and stderr; its stdin is empty.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        output: int,
        guard: Guard | None = None,
    ) -> None:
        self._argv = argv
        self._folder = folder
        self._environment = environment
        self._output = output
        self._guard = guard or guard_of_this_process()
        self.fault: Exception | None = None
        """Why it could not be started."""
        self.status: int | None = None
        """Exit status, or minus the signal; None while it runs, or where it was lost."""
        self._command: subprocess.Popen[bytes] | None = None
        self._unwanted = False
        self._begun = threading.Event()
        self._exited = threading.Event()

    def start(self) -> bool:
        """Start it; False where it cannot be, with the reason in ``fault``."""
        attendant = threading.Thread(target=self._attend, name="tracks-command", daemon=True)
        try:
            attendant.start()
        except RuntimeError:
            self._begun.set()
            raise
        self._begun.wait()
        return self._command is not None

    def _attend(self) -> None:
        try:
            self._command = command = self._open()
        except Exception as error:
            self.fault = error
            return
        finally:
            self._begun.set()
        if self._unwanted:
            self._signal(signal.SIGKILL)
        try:
            self.status = _await_exit(command)
        except ChildProcessError:
            pass  # SIGCHLD is ignored here, or somebody else has waited: the status is lost
        finally:
            self._exited.set()
            if self._unwanted:  # it began so late that nobody waited for it any more
                self._drop()

    def _open(self) -> subprocess.Popen[bytes]:
        self._guard.prepare()
        command = self._spawn()
        try:
            self._guard.add(command.pid)
        except OSError:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()
            raise
        return command

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._argv,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self, seconds: float) -> bool:
        """Wait for the command itself; True once it has exited."""
        return self._exited.wait(seconds)

    def end(self, grace: float) -> None:
        """End whatever still runs: SIGTERM, ``grace`` seconds, SIGKILL (also when interrupted)."""
        deadline = time.monotonic() + grace
        try:
            self._begun.wait(KILLED_SECONDS)
            if self._signal(signal.SIGTERM):
                self._exited.wait(grace)
            while self._lives() and time.monotonic() < deadline:
                time.sleep(PROBE_SECONDS)
        finally:
            self._unwanted = True
            if self._lives():
                self._signal(signal.SIGKILL)
                self._exited.wait(KILLED_SECONDS)
                self._lives()
            self._drop()

    def _lives(self) -> bool:
        if self._command is None:
            return False
        if not self._exited.is_set():
            return True
        self._command.wait()  # at once: it has exited; this removes the zombie
        return self._signal(0)

    def _drop(self) -> None:
        if self._command is not None:
            self._guard.drop(self._command.pid)

    def _signal(self, number: int) -> bool:
        if self._command is None:
            return False
        try:
            os.killpg(self._command.pid, number)
        except (ProcessLookupError, PermissionError):
            # Nobody there; or (macOS) only a zombie; or only processes of another user.
            return False
        return True


def _await_exit(command: subprocess.Popen[bytes]) -> int:
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        # Not Popen.wait, which takes a lost status for 0.
        _, raw = os.waitpid(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(raw)
        return command.returncode
    found = os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOWAIT)
    assert found is not None  # None is for WNOHANG
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
