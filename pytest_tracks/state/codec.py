"""Values ⇄ plain JSON values, driven by the types of the dataclasses.

A field that has its default is not written; a key that is not known is not read. Both together
let an older version read what a newer one wrote, and keep lines short.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

__all__ = ["decode", "encode", "fields_of"]

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """Make the plain JSON value of a dataclass, enumeration, tuple, mapping or scalar."""
    cls: Any = type(value)
    return _encoder(cls)(value)


@cache
def _encoder(cls: Any) -> Callable[[Any], Any]:
    if issubclass(cls, enum.Enum):
        return {member: member.value for member in cls}.__getitem__
    if cls is type(None) or issubclass(cls, (str, bool, int, float)):
        return _as_it_is
    if issubclass(cls, Mapping):
        return _encode_mapping
    return _encode_items if issubclass(cls, (tuple, list)) else _fields_to_json


def _encode_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): encode(item) for key, item in value.items()}


def _encode_items(value: Iterable[Any]) -> list[Any]:
    return [encode(item) for item in value]


def _fields_to_json(value: Any) -> dict[str, Any]:
    cls: Any = type(value)
    names, take, defaults = fields_of(cls)
    return {
        name: encode(item)
        for name, item, default in zip(names, take(value), defaults, strict=True)
        if item is not default and item != default
    }


@cache
def fields_of(cls: Any) -> tuple[tuple[str, ...], Callable[[Any], Any], tuple[object, ...]]:
    """Return the names of a dataclass's fields, what takes all their values, and their defaults."""
    fields = dataclasses.fields(cls)
    names = tuple(field.name for field in fields)
    return names, _taking(names), tuple(map(_default, fields))


def _taking(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Make what takes the values of these attributes, in a tuple also where there is one."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def decode(cls: Callable[..., T], value: object) -> T:
    """Read a dataclass back.

    Raises ValueError where the value does not have its shape.
    """
    try:
        return typing.cast(T, _decoder(cls)(value))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a {getattr(cls, '__name__', cls)}: {error}") from error


@cache
def _decoder(kind: Any) -> Decoder:
    if kind is object or kind is Any:
        return _as_it_is
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _optional(next(part for part in arguments if part is not type(None)))
    if origin is tuple:
        return _sequence(arguments[0])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[0], arguments[1])
    if issubclass(kind, enum.Enum):
        return _member({member.value: member for member in kind})
    return _dataclass(kind)


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r:.40}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {value!r:.40}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number, got {value!r:.40}")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, got {value!r:.40}")
    return value


_SCALARS: dict[Any, Decoder] = {str: _text, int: _integer, float: _number, bool: _boolean}


def _optional(part: Any) -> Decoder:
    inner = _decoder(part)
    return lambda value: None if value is None else inner(value)


def _sequence(part: Any) -> Decoder:
    inner = _decoder(part)

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, got {value!r:.40}")
        return tuple(inner(item) for item in value)

    return read


def _member(members: Mapping[str, enum.Enum]) -> Decoder:
    """Look a member up by its value: a fraction of the time that calling its class takes."""

    def read(value: Any) -> enum.Enum:
        if value not in members:
            raise ValueError(f"{value!r:.40} is none of {', '.join(members)}")
        return members[value]

    return read


def _mapping(key: Any, part: Any) -> Decoder:
    inner = _decoder(part)
    convert: Callable[[str], Any] = int if key is int else _text

    def read(value: Any) -> dict[Any, Any]:
        return {convert(name): inner(item) for name, item in value.items()}

    return read


def _dataclass(cls: Any) -> Decoder:
    hints = typing.get_type_hints(cls)
    known = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(cls)}

    def read(value: Any) -> Any:
        return cls(**{name: known[name](item) for name, item in value.items() if name in known})

    return read
