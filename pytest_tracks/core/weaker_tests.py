"""What a change made weaker in the tests that serve criteria.

::

    bound before ──► the same name, or the same function in another file ──► still bound?
                                                                          asserts gone, fewer cases?
                                                                          newly skipped, xfailed?

It reads what is written, and runs nothing: what a helper or a fixture asserts is not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_tracks.core.binding import covers
from pytest_tracks.core.markexpr import parse_mark_expression
from pytest_tracks.core.model import Plan
from pytest_tracks.core.nodeids import SEPARATOR, CriterionKey
from pytest_tracks.core.weakening import Weakening
from pytest_tracks.core.written_tests import (
    AT_IMPORT,
    IMPORTED,
    REBINDING,
    WrittenModule,
    WrittenTest,
)

__all__ = ["Suite", "weaker_tests"]

_CONFTEST = "conftest.py"


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one version of a project."""

    plan: Plan
    modules: Mapping[str, WrittenModule | None]
    """Path → module; None for one that cannot be read."""
    recorded: Mapping[str, Collection[str]] = field(default_factory=dict)
    """``TASK-004/AC-002`` → node ids that the state remembers."""

    def functions(self) -> dict[str, WrittenTest]:
        """Map names to tests; of two under one name, the one that asks for less."""
        written = [one for module in self.modules.values() if module for one in module.functions]
        return {one.name: one for one in sorted(written, key=lambda one: -one.asserts)}

    def bindings(self) -> dict[str, frozenset[str]]:
        """Map the names of tests that serve a criterion to the criteria."""
        found: dict[str, set[str]] = {}
        for key, ids in self.recorded.items():
            for name in ids:
                found.setdefault(_function(name), set()).add(key)
        for test in self.functions().values():
            found.setdefault(test.name, set()).update(self._served_by(test))
        return {name: frozenset(keys) for name, keys in found.items() if keys}

    def _served_by(self, test: WrittenTest) -> Iterator[str]:
        for task in self.plan.tasks.values():
            for criterion in task.criteria:
                key = str(CriterionKey(task.id, criterion.id))
                check = criterion.check
                if check.kind == "prose" and key in test.criteria:
                    yield key
                elif check.kind == "test":
                    ids = check.params["ids"]
                    assert isinstance(ids, (tuple, list))
                    if any(covers(str(one), test.name) for one in ids):
                        yield key
                elif check.kind == "mark" and _has_mark(test, str(check.params["expression"])):
                    yield key


def _has_mark(test: WrittenTest, expression: str) -> bool:
    # Arguments of marks are not compared: a test too many is compared, none is left out.
    return parse_mark_expression(expression).evaluate(lambda name, _: name in test.marks)


def _function(node_id: str) -> str:
    path, separator, inside = node_id.partition(SEPARATOR)
    return path + separator + inside.partition("[")[0]


def weaker_tests(before: Suite, after: Suite) -> Iterator[Weakening]:
    """Compare the bound tests of two versions, then what conftest files do to tests."""
    old, new = before.functions(), after.functions()
    serves, now_serves = before.bindings(), after.bindings()
    for name in sorted(serves):
        was = old.get(name)
        if was is None:
            continue  # inherited, or made at run time: nothing is written to compare
        here = new.get(name) or _moved(was, new, old)
        if here is None:
            yield _gone(was, after)
            continue
        yield from _weaker_test(was, here)
        still = now_serves.get(here.name, frozenset())
        unbound = sorted(_known(serves[name], after.plan) - still)
        if unbound:
            message = f"{here.name} no longer serves {', '.join(unbound)}"
            yield Weakening(name, "unbound", message, unbound)
    yield from _hooks(before, after)


def _known(keys: Collection[str], plan: Plan) -> set[str]:
    """Leave out criteria that the plan does not have any more: that is listed there."""
    known = {
        str(CriterionKey(task.id, criterion.id))
        for task in plan.tasks.values()
        for criterion in task.criteria
    }
    return known.intersection(keys)


