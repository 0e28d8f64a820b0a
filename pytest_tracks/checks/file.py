r"""``file: docs/openapi.yaml``: a file is there and says what it should.

::

    file: docs/openapi.yaml
    file: {path: docs/openapi.yaml, contains: ["/auth/reset", "/auth/login"]}
    file: {path: CHANGELOG.md, matches: '^## 2\.\d+', min_lines: 20}
    file: {path: src/auth.py, exports: [login, logout]}
    file: {path: src/legacy.py, absent: true}

All that is asked must hold. ``matches`` is a regular expression in which ^ and $ mean lines;
``min_lines`` counts the lines that are not blank, since blank ones show nothing. ``exports`` names
what others can import from it (see ``exports``).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import cast

from pytest_tracks.checks.relative import read_path
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.redact import mask, secrets_of, strip_controls
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

__all__ = ["FileKind"]

LARGEST_SEARCHED = 64 * 2**20
"""Bytes: a larger file is not read, so that a check cannot exhaust memory."""

MOST_LINES = 1_000_000_000

_CONTENTS = ("contains", "matches", "min_lines", "exports")
_KEYS = frozenset({"path", "absent", *_CONTENTS})


class FileKind:
    """Criteria about one file; ``params`` holds ``path`` and what else was asked."""

    name = "file"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type a path, or a mapping with a path and what must hold for it."""
        if isinstance(value, Keys):
            params = _read_keys(value, reader)
        else:
            path = read_path(value, "'file'", reader)
            params = None if path is None else {"path": path}
        return None if params is None else Check(self.name, params)

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Look at the file as it is now."""
        params = criterion.check.params
        path = str(params["path"])
        try:
            gaps = tuple(_gaps(os.path.join(context.root, path), context.root, params))
        except OSError as error:
            gaps = (f"cannot be read: {error.strerror} (errno {error.errno})",)
        if not gaps:
            return CheckResult(Outcome.PASSED, evidence=(_evidence(path, params),))
        shown = mask(strip_controls("\n".join(gaps)), secrets_of(context.environment))
        first = shown.split("\n")[0]
        fix = f"remove {path}" if params.get("absent") else f"write {path} so that it holds"
        fix = f"{fix} what {context.location} asks for"
        return CheckResult(Outcome.FAILED, f"{path} {first}", f"{path}:\n{shown}", (), fix)


def _read_keys(keys: Keys, reader: Reader) -> dict[str, object] | None:
    fine = reader.known_keys(keys, _KEYS, "'file'")
    params: dict[str, object] = {}
    for key, node in keys:
        if key.text in _KEYS:
            value = _read_key(key.text, node, reader)
            fine = fine and value is not None
            params[key.text] = value
    if not params.get("absent"):
        params.pop("absent", None)
    elif len(params) > 2:
        reader.problems.error(
            keys.location, "contradiction", "'file' with 'absent: true' asks for contents too"
        )
        return None
    if keys.get("path") is None:
        reader.problems.error(keys.location, "missing-key", "'file' has no 'path'")
        return None
    return params if fine else None


def _read_key(key: str, node: Node, reader: Reader) -> object:
    what = f"'file: {key}'"
    if key == "path":
        return read_path(node, what, reader)
    if key in ("contains", "exports"):
        return _read_texts(node, what, reader)
    if key == "matches":
        return _read_pattern(node, what, reader)
    if key == "min_lines":
        return reader.integer(node, what, low=1, high=MOST_LINES)
    return reader.boolean(node, what)


def _read_texts(node: Node, what: str, reader: Reader) -> tuple[str, ...] | None:
    texts = reader.texts(node, what)
    if texts == ():
        reader.problems.error(node.location, "empty-list", f"{what} is an empty list")
    return texts or None


def _read_pattern(node: Node, what: str, reader: Reader) -> str | None:
    text = reader.text(node, what)
    if text is None:
        return None
    try:
        pattern = re.compile(text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        reader.problems.error(node.location, "bad-regex", f"{what} {text!r}: {error}")
        return None
    if pattern.search("") is not None:
        # Not an error: "holds no TODO" is written so, with a negative look-ahead.
        message = f"{what} {text!r} matches an empty file too"
        reader.problems.warn(node.location, "weak-regex", message, "ask for a text that must stand")
    return text


def _gaps(place: str, root: str, params: Mapping[str, object]) -> Iterator[str]:
    if params.get("absent"):
        if _is_there(place):
            yield "exists, and must not"
        return
    if not _is_there(place):
        yield "does not exist"
        return
    if not _is_inside(place, root):
        yield "leads out of the project through a symbolic link"
        return
    found = os.stat(place)
    if not stat.S_ISREG(found.st_mode):
        yield "is a folder, not a file" if stat.S_ISDIR(found.st_mode) else "is no regular file"
    elif params.keys() & set(_CONTENTS):
        if found.st_size > LARGEST_SEARCHED:
            yield f"is too large to be searched: {found.st_size:,} bytes"
        else:
            text = _text(place)
            yield from _gaps_in_text(text, params)
            if "exports" in params:
                # Here, not above: a process that only reads plans needs no parser of Python.
                from pytest_tracks.checks.exports import gaps_in_exports

                wanted = cast("tuple[str, ...]", params["exports"])
                yield from gaps_in_exports(str(params["path"]), text, wanted)


def _is_there(place: str) -> bool:
    """Tell; raises OSError where that cannot be told (``os.path.exists`` would say no)."""
    try:
        os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _is_inside(place: str, root: str) -> bool:
    real_root = os.path.realpath(root)
    return os.path.commonpath([real_root, os.path.realpath(place)]) == real_root


def _text(place: str) -> str:
    with open(place, encoding="utf-8-sig", errors="replace") as file:
        return file.read()


def _gaps_in_text(text: str, params: Mapping[str, object]) -> Iterator[str]:
    for wanted in cast("tuple[str, ...]", params.get("contains", ())):
        if wanted not in text:
            yield f"does not contain {wanted!r}"
    pattern = params.get("matches")
    if pattern is not None and not re.search(str(pattern), text, re.MULTILINE):
        yield f"does not match {pattern!r}"
    least = cast(int, params.get("min_lines", 0))
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines < least:
        yield f"has {lines} lines that are not blank, fewer than {least}"


def _evidence(path: str, params: Mapping[str, object]) -> str:
    if params.get("absent"):
        return f"{path} is absent"
    asked = [key for key in _CONTENTS if key in params]
    return f"{path} exists" + (f", holds: {', '.join(asked)}" if asked else "")
