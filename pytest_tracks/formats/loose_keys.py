"""Mappings that other tools write: ``estimatedHours`` and ``estimated_hours`` are one key.

A foreign mapping is looked at by what its keys mean; what nobody has asked for at the end is kept
as metadata under ``source``, so that nothing of a document is lost and nothing of it is taken for
a key of ours.
"""

from __future__ import annotations

import re

from pytest_tracks.core.tree import Items, Keys, Node, Problems, Scalar
from pytest_tracks.formats.fields import is_left_empty
from pytest_tracks.formats.node_building import items, text

__all__ = ["LooseKeys", "as_text", "listed", "one_line", "snake"]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BLANKS = re.compile(r"\s+")


def snake(name: str) -> str:
    """Write a key in lower case with underscores."""
    return re.sub(r"[\s-]+", "_", _HUMP.sub("_", name.strip())).lower()


def one_line(value: str) -> str:
    """Write a text in one line."""
    return _BLANKS.sub(" ", value).strip()


def listed(node: Node | None) -> tuple[Node, ...]:
    """Take a value for a list of one; what is empty for an empty list."""
    if node is None or is_left_empty(node):
        return ()
    return node.nodes if isinstance(node, Items) else (node,)


def as_text(node: Node | None) -> Scalar | None:
    """Make one text of a node, in one line; None where there is nothing to read.

    A prose line that holds ``: `` is a mapping for YAML, and was not meant to be one.
    """
    if isinstance(node, Scalar):
        written = one_line(node.text)
        return text(written, node.location) if written and not node.is_null else None
    if isinstance(node, Keys) and len(node.pairs) == 1:
        key, value = node.pairs[0]
        if (rest := as_text(value)) is not None:
            return text(f"{key.text}: {rest.text}", node.location)
    return None


class LooseKeys:
    """One mapping; every key can be asked for once, by any of its names."""

    def __init__(self, keys: Keys, problems: Problems) -> None:
        self.location = keys.location
        self._problems = problems
        self._left: list[tuple[Scalar, Node]] = list(keys)

    def take(self, *names: str) -> Node | None:
        """Take the value of the first key with one of these meanings; None where it is empty."""
        pair = self.take_pair(*names)
        return None if pair is None else pair[1]

    def take_pair(self, *names: str) -> tuple[Scalar, Node] | None:
        """Take a key with its value; a second one of the same meaning stays, with a warning."""
        found = [pair for name in names for pair in self._left if snake(pair[0].text) == name]
        filled = [pair for pair in found if not is_left_empty(pair[1])]
        for pair in found:
            if pair not in filled[1:]:
                self._left.remove(pair)
        for key, _ in filled[1:]:
            self._problems.warn(
                key.location,
                "same-meaning",
                f"{key.text!r} says the same as {filled[0][0].text!r}, which is read",
                "keep one of them",
            )
        return filled[0] if filled else None

    def text(self, *names: str) -> Scalar | None:
        """Take a text, in one line; lists of texts are joined."""
        node = self.take(*names)
        if isinstance(node, Items):
            parts = [part.text for one in node.nodes if (part := as_text(one)) is not None]
            return text(", ".join(parts), node.location) if parts else None
        return as_text(node)

    def list(self, *names: str) -> tuple[Node, ...]:
        """Take a list, or one value for a list of one."""
        return listed(self.take(*names))

    def texts(self, *names: str) -> Items | None:
        """Take a list of texts; None where there is none."""
        pair = self.take_pair(*names)
        if pair is None:
            return None
        found = [part for one in listed(pair[1]) if (part := as_text(one)) is not None]
        return items(pair[1].location, found) if found else None

    def put_back(self, key: Scalar, value: Node) -> None:
        """Return what could not be read after all: it becomes metadata."""
        self._left.append((key, value))

    def rest(self) -> Keys | None:
        """Give what nobody has taken."""
        kept = tuple(pair for pair in self._left if not is_left_empty(pair[1]))
        return Keys(kept, kept[0][0].location) if kept else None
