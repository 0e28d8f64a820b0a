"""Another process that waits for a decision: who ends the deciding one early has decided nothing.

::

    parent: waits ──► exit status, word ──► ends with the worse of both; 0 without a word is 4
      └─ fork ─► child: loads conftest.py, decides, gives its word, ends

A ``conftest.py`` or a test that calls ``os._exit(0)`` leaves a process that looks like success.
Where the exit status is the proof (``check``, ``diff``, ``--tracks-verify``) it is asked for twice.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

__all__ = ["NO_WORD", "Witness"]

NO_WORD = 4
"""The exit status where a decision was due, and none was taken."""

_FORWARDED = ("SIGTERM", "SIGHUP", "SIGQUIT")


class Witness:
    """The deciding process's end of it."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def call(cls) -> Witness:
        """Go on as a child of this process, which waits and never returns from here.

        Where processes cannot fork there is no witness, and inside a test none is called: what
        would go on is the test.
        """
        if not hasattr(os, "fork") or "PYTEST_CURRENT_TEST" in os.environ:
            return cls(None)
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child:
            os.close(writing)
            _wait(child, reading)
        os.close(reading)
        return cls(writing)

    def vouch(self, status: int) -> None:
        """Give the word: this is what was decided; the last one counts."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.write(self._descriptor, b"%d\n" % status)


def _wait(child: int, reading: int) -> None:
    def forward(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the child too
    for name in _FORWARDED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), forward)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    if status < 0:
        with suppress(OSError):  # SIGKILL has no other way to be taken
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status or _word(reading))


def _word(reading: int) -> int:
    os.set_blocking(reading, False)  # something that it has started may still hold the other end
    with suppress(BlockingIOError, ValueError, IndexError):
        return int(os.read(reading, 4096).split()[-1])
    message = "the run ended before it had decided anything (os._exit in conftest.py or a test?)"
    os.write(2, f"ERROR: {message}\n".encode())
    return NO_WORD
