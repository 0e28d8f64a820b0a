"""To whom it belongs what ran: a task has its items, their fixtures, and what these import.

A process runs the items of one task after another; the task's gate is judged behind its last. What
is shared, and so ran only once (fixtures of the session, imports), belongs to all who use it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_tracks.core.nodeids import parse_node_id
from pytest_tracks.plugin.coverage_recording import Extent

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from pytest_tracks.core.roster import Collected
    from pytest_tracks.plugin.coverage_imports import ImportRecord

__all__ = ["Attribution", "Ran"]


@dataclass(slots=True)
class Ran:
    """An item that has run since the last boundary between tasks."""

    item: pytest.Item
    extent: Extent = field(default_factory=Extent)


class Attribution:
    """Keeps what has run since the last task ended; ``tasks`` are those with a gate."""

    def __init__(self, tasks: Collection[str]) -> None:
        self._tasks = frozenset(tasks)
        self._served: dict[str, set[str]] = {}
        """Handle of an item → tasks with a gate that it serves."""
        self._ran: list[Ran] = []
        self._fixtures: dict[tuple[str, str, int], Extent] = {}

    def learn(self, collected: Collected) -> None:
        """Learn which items serve a task with a gate."""
        for item in collected.items:
            tasks = {one.key.task for one in item.bindings} & self._tasks
            if tasks:
                self._served[item.handle] = tasks
        for node_id in collected.own:
            task = parse_node_id(node_id)[1].task
            if task in self._tasks:
                self._served[node_id] = {task}

    def serves(self, item: pytest.Item) -> bool:
        """Whether an item serves any task with a gate."""
        return item.nodeid in self._served

    def begin(self, item: pytest.Item) -> Extent:
        """Note that an item runs; what it executes goes into the extent."""
        self._ran.append(Ran(item))
        return self._ran[-1].extent

    def end_task(self) -> None:
        """Forget what has run: what comes next is of another task."""
        self._ran.clear()

    def fixture(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest, user: Extent
    ) -> Extent:
        """Note that ``user`` sets a fixture of the session up, and give the fixture's extent."""
        index = getattr(request, "param_index", 0)
        key = (fixturedef.argname, str(getattr(fixturedef, "baseid", "")), index)
        user.fixtures.add(key)
        return self._fixtures.setdefault(key, Extent())

    def of(self, task: str) -> list[Ran]:
        """List what ran for a task: before it another may have run that was not judged."""
        return [ran for ran in self._ran if task in self._served[ran.item.nodeid]]

    def extents(self, task: str, imports: ImportRecord | None) -> list[Extent]:
        """List all that would run in a process with the items of this task alone."""
        items = self.of(task)
        extents = [ran.extent for ran in items]
        for ran in items:
            extents += [self._fixtures[key] for key in self._used_fixtures(ran)]
        if imports is None:
            return extents
        modules = {ran.item.module.__name__ for ran in items if hasattr(ran.item, "module")}
        for path in _conftests({ran.item.path.parent for ran in items}):
            extent = imports.files.get(path)
            if extent is not None:
                extents.append(extent)
                modules.update(_plugins_of(path))
        return [*extents, *imports.reached(extents, modules)]

    def _used_fixtures(self, ran: Ran) -> set[tuple[str, str, int]]:
        names = set(getattr(ran.item, "fixturenames", ()))
        indices = getattr(getattr(ran.item, "callspec", None), "indices", {})
        known = {
            key
            for key in self._fixtures
            if key[0] in names
            and ran.item.nodeid.startswith(key[1].removeprefix("."))
            and key[2] == indices.get(key[0], key[2])
        }
        return known | ran.extent.fixtures


def _conftests(folders: set[Path]) -> set[str]:
    """List the conftest.py files above items, which their process loads whichever it runs."""
    above = {above for folder in folders for above in (folder, *folder.parents)}
    return {str(folder / "conftest.py") for folder in above}


def _plugins_of(conftest: str) -> tuple[str, ...]:
    """List the modules that a conftest.py has pytest import."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == conftest:
            named = getattr(module, "pytest_plugins", ())
            return (named,) if isinstance(named, str) else tuple(map(str, named))
    return ()
