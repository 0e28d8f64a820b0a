"""Collects the plan beside the project's tests and joins tests to criteria.

Used wherever something is collected: in each worker, or in the one process. A criterion that real
tests are bound to is represented by them, and its own item leaves the collection.
"""

from __future__ import annotations

import functools
import posixpath
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_tracks.core.binding import BOUND_KINDS, Binder, Binding, BoundItem, Claim, covers
from pytest_tracks.core.markexpr import parse_mark_expression
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey
from pytest_tracks.core.roster import Collected, coverage_criterion
from pytest_tracks.plugin.beside_allure import is_allure_here, label_items
from pytest_tracks.plugin.items import SHARED, CriterionItem, PlanFile, Shared
from pytest_tracks.plugin.overlap import InnerFiles, without_inner

if TYPE_CHECKING:
    from pytest_tracks.core.model import Criterion, Plan, Task

__all__ = ["PlanCollection"]

MOST_ARGUMENTS = 10
"""Plan files in one folder that are arguments of their own."""


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
        self._plain_ids: dict[pytest.Item, str] = {}
        """Node ids before xdist adds a suffix to them."""
        self._binder = _binder(shared.plan)
        self._bound: dict[pytest.Item, tuple[list[pytest.Mark], tuple[Binding, ...]]] = {}
        """What was found for an item, and the marks that it had then."""
        self._files = {
            task.location.path
            for task in shared.plan.tasks.values()
            if task.id in shared.taking_part
        }
        self._suffixes = {posixpath.splitext(path)[1] for path in self._files}

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Add the plan's files, and the tests that criteria name, to what is collected."""
        config.stash[SHARED] = self._shared
        if config.args_source is not config.ArgsSource.TESTPATHS:
            self._add_the_projects_tests(config)
        # A criterion's neighbours are collected and deselected: they exist, but do not run.
        config.args[:] = map(self._whole_plan_file, config.args)
        known = {argument.partition(SEPARATOR)[0] for argument in config.args}
        crowded = _crowded_folders(self._files)
        for path in [*crowded, *sorted(self._files), *self._named_tests(config.rootpath)]:
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
        if file_path.suffix not in self._suffixes or not file_path.is_relative_to(root):
            return None
        if file_path.relative_to(root).as_posix() not in self._files:
            return None
        return PlanFile.from_parent(parent, path=file_path)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Join when all marks are there, with what was there before anybody deselected."""
        self._plain_ids = {item: item.nodeid for item in items}
        self._add_own_items(items, self._bindings(items))
        before = list(items)
        if config.option.keyword:
            self._offer_names(before)
        result = yield
        bindings = self._bindings(dict.fromkeys([*before, *items]))
        bindings.update(dict.fromkeys(self._add_own_items(items, bindings), ()))
        self._keep_gates(before, items, bindings)
        selected = set(items)
        served = {one.key for found in bindings.values() for one in found}
        joined: dict[str, pytest.Item] = {}
        for item, found in bindings.items():
            if found or (isinstance(item, CriterionItem) and item.key not in served):
                joined.setdefault(item.nodeid, item)
        self._keep(config, items, bindings, joined)
        if is_allure_here(config):
            label_items(bindings, self._shared)
        own: dict[str, bool] = {}
        bound: list[BoundItem] = []
        for node_id, item in joined.items():
            chosen = item in selected and self._stays(item, bindings[item])
            if isinstance(item, CriterionItem):
                own[node_id] = chosen
            else:
                plain = self._plain_ids.get(item, node_id)
                bound.append(BoundItem(plain, node_id, chosen, bindings[item]))
        self._publish(Collected(bound, own), tuple(self._binder.unknown))
        self._plain_ids.clear()
        self._bound.clear()
        return result

    def _add_own_items(
        self, items: list[pytest.Item], bindings: Mapping[pytest.Item, tuple[Binding, ...]]
    ) -> list[CriterionItem]:
        """Make the items of criteria that no test is bound to; all of the plan's stand together.

        Made only where they are needed: an item costs as much as a test to collect and to keep.
        """
        served = {one.key for found in bindings.values() for one in found}
        own = {item.key: item for item in bindings if isinstance(item, CriterionItem)}
        added = [
            node.own_item(criterion)
            for node in self._shared.nodes.values()
            for criterion in node.plan_task.criteria
            if criterion.check.kind in BOUND_KINDS
            and (key := CriterionKey(node.plan_task.id, criterion.id)) not in served
            and key not in own
        ]
        for item in added:
            item.ihook.pytest_itemcollected(item=item)
        if added:
            self._splice(items, added)
        return added

    def _splice(self, items: list[pytest.Item], added: Sequence[CriterionItem]) -> None:
        """Put new items among the plan's, in plan order, where its first one stands."""
        places = [n for n, item in enumerate(items) if isinstance(item, CriterionItem)]
        first = places[0] if places else len(items)
        order = {
            CriterionKey(name, criterion.id): n
            for n, (name, criterion) in enumerate(
                (name, criterion)
                for name, node in self._shared.nodes.items()
                for criterion in (*node.plan_task.criteria, *_gate(node.plan_task))
            )
        }
        own = [*added, *(item for item in items if isinstance(item, CriterionItem))]
        own.sort(key=lambda item: order[item.key])
        before = items[:first]
        after = [item for item in items[first:] if not isinstance(item, CriterionItem)]
        items[:] = [*before, *own, *after]

    def _keep_gates(
        self,
        before: list[pytest.Item],
        items: list[pytest.Item],
        bindings: Mapping[pytest.Item, tuple[Binding, ...]],
    ) -> None:
        """Let each coverage gate stay that has anything of its task left."""
        if all(self._shared.plan.tasks[task].coverage is None for task in self._shared.taking_part):
            return
        from pytest_tracks.plugin.coverage_items import keep_with_their_tasks

        tasks = {one.key.task for item in items for one in bindings[item]}
        tasks |= {item.key.task for item in items if isinstance(item, CriterionItem)}
        keep_with_their_tasks(before, items, tasks)

    def _offer_names(self, items: list[pytest.Item]) -> None:
        """Let ``-k TASK-004`` find the tests that serve a task."""
        for item, found in self._bindings(items).items():
            item.extra_keyword_matches.update(str(one.key) for one in found)

    def _bindings(self, items: Iterable[pytest.Item]) -> dict[pytest.Item, tuple[Binding, ...]]:
        return {
            item: () if isinstance(item, CriterionItem) else self._bindings_of(item)
            for item in items
        }

    def _bindings_of(self, item: pytest.Item) -> tuple[Binding, ...]:
        marks = list(item.iter_markers("criterion"))
        known = self._bound.get(item)
        if known is not None and known[0] == marks and not self._binder.by_mark:
            return known[1]
        name = self._plain_ids.setdefault(item, item.nodeid)
        matches = functools.partial(_matches, item)
        found = self._binder.bind(name, _claims(marks), matches, self._shared.plan)
        self._bound[item] = (marks, found)
        return found

    def _keep(
        self,
        config: pytest.Config,
        items: list[pytest.Item],
        bindings: Mapping[pytest.Item, tuple[Binding, ...]],
        joined: Mapping[str, pytest.Item],
    ) -> None:
        """Take out what does not run: represented by tests, named twice, or serving nothing."""
        kept: dict[str, pytest.Item] = {}
        others: dict[pytest.Item, None] = {}
        for item in items:
            if isinstance(item, CriterionItem) and item.nodeid not in joined:
                continue
            if self._stays(item, bindings[item]):
                kept.setdefault(item.nodeid, item)
            else:
                others.setdefault(item)
        items[:] = kept.values()
        if others:
            config.hook.pytest_deselected(items=list(others))

    def _stays(self, item: pytest.Item, bindings: tuple[Binding, ...]) -> bool:
        only = self._shared.only
        if isinstance(item, CriterionItem):
            return not only or str(item.key) in only
        taking_part = self._shared.taking_part
        served = [one.key for one in bindings if one.key.task in taking_part]
        if any(not only or str(key) in only for key in served):
            return True
        return any(covers(path, item.nodeid) for path in self._asked)


def _crowded_folders(files: Iterable[str]) -> list[str]:
    """Name the folders that hold so many of these files that they are collected as a whole.

    Pytest looks at all of a folder again for each argument that is a file in it.
    """
    count = Counter(posixpath.dirname(file) for file in files)
    return sorted(folder for folder, files in count.items() if folder and files > MOST_ARGUMENTS)


def _gate(task: Task) -> tuple[Criterion, ...]:
    return () if task.coverage is None else (coverage_criterion(task, task.coverage),)


def _binder(plan: Plan) -> Binder:
    # All of the plan's: what a task that takes no part rests on must not change unseen.
    every_criterion = [
        CriterionKey(task.id, criterion.id)
        for task in plan.tasks.values()
        for criterion in task.criteria
    ]
    return Binder.of(plan, every_criterion)


def _claims(marks: Iterable[pytest.Mark]) -> list[Claim]:
    claims = []
    for mark in marks:
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
