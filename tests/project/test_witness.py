"""A process that ends before it has decided is no success, whatever its exit status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pytest_tracks.project.witness import NO_WORD, Witness

PROGRAM = """\
import os, signal, sys
from pytest_tracks.project.witness import Witness

witness = Witness.call()
print("once", flush=True)
{}
"""


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("witness.vouch(0)", 0),
        ("witness.vouch(1)", 1),
        ("witness.vouch(0); sys.exit(3)", 3),
        ("witness.vouch(1); os._exit(0)", 1),
        ("", NO_WORD),
        ("os._exit(0)", NO_WORD),
        ("os.execv(sys.executable, [sys.executable, '-c', ''])", NO_WORD),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getppid(), signal.SIGTERM); signal.pause()", -signal.SIGTERM),
        ("os.fork() or signal.alarm(5) or signal.pause(); witness.vouch(0)", 0),
    ],
)
def test_the_worse_of_exit_status_and_word_counts(ending: str, expected: int) -> None:
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(ending)],
        env=environment,
        stdout=subprocess.PIPE if "alarm" not in ending else subprocess.DEVNULL,
        stderr=subprocess.PIPE if "alarm" not in ending else subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == expected
    if done.stdout is not None:
        assert done.stdout == "once\n"
        assert ("ended before it had decided" in done.stderr) is (expected == NO_WORD)


def test_inside_a_test_nothing_forks() -> None:
    before = os.getpid()
    Witness.call().vouch(0)
    assert os.getpid() == before
