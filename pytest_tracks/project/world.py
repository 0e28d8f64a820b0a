"""All that a collection is made of: what must be the same where a run is to be spared one.

Arguments, configuration, environment, plug-ins, the plan's files, every file of the project, and
the modules in it that git ignores. An option that is not known here means that nothing is spared.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tracks.project.remembered import find_plan_files
from pytest_tracks.project.surroundings import Surroundings
from pytest_tracks.state.worktree import LEFT_BEHIND, WorkTree

if TYPE_CHECKING:
    import pytest

    from pytest_tracks.project.settings import Settings

__all__ = ["World"]

_HARMLESS = re.compile(
    r"--tracks(=.*)?|--tracks-(plan|wait|meta)(=.*)?|--(track|task)(=.*)?|-n\d*|--numprocesses(=.*)?"
    r"|--dist(=.*)?|--maxprocesses(=.*)?|-[qvsl]+|--verbose|--quiet|--color(=.*)?|--tb(=.*)?"
    r"|-r\w*|-p|-pno:.*|--no-header|--no-summary|--strict.*|--import-mode(=.*)?|-W.*|-x"
    r"|--maxfail(=.*)?|--durations(=.*)?|--show-capture(=.*)?"
)
"""Options with which a run of nothing writes nothing, and selects what the plan says."""
_WITH_VALUE = re.compile(
    r"--tracks(-plan|-wait|-meta)?|--track|--task|-n|--numprocesses|--dist|--maxprocesses|--color"
    r"|--tb|-r|-p|--import-mode|-W|--maxfail|--durations|--show-capture"
)
_VOLATILE = re.compile(
    r"_|SHLVL|PWD|OLDPWD|COLUMNS|LINES|TERM.*|WINDOWID|TMUX.*|SSH_.*|COV_CORE_.*|PYTEST_CURRENT_TEST"
)
"""Variables that differ from terminal to terminal."""
_USUALLY_PASSED_BY = {".*", "build", "dist", "CVS", "_darcs", "*.egg"}
_NEVER_COLLECTED = re.compile(r"\..*|build|dist|CVS|_darcs|.*\.egg|.*\.egg-info")


class World:
    """All that a collection is made of, as a run found it when it began."""

    def __init__(self, config: pytest.Config, settings: Settings, tree: WorkTree) -> None:
        self.plan_files = find_plan_files(settings)
        named = self.plan_files.digest if self.plan_files else ""
        self.digest = _digest(config, settings, tree, named)

    @classmethod
    def of(cls, config: pytest.Config, settings: Settings, tree: WorkTree) -> World | None:
        """Look at it; None where this run is one that may not be spared, whatever it finds."""
        arguments, hooks = settings.arguments, config.hook
        is_usual = not (
            config.option.collectonly
            or settings.rerun
            or settings.verify
            or settings.ungated
            or settings.strict
            or settings.seal
            or settings.results
            or settings.report
            or settings.no_regression
            or arguments.plan
            or arguments.tests
            or hooks.pytest_tracks_check_kinds.get_hookimpls()
        )
        places = _places(config)
        if not is_usual or not _are_harmless(config) or places is None:
            return None
        tree.freeze()
        return cls(config, settings, tree)


def _places(config: pytest.Config) -> list[str] | None:
    """Name what is collected, relative to the root; None where any of it is outside of that."""
    root = str(config.rootpath)
    start = config.invocation_params.dir
    found = [os.path.relpath(start / arg.partition("::")[0], root) for arg in config.args]
    return None if any(place.split(os.sep)[0] == os.pardir for place in found) else found


def _are_harmless(config: pytest.Config) -> bool:
    """Whether every option is known not to matter, wherever it was given."""
    given = [*map(str, config.invocation_params.args), *config.getini("addopts")]
    try:
        given += shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
    except ValueError:
        return False
    words = iter(given)
    for word in words:
        if not _HARMLESS.fullmatch(word):
            return False
        if _WITH_VALUE.fullmatch(word):
            next(words, "")
    return True


def _digest(config: pytest.Config, settings: Settings, tree: WorkTree, plan: str) -> str:
    variables = [pair for pair in sorted(os.environ.items()) if not _VOLATILE.fullmatch(pair[0])]
    whole = hashlib.sha256()
    for part in (
        [*map(str, config.invocation_params.args), str(config.invocation_params.dir), plan],
        [*config.args, config.getini("addopts"), str(config.inipath)],
        variables,
        Surroundings().digest(()),
        list(_plugins(config)),
        [(path, tree.identity(path)) for path in tree.paths if not _is_state(path, settings)],
        sorted(_hidden_modules(settings.root, "", tree, _is_pruned(config))),
    ):
        whole.update(json.dumps(part).encode() + b"\n")
    return whole.hexdigest()


def _is_state(path: str, settings: Settings) -> bool:
    return path.startswith(settings.state)


def _plugins(config: pytest.Config) -> Iterator[tuple[str, int, int]]:
    """Tell the code of all plug-ins apart, also of those that are being written elsewhere."""
    files = {getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins()}
    for file in sorted(filter(None, files)):
        with suppress(OSError):
            status = os.stat(file)
            yield file, status.st_size, status.st_mtime_ns


def _is_pruned(config: pytest.Config) -> Callable[[str], bool]:
    """Tell the folders that pytest passes by: by their names, unless somebody names them."""
    is_usual = set(config.getini("norecursedirs")) >= _USUALLY_PASSED_BY
    named = [place + os.sep for place in _places(config) or ()]

    def is_pruned(path: str) -> bool:
        is_named = any((path + os.sep).startswith(one) or one.startswith(path) for one in named)
        by_name = _NEVER_COLLECTED.fullmatch(os.path.basename(path)) is not None
        return by_name and is_usual and not is_named

    return is_pruned


def _hidden_modules(
    root: Path, below: str, tree: WorkTree, is_pruned: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Find the modules that git ignores and pytest would collect all the same."""
    try:
        found = list(os.scandir(root / below))
    except OSError:
        return
    if below and any(entry.name == "pyvenv.cfg" for entry in found):
        return
    for entry in found:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.name in LEFT_BEHIND or is_pruned(path):
            continue
        if entry.is_dir():
            yield from _hidden_modules(root, path, tree, is_pruned)
        elif entry.name.endswith(".py") and path not in tree:
            yield path, tree.identity(path)
