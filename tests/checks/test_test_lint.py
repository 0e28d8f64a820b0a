from textwrap import dedent

import pytest

from pytest_tracks.checks.test_lint import asserts_nothing, functions_of

MODULE = dedent(
    """
    import pytest
    from unittest import mock
    from project import run, check_all

    def holds(x):
        assert x

    def through(x):
        return holds(x)

    def loop(x):
        return loop(x)

    @pytest.fixture
    def checked():
        yield 1
        assert True

    def test_plain(): assert run()
    def test_raises():
        with pytest.raises(ValueError):
            run()
    def test_mock(): mock.Mock().assert_called_once()
    def test_helper(): through(1)
    def test_fixture(checked): run()
    def test_named(): check_all()
    def test_lines(pytester): pytester.run("x").stdout.fnmatch_lines(["x"])
    async def test_later(): assert await run()

    class TestCase:
        def _own(self): self.assertEqual(1, 1)
        def test_method(self): self.assertEqual(1, 2)
        def test_own(self): self._own()
        def test_idle(self): run()

    def test_nothing(): pass
    def test_runs(): run()
    def test_compares(): run() == 3
    def test_loop(): loop(1)
    def test_comment():
        # assert run()
        "assert run()"
    """
)


def found(name):
    functions = functions_of(MODULE)
    assert functions is not None
    assert name in functions
    return asserts_nothing(functions, name)


@pytest.mark.parametrize(
    "name",
    ["plain", "raises", "mock", "helper", "fixture", "named", "lines", "later"],
)
def test_what_asserts(name):
    assert found(f"test_{name}") is None


@pytest.mark.parametrize("name", ["method", "own"])
def test_methods_that_assert(name):
    assert found(f"TestCase::test_{name}") is None


@pytest.mark.parametrize(
    "name", ["test_nothing", "test_runs", "test_compares", "test_loop", "test_comment"]
)
def test_what_asserts_nothing(name):
    node = found(name)
    assert MODULE.splitlines()[node.lineno - 1].startswith(f"def {name}(")


def test_a_method_that_asserts_nothing():
    assert found("TestCase::test_idle") is not None


def test_what_is_not_known_is_not_accused():
    assert asserts_nothing(functions_of(MODULE), "test_of_another_module") is None
    assert functions_of("def (") is None
