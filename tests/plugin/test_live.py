"""Live progress in a real terminal (a pseudo-terminal, read by a terminal emulator)."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator

import pyte
import pytest

from tests.plugin.conftest import Project, logs

TRACK = re.compile(r"^\d .*\[[#.]{10}\] +\d+/\d+ ", re.MULTILINE)
ROWS = 50


class Terminal:
    """Runs pytest in a terminal and keeps every screen that it showed."""

    def __init__(
        self, project: Project, columns: int, *arguments: str, rows: int = ROWS, **environment: str
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1_000)
        self._stream = pyte.ByteStream(self.screen)
        left_out = {"CI", "NO_COLOR", "COLUMNS"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        command = [sys.executable, "-m", "pytest", *arguments]
        pid, self._terminal = pty.fork()
        if not pid:
            os.chdir(project.root)
            os.execve(sys.executable, command, {**kept, "TERM": "xterm", **environment})
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)
        self.raw = b""
        self.shown = list(self._screens())
        self.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(self._terminal)

    def _screens(self) -> Iterator[str]:
        while True:
            try:
                read = os.read(self._terminal, 65_536)
            except OSError:  # Linux says so when the other side is closed
                return
            if not read:
                return
            self.raw += read
            self._stream.feed(read)
            yield self.text

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def scrolled_off(self) -> str:
        """What a person finds further up."""
        columns = range(self.screen.columns)
        rows = self.screen.history.top
        return "\n".join("".join(row[column].data for column in columns).rstrip() for row in rows)


@pytest.fixture
def slow(project: Project) -> Project:
    """Give a plan of which one task waits until the lines have been drawn."""
    project.plan(tracks={1: "One", 2: "Two"})
    project.task("A", logs("A", then="sleep 0.6"), track=1, files=["a"])
    project.task("B", "shown", after=("A",), track=2, files=["b"])
    project.write(
        "tests/test_b.py",
        """
        import pytest

        @pytest.mark.criterion("B/AC-001")
        def test_b():
            print("said by a test")
        """,
    )
    return project


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "way", [("--tracks=2",), ("--tracks=2", "-n", "0")], ids=["workers", "one"]
)
@pytest.mark.parametrize(
    "more", [(), ("-v",), ("--color=no",)], ids=["plain", "verbose", "no-colour"]
)
def test_tracks_are_drawn_below_and_gone_at_the_end(
    slow: Project, columns: int, way: tuple[str, ...], more: tuple[str, ...]
) -> None:
    terminal = Terminal(slow, columns, *way, *more)
    assert terminal.status == 0, terminal.text
    drawn = [text for text in terminal.shown if TRACK.search(text)]
    assert any("A 0/1" in text and "2 Two" in text and "waiting for A" in text for text in drawn)
    assert not TRACK.search(terminal.text), "the lines are gone"
    assert terminal.text.splitlines()[-1].strip() == "exit 0: all 2 tasks PASS"
    for text in drawn:
        assert len(TRACK.findall(text)) <= 2, "no line is left behind"


@pytest.mark.parametrize(
    "way", [("--tracks=2",), ("--tracks=2", "-n", "0")], ids=["workers", "one"]
)
def test_no_line_is_left_behind_where_there_are_more_tracks_than_rows(
    project: Project, way: tuple[str, ...]
) -> None:
    project.plan(tracks={number: f"A name that takes its room {number}" for number in range(1, 15)})
    for number in range(1, 14):
        project.task(f"T{number}", logs("T"), track=number)
    project.task("T14", logs("T", then="sleep 0.6"), track=14)  # until it has been drawn
    terminal = Terminal(project, 45, *way, rows=10)
    assert terminal.status == 0, terminal.text
    assert any("T14 0/1" in text for text in terminal.shown), "what runs is shown"
    assert any(" tracks shown" in text for text in terminal.shown)
    assert not TRACK.search(terminal.scrolled_off + terminal.text)


def test_nothing_that_a_test_prints_is_lost(slow: Project) -> None:
    terminal = Terminal(slow, 80, "--tracks=2", "-n", "0", "-s")
    assert "said by a test" in terminal.text
    assert not any(TRACK.search(text) for text in terminal.shown), "prints would run through it"
    with_workers = Terminal(slow, 80, "--tracks=2", "--tracks-rerun", "-rP")
    assert "said by a test" in with_workers.text


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("-q",), {}),
        (("--tracks-progress=none",), {}),
        ((), {"CI": "true"}),
        ((), {"TERM": "dumb"}),
    ],
    ids=["quiet", "none", "ci", "dumb"],
)
def test_where_nobody_would_see_it_nothing_is_drawn(
    slow: Project, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    terminal = Terminal(slow, 80, "--tracks=2", *arguments, **environment)
    assert terminal.status == 0, terminal.text
    assert not any(TRACK.search(text) for text in terminal.shown)
    assert b"\x1b[J" not in terminal.raw


def test_plain_lines_where_there_is_no_terminal(slow: Project) -> None:
    slow.write(
        "conftest.py",
        """
        import pytest_tracks.plugin.live as live

        live.PLAIN_SECONDS = 0.1
        """,
    )
    ran = slow.run("--tracks=2", "-n", "0")
    assert ran.status == 0
    lines = [line for line in ran.lines if line.startswith("tracks: ") and "running" in line]
    assert lines[0].startswith("tracks: 0/2 tasks, 0:0")
    assert lines[0].endswith("running A 0/1")


def test_an_interrupted_run_leaves_a_clean_terminal(slow: Project) -> None:
    slow.task("A", logs("A", then="kill -INT $PPID; sleep 5"), track=1, files=["a"])
    terminal = Terminal(slow, 80, "--tracks=2", "-n", "0")
    assert terminal.status == 2, terminal.text
    assert not TRACK.search(terminal.text)
