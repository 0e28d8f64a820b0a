"""Values → JSON text in one pass, for the lines of the journal.

The text is that of ``codec.encode`` behind ``json``, without the objects between the two. For each
dataclass a function is written once, as ``dataclasses`` itself writes ``__init__``::

    def write(value):
        return "".join((
            ',"run":' + writers[type(x := value.run)](x),
            ',"track":' + writers[type(x)](x) if (x := value.track) is not None else "", …

A loop over the fields takes more than twice as long, and this is half of what a verdict takes
before it is on its way to the disk.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from pytest_tracks.state.codec import fields_of

__all__ = ["fields_text", "json_text"]

Writer = Callable[[Any], str]


def json_text(value: Any) -> str:
    """Write a dataclass, enumeration, sequence, mapping or scalar.

    Raises ValueError for a number that JSON has no word for, TypeError for any other value.
    """
    return _writers[type(value)](value)


def fields_text(value: Any) -> str:
    """Write those fields of a dataclass that differ from their defaults, a comma before each."""
    return _field_writers[type(value)](value)


class _Writers(dict[Any, Writer]):
    """Type → what writes its values, found when it is first asked for."""

    def __init__(self, find: Callable[[Any], Writer]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, cls: Any) -> Writer:
        found = self[cls] = self._find(cls)
        return found


def _find_writer(cls: Any) -> Writer:
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
    pairs = [f"{_quoted(str(key))}:{_writers[type(item)](item)}" for key, item in value.items()]
    return "{" + ",".join(pairs) + "}"


def _items(value: Iterable[Any]) -> str:
    return "[" + ",".join([_writers[type(item)](item) for item in value]) + "]"


def _object(value: Any) -> str:
    return "{" + fields_text(value)[1:] + "}"


def _write_writer(cls: Any) -> Writer:
    """Write the function that writes the fields of a dataclass."""
    names, _, defaults = fields_of(cls)
    told = map(_source_of_field, names, range(len(names)), defaults)
    scope: dict[str, Any] = {"writers": _writers, "defaults": defaults}
    exec(f"def write(value):\n    return ''.join(({''.join(told)}))", scope)
    found: Writer = scope["write"]
    return found


def _source_of_field(name: str, place: int, default: object) -> str:
    key = f"',\"{name}\":'"
    if default is dataclasses.MISSING:
        return f"{key} + writers[type(x := value.{name})](x), "
    if default is None:
        differs = "is not None"
    elif isinstance(default, enum.Enum):
        differs = f"is not defaults[{place}]"
    else:  # where it is empty, to ask for truth is enough
        differs = f"!= defaults[{place}]" if default else ""
    return f"({key} + writers[type(x)](x) if (x := value.{name}) {differs} else ''), "


_writers = _Writers(_find_writer)
_field_writers = _Writers(_write_writer)
