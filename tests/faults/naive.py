"""Two states as one writes them first. They are here to be broken: a harness that they pass
measures nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from subjects import Reading

__all__ = ["PlainWrite", "RenameWithoutLock", "lock_by_existence"]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class PlainWrite:
    """Opens the state file and writes the whole of it at every verdict."""

    def __init__(self, root: Path) -> None:
        self._path = self.state_file(root)
        self._known = self.read(root).verdicts

    def begin(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def settle(self, task: str, verdict: str) -> None:
        self._known[task] = verdict
        self.save()

    def save(self) -> None:
        self._write(yaml.dump({"tasks": self._known}, Dumper=_Dumper))

    def end(self) -> None:
        self.save()

    def _write(self, text: str) -> None:
        with open(self._path, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    @staticmethod
    def state_file(root: Path) -> Path:
        return root / "state.yaml"

    @staticmethod
    def read(root: Path) -> Reading:
        path = PlainWrite.state_file(root)
        if not path.exists():
            return Reading({})
        found = yaml.load(path.read_text(), Loader=_Loader) or {}
        return Reading({task: str(verdict) for task, verdict in (found["tasks"] or {}).items()})


class RenameWithoutLock(PlainWrite):
    """Replaces the file in one step, which is enough for one writer and for no two."""

    def settle(self, task: str, verdict: str) -> None:
        self._known = PlainWrite.read(self._path.parent).verdicts
        super().settle(task, verdict)

    def _write(self, text: str) -> None:
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with open(temporary, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._path)


@contextmanager
def lock_by_existence(root: Path) -> Iterator[None]:
    """Hold a lock that is a file: it outlives its holder, and opens what a link leads to."""
    path = root / "lock"
    deadline = time.monotonic() + 1.0
    while path.exists() and path.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError("the lock is there")
        time.sleep(0.01)
    path.write_text("held")
    try:
        yield
    finally:
        path.unlink()