def _moved(
    was: WrittenTest, new: Mapping[str, WrittenTest], old: Mapping[str, WrittenTest]
) -> WrittenTest | None:
    """Find the test under the same function name in another place, the strongest if several."""
    function = was.name.rpartition(SEPARATOR)[2]
    found = [
        test
        for name, test in new.items()
        if name not in old and name.rpartition(SEPARATOR)[2] == function
    ]
    return max(found, key=lambda test: (test.asserts, test.name), default=None)


def _gone(was: WrittenTest, after: Suite) -> Weakening:
    path = was.name.partition(SEPARATOR)[0]
    if path in after.modules and after.modules[path] is None:
        return Weakening(was.name, "removed", f"{path} is no Python any more", was.asserts)
    return Weakening(was.name, "removed", f"{was.name} is gone", was.asserts)


def _weaker_test(was: WrittenTest, now: WrittenTest) -> Iterator[Weakening]:
    name = was.name
    gone = _left(was.demands, now.demands)
    if gone:
        message = f"{now.name} asserts {now.asserts} things, was {was.asserts}; gone: {gone[0]}"
        yield Weakening(name, "asserts", message, was.demands, now.demands)
    more = _left(now.skips, was.skips)
    if more:
        message = f"{now.name} may now be left out: {', '.join(more)}"
        yield Weakening(name, "skip", message, was.skips, now.skips)
    wrappers = _left(now.wrappers, was.wrappers)
    if wrappers:
        message = f"{now.name} is wrapped by {', '.join(wrappers)}: it can change what it shows"
        yield Weakening(name, "wrapped", message, was.wrappers, now.wrappers)
    if now.cases < was.cases:
        message = f"{now.name} has {now.cases} parameter sets, was {was.cases}"
        yield Weakening(name, "cases", message, was.cases, now.cases)


def _left(these: Collection[str], others: Collection[str]) -> list[str]:
    """Take the others out, each as often as it is there."""
    left = list(these)
    for one in others:
        if one in left:
            left.remove(one)
    return left


def _hooks(before: Suite, after: Suite) -> Iterator[Weakening]:
    """Report what modules begin to do to collection, reports and other code, or do otherwise."""
    served = {name.partition(SEPARATOR)[0] for name in before.bindings()}
    for path, module in after.modules.items():
        if module is None:
            continue
        is_conftest = path.rpartition("/")[2] == _CONFTEST
        known = before.modules.get(path)
        hooks = known.hooks if known is not None else {}
        for name, text in module.hooks.items():
            matters = _matters(name, is_conftest=is_conftest, serves=path in served)
            if matters and hooks.get(name) != text:
                how = "has changed" if name in hooks else "is new"
                message = f"{name} {how} in {path}: it can hide tests or change what they show"
                yield Weakening(path, name, message, hooks.get(name), text)


def _matters(name: str, *, is_conftest: bool, serves: bool) -> bool:
    """Whether a hook of a module reaches tests that served criteria before the change."""
    if name == REBINDING:
        return not is_conftest  # there it is reported as code at import
    if is_conftest:
        return name in _STEERING or name.startswith("autouse")
    return name == "pytest_plugins" or (serves and name.startswith(("autouse", "setup", "setUp")))


_STEERING = frozenset(
    [
        AT_IMPORT,
        IMPORTED,
        "pytest_plugins",
        "collect_ignore",
        "collect_ignore_glob",
        "pytest_ignore_collect",
        "pytest_collect_file",
        "pytest_collection_modifyitems",
        "pytest_deselected",
        "pytest_pycollect_makeitem",
        "pytest_generate_tests",
        "pytest_pyfunc_call",
        "pytest_runtest_protocol",
        "pytest_runtest_setup",
        "pytest_runtest_call",
        "pytest_runtest_makereport",
        "pytest_runtest_logreport",
        "pytest_report_to_serializable",
        "pytest_report_from_serializable",
        "pytest_sessionfinish",
        "pytest_tracks_check_kinds",
        "pytest_configure",
        "pytest_cmdline_main",
        "pytest_load_initial_conftests",
    ]
)
