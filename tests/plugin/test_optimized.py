"""Where Python leaves assertions out, tracks judge nothing."""

from __future__ import annotations

import sys

import pytest

from tests.plugin.conftest import Project, logs


@pytest.mark.parametrize("way", ["-O", "PYTHONOPTIMIZE"])
def test_assertions_that_are_left_out(
    pytester: pytest.Pytester, project: Project, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    project.task("A", logs("A"))
    if way == "-O":
        words: tuple[str, ...] = (way,)
    else:
        words = ()
        monkeypatch.setenv(way, "1")
    result = pytester.run(sys.executable, *words, "-m", "pytest", "--tracks=1", "-n", "0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: Python leaves assertions out*"])
    assert project.logged() == []
