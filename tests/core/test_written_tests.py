from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.written_tests import AT_IMPORT, REBINDING, WrittenTest, read_module


def module(source: str) -> dict[str, WrittenTest]:
    read = read_module("test_a.py", textwrap.dedent(source))
    assert read is not None
    return {one.name.removeprefix("test_a.py::"): one for one in read.functions}


def asserts(*lines: str) -> int:
    body = "".join(f"    {line}\n" for line in lines)
    return module(f"def test_it(x=1):\n{body}")["test_it"].asserts


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (("assert x == 1",), 1),
        (("assert x", "assert not x"), 2),
        (("pass",), 0),
        (("assert True",), 0),
        (("assert 1 == 1",), 0),
        (("assert x == x",), 0),
        (("assert x or True",), 0),
        (("assert x and True",), 1),
        (("return", "assert x"), 0),
        (("pytest.skip('no')", "assert x"), 0),
        (("if False:", "    assert x"), 0),
        (("if x:", "    assert x"), 1),
        (("while 0:", "    assert x"), 0),
        (("for y in x:", "    assert y"), 1),
        (("try:", "    assert x", "except Exception:", "    pass"), 0),
        (("try:", "    assert x", "except Exception:", "    raise"), 1),
        (("try:", "    assert x", "except ValueError:", "    pass"), 1),
        (("try:", "    assert x", "finally:", "    assert not x"), 2),
        (("with suppress(AssertionError):", "    assert x"), 0),
        (("with pytest.raises(ValueError):", "    f()"), 1),
        (("with open(x) as y:", "    assert y"), 1),
        (("self.assertEqual(x, 1)",), 1),
        (("mock.assert_called_once_with(1)",), 1),
        (("def inner():", "    assert x"), 0),
        (("match x:", "    case 1:", "        assert x"), 1),
    ],
)
def test_what_can_fail_is_counted(lines: tuple[str, ...], count: int) -> None:
    assert asserts(*lines) == count


def test_names_marks_and_criteria() -> None:
    found = module(
        """
        import pytest

        pytestmark = pytest.mark.slow

        class TestCart:
            @pytest.mark.criterion("CART/SUM", "CART/TAX")
            @pytest.mark.parametrize("x", [1, 2, 3])
            @pytest.mark.parametrize("y", (1, 2))
            async def test_sum(self, x, y):
                assert x

        if True:
            def test_inside():
                assert 1 == len("a")

        def helper():
            assert 0
        """
    )
    assert list(found) == ["TestCart::test_sum", "test_inside"]
    cart = found["TestCart::test_sum"]
    assert cart.marks == {"slow", "criterion", "parametrize"}
    assert cart.criteria == {"CART/SUM", "CART/TAX"}
    assert cart.cases == 6
    assert found["test_inside"].asserts == 1


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.mark.skip\ndef test_it(): pass",
        "@pytest.mark.skipif(True, reason='x')\ndef test_it(): pass",
        "@pytest.mark.xfail(strict=True)\ndef test_it(): pass",
        "@unittest.expectedFailure\ndef test_it(): pass",
        "pytestmark = [pytest.mark.slow, pytest.mark.skip]\ndef test_it(): pass",
        "pytest.importorskip('x')\ndef test_it(): pass",
        "if x:\n    pytest.skip('x', allow_module_level=True)\ndef test_it(): pass",
        "def test_it():\n    if x:\n        pytest.xfail('x')",
    ],
)
def test_ways_to_be_left_out(source: str) -> None:
    assert len(module(source)["test_it"].skips) == 1


def test_hooks_and_fixtures_that_steer() -> None:
    source = """
    import pytest
    import shop

    collect_ignore = ["test_b.py"]
    NAMES = [1]
    shop.total = lambda: 3

    def pytest_runtest_makereport():
        pass

    @pytest.fixture(autouse=True)
    def always():
        pass

    @pytest.fixture
    def asked():
        pass
    """
    read = read_module("conftest.py", textwrap.dedent(source))
    assert read is not None
    assert set(read.hooks) == {
        "collect_ignore",
        "pytest_runtest_makereport",
        "autouse fixture always",
        AT_IMPORT,
        REBINDING,
    }


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(source: str) -> None:
    read = read_module("test_a.py", source)
    assert read is None or all(one.asserts >= 0 for one in read.functions)
