"""The ini values of a version of the project that is not checked out.

Pytest reads configuration files of the work tree only, so those of a commit are read here: the
same files in the same order, without what the command line or the environment add.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iniconfig import IniConfig, ParseError

from pytest_tracks.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import pytest

__all__ = ["COVERAGE_FILES", "INI_FILES", "Ini", "ini_file", "read_coverage_ini", "read_ini"]

Ini = Mapping[str, tuple[str, ...]]
"""Name → its lines; options that take several words a line stay as written."""

_SECTIONS = {
    "pytest.toml": ("pytest",),
    ".pytest.toml": ("pytest",),
    "pytest.ini": ("pytest",),
    ".pytest.ini": ("pytest",),
    "pyproject.toml": ("tool", "pytest"),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}
INI_FILES = tuple(_SECTIONS)
_COUNT_WHEN_EMPTY = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")


def ini_file(config: pytest.Config) -> str | None:
    """Name the configuration file of a run, relative to rootdir; None: none below it."""
    path = config.inipath
    if path is None or not Path(path).is_relative_to(config.rootpath):
        return None
    return Path(path).relative_to(config.rootpath).as_posix()


def read_ini(contents: Mapping[str, bytes], chosen: str | None = None) -> Ini:
    """Read the ini values out of configuration files, by their paths from rootdir.

    ``chosen`` is the file that the run of today uses: where it is, it is used. Raises UsageError.
    """
    order = [name for name in (chosen, *INI_FILES) if name is not None and name in contents]
    for name in order:
        values = _values(name, contents[name])
        if values is not None:
            return values
    return {}


def _values(path: str, content: bytes) -> Ini | None:
    name = path.rpartition("/")[2]
    text = content.decode("utf-8-sig", "replace")
    try:
        if name.endswith(".toml"):
            return _toml(name, text)
        section = _SECTIONS.get(name, ("pytest",))[0]
        sections = IniConfig(path, data=text).sections
    except (ParseError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if section not in sections:
        return {} if name in _COUNT_WHEN_EMPTY else None
    return {key: _lines(value) for key, value in sections[section].items()}


def _toml(name: str, text: str) -> Ini | None:
    found: Any = tomllib.loads(text)
    for step in _SECTIONS.get(name, ("tool", "pytest")):
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return {} if name in _COUNT_WHEN_EMPTY else None
    table = found.get("ini_options", found)
    return {key: _lines(value) for key, value in table.items()} if table else None


def _lines(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return tuple(line.strip() for line in text.splitlines() if line.strip())


COVERAGE_FILES = (".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml")


def read_coverage_ini(contents: Mapping[str, bytes], names: Collection[str]) -> Ini:
    """Read these names out of coverage's configuration, all files joined; raises UsageError.

    Coverage reads the first file that it finds; what is in any of them may be read tomorrow.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in COVERAGE_FILES:
        for section in _coverage_sections(path, contents[path]) if path in contents else ():
            for name in section.keys() & set(names):
                found[name] = (*found.get(name, ()), *_entries(section[name]))
    return found


def _coverage_sections(path: str, content: bytes) -> Iterator[Mapping[str, Any]]:
    text = content.decode("utf-8-sig", "replace")
    prefix = "" if path == ".coveragerc" else "coverage:"
    try:
        if path.endswith(".toml"):
            root: Any = tomllib.loads(text)
            table = root.get("tool", {}).get("coverage", {}) if path == "pyproject.toml" else root
            yield from (table[name] for name in ("run", "report") if name in table)
        else:
            sections = IniConfig(path, data=text).sections
            names = (f"{prefix}run", f"{prefix}report")
            yield from (sections[name] for name in names if name in sections)
    except (ParseError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _entries(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    parts = (part.strip() for line in str(value).splitlines() for part in line.split(","))
    return tuple(part for part in parts if part)
