"""A line of the journal: a JSON object with its checksum.

::

    {"serial":7,"at":"…","elapsed":0.4,"id":"…","fact":"task-settled",…,"sum":"9d1f03c2"}
"""

from __future__ import annotations

import json
import re
import zlib

__all__ = ["has_end", "id_of", "parse_line", "render_line", "serial_of", "task_of"]

_SUM = re.compile(rb',"sum":"([0-9a-f]{8})"\}$')
_SERIAL = re.compile(rb'\{"serial":(\d{1,18}),')
_ID = re.compile(rb'"id":"([^"]*)"')
_TASK = re.compile(rb'"task":"([^"]*)"')


def render_line(text: str) -> bytes:
    """Make a line, with checksum and line end, of the text of a JSON object that is not empty."""
    body = text.encode()
    return b'%s,"sum":"%08x"}\n' % (body[:-1], zlib.crc32(body))


def parse_line(line: bytes) -> dict[str, object]:
    """Take a line (without its end) apart.

    Raises ValueError where it is not what ``render_line`` made.
    """
    found = _SUM.search(line)
    if found is None:
        raise ValueError("no checksum")
    body = line[: found.start()] + b"}"
    if zlib.crc32(body) != int(found[1], 16):
        raise ValueError("wrong checksum")
    values = json.loads(body)
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


def has_end(line: bytes) -> bool:
    """Whether a line was written to its end: one that was not was never acknowledged."""
    return _SUM.search(line) is not None


def serial_of(line: bytes) -> int:
    """Read the serial of an entry, and nothing more of it; 0 where it has none."""
    found = _SERIAL.match(line)
    return int(found[1]) if found else 0


def id_of(line: bytes) -> str:
    """Read the id of an entry, and nothing more of it; empty where it has none."""
    found = _ID.search(line)  # what comes before it in a line holds no text of anybody's
    return found[1].decode("ascii", "replace") if found else ""


def task_of(line: bytes) -> str:
    """Read the task that a line names, also where the line is damaged; empty where it has none."""
    named = _TASK.search(line)
    return named[1].decode("ascii", "replace") if named else ""
