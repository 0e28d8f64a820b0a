"""Text for a terminal: cleaned of controls, measured in columns, cut, padded and wrapped.

A title comes from a file that anybody may have written and a gap from a program's output, so
every text passes ``clean`` before it is laid out. Widths are columns of a terminal: an East Asian
wide character takes two, a combining one none.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["ELLIPSIS", "clean", "cut", "display_width", "ends", "pad", "wrap"]

ELLIPSIS = "…"

_ESCAPE_SEQUENCE = re.compile(
    r"""
    (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])        # OSC, DCS, SOS, PM, APC: a string …
        [^\x07\x1b\x9c]* (?:\x07|\x1b\\|\x9c)?  # … up to its end, or the end of the text
    | (?:\x1b\[|\x9b) [0-?]* [\ -/]* [@-~]?     # CSI: colours, cursor
    | \x1b [\ -/]* [0-~]?                       # all others
    """,
    re.VERBOSE,
)
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
_COMBINING = frozenset({"Mn", "Me"})


def clean(text: str) -> str:
    """Make one printable line: no escape sequences, controls or direction marks; single blanks."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_printable, _ESCAPE_SEQUENCE.sub("", text)))
    return " ".join(text.split())


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Cs":  # half of a surrogate pair: no terminal can be sent it
        return "?"
    return "" if category in _INVISIBLE else character


def display_width(text: str) -> int:
    """Count the columns that a clean text takes."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in _COMBINING:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Shorten a text that is too wide, with an ellipsis for what is gone."""
    if display_width(text) <= width:
        return text
    if width < 1:
        return ""
    return _head(text, width - 1).rstrip() + ELLIPSIS


def ends(text: str, most: int, where: str = "") -> str:
    """Keep the beginning of a long output, and more of its end: that says what failed.

    ``most`` counts characters; ``where`` follows what says how many are left out.
    """
    if len(text) <= most:
        return text
    head, tail = text[: most // 4], text[-3 * most // 4 :]
    left_out = len(text) - len(head) - len(tail)
    return f"{head}\n[... {left_out:,} characters left out{where} ...]\n{tail}"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Cut or fill a text to exactly ``width`` columns; ``right`` aligns it to the right."""
    text = cut(text, width)
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, width: int, *, hang: int = 0) -> list[str]:
    """Break a text into lines at blanks, within long words only where there is no other way.

    Nothing is lost; every line but the first is indented by ``hang`` columns, and what the text
    itself is indented by stays on the first.
    """
    hang = min(hang, width // 2)
    lines: list[str] = []
    line = " " * min(len(text) - len(text.lstrip(" ")), width // 2)
    start = True
    for word in text.split():
        if not start and display_width(line) + 1 + display_width(word) <= width:
            line += f" {word}"
            continue
        if not start:
            lines.append(line)
            line = " " * hang
        *full, line = _broken(line, word, width, hang)
        lines += full
        start = False
    return [*lines, line]


def _broken(indent: str, word: str, width: int, hang: int) -> list[str]:
    lines = []
    while len(word) > 1 and display_width(indent) + display_width(word) > width:
        head = _head(word, width - len(indent)) or word[0]
        lines.append(indent + head)
        word = word[len(head) :]
        indent = " " * hang
    return [*lines, indent + word]


def _head(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:index]
    return text
