"""Beside pytest-sugar, which puts a terminal reporter of its own in the place of pytest's."""

from __future__ import annotations

import pytest

from tests.plugin.beside import BOTH_WAYS, FAILING, Project, last_line

BESIDE = ("sugar",)


@BOTH_WAYS
@pytest.mark.parametrize("loudness", [(), ("-v",), ("-q",)], ids=["plain", "verbose", "quiet"])
def test_lines_and_closing_sentence_are_whole(
    pytester: pytest.Pytester, way: tuple[str, ...], loudness: tuple[str, ...]
) -> None:
    project = Project(pytester).tests(first=FAILING)
    result = project.run(*way, "--force-sugar", *loudness, "--color=no", beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert project.verdicts() == {"1": "FAIL", "2": "BLOCKED", "3": "PASS"}
    assert last_line(result) == "exit 1: 1 failed, 1 BLOCKED by TASK-001"
    if not loudness:
        lines = [line.split() for line in result.outlines]
        assert ["TASK-002", "second", "BLOCKED", "by", "TASK-001"] in lines
