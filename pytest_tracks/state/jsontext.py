"""Values → JSON text in one pass, for the lines of the journal.

The text is that of ``codec.encode`` behind ``json``: it is only made without the objects between
the two, which is half of what a verdict takes before it is on its way to the disk.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from pytest_tracks.state.codec import fields_of

__all__ = ["fields_text", "json_text"]


def json_text(value: Any) -> str:
    """Write a dataclass, enumeration, sequence, mapping or scalar.

    Raises ValueError for a number that JSON has no word for.
    """
    return _writer(type(value))(value)


def fields_text(value: Any) -> str:
    """Write those fields of a dataclass that differ from their defaults, a comma before each."""
    cls: Any = type(value)
    take, fields = _keyed(cls)
    return "".join(
        [
            key + _writer(type(item))(item)
            for (key, default, kind), item in zip(fields, take(value), strict=True)
            if (
                item
                if kind is _EMPTY
                else item is not default and (kind is _ONE or item != default)
            )
        ]
    )


_EMPTY, _ONE, _OTHER = object(), object(), object()
"""Kinds of defaults: what is false, what there is one of, and all else.

To ask whether a value is false or that one costs a fraction of comparing it.
"""


@cache
def _keyed(cls: Any) -> tuple[Callable[[Any], Any], tuple[tuple[str, object, object], ...]]:
    """Return what takes all values of a dataclass; of each its key, its default and its kind."""
    names, take, defaults = fields_of(cls)
    keys = [f',"{name}":' for name in names]
    return take, tuple(zip(keys, defaults, map(_kind, defaults), strict=True))


def _kind(default: object) -> object:
    if default is None or default is MISSING or isinstance(default, enum.Enum):
        return _ONE
    return _OTHER if default else _EMPTY


def _find_writer(cls: Any) -> Callable[[Any], str]:
    if issubclass(cls, enum.Enum):
        return {member: json_text(member.value) for member in cls}.__getitem__
    if issubclass(cls, str):
        return _quoted
    if cls is type(None) or cls is bool:
        return {None: "null", True: "true", False: "false"}.__getitem__
    if issubclass(cls, int):
        return int.__repr__
    if issubclass(cls, float):
        return _number
    if issubclass(cls, Mapping):
        return _mapping
    return _items if issubclass(cls, (tuple, list)) else _object


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"JSON has no word for {value!r}")
    return float.__repr__(value)


def _mapping(value: Mapping[Any, Any]) -> str:
    pairs = [f"{_quoted(str(key))}:{_writer(type(item))(item)}" for key, item in value.items()]
    return "{" + ",".join(pairs) + "}"


def _items(value: Iterable[Any]) -> str:
    return "[" + ",".join([json_text(item) for item in value]) + "]"


def _object(value: Any) -> str:
    return "{" + fields_text(value)[1:] + "}"


_writer: Callable[[Any], Callable[[Any], str]] = cache(_find_writer)
