"""Collects the plan beside the project's tests and joins tests to criteria.

Used wherever something is collected: in each worker, or in the one process. A criterion that real
tests are bound to is represented by them, and its own item leaves the collection.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_tracks.core.binding import Binder, Binding, BoundItem, Claim, covers
from pytest_tracks.core.markexpr import parse_mark_expression
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey
from pytest_tracks.core.roster import Collected
from pytest_tracks.plugin.items import SHARED, CriterionItem, PlanFile, Shared
from pytest_tracks.plugin.overlap import InnerFiles, without_inner

__all__ = ["PlanCollection"]


class PlanCollection:
    """Hooks of collection; hands what it found to ``publish`` before anybody counts items.

    ``asked`` names paths whose tests run also where they serve no criterion; paths add to what the
    plan needs and never restrict it. Other tests without a criterion leave the collection.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        asked: Sequence[str],
        publish: Callable[[Collected, tuple[str, ...]], None],
    ) -> None:
        self._shared = shared
        self._asked = tuple(asked)
        self._publish = publish
        self._files = {
            task.location.path
            for task in shared.plan.tasks.values()
            if task.id in shared.taking_part
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Add the plan's files, and the tests that criteria name, to what is collected."""
        config.stash[SHARED] = self._shared
        if config.args_source is not config.ArgsSource.TESTPATHS:
            self._add_the_projects_tests(config)
        # A criterion's neighbours are collected and deselected: they exist, but do not run.
        config.args[:] = map(self._whole_plan_file, config.args)
        known = {argument.partition(SEPARATOR)[0] for argument in config.args}
        for path in [*sorted(self._files), *self._named_tests(config.rootpath)]:
            absolute = str(config.rootpath / path)
            if absolute not in known and path not in known:
                known.add(absolute)
                config.args.append(absolute)
        config.args[:], inner = without_inner(config.args, config.invocation_params.dir)
        config.pluginmanager.register(InnerFiles(inner), "tracks-inner-files")

    def _whole_plan_file(self, argument: str) -> str:
        path = argument.partition(SEPARATOR)[0]
        is_plan = any(path == file or path.endswith(f"/{file}") for file in self._files)
        return path if is_plan else argument

    def _add_the_projects_tests(self, config: pytest.Config) -> None:
        """Look for bound tests where a run without arguments would, beside what is named."""
        if config.args_source is config.ArgsSource.INVOCATION_DIR:
            config.args.clear()
        written = [path for path in config.getini("testpaths") if (config.rootpath / path).exists()]
        for path in written or ["."]:
            if not any(covers(asked, path) for asked in self._asked):
                config.args.append(str(config.rootpath / path))

    def _named_tests(self, root: Path) -> list[str]:
        """List the files and folders that ``test:`` checks name; what is missing fails later."""
        found: dict[str, None] = {}
        for task_id in self._shared.taking_part:
            for criterion in self._shared.plan.tasks[task_id].criteria:
                if criterion.check.kind == "test":
                    ids = criterion.check.params["ids"]
                    assert isinstance(ids, (tuple, list))
                    for test_id in ids:
                        found.setdefault(str(test_id).partition(SEPARATOR)[0])
        return sorted(path for path in found if (root / path).exists())

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> PlanFile | None:
        """Make nodes of the plan's files."""
        root = parent.config.rootpath
        if file_path.suffix not in (".yaml", ".yml") or not file_path.is_relative_to(root):
            return None
        if file_path.relative_to(root).as_posix() not in self._files:
            return None
        return PlanFile.from_parent(parent, path=file_path)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Join before anybody deselects or reorders, and publish after."""
        found, unknown = self._join(config, items)
        result = yield
        kept = set(items)
        own = {item.nodeid: item in kept for item, _, _ in found if isinstance(item, CriterionItem)}
        bound = [
            BoundItem(node_id, item.nodeid, item in kept, bindings)
            for item, node_id, bindings in found
            if bindings
        ]
        self._publish(Collected(bound, own), unknown)
        return result

    def _join(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> tuple[list[tuple[pytest.Item, str, tuple[Binding, ...]]], tuple[str, ...]]:
        plan = self._shared.plan
        taking_part = [
            CriterionKey(task, criterion.id)
            for task in plan.tasks
            if task in self._shared.taking_part
            for criterion in plan.tasks[task].criteria
        ]
        binder = Binder.of(plan, taking_part)
        bindings = {
            item: binder.bind(item.nodeid, _claims(item), functools.partial(_matches, item), plan)
            for item in dict.fromkeys(items)
            if not isinstance(item, CriterionItem)
        }
        served = {one.key for found in bindings.values() for one in found}
        kept: dict[str, pytest.Item] = {}
        joined: dict[str, pytest.Item] = {}
        others: dict[pytest.Item, None] = {}
        for item in items:
            if isinstance(item, CriterionItem) and item.key in served:
                continue
            if isinstance(item, CriterionItem) or bindings[item]:
                joined.setdefault(item.nodeid, item)
            if self._stays(item, bindings.get(item, ())):
                kept.setdefault(item.nodeid, item)
            else:
                others.setdefault(item)
        items[:] = kept.values()
        if others:
            config.hook.pytest_deselected(items=list(others))
        for item in items:
            names = {str(one.key): None for one in bindings.get(item, ())}
            item.extra_keyword_matches.update(names)
        found = [(item, name, bindings.get(item, ())) for name, item in joined.items()]
        return found, tuple(binder.unknown)

    def _stays(self, item: pytest.Item, bindings: tuple[Binding, ...]) -> bool:
        only = self._shared.only
        if isinstance(item, CriterionItem):
            return not only or str(item.key) in only
        if any(not only or str(one.key) in only for one in bindings):
            return True
        return any(covers(path, item.nodeid) for path in self._asked)


def _claims(item: pytest.Item) -> list[Claim]:
    claims = []
    for mark in item.iter_markers("criterion"):
        text = mark.kwargs.get("text")
        for argument in mark.args:
            task, _, criterion = str(argument).partition("/")
            claims.append(Claim(CriterionKey(task, criterion), text))
    return claims


def _matches(item: pytest.Item, expression: str) -> bool:
    def has_mark(name: str, arguments: Mapping[str, object]) -> bool:
        return any(
            all(key in mark.kwargs and mark.kwargs[key] == arguments[key] for key in arguments)
            for mark in item.iter_markers(name)
        )

    return _parsed(expression).evaluate(has_mark)


_parsed = functools.lru_cache(maxsize=None)(parse_mark_expression)
