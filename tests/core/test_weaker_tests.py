from __future__ import annotations

import pytest

from pytest_tracks.core.model import Check, Criterion, Location, Plan
from pytest_tracks.core.weaker_settings import weaker_settings
from pytest_tracks.core.weaker_tests import Suite, weaker_tests
from pytest_tracks.core.written_tests import IMPORTED, REBINDING, read_module
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


LOCAL = f"{MARK}def test_it():\n    found = answer()\n    assert found == 42\n"


@pytest.mark.parametrize(
    "demand",
    [
        "assert (x == 1, 'right')",
        "assert lambda: x == 1",
        "assert x == 1 if False else True",
        "assert [x == 1]",
        "assert f'{x}!'",
        "assert not (x == 1 and False)",
        "assert x == 2",
        "assert x == 1 or y",
        "assert str(x) == 1",
        "if x:\n        assert x == 1",
        "for _ in []:\n        assert x == 1",
        "for _ in range(0):\n        assert x == 1",
        "for x in SOME:\n        assert x == 1",
        "with pytest.raises(AssertionError):\n        assert x == 1",
        "with forgiven():\n        assert x == 1",
        "try:\n        assert x == 1\n    finally:\n        return",
        "if x != 1:\n        return\n    assert x == 1",
        "x = 1\n    assert x == 1",
    ],
)
def test_an_assertion_that_says_less_or_something_else(demand: str) -> None:
    after = TEST.replace("assert x == 1", demand)
    assert ids(suite(test_a=TEST), suite(test_a=after)) == ["test_a.py::test_it asserts"]


@pytest.mark.parametrize("demand", ["assert x == 1 and y", "assert y\n    assert x == 1, y"])
def test_an_assertion_that_says_more(demand: str) -> None:
    assert ids(suite(test_a=TEST), suite(test_a=TEST.replace("assert x == 1", demand))) == []


def test_what_a_name_in_an_assertion_stands_for() -> None:
    assert ids(suite(test_a=LOCAL), suite(test_a=LOCAL)) == []
    weaker = LOCAL.replace("answer()", "42")
    assert ids(suite(test_a=LOCAL), suite(test_a=weaker)) == ["test_a.py::test_it asserts"]


def test_a_test_that_is_wrapped() -> None:
    found = ids(suite(test_a=TEST), suite(test_a=f"@forgive\n{TEST}"))
    assert found == ["test_a.py::test_it wrapped"]
    used = f"@pytest.mark.usefixtures('right')\n{TEST}"
    assert ids(suite(test_a=TEST), suite(test_a=used)) == ["test_a.py::test_it wrapped"]
    assert ids(suite(test_a=TEST), suite(test_a=f"@pytest.mark.slow\n{TEST}")) == []


def test_a_twin_that_never_is_the_test() -> None:
    twin = f"{TEST.replace('assert x == 1', 'pass')}if sys.version_info > (9,):\n" + "".join(
        f"    {line}\n" for line in TEST.splitlines()
    )
    assert ids(suite(test_a=TEST), suite(test_a=twin)) == ["test_a.py::test_it asserts"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("@pytest.fixture(autouse=True)\ndef right():\n    pass\n", "autouse fixture right"),
        ("def setup_module():\n    pass\n", "setup_module"),
        (
            "class TestMore:\n    def setup_method(self):\n        pass\n",
            "setup_method of TestMore",
        ),
        ("pytest_plugins = ['support']\n", "pytest_plugins"),
        ("shop.total = lambda: 3\n", REBINDING),
        ("setattr(shop, 'total', 3)\n", REBINDING),
    ],
)
def test_what_a_module_of_tests_begins_to_do(more: str, expected: str) -> None:
    assert ids(suite(test_a=TEST), suite(test_a=TEST + more)) == [f"test_a.py {expected}"]
    reaches_others = expected in ("pytest_plugins", REBINDING)
    assert bool(ids(suite(test_a=TEST), suite(test_a=TEST, test_b=more))) is reaches_others


def test_hooks_that_a_conftest_imports() -> None:
    for line in ("from support import *", "from support import pytest_runtest_call as _"):
        expected = [] if line.endswith("_") and "*" not in line else [f"conftest.py {IMPORTED}"]
        assert ids(suite(), suite(conftest=f"{line}\n")) == expected
    hook = "from support import right as pytest_runtest_call\n"
    assert ids(suite(), suite(conftest=hook)) == [f"conftest.py {IMPORTED}"]


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
        ({}, {"addopts": ("--collect-only",)}, ["addopts"]),
        ({}, {"pythonpath": ("other .",)}, ["pythonpath"]),
        ({}, {"usefixtures": ("right",)}, ["usefixtures"]),
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
