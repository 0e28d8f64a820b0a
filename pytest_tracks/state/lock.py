"""A lock between processes that the kernel takes back, whatever becomes of its holder.

A POSIX record lock on a file that is never removed: it belongs to the process, so that it goes
with it also where a child lives that it has forked, and so that other hosts respect it on a
shared folder. What such locks leave open is closed here: threads of one process exclude each
other by a lock of their own, and a wait ends in time, without polling.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pytest_tracks.errors import Problem, StateError
from pytest_tracks.state.unusable import unusable

__all__ = ["LockTimeoutError", "ProcessLock", "lock_of"]

_BUSY = (errno.EACCES, errno.EAGAIN)
_RETRY_SECONDS = 0.005
"""Between two tries where the kernel takes a wait for a deadlock: it cannot tell threads apart,
and a lock that is held for single writes is part of none."""


class LockTimeoutError(Exception):
    """Somebody else has held the lock all the time."""


class ProcessLock:
    """The lock on one file, for all threads of this process."""

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self._among_threads = threading.Lock()
        self._descriptor = -1

    def acquire(self, timeout: float) -> None:
        """Take the lock, waiting for so many seconds at most; the file is made if it is not there.

        Raises LockTimeoutError; FileNotFoundError where there is no folder for it; StateError
        where it is a symlink or cannot be locked at all.
        """
        deadline = time.monotonic() + timeout
        if not self._among_threads.acquire(timeout=timeout):
            raise LockTimeoutError
        attempt = None
        try:
            self._descriptor = self._at_once()
            if self._descriptor < 0:
                attempt = _Attempt(self._name, self._among_threads.release)
                self._descriptor = attempt.until(deadline)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            if attempt is not None:
                attempt.let_go()
            elif self._descriptor < 0:
                self._among_threads.release()

    def _at_once(self) -> int:
        """Return a descriptor of the file, locked; -1 where somebody else has it, or removes it."""
        descriptor = _opened(self._name)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError) and error.errno in _BUSY:
                return -1
            raise
        os.close(descriptor)
        return -1

    def release(self) -> None:
        """Let the lock go; the file stays."""
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)
        self._among_threads.release()

    def _unusable(self, error: OSError) -> StateError:
        name = self._name
        if error.errno == errno.ELOOP:
            words, hint = "the lock file is a symlink", "remove it"
            return StateError(Problem(name, 0, 0, "lock-is-a-link", words, hint))
        return unusable(name, "cannot-lock", error)


@cache
def lock_of(path: Path) -> ProcessLock:
    """Return the one lock that this process has on a file: a second would undo the first."""
    return ProcessLock(path)


# In a forked child the threads that held these are gone, and the kernel's locks are not its own.
os.register_at_fork(after_in_child=lock_of.cache_clear)


def _opened(name: str) -> int:
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


class _Attempt:
    """One try to take a lock that somebody else has: by a thread that blocks in the kernel.

    Whatever ends the wait early, Ctrl-C too, leaves the descriptor to that thread, which closes it
    when the kernel gives it the lock. Until then no other thread may try: closing any descriptor
    of the file gives up what the process has locked by any other.
    """

    def __init__(self, name: str, end: Callable[[], None]) -> None:
        self._name = name
        self._end = end
        self._descriptor = -1
        self._switch = threading.Lock()
        self._is_waiting = False
        self._is_given_up = False
        self._is_taken = False
        self._error: OSError | None = None

    def until(self, deadline: float) -> int:
        """Return a descriptor of the file that has this name, locked; raises OSError."""
        while True:
            self._descriptor = _opened(self._name)
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _BUSY:
                    raise
                self._wait(deadline)
            if os.fstat(self._descriptor).st_nlink:
                self._is_taken = True
                return self._descriptor
            os.close(self._descriptor)  # the folder was removed: others lock another file
            self._descriptor = -1

    def let_go(self) -> None:
        """Clean up what did not become a lock."""
        with self._switch:
            if self._is_taken:
                return
            self._is_given_up = True
            if self._is_waiting:
                return
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._end()

    def _wait(self, deadline: float) -> None:
        over = threading.Event()
        self._is_waiting = True
        threading.Thread(target=self._block, args=(deadline, over), daemon=True).start()
        if not over.wait(max(0.0, deadline - time.monotonic())):
            raise LockTimeoutError
        if self._error is not None:
            raise self._error

    def _block(self, deadline: float, over: threading.Event) -> None:
        try:
            while not self._is_locked_now() and time.monotonic() < deadline:
                time.sleep(_RETRY_SECONDS)
        except OSError as error:
            self._error = error
        with self._switch:
            self._is_waiting = False
            is_given_up = self._is_given_up
        over.set()
        if is_given_up:
            self._close()

    def _is_locked_now(self) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
            return False
        return True
