"""How commands print: lines no wider than the terminal, characters that its encoding has."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_tracks.reports.line import Line

__all__ = ["json_text", "lines_text", "print_file", "print_json", "print_lines", "terminal_width"]

_NARROWEST, _WIDEST = 40, 120
_WITHOUT_TERMINAL = 80


def terminal_width() -> int:
    """Count the columns to write for: those of ``COLUMNS`` or the terminal, from 40 to 120."""
    return max(_NARROWEST, min(_columns(), _WIDEST))


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WITHOUT_TERMINAL
    except (OSError, ValueError):
        return _WITHOUT_TERMINAL


def lines_text(lines: Iterable[Line]) -> str:
    """Join the lines of a report in the characters that standard output has."""
    encoding = sys.stdout.encoding or "ascii"
    return "\n".join(str(line.encodable(encoding)) for line in lines)


def json_text(document: object) -> str:
    """Write one JSON object, in ASCII where standard output has no more."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    return json.dumps(document, indent=2, ensure_ascii=not is_unicode)


def print_lines(lines: Iterable[Line]) -> None:
    """Print the lines of a report."""
    print(lines_text(lines))


def print_json(document: object) -> None:
    """Print one JSON object."""
    print(json_text(document))


def print_file(text: str) -> None:
    """Print what is meant for a file, in UTF-8 whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
