"""The one way in which a state file is written, and a fast reader for what is written so.

Two equal trees give equal bytes, which is what integrity marks and byte-identical files rest on.
It is not PyYAML's emitter because that one takes a second for 1,000 tasks; PyYAML reads what is
written here, and the tests hold it to that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pytest_tracks.state.yamltext import Plain, Tree, is_typed, to_tree

__all__ = ["dump", "dump_values", "load_own"]

_JSON = json.JSONDecoder()
_SAFE = re.compile(r"[A-Za-z0-9_/.][\w/.\-+()\[\],%@=^~]*(?: [\w/.\-+()\[\],%@=^~]+)*", re.ASCII)
_SAFE_KEY = re.compile(r"[A-Za-z0-9_/.][\w/.\-]*", re.ASCII)
_NOT_PRINTABLE = (
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def dump(tree: Mapping[str, Tree], indent: int = 0) -> str:
    """Write a mapping in block style, ``indent`` spaces in."""
    lines: list[str] = []
    _write_mapping(tree, " " * indent, lines)
    return "".join(lines)


def dump_values(values: Mapping[str, Any], indent: int = 0) -> str:
    """Write typed values as ``dump`` writes the tree that ``to_tree`` makes of them, in one go."""
    lines: list[str] = []
    _write_values(values, " " * indent, lines)
    return "".join(lines)


def _write_values(values: Mapping[Any, Any], margin: str, lines: list[str]) -> None:
    for key, value in values.items():
        if type(key) is not str or not key.isascii():
            tree = to_tree({key: value})
            _write_mapping(tree if isinstance(tree, dict) else {}, margin, lines)
        elif type(value) is str and value.isascii():
            lines.append(f"{margin}{_key_text(key)}: {_scalar_text(value)}\n")
        elif value is None:
            lines.append(f"{margin}{_key_text(key)}: null\n")
        elif type(value) is int:
            lines.append(f"{margin}{_key_text(key)}: {value}\n")
        elif type(value) is dict and value:
            lines.append(f"{margin}{_key_text(key)}:\n")
            _write_values(value, margin + "  ", lines)
        else:
            _write(f"{margin}{_key_text(key)}:", to_tree(value), margin, lines)


def _write_mapping(tree: Mapping[str, Tree], margin: str, lines: list[str]) -> None:
    for key, value in tree.items():
        name = key if isinstance(key, Plain) else _key_text(key)
        if type(value) is Plain:  # the two most frequent at once
            lines.append(f"{margin}{name}: {value}\n")
        elif type(value) is str:
            lines.append(f"{margin}{name}: {_scalar_text(value)}\n")
        else:
            _write(f"{margin}{name}:", value, margin, lines)


def _write(lead: str, value: Tree, margin: str, lines: list[str]) -> None:
    if isinstance(value, str):
        lines.append(f"{lead} {_scalar(value)}\n")
    elif not value:
        lines.append(f"{lead} {'{}' if isinstance(value, dict) else '[]'}\n")
    elif isinstance(value, dict):
        lines.append(f"{lead}\n")
        _write_mapping(value, margin + "  ", lines)
    else:
        lines.append(f"{lead}\n")
        for item in value:
            _write(f"{margin}  -", item, margin + "  ", lines)


def _scalar(text: str) -> str:
    return text if isinstance(text, Plain) else _scalar_text(text)


@lru_cache(maxsize=1024)
def _key_text(key: str) -> str:
    """Write a key that is no ``Plain``, which equals a text that is written otherwise."""
    return key if _is_safe(key, _SAFE_KEY) else _quoted(key)


@lru_cache(maxsize=4096)
def _scalar_text(text: str) -> str:
    """Write a scalar, likewise: of most fields a task has what the tasks before it have."""
    return text if _is_safe(text, _SAFE) else _quoted(text)


def _is_safe(text: str, pattern: re.Pattern[str]) -> bool:
    return len(text) < 200 and pattern.fullmatch(text) is not None and not is_typed(text)


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)
    if escaped.isascii() and escaped.isprintable():
        return escaped  # nearly always; the pattern takes long to compile
    return re.sub(_NOT_PRINTABLE, lambda match: f"\\u{ord(match[0]):04x}", escaped)


def load_own(text: str) -> dict[str, Tree]:
    """Read what ``dump`` wrote, with comments before it: ten times as fast as ``load``.

    Raises ValueError where the text is not of that form.
    """
    root: dict[str, Tree] = {}
    blocks: list[tuple[int, dict[str, Tree] | list[Tree]]] = [(0, root)]
    opened: tuple[dict[str, Tree] | list[Tree], str] | None = None
    for line in text.split("\n")[:-1]:
        content = line.lstrip(" ")
        margin = len(line) - len(content)
        first = content[:1]
        if first == "#":
            continue
        if opened is not None:
            block: dict[str, Tree] | list[Tree] = [] if first == "-" else {}
            _add(*opened, block)
            blocks.append((margin, block))
        while margin < blocks[-1][0]:
            blocks.pop()
        if margin != blocks[-1][0]:
            raise ValueError("not the indentation of a state file")
        block = blocks[-1][1]
        if type(block) is dict:
            key, value = _key_and_value(content, first)
            if value:
                block[key] = _own_scalar(value[1:])
        else:
            key, value = "", content[1:]
            if value:
                _add(block, key, _own_scalar(value[1:]))
        opened = None if value else (block, key)
    return root


def _add(block: dict[str, Tree] | list[Tree], key: str, value: Tree) -> None:
    if isinstance(block, list):
        block.append(value)
    else:
        block[key] = value


def _key_and_value(content: str, first: str) -> tuple[str, str]:
    """Split a line at the colon after its key; the value keeps the blank before it."""
    if first != '"':
        key, colon, value = content.partition(":")
        if not colon:
            raise ValueError("not a line of a state file")
        return _own_key(key), value
    key, end = _JSON.raw_decode(content)
    if content[end : end + 1] != ":":
        raise ValueError("not a line of a state file")
    return key, content[end + 1 :]


@lru_cache(maxsize=1024)
def _own_key(text: str) -> str:
    return Plain(text) if is_typed(text) else text


def _own_scalar(text: str) -> Tree:
    return {} if text == "{}" else [] if text == "[]" else _own_text(text)


@lru_cache(maxsize=4096)
def _own_text(text: str) -> str:
    if text[:1] == '"':
        return str(json.loads(text))
    return Plain(text) if is_typed(text) else text
