"""Reading YAML as a state file uses it: mappings, lists, scalars whose text stays as written.

Nothing is resolved: ``01`` and ``2025-10-31`` stay texts, and a scalar that YAML would make a
number, a truth value or nothing is a ``Plain``, so that writing it back changes no byte of its
meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import yaml

__all__ = [
    "MAX_DEPTH",
    "Plain",
    "Tree",
    "YamlTextError",
    "is_typed",
    "load",
    "to_python",
    "to_tree",
]

MAX_DEPTH = 40
"""Far above what a state file needs and far below what exhausts a stack."""
MAX_KEY = 512
"""YAML reads ``key: value`` only where the key is shorter than 1,024 characters."""


class Plain(str):
    """An unquoted scalar that is no text in YAML: ``3``, ``null``, ``true``, ``2025-10-31``."""

    __slots__ = ()


Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str"


class YamlTextError(Exception):
    """What is wrong with a text, at a line that counts from 1 (0: unknown)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: Mapping[str, list[tuple[str, re.Pattern[str]]]] = (
    yaml.SafeLoader.yaml_implicit_resolvers
)


def load(text: str) -> Tree:
    """Read one document without anchors, tags and repeated keys.

    Raises YamlTextError.
    """
    try:
        return _build(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        # Only its subclasses know a place.
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise YamlTextError(str(getattr(error, "problem", None) or error), line) from None


def _build(events: Iterator[Any]) -> Tree:
    root: list[Tree] = []
    stack: list[_Open] = []
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node(event)
        if stack:
            stack[-1].add(node, event)
        else:
            root.append(node)
        if not isinstance(node, str):
            if len(stack) == MAX_DEPTH:
                raise YamlTextError("nested too deeply", _line(event))
            stack.append(_Open(node))
    if len(root) != 1:
        raise YamlTextError("empty" if not root else "more than one document")
    return root[0]


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _node(event: Any) -> Tree:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise YamlTextError("anchors and aliases are not used in a state file", line)
    if event.tag:
        raise YamlTextError(f"tag {event.tag} is not allowed", line)
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    text = str(event.value)
    return Plain(text) if event.implicit[0] and is_typed(text) else text


@lru_cache(maxsize=4096)
def is_typed(text: str) -> bool:
    """Whether an unquoted scalar is something else than a text for YAML 1.1."""
    return any(
        pattern.match(text)
        for tag, pattern in _RESOLVERS.get(text[:1], ())
        if not tag.endswith((":merge", ":value"))
    )


class _Open:
    """A collection whose end has not come yet, and the key that waits for its value."""

    __slots__ = ("collection", "key")

    def __init__(self, collection: dict[str, Tree] | list[Tree]) -> None:
        self.collection = collection
        self.key: str | None = None

    def add(self, node: Tree, event: Any) -> None:
        if isinstance(self.collection, list):
            self.collection.append(node)
        elif self.key is not None:
            self.collection[self.key] = node
            self.key = None
        elif not isinstance(node, str) or len(node) > MAX_KEY:
            raise YamlTextError("a key must be a short scalar", _line(event))
        elif node in self.collection:
            raise YamlTextError(f"key {node!r} stands twice", _line(event))
        else:
            self.key = node


_INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?\d{1,18}\.\d{0,20}(e[-+]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WORDS: Mapping[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}


def to_python(tree: Tree) -> Any:
    """Type the plain scalars of a tree; what is neither number, truth nor null stays text."""
    if isinstance(tree, dict):
        return {key: to_python(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [to_python(value) for value in tree]
    if not isinstance(tree, Plain):
        return tree
    if tree in _WORDS:
        return _WORDS[tree]
    if _INTEGER.fullmatch(tree):
        return int(tree)
    return float(tree) if _FLOAT.fullmatch(tree) else str(tree)


def to_tree(value: Any) -> Tree:
    """Turn typed values into a tree; lone surrogates, which no UTF-8 file holds, become ``�``."""
    if type(value) is str:
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if value is None or value is True or value is False:
        return _SINGLE[value]
    if isinstance(value, Plain):
        return value
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, int):
        return Plain(value)
    if isinstance(value, float):
        return Plain(_number(value))
    if isinstance(value, Mapping):
        return {_key(key): to_tree(item) for key, item in value.items()}
    return [to_tree(item) for item in value]


def _key(key: object) -> str:
    if isinstance(key, Plain) or (type(key) is str and key.isascii()):
        return key
    return Plain(key) if isinstance(key, int) else _SURROGATE.sub("\ufffd", str(key))


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "null"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    short = repr(round(value, 6))
    return f"{value:.6f}" if "e" in short else short


_SURROGATE = re.compile("[\ud800-\udfff]")
_SINGLE: Mapping[bool | None, Plain] = {
    None: Plain("null"),
    True: Plain("true"),
    False: Plain("false"),
}
