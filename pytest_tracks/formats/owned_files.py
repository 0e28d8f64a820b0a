"""Paths that prose names: which words of a sentence are files, and what pattern says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["paths_in_words", "written_path"]

_PLACEHOLDER = re.compile(r"[<>{}]|\.\.\.|…")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_PLACE_IN_FILE = re.compile(r"(?::\d+(?:-\d+)?|#L?\d+(?:-L?\d+)?)$")
_PATH = re.compile(r"[\w.@+~*\[\]()$-]+(?:/[\w.@+~*\[\]()$-]+)*/?")
_LEADING_DOT = re.compile(r"\.[A-Za-z][\w-]{2,}")


def written_path(entry: str) -> str:
    """Read a path with what a list of files says beside it: ``a/b.py (new)``, ``- a/b.py: tests``.

    Empty where the entry names no file or folder below the root.
    """
    entry = entry.strip().strip("-*").strip()
    coded = re.match(r"`([^`]+)`", entry)
    first = coded[1] if coded else re.split(r"\s+[(–—#-]|\s|:\s|,", entry, maxsplit=1)[0]
    return _usable(first) if _is_path(first, alone=True) else ""


def paths_in_words(sentence: str, codes: Iterable[str] = ()) -> list[str]:
    """Find the files that a sentence names, each once; folders only where it names no file.

    ``codes`` are the code spans of the sentence, in which a file needs no folder before it.
    """
    found = [code for code in codes if _is_path(code, alone=True)]
    found += [word for word in _words(sentence) if _is_path(word, alone=False)]
    usable = dict.fromkeys(path for one in found if (path := _usable(one)))
    files = [path for path in usable if not path.endswith("/**")]
    return files or list(usable)


def _words(sentence: str) -> Iterator[str]:
    for word in re.split(r"[\s,;]+", re.sub(r"`[^`]*`", " ", sentence)):
        bare = word.strip("\"'")
        if bare.startswith("(") and (bare.endswith(")") or ")" not in bare):
            bare = bare[1:]
        while bare and (
            bare[-1] in ".:!?" or (bare[-1] == ")" and bare.count("(") < bare.count(")"))
        ):
            bare = bare[:-1]
        if bare:
            yield bare


def _is_path(word: str, *, alone: bool) -> bool:
    """Tell a path from other words with a slash: it has an ending, or ends as a folder."""
    word = _PLACE_IN_FILE.sub("", word.strip())
    if not _PATH.fullmatch(word) or word.startswith(("/", "~", "-")) or ".." in word:
        return False
    last = word.rstrip("/").rpartition("/")[2]
    if word.endswith("/"):
        return len(word) > 3
    if "/" in word:
        return bool(_ENDING.search(last) or last in ("*", "**", "Makefile", "Dockerfile"))
    return alone and bool(_ENDING.search(last) or _LEADING_DOT.fullmatch(last))


def _usable(path: str) -> str:
    """Write a path as a pattern of ours; empty where it still has a gap to be filled in."""
    path = _PLACE_IN_FILE.sub("", path.strip()).removeprefix("./")
    if _PLACEHOLDER.search(path):
        return ""
    # A file of that very name, such as src/app/[id]/page.tsx, not a class of characters.
    pattern = re.sub(r"\[(?=[^/]*\])", "[[]", path)
    return f"{pattern}**" if pattern.endswith("/") else pattern
