"""``pytest-tracks status --watch`` follows a real run."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.plugin.conftest import project
from tests.plugin.test_waiting import Runs, runs, until

__all__ = ["project", "runs"]


@pytest.fixture
def watching(runs: Runs) -> Iterator[subprocess.Popen[str]]:
    first = runs.start("--track=1")
    until(first, "Task 1/1: A")
    watch = subprocess.Popen(
        [sys.executable, "-u", "-m", "pytest_tracks", "status", "--watch"],
        cwd=runs.project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield watch
    watch.kill()
    watch.communicate()


def test_it_shows_what_changes_and_ends_with_the_run(
    runs: Runs, watching: subprocess.Popen[str]
) -> None:
    assert "running" in until(watching, "2 tasks: ")
    runs.open_gate()
    said, errors = watching.communicate(timeout=60)
    assert "2 tasks: 1 PASS, 1 not run" in said
    assert (watching.returncode, errors) == (0, "")


def test_an_interrupt_ends_it_without_a_word(watching: subprocess.Popen[str]) -> None:
    until(watching, "2 tasks: ")
    watching.send_signal(signal.SIGINT)
    _, errors = watching.communicate(timeout=60)
    assert (watching.returncode, errors) == (0, "")
