"""Lines at the bottom of a terminal that are redrawn while pytest writes above them.

::

    pytest writes ──► take the lines off ──► what pytest wrote ──► put the lines back
                                                                        ▲ every tick, too

Everything that pytest's terminal reporter prints goes through ``write_raw`` of one writer. While
tests run in this process pytest holds their output back by replacing descriptor 1, so that the
lines are written to a copy that was made before.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

from pytest_tracks.reports.text import display_width

__all__ = ["Screen"]

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COLUMNS, _ROWS = 80, 24
"""Of a terminal that does not say."""
_UP, _TO_COLUMN, _CLEAR_BELOW = "\x1b[{}A", "\x1b[{}G", "\x1b[J"


class Screen:
    """Owns the lines at the bottom; ``draw`` makes them, for a terminal of a size, at each showing.

    With ``tick`` seconds between, a thread redraws. ``above`` says that each drawing is a line of
    its own that stays (no terminal), and is not taken off again.
    """

    def __init__(
        self,
        writer: Any,
        draw: Callable[[os.terminal_size], list[str]],
        *,
        tick: float,
        above: bool = False,
    ) -> None:
        self._writer = writer
        self._draw = draw
        self._tick = tick
        self._above = above
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._shown = 0
        self._line = ""
        """What stands on the line above. The writer says so too, but before it has written it."""
        self._column = 0
        self._out = os.dup(sys.stdout.fileno())
        self._write_raw = writer.write_raw
        self._thread = threading.Thread(target=self._redraw, name="tracks-screen", daemon=True)

    def start(self) -> None:
        """Show the lines from now on."""
        if not self._above:
            self._writer.write_raw = self._write_above
        self._thread.start()

    def stop(self) -> None:
        """Take the lines off for good; a second time does nothing."""
        with self._lock:
            if self._stopped.is_set():
                return
            self._stopped.set()
            self._take_off()
            if not self._above:
                self._writer.write_raw = self._write_raw
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._out)

    def _write_above(self, msg: str, *, flush: bool = False) -> None:
        with self._lock:
            self._take_off()
            self._write_raw(msg, flush=True)
            _, newline, rest = msg.rpartition("\n")
            self._line = rest if newline else self._line + rest
            if msg.endswith("\n"):
                self._put_back()

    def _redraw(self) -> None:
        while not self._stopped.wait(self._tick):
            with self._lock:
                if self._stopped.is_set():
                    return
                self._take_off()
                self._put_back()

    def _put_back(self) -> None:
        lines = self._draw(self._size())
        if not lines or self._stopped.is_set():
            return
        line = self._line.rpartition("\r")[2]
        self._column = display_width(_ESCAPES.sub("", line))
        start = "\n" if self._column else ""
        if self._above:
            self._emit(start + "\n".join(lines) + "\n")
            return
        self._emit(start + "\n".join(lines) + "\r")
        self._shown = len(lines)

    def _size(self) -> os.terminal_size:
        """Ask the copy: descriptor 1 is no terminal while tests run in this process."""
        try:
            columns, rows = os.get_terminal_size(self._out)
        except OSError:
            columns = rows = 0
        return os.terminal_size((columns or _COLUMNS, rows or _ROWS))

    def _take_off(self) -> None:
        if not self._shown:
            return
        up = self._shown - 1
        text = (_UP.format(up) if up else "") + "\r" + _CLEAR_BELOW
        if self._column:
            text += _UP.format(1) + _TO_COLUMN.format(self._column + 1)
        self._emit(text)
        self._shown = 0

    def _emit(self, text: str) -> None:
        encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
        remaining = text.encode(encoding, "replace")
        try:
            while remaining:
                remaining = remaining[os.write(self._out, remaining) :]
        except OSError:  # the terminal is gone; pytest's own writing will say so
            self._stopped.set()
