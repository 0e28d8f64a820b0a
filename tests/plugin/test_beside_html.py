"""Beside pytest-html: its report tells what was blocked, and why."""

from __future__ import annotations

import html
import re

import pytest

from tests.plugin.beside import BOTH_WAYS, FAILING, Project, last_line

BESIDE = ("html", "metadata")


@BOTH_WAYS
def test_the_report_shows_what_was_blocked(pytester: pytest.Pytester, way: tuple[str, ...]) -> None:
    project = Project(pytester).tests(first=FAILING)
    options = ("--html=report.html", "--self-contained-html")
    result = project.run(*way, *options, beside=BESIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "INTERNALERROR" not in result.stdout.str()
    assert last_line(result).startswith("exit 1: 1 failed, 1 BLOCKED by TASK-001")
    report = html.unescape((project.root / "report.html").read_text(encoding="utf-8"))
    for module in ("first", "second", "third"):
        assert f"tests/test_{module}.py::test_it" in report
    assert "BLOCKED by TASK-001" in report
    counts = {
        name: int(count) for count, name in re.findall(r"(\d+) (Failed|Passed|Skipped)", report)
    }
    assert counts == {"Failed": 1, "Passed": 1, "Skipped": 1}


@BOTH_WAYS
def test_the_report_has_columns_for_track_and_task(
    pytester: pytest.Pytester, way: tuple[str, ...]
) -> None:
    project = Project(pytester).tests(first=FAILING)
    project.run(*way, "--html=report.html", "--self-contained-html", beside=BESIDE)
    report = html.unescape((project.root / "report.html").read_text(encoding="utf-8"))
    for column in ("track", "task"):
        assert (
            f'data-column-type=\\"{column}\\"' in report or f'data-column-type="{column}"' in report
        )
    tasks = re.findall(r'class=\\?"col-task\\?">([^<]*)<', report)
    assert sorted(tasks) == ["TASK-001", "TASK-002", "TASK-003"]
    assert set(re.findall(r'class=\\?"col-track\\?">([^<]*)<', report)) <= {"01", "02"}
