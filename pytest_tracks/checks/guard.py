"""Ends the commands of a pytest process that was killed: SIGKILL leaves it no time to do so.

::

    pytest ──add 4711──► pipe ──► guard (sh, in a session of its own)
           ──drop 4711─►            └─ at the end of the pipe: SIGTERM, SIGKILL to what was not
           × killed                    dropped, then it ends itself

One guard a process, started with the first command. Only the pytest process holds the writing
end: commands do not inherit it, and a fork lets go of it, so that the pipe ends when pytest does,
however it dies. What a command has started is told within a millisecond of its start; a SIGKILL
in that very millisecond leaves it running.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import threading

__all__ = ["SCRIPT", "Guard", "guard_of_this_process"]

_SHELL = "/bin/sh"

SCRIPT = """\
trap '' INT TERM HUP
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    drop) case $groups in
      *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
    esac ;;
  esac
done
lives() {
  for group in $groups; do kill -s 0 -- "-$group" && return 0; done
  return 1
}
for group in $groups; do kill -s TERM -- "-$group"; done
looks=0
while [ $looks -lt 20 ] && lives; do
  sleep 0.1 || sleep 1 || break
  looks=$((looks + 1))
done
for group in $groups; do kill -s KILL -- "-$group"; done
"""
"""As a run that is interrupted does it: two seconds between SIGTERM and SIGKILL."""


class Guard:
    """Keeps the numbers of the groups that run; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[int, None] = {}
        self._shell: subprocess.Popen[bytes] | None = None
        self._pipe = -1

    @property
    def pid(self) -> int | None:
        """Process id of the guard; None while no command has needed one."""
        return self._shell.pid if self._shell is not None else None

    def prepare(self) -> None:
        """Start the guard if there is none; raises OSError where that cannot be."""
        with self._lock:
            if self._shell is None:
                self._start()

    def add(self, group: int) -> None:
        """Have a group of processes ended should this process die; raises OSError."""
        with self._lock:
            self._groups[group] = None
            self._tell(f"add {group}\n")

    def drop(self, group: int) -> None:
        """Forget a group that has ended: its number may soon be that of a stranger."""
        with self._lock:
            if self._groups.pop(group, group) is None:
                self._tell(f"drop {group}\n")

    def close(self) -> None:
        """End the guard, and with it what was not dropped."""
        with self._lock:
            shell, self._shell = self._shell, None
            self.let_go()
        if shell is not None:
            shell.wait()

    def let_go(self) -> None:
        """Close this process's end of the pipe."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1

    def _tell(self, line: str) -> None:
        """Write to the guard; where it is gone, or no longer listens, another takes its place."""
        try:
            os.write(self._pipe, line.encode())
        except OSError:
            self._dismiss()
            if self._groups:
                self._start()

    def _dismiss(self) -> None:
        if self._shell is not None:
            self._shell.send_signal(signal.SIGKILL)
            self._shell.wait()
            self._shell = None
        self.let_go()

    def _start(self) -> None:
        reading, self._pipe = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self._shell = self._open(reading)
        finally:
            os.close(reading)
        os.write(self._pipe, "".join(f"add {group}\n" for group in self._groups).encode())

    def _open(self, reading: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [_SHELL, "-c", SCRIPT],
            cwd="/",
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


_guards: list[Guard] = []
_made = threading.Lock()


def guard_of_this_process() -> Guard:
    """Return the guard of this process; a fork has one of its own."""
    with _made:
        if not _guards:
            _guards.append(Guard())
        return _guards[0]


def _forget_in_a_fork() -> None:
    """Leave the parent's guard to the parent: whoever holds the pipe keeps it from ending."""
    global _made
    _made = threading.Lock()
    for guard in _guards:
        guard.let_go()
    _guards.clear()


def _close_at_exit() -> None:
    for guard in _guards:
        guard.close()


os.register_at_fork(after_in_child=_forget_in_a_fork)
atexit.register(_close_at_exit)
