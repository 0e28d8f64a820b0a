from __future__ import annotations

import pytest

from pytest_tracks.core.model import Check, Criterion, Location, Plan
from pytest_tracks.core.weaker_settings import weaker_settings
from pytest_tracks.core.weaker_tests import Suite, weaker_tests
from pytest_tracks.core.written_tests import read_module
from tests.core.plans import plan, task

HERE = Location("plan.yaml")
MARK = '@pytest.mark.criterion("T/A")\n'
TEST = f"{MARK}def test_it(x):\n    assert x == 1\n"


def shop(check: Check | None = None) -> Plan:
    return plan(task("T", criteria=(Criterion("A", "It works", check or Check(), HERE, False),)))


def suite(plan: Plan | None = None, **files: str) -> Suite:
    modules = {f"{name}.py": read_module(f"{name}.py", source) for name, source in files.items()}
    return Suite(plan or shop(), modules)


def ids(before: Suite, after: Suite) -> list[str]:
    return [one.id for one in weaker_tests(before, after)]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (TEST, []),
        (TEST + "    assert x\n", []),
        (TEST.replace("assert x == 1", "pass"), ["test_a.py::test_it asserts"]),
        (TEST.replace(MARK, ""), ["test_a.py::test_it unbound"]),
        (f"@pytest.mark.skip\n{TEST}", ["test_a.py::test_it skip"]),
        (TEST.replace("test_it", "test_that"), ["test_a.py::test_it removed"]),
        ("", ["test_a.py::test_it removed"]),
        ("def", ["test_a.py::test_it removed"]),
    ],
)
def test_one_bound_test(after: str, expected: list[str]) -> None:
    assert ids(suite(test_a=TEST), suite(test_a=after)) == expected


def test_a_test_may_move_to_another_file() -> None:
    assert ids(suite(test_a=TEST), suite(test_b=TEST)) == []
    weaker = TEST.replace("assert x == 1", "pass")
    assert ids(suite(test_a=TEST), suite(test_b=weaker)) == ["test_a.py::test_it asserts"]


def test_what_serves_nothing_may_go() -> None:
    assert ids(suite(test_a=TEST.replace(MARK, "")), suite()) == []


@pytest.mark.parametrize(
    "check",
    [Check("test", {"ids": ("test_a.py",)}), Check("mark", {"expression": "slow and not fast"})],
)
def test_bound_by_the_plan(check: Check) -> None:
    source = "@pytest.mark.slow\ndef test_it(x):\n    assert x\n"
    before = suite(shop(check), test_a=source)
    assert ids(before, suite(shop(check))) == ["test_a.py::test_it removed"]
    moved = suite(shop(check), test_b=source.replace("slow", "fast"))
    assert ids(before, moved) == ["test_a.py::test_it unbound"]


def test_fewer_parameters() -> None:
    cases = f"@pytest.mark.parametrize('x', [1, 2])\n{TEST}"
    fewer = cases.replace("[1, 2]", "[1]")
    assert ids(suite(test_a=cases), suite(test_a=fewer)) == ["test_a.py::test_it cases"]


def test_what_a_conftest_begins_to_do() -> None:
    hook = "def pytest_collection_modifyitems(items):\n    pass\n"
    assert ids(suite(), suite(conftest=hook)) == ["conftest.py pytest_collection_modifyitems"]
    assert ids(suite(conftest=hook), suite(conftest=hook)) == []
    changed = hook.replace("pass", "items.clear()")
    assert len(ids(suite(conftest=hook), suite(conftest=changed))) == 1
    assert ids(suite(), suite(conftest="def pytest_report_header():\n    pass\n")) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"tracks_unverified": ("open",)}, ["tracks_unverified"]),
        ({"tracks_unverified": ("open",)}, {}, []),
        ({}, {"tracks_goal": ("no-regression",)}, ["tracks_goal"]),
        ({}, {"tracks_state": ("other.yaml",)}, ["tracks_state"]),
        (
            {"tracks_digest_ignore": ("*.md",)},
            {"tracks_digest_ignore": ("*.md", "*.py")},
            ["tracks_digest_ignore"],
        ),
        ({"xfail_strict": ("true",)}, {}, ["xfail_strict"]),
        ({"filterwarnings": ("error",)}, {"filterwarnings": ("ignore",)}, ["filterwarnings"]),
        ({}, {"testpaths": ("tests/fast",)}, ["testpaths"]),
        ({}, {"addopts": ("-q --deselect=tests/test_a.py",)}, ["addopts"]),
        ({}, {"addopts": ("-k 'not slow'",)}, ["addopts"]),
        ({}, {"addopts": ("-q -ra --strict-markers",)}, []),
        ({"addopts": ("-m 'not slow'",)}, {"addopts": ("-q", "-m 'not slow'")}, []),
    ],
)
def test_settings(
    before: dict[str, tuple[str, ...]],
    after: dict[str, tuple[str, ...]],
    expected: list[str],
) -> None:
    assert [one.what for one in weaker_settings("pytest.ini", before, after)] == expected


@pytest.mark.parametrize(
    ("before", "planned_before", "after", "planned_after", "expected"),
    [
        ({}, {}, {}, {"tracks_unverified": "open"}, ["settings"]),
        ({}, {"tracks_unverified": "block"}, {}, {"tracks_unverified": "open"}, ["settings"]),
        ({}, {"tracks_unverified": "open"}, {}, {}, []),
        ({}, {"tracks_unverified": "open"}, {"tracks_unverified": ("open",)}, {}, []),
        ({"tracks_unverified": ("block",)}, {}, {}, {"tracks_unverified": "open"}, ["settings"]),
        (
            {"tracks_unverified": ("block",)},
            {"tracks_unverified": "open"},
            {"tracks_unverified": ("",)},
            {"tracks_unverified": "open"},
            ["settings"],
        ),
        ({}, {}, {"tracks_unverified": ("block",)}, {"tracks_unverified": "open"}, []),
    ],
)
def test_what_a_plan_says_holds_where_the_configuration_says_nothing(
    before: dict[str, tuple[str, ...]],
    planned_before: dict[str, object],
    after: dict[str, tuple[str, ...]],
    planned_after: dict[str, object],
    expected: list[str],
) -> None:
    found = weaker_settings("pytest.ini", before, after, planned_before, planned_after)
    assert [one.subject for one in found] == expected
