"""From bytes to text: UTF-8 and nothing else, one kind of line break, no merge left half done."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Problems

__all__ = ["decode", "repair"]

_BOM = b"\xef\xbb\xbf"
_BREAKS = re.compile("\r\n|\r|\x85")
# Inside YAML a line that starts in column 1 with these can only be what a merge has left.
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_PLAIN_BYTES = bytes([9, 10, *range(0x20, 0x7F)])
# What YAML allows: the parsers refuse the rest, each with a message and a place of its own.
_CONTROL = "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def decode(path: str, content: bytes, problems: Problems) -> str | None:
    """Decode a plan file and unify its line breaks to LF; None where a problem was noted."""
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        # error.start counts from behind the mark that was taken off
        skipped = len(_BOM) if content.startswith(_BOM) else 0
        _note_not_utf8(path, content, error.start + skipped, problems)
        return None
    if "\0" in text:
        _note_not_utf8(path, content, content.index(b"\0"), problems)
        return None
    if "\r" in text or "\x85" in text:
        text = _BREAKS.sub("\n", text)
    return text if _is_clean(path, text, problems) else None


def _note_not_utf8(path: str, content: bytes, at: int, problems: Problems) -> None:
    before = _BREAKS.sub("\n", content[:at].decode("utf-8", "replace"))
    line = before.count("\n") + 1
    found = "NUL" if content[at] == 0 else f"0x{content[at]:02x}"
    problems.error(
        Location(path, line, 0),
        "not-utf8",
        f"not UTF-8 at byte {at} (line {line}): {found}",
        "save the file as UTF-8",
    )


def _is_clean(path: str, text: str, problems: Problems) -> bool:
    if conflict := _find_conflict(text):
        place = _place(path, text, conflict.start())
        problems.error(
            place,
            "merge-conflict",
            f"merge conflict markers at line {place.line}",
            "settle the merge and take the markers out",
        )
        return False
    if control := _find_control(text):
        problems.error(
            _place(path, text, control.start()),
            "control-character",
            f"control character U+{ord(control[0]):04X}",
            "take it out, or write it as an escape in double quotes",
        )
        return False
    if mojibake := _find_mojibake(text):
        problems.warn(
            _place(path, text, mojibake.start()),
            "mojibake",
            f"{mojibake[0]!r} looks like {_repaired(mojibake[0])!r} decoded wrongly",
            "save the file as UTF-8 again, if that was meant",
        )
    return True


def _find_conflict(text: str) -> re.Match[str] | None:
    # A search for fixed texts first: it costs a tenth of the pattern's.
    return _CONFLICT.search(text) if "<<<<<<<" in text or ">>>>>>>" in text else None


def _find_control(text: str) -> re.Match[str] | None:
    if text.isascii() and not text.encode().translate(None, _PLAIN_BYTES):
        return None
    return re.search(_CONTROL, text)  # compiled where needed: it takes longer than most plans


def _place(path: str, text: str, at: int) -> Location:
    return Location(path, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _mojibake_of(codec: str) -> str:
    """Make the pattern of a three-byte UTF-8 character (arrows, dashes) read as ``codec``."""
    tails = bytes(range(0x80, 0xC0)).decode(codec, "ignore")
    return re.escape(b"\xe2".decode(codec)) + f"[{re.escape(tails)}]" * 2


_WRONG_CODECS = ("mac_roman", "cp1252")


@functools.cache
def _mojibake() -> re.Pattern[str]:
    """Make the pattern, which takes longer than to read most plans: few need it."""
    return re.compile("|".join(_mojibake_of(codec) for codec in _WRONG_CODECS))


def _find_mojibake(text: str) -> re.Match[str] | None:
    if text.isascii():
        return None
    return next((found for found in _mojibake().finditer(text) if _repaired(found[0])), None)


def _repaired(wrong: str) -> str | None:
    return next(_decodings(wrong), None)


def _decodings(wrong: str) -> Iterator[str]:
    for codec in _WRONG_CODECS:
        try:
            yield wrong.encode(codec).decode("utf-8")
        except UnicodeError:
            continue


def repair(text: str) -> str:
    """Undo mojibake, sequence by sequence: ``‚Üí`` was an arrow. Other text stays as it is."""
    if text.isascii():
        return text
    return _mojibake().sub(lambda found: _repaired(found[0]) or found[0], text)
