"""``--tracks-verify`` gives its word, with workers too; what ends it early has given none."""

from __future__ import annotations

import sys

import pytest

from tests.plugin.conftest import Project, logs


@pytest.mark.parametrize("way", [("-n", "0"), ()], ids=["one process", "workers"])
@pytest.mark.parametrize(("line", "expected"), [("", 0), ("import os; os._exit(0)", 4)])
def test_the_word_of_a_run(
    pytester: pytest.Pytester,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    way: tuple[str, ...],
    line: str,
    expected: int,
) -> None:
    for name in ("PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    project.task("A", logs("A"))
    project.write("conftest.py", line + "\n")
    words = ("-m", "pytest", "--tracks=2", *way, "--tracks-verify")
    result = pytester.run(sys.executable, *words, timeout=60)
    assert result.ret == expected
