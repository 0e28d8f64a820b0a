"""What pytest makes of the working directory: rootdir, ini values, hooks, and so the plan.

``pytest.main`` runs with a plugin that returns before anything is collected, so that all of it is
exactly what a run would see.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from pytest_tracks.checks.registry import builtin_kinds
from pytest_tracks.core.kinds import CheckKind
from pytest_tracks.core.model import Plan
from pytest_tracks.errors import TracksError, UsageError
from pytest_tracks.formats.document import PlanFormat
from pytest_tracks.formats.loading import load_plan
from pytest_tracks.project.formats import find_formats
from pytest_tracks.project.ini import ini_file
from pytest_tracks.project.kinds import find_kinds
from pytest_tracks.project.settings import Settings

__all__ = ["Learned", "Surveyed", "learn", "survey"]

# We are imported before pytest is, so it cannot rewrite our assertions, and says so in a warning.
_QUIETLY = ("-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@dataclass(frozen=True, slots=True)
class Learned:
    """What pytest said."""

    settings: Settings
    plan: Plan
    modules: tuple[str, ...] = field(default=())
    """The project's own files that pytest has loaded: conftest.py, local plug-ins."""
    is_plain: bool = False
    """Whether it follows from configuration files and environment: no ``--rootdir``, no other
    configuration file, no kinds of check but the built-in ones, no plan in a foreign format."""
    kinds: Mapping[str, CheckKind] = field(default_factory=dict)
    """All kinds of check, by the key that chooses them."""
    ini: str | None = None
    """The configuration file, relative to rootdir; None where there is none below it."""
    formats: tuple[PlanFormat, ...] = ()
    """Formats of plans that plug-ins add."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A project in which no plan need be yet: settings, kinds of check, formats of plug-ins."""

    settings: Settings
    kinds: Mapping[str, CheckKind]
    formats: tuple[PlanFormat, ...]


_Found = TypeVar("_Found")


class _Probe(Generic[_Found]):
    """Looks at the configuration of a run that ends before it begins."""

    def __init__(self, read: Callable[[pytest.Config], _Found]) -> None:
        self._read = read
        self.learned: _Found | None = None
        self.error: TracksError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """Read everything, and let nothing else happen."""
        try:
            self.learned = self._read(config)
        except TracksError as error:
            self.error = error
        return 0


def _read(config: pytest.Config) -> Learned:
    settings = Settings.read(config)
    kinds = find_kinds(config)
    formats = find_formats(config)
    plan = load_plan(
        settings.root, settings.plan, sprints=settings.sprints, kinds=kinds, formats=formats
    )
    here = config.invocation_params.dir
    usual = {settings.root, settings.root.resolve()} & {here, *here.parents, here.resolve()}
    is_plain = (
        config.getoption("rootdir") is None
        and config.getoption("inifilename") is None
        and (config.inipath is None or config.inipath.parent in (here, *here.parents))
        and bool(usual)
        and kinds.keys() == builtin_kinds().keys()
        and not formats
        and not plan.format
    )
    modules = _modules(config, settings.root)
    return Learned(settings, plan, modules, is_plain, kinds, ini_file(config), formats)


def _modules(config: pytest.Config, root: Path) -> tuple[str, ...]:
    files = [getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins()]
    return tuple(sorted({file for file in files if file and Path(file).is_relative_to(root)}))


def _survey(config: pytest.Config) -> Surveyed:
    return Surveyed(Settings.read(config), find_kinds(config), find_formats(config))


def learn(arguments: Sequence[str] = ()) -> Learned:
    """Ask pytest; ``arguments`` go to it.

    Raises TracksError, also where pytest itself refuses its configuration.
    """
    return _ask(_read, arguments)


def survey() -> Surveyed:
    """Ask pytest for all but the plan, for commands that make one; raises TracksError."""
    return _ask(_survey, ())


def _ask(read: Callable[[pytest.Config], _Found], arguments: Sequence[str]) -> _Found:
    probe = _Probe(read)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main([*arguments, *_QUIETLY], plugins=[probe])
    if probe.error is not None:
        raise probe.error
    if probe.learned is None:
        raise UsageError(said.getvalue().strip() or f"pytest ended with status {status}")
    return probe.learned
