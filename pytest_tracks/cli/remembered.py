"""What commands in a loop need not ask pytest and YAML again: settings, and the plan as JSON.

::

    .tracks/settings.json   what pytest said, with the digest of all that it was learned from
    .tracks/plan.json       the plan, with the digest of the bytes of its files

Starting pytest takes longer than an agent should wait, and so does reading 1,000 YAML files. Both
answers are kept with the bytes that they follow from and are asked for anew when one differs. A
time of change is never trusted. Where a plug-in adds kinds of check nothing is remembered: they
may depend on anything. Nothing here is needed: files that are missing, damaged or of another
version mean a slower command, and a folder that cannot be written to means no more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pytest_tracks import __version__
from pytest_tracks.core.model import Plan
from pytest_tracks.errors import StateError
from pytest_tracks.formats.plan_bytes import digest_files, list_quietly
from pytest_tracks.formats.plan_json import plan_from_json, plan_to_json
from pytest_tracks.project.settings import Arguments, Settings
from pytest_tracks.state.durable import make_private_folder, replace_file

__all__ = ["Surroundings", "recall_plan", "recall_settings", "remember_plan", "remember_settings"]

_FOLDER = ".tracks"
_SETTINGS = "settings.json"
_PLAN = "plan.json"
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
_TEXTS = ("plan", "sprints", "state")
_FLAGS = ("rerun", "verify", "ungated", "open_unverified", "dynamic")
_TUPLES = ("tracks", "tasks", "digest_ignore")


def recall_settings(around: Surroundings) -> Settings | None:
    """Return the settings of the working directory, if pytest would say the same again."""
    for place in around.likely_places():
        known = _read(place / _SETTINGS)
        if known.get("learned_from") == around.digest(known.get("modules", ())):
            return _settings(known["settings"])
    return None


def remember_settings(around: Surroundings, settings: Settings, modules: Iterable[str]) -> None:
    """Keep the settings of the working directory, as pytest found them in ``around``.

    ``modules`` are the project's own files that pytest has loaded, such as conftest.py.
    """
    names = sorted(modules)
    document = {
        "learned_from": around.digest(names),
        "modules": names,
        "settings": _settings_values(settings),
    }
    if _settings(document["settings"]) == settings:
        _write(settings, _SETTINGS, document)


def recall_plan(settings: Settings) -> Plan | None:
    """Return the plan, if its files still hold what it was made of, byte for byte."""
    root = os.path.realpath(settings.root)
    listing = list_quietly(root, settings.plan, settings.sprints)
    if listing is None:
        return None
    known = _read(_folder(settings) / _PLAN)
    if not known or known.get("tool") != _tool():
        return None
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, IndexError):
        if known["plan"][4] == digest_files(root, listing.files):
            return replace(plan_from_json(known), ignored=listing.ignored)
    return None


def remember_plan(settings: Settings, plan: Plan) -> None:
    """Keep the plan; one that JSON cannot say exactly is not kept."""
    with contextlib.suppress(ValueError):
        _write(settings, _PLAN, {"tool": _tool(), **plan_to_json(plan)})


class Surroundings:
    """All that pytest's answer follows from: configuration files, environment, installations.

    Taken before pytest is asked, which changes environment and import path.
    """

    def __init__(self) -> None:
        self._cwd = Path.cwd()
        self._path = [*sys.path]
        self._steering = sorted(pair for pair in os.environ.items() if _steers(pair[0]))
        self._configuration = {
            str(folder / name): content
            for folder in (self._cwd, *self._cwd.parents)
            for name in _INI_NAMES
            if (content := _content(folder / name)) is not None
        }

    def likely_places(self) -> Iterator[Path]:
        """Guess where the memory may lie: a wrong guess finds nothing, or another digest."""
        told = [os.environ.get("PYTEST_ADDOPTS", "").encode(), *self._configuration.values()]
        names = {os.fsdecode(name): None for text in told for name in _PLAN_NAMED.findall(text)}
        for folder in (self._cwd, *self._cwd.parents):
            for name in (*names, _USUAL_PLAN):
                yield folder / name / _FOLDER

    def digest(self, modules: Iterable[str]) -> str:
        """Digest it all, with the contents of these modules."""
        parts = [
            *(f"{name}={value}" for name, value in self._steering),
            str(self._cwd),
            *(name for folder in self._path for name in _distributions(folder)),
            *_tool(),
        ]
        whole = hashlib.sha256(json.dumps(parts).encode())
        contents = {name: _content(Path(name)) for name in modules}
        for name, content in (*self._configuration.items(), *contents.items()):
            whole.update(json.dumps([name, None if content is None else len(content)]).encode())
            whole.update(content or b"")
        return whole.hexdigest()


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
def _tool() -> list[str]:
    """Name what has read the plan: this version of this package, in this Python."""
    package = Path(__file__).parents[1]
    layers = ("core", "formats", "checks", "project")
    sources = [
        entry
        for layer in layers
        for entry in os.scandir(package / layer)
        if entry.name.endswith(".py")
    ]
    stats = [(entry.name, entry.stat()) for entry in sources]
    # A checkout is edited in place, under one version; here a time of change can only hurt speed.
    newest = max(stat.st_mtime_ns for _, stat in stats)
    size = sum(stat.st_size for _, stat in stats)
    return [__version__, sys.version, str(package), f"{len(stats)} {size} {newest}"]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _folder(settings: Settings) -> Path:
    return settings.root / settings.plan / _FOLDER


def _read(path: Path) -> dict[str, Any]:
    content = _content(path)
    try:
        known = json.loads(content) if content else None
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _write(settings: Settings, name: str, document: dict[str, Any]) -> None:
    folder = _folder(settings)
    with contextlib.suppress(OSError, StateError):  # a checkout that is not ours to write to
        make_private_folder(folder)
        text = json.dumps(document, separators=(",", ":"))
        replace_file(folder / name, text.encode())


def _settings_values(settings: Settings) -> dict[str, Any]:
    names = (*_TEXTS, *_FLAGS, *_TUPLES)
    return {"root": str(settings.root), **{name: getattr(settings, name) for name in names}}


def _settings(values: dict[str, Any]) -> Settings:
    return Settings(
        root=Path(values["root"]),
        arguments=Arguments(),
        lanes=None,
        meta={},
        **{name: values[name] for name in (*_TEXTS, *_FLAGS)},
        **{name: tuple(values[name]) for name in _TUPLES},
    )
