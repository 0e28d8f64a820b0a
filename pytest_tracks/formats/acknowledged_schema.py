"""What ``acknowledged:`` in ``tracks.yaml`` may say: weakenings that are meant, each with a reason.

::

    acknowledged:
      - {id: TASK-004/AC-002 max, digest: 3f2a9c1b77aa, reason: measured on a slower machine}
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_tracks.core.model import Acknowledgement
from pytest_tracks.core.tree import Items, Node, Scalar
from pytest_tracks.formats.fields import Fields

__all__ = ["read_acknowledged"]

_KEYS = frozenset({"id", "digest", "reason"})


def read_acknowledged(fields: Fields, node: Node | None) -> tuple[Acknowledgement, ...]:
    """Read the list; what is not whole is noted and left out."""
    if node is None:
        return ()
    if not isinstance(node, Items):
        expected = "expected a list of {id, digest, reason}"
        fields.problems.error(node.location, "wrong-type", "acknowledged is no list", expected)
        return ()
    return tuple(_read_all(fields, node))


def _read_all(fields: Fields, items: Items) -> Iterator[Acknowledgement]:
    for item in items.nodes:
        keys = fields.reader.mapping(item, "an acknowledgement")
        if keys is None or not fields.reader.known_keys(keys, _KEYS, "an acknowledgement"):
            continue
        found = {
            name: _text(fields, fields.required(keys, name, "an acknowledgement"), name)
            for name in ("id", "digest", "reason")
        }
        if all(found.values()):
            yield Acknowledgement(found["id"], found["digest"], found["reason"], item.location)


def _text(fields: Fields, node: Node | None, name: str) -> str:
    text = fields.text(node, f"{name} of an acknowledgement").strip()
    if not text and isinstance(node, Scalar):
        hint = "say why" if name == "reason" else "copy it from pytest-tracks diff"
        fields.problems.error(node.location, "missing-key", f"{name} is empty", hint)
    return text
