"""All that pytest's answer about a folder follows from, short of the plan itself."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pytest_tracks import __version__

__all__ = ["PRIVATE_FOLDER", "Surroundings", "content", "this_tool"]

PRIVATE_FOLDER = ".tracks"
_USUAL_PLAN = "docs/planning"
_PLAN_NAMED = re.compile(rb"tracks[_-]plan[\"']?\s*[= ]\s*[\"']?([^\"'\s\]]+)")
_INI_NAMES = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    "setup.py",
)
"""What pytest looks for in a folder and all above it to find rootdir and settings."""
_DISTRIBUTION = (".dist-info", ".egg-info", ".egg-link")
_STEERING = ("PYTEST_", "TRACKS_", "PYTHON")


class Surroundings:
    """Configuration files, environment, installations, as they were when this was made.

    To be made before pytest is asked, which changes environment and import path.
    """

    def __init__(self) -> None:
        self._cwd = Path.cwd()
        self._path = [*sys.path]
        self._steering = sorted(pair for pair in os.environ.items() if _steers(pair[0]))
        self._configuration = {
            str(folder / name): found
            for folder in (self._cwd, *self._cwd.parents)
            for name in _INI_NAMES
            if (found := content(folder / name)) is not None
        }

    def likely_places(self) -> Iterator[Path]:
        """Guess where the memory may lie: a wrong guess finds nothing, or another digest."""
        told = [os.environ.get("PYTEST_ADDOPTS", "").encode(), *self._configuration.values()]
        names = {os.fsdecode(name): None for text in told for name in _PLAN_NAMED.findall(text)}
        for folder in (self._cwd, *self._cwd.parents):
            for name in (*names, _USUAL_PLAN):
                yield folder / name / PRIVATE_FOLDER

    def digest(self, modules: Iterable[str]) -> str:
        """Digest it all, with the contents of these modules as they are now."""
        parts = [
            *(f"{name}={value}" for name, value in self._steering),
            str(self._cwd),
            *(name for folder in self._path for name in _distributions(folder)),
            *this_tool(),
        ]
        whole = hashlib.sha256(json.dumps(parts).encode())
        contents = {name: content(Path(name)) for name in modules}
        for name, found in (*self._configuration.items(), *contents.items()):
            whole.update(json.dumps([name, None if found is None else len(found)]).encode())
            whole.update(found or b"")
        return whole.hexdigest()


def content(path: Path) -> bytes | None:
    """Read a file; None where that is not possible."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _steers(name: str) -> bool:
    return name.startswith(_STEERING) and name != "PYTEST_CURRENT_TEST"


def _distributions(folder: str) -> list[str]:
    """Name what is installed, with versions: plug-ins come and go with it."""
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return [folder]
    return [folder, *(name for name in names if name.endswith(_DISTRIBUTION))]


@cache
def this_tool() -> tuple[str, ...]:
    """Name what reads and answers: this version of this package, in this Python."""
    package = Path(__file__).parents[1]
    stats = [
        entry.stat()
        for layer in os.scandir(package)
        if layer.is_dir()
        for entry in os.scandir(layer)
        if entry.name.endswith(".py")
    ]
    # A checkout is edited in place, under one version; its times of change only cost speed.
    newest = max(stat.st_mtime_ns for stat in stats)
    size = sum(stat.st_size for stat in stats)
    return __version__, sys.version, str(package), f"{len(stats)} {size} {newest}"
