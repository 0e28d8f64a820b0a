"""Native nodes of Python values: what a format makes instead of writing YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import TypeAlias

from pytest_tracks.core.model import Location
from pytest_tracks.core.tree import Items, Keys, Node, Scalar

__all__ = ["Value", "items", "keys", "node", "text"]

Value: TypeAlias = "Node | str | int | float | bool | Iterable[Value] | Mapping[str, Value] | None"


def text(value: str, at: Location) -> Scalar:
    """Make a text; quoted, so that ``none`` or ``~`` is a text too."""
    return Scalar(value, at, plain=False)


def keys(at: Location, pairs: Mapping[str, Value]) -> Keys:
    """Make a mapping; what is None, or an empty text or collection, is left out."""
    kept = ((name, value) for name, value in pairs.items() if not _is_nothing(value))
    return Keys(tuple((Scalar(name, at), node(value, at)) for name, value in kept), at)


def items(at: Location, values: Iterable[Value]) -> Items:
    """Make a sequence."""
    return Items(tuple(node(value, at) for value in values), at)


def node(value: Value, at: Location) -> Node:
    """Make a node of any value; nodes stay as they are, with their own places."""
    if isinstance(value, (Scalar, Items, Keys)):
        return value
    if isinstance(value, str):
        return text(value, at)
    if value is None:
        return Scalar("", at)
    if isinstance(value, bool):
        return Scalar("true" if value else "false", at)
    if isinstance(value, (int, float)):
        return Scalar(_decimal(value), at)
    if isinstance(value, Mapping):
        return keys(at, value)
    return items(at, value)


def _decimal(value: float) -> str:
    """Write a number as the native format reads it: without an exponent."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.9f}".rstrip("0")


def _is_nothing(value: Value) -> bool:
    if isinstance(value, (Scalar, Items, Keys, bool, int, float)):
        return False
    return value is None or (isinstance(value, Sized) and len(value) == 0)
